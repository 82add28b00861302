package import FEEL
package import Kernel

extension DecisionTrace {
    package static let format = "dovira-decision-trace-v1"

    /// The SHA-256 of the canonical ``json``.
    package var digest: Digest { SHA256.hash(json.canonicalBytes) }

    /// The account as JSON; its canonical form is what a receipt hashes.
    ///
    /// **Shape.** On top stands the decision that was asked for, below `decisions` those that it needed, in the order in which they were made.
    /// - `format`; `decision`, `name`, `version` (``DecisionModel/Decision/version``, hexadecimal); `law`: `[{"id", "name", "type", "location"}…]`;
    ///   `needs`: what it asks for directly, `{"decisions": [id…], "inputs": [name…]}`; `lawDate`, `today` and `now`, where they were known;
    /// - `inputs`: by name, `{"value", "type"?, "origin"}` (``ExactValue``); where the model took the given value for another one, that stands
    ///   in `value` and the given one in `given` (`{"value", "type"?}`); what was not given is `{"value": null, "missing": true}`;
    /// - `status`: `decided`, `default`, `no rule` or `failed`, then with `message`; `value` and, where it is wanted, `type`; `outputs`: one
    ///   object for each result, by output name;
    /// - `matched`: `[{"rule": id, "number": from 1, "annotations": {"en": …, "law": …}}…]`;
    /// - of a table `hitPolicy`, `columns` (`[{"label", "value", "type"?}…]`) and `cells`: per rule, per column `yes`, `no` or `unknown`;
    ///   of other logic `logic` (its kind), `expression` (a literal expression's text), `steps` (`[{"name", "value", "type"?}…]`, what was named on the way) and `tables` (those inside
    ///   it); `cut` where these were too many to keep;
    /// - of a decision service `logic` is `decision service`; decisions that were made inside a service that a decision called stand before that
    ///   one, with its id as `within`; `decisionsCut` where they were too many to keep;
    /// - `seeking`, where something was: by output name, `{"value", "type"?}`; `nearest`, where that was not found, or no rule matched: the rule
    ///   that came nearest with its `failing` cells and what each `wants`; a decision below has one where no rule of it matched;
    /// - `problems`: `reason`, `message`, and, as far as they apply, `decision`, `rule` (its number), `column`, `input`, `expression`, `offset` (in
    ///   Unicode scalars), `cause` (the place in this list of the problem that led to this one).
    package var json: JSON {
        var object: JSONObject = ["format": .string(DecisionTrace.format), "decision": .string(decision)]
        if let facts = setting?.facts {
            if let date = facts.lawDate { object["lawDate"] = .string(date.text) }
            if let today = facts.today { object["today"] = .string(today.text) }
            if let now = facts.now { object["now"] = .string(now.text) }
        }
        if outcome.element != nil || outcome.service != nil {
            var asked = JSONObject()
            for input in inputs { asked[input.name] = .object(input.json) }
            object["inputs"] = .object(asked)
        }
        if let account = asked {
            add(account, to: &object)
            if !seeking.isEmpty {
                var sought = JSONObject()
                for name in seeking.keys.sorted() { sought[name] = .object(ExactValue.members(seeking[name] ?? .null)) }
                object["seeking"] = .object(sought)
            }
            if let nearest = nearestTold { object["nearest"] = nearest.json }
        } else if let service = outcome.service {
            add(service, to: &object)
        } else {
            DecisionTrace.add(outcome.status, to: &object)
        }
        let others = asked == nil ? accounts[...] : accounts.dropLast()
        if !others.isEmpty {
            object["decisions"] = .array(
                others.map { account in
                    var object: JSONObject = ["decision": .string(account.decision.id)]
                    if let within = account.within { object["within"] = .string(within) }
                    add(account, to: &object)
                    if account.table?.matched.isEmpty == true, let nearest = nearest(of: account, isChoosy: false, where: { _ in true }) {
                        object["nearest"] = nearest.json
                    }
                    return .object(object)
                })
        }
        if isCut { object["decisionsCut"] = true }
        if !outcome.problems.isEmpty { object["problems"] = .array(outcome.problems.map { .object($0.json) }) }
        return .object(object)
    }

    private func add(_ service: DecisionModel.DecisionService, to object: inout JSONObject) {
        object["name"] = .string(service.name)
        object["version"] = .string(service.version.hex)
        object["logic"] = "decision service"
        object["needs"] = ["decisions": .array(service.outputs.map { .string($0) }), "inputs": .array(inputs.map { .string($0.name) })]
        DecisionTrace.add(outcome.status, to: &object)
        add(outcome.value, outcome.rows, to: &object)
    }

    private func add(_ value: Value, _ rows: [[String: Value]], to object: inout JSONObject) {
        for (key, member) in ExactValue.members(value) { object[key] = member }
        object["outputs"] = .array(
            rows.map { row in
                var outputs = JSONObject()
                for (name, value) in row { outputs[name] = value.json }
                return .object(outputs)
            })
    }

    private func add(_ account: Account, to object: inout JSONObject) {
        let decision = account.decision
        object["name"] = .string(decision.name)
        object["version"] = .string(decision.version.hex)
        if !decision.sources.isEmpty { object["law"] = .array(decision.sources.map { $0.json }) }
        object["needs"] = [
            "decisions": .array(decision.requiredDecisions.map { .string($0) }),
            "inputs": .array(decision.requiredInputs.map { id in .string(setting?.model.inputs.first { $0.id == id }?.name ?? id) }),
        ]
        DecisionTrace.add(account.status, to: &object)
        add(account.value, DecisionOutcome.rows(account.value, of: decision), to: &object)
        object["matched"] = .array(account.matched.map { .object(DecisionTrace.rule($0.place, $0.rule)) })
        if let table = account.table {
            add(table, to: &object)
        } else if let logic = decision.logic {
            object["logic"] = .string(logic.kindName)
            if case .literal(let expression, _) = logic.bare { object["expression"] = .string(expression.text) }
        }
        if !account.steps.isEmpty {
            object["steps"] = .array(
                account.steps.map { step in
                    var entry = ExactValue.members(step.value)
                    entry["name"] = .string(step.name)
                    return .object(entry)
                })
        }
        if !account.tables.isEmpty {
            object["tables"] = .array(
                account.tables.map { table in
                    var entry: JSONObject = ["name": .string(table.table.name)]
                    entry["matched"] = .array(table.matched.map { .object(DecisionTrace.rule($0, table.table.rules[$0])) })
                    add(table, to: &entry)
                    return .object(entry)
                })
        }
        if account.isCut { object["cut"] = true }
    }

    private func add(_ table: Table, to object: inout JSONObject) {
        object["hitPolicy"] = .string(table.table.hitPolicy.sign)
        object["columns"] = .array(
            zip(table.table.inputs, table.values).map { input, value in
                var column = ExactValue.members(value)
                column["label"] = .string(input.label)
                return .object(column)
            })
        object["cells"] = .array(table.table.rules.indices.map { .array(table.answers(ofRule: $0).map { .string($0.word) }) })
    }

    private static func add(_ status: DecisionOutcome.Status, to object: inout JSONObject) {
        switch status {
        case .decided: object["status"] = "decided"
        case .standard: object["status"] = "default"
        case .noRule: object["status"] = "no rule"
        case .failed(let message):
            object["status"] = "failed"
            object["message"] = .string(message)
        }
    }

    fileprivate static func rule(_ place: Int, _ rule: DecisionTable.Rule) -> JSONObject {
        var annotations = JSONObject()
        for annotation in rule.annotations { annotations[annotation.name] = .string(annotation.text) }
        return ["rule": .string(rule.id), "number": JSON.integer(place + 1), "annotations": .object(annotations)]
    }
}

extension DecisionTrace.Input {
    fileprivate var json: JSONObject {
        var object = ExactValue.members(value)
        if let given {
            if given != value { object["given"] = .object(ExactValue.members(given)) }
            object["origin"] = origin
        } else {
            object["missing"] = true
        }
        return object
    }
}

extension DecisionModel.KnowledgeSource {
    fileprivate var json: JSON {
        var entry: JSONObject = ["id": .string(id), "name": .string(name)]
        if !type.isEmpty { entry["type"] = .string(type) }
        if !location.isEmpty { entry["location"] = .string(location) }
        return .object(entry)
    }
}

extension Problem {
    fileprivate var json: JSONObject {
        var object: JSONObject = ["reason": .string(reason.rawValue), "message": .string(message)]
        if let owner = site.owner, !owner.isEmpty {
            object["decision"] = .string(owner)
            if let row = site.row { object["rule"] = .integer(row + 1) }
            if let column = site.column { object["column"] = .string(column) }
        } else if let column = site.column {
            object["input"] = .string(column)
        }
        if let expression {
            object["expression"] = .string(expression)
            object["offset"] = .integer(offset)
        }
        if let cause { object["cause"] = .integer(cause) }
        return object
    }
}

extension Boxed {
    /// Without the type that is declared of it.
    var bare: Boxed { if case .typed(let inner, _, _) = self { inner.bare } else { self } }

    /// The kind in DMN's words.
    var kindName: String {
        switch self {
        case .literal: "literal expression"
        case .table: "decision table"
        case .context: "context"
        case .invocation: "invocation"
        case .list: "list"
        case .relation: "relation"
        case .function: "function"
        case .conditional: "conditional"
        case .filter: "filter"
        case .each: "for"
        case .quantified(_, let decisive, _, _, _): decisive ? "some" : "every"
        case .typed(let inner, _, _): inner.kindName
        case .refused: "function of another language"
        }
    }
}

extension DecisionTrace.NearestRule {
    /// The rule and its failing cells as JSON.
    package var json: JSON {
        var object = DecisionTrace.rule(place, rule)
        object["failing"] = .array(
            failing.map { cell in
                var entry = ExactValue.members(cell.value)
                entry["input"] = .string(cell.input)
                entry["test"] = .string(cell.test)
                entry["answer"] = .string(cell.answer.word)
                entry["wants"] = .array(cell.demands.map { DecisionTrace.json($0) })
                return .object(entry)
            })
        return .object(object)
    }
}

extension DecisionTrace {
    /// `{"greaterOrEqual":18}`, `{"not":[{"equal":"a"}]}`, `{"condition":true}`
    package static func json(_ demand: Demand) -> JSON {
        switch demand {
        case .any: return ["any": true]
        case .equal(let value): return ["equal": value.json]
        case .different(let value): return ["different": value.json]
        case .less(let value): return ["less": value.json]
        case .lessOrEqual(let value): return ["lessOrEqual": value.json]
        case .greater(let value): return ["greater": value.json]
        case .greaterOrEqual(let value): return ["greaterOrEqual": value.json]
        case .within(let interval):
            return [
                "from": (interval.low ?? .null).json, "fromIncluded": .bool(interval.lowIncluded), "to": (interval.high ?? .null).json,
                "toIncluded": .bool(interval.highIncluded),
            ]
        case .not(let demands): return ["not": .array(demands.map { json($0) })]
        case .condition: return ["condition": true]
        }
    }
}
