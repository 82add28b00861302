package import Definitions
import Decisions
import FEEL
import Kernel
import Processes

extension ServiceDefinition {
    static func readAll(_ folder: inout Folder, currency: String) -> [ServiceDefinition] {
        folder.folders(in: "services").compactMap { id in
            folder.checkIdentifier(id, "a service", at: .start, in: "services/\(id)/service.yaml")
            return read(id, &folder, currency: currency)
        }
    }

    /// Reads one version of a service within a state: for cases that run on an older one.
    ///
    /// - Parameter files: by path, as in the state folder (`services/<id>/…`).
    package static func read(_ id: String, files: [String: [UInt8]], in state: StateDefinition, into diagnostics: inout Diagnostics) -> ServiceDefinition? {
        var folder = Folder(files, zones: state.zones, diagnostics: diagnostics)
        defer { diagnostics = folder.diagnostics }
        folder.proves = false
        folder.languages = state.languages
        folder.calendar = state.calendar
        folder.bodies = Dictionary(uniqueKeysWithValues: state.bodies.map { ($0.id, Set($0.roles.map { $0.id })) })
        folder.laws = Set(state.laws.map { $0.id })
        folder.purposes = Set(state.purposes.map { $0.id })
        folder.registers = Dictionary(uniqueKeysWithValues: state.registers.map { ($0.id, $0) })
        folder.documents = Dictionary(uniqueKeysWithValues: state.documents.map { ($0.id, $0) })
        return read(id, &folder, currency: state.currency)
    }

    private static func read(_ id: String, _ folder: inout Folder, currency: String) -> ServiceDefinition? {
        let base = "services/\(id)/"
        let before = folder.diagnostics.errorCount
        let schema = folder.json(base + "schema.json", for: "the JSON Schema of an application").flatMap { RecordSchema($0, &folder, allowsLists: true) }
        let texts = ServiceTexts(base, &folder)
        guard let node = folder.yaml(base + "service.yaml", for: "the service's body, law, facts and outcome"),
              var reader = MappingReader(node, "the service", into: &folder.diagnostics) else { return nil }
        let body = reference("body", folder.bodies?.keys.map { $0 }, &reader, &folder)
        let law = reference("law", folder.laws.map { Array($0) }, &reader, &folder)
        let minutes = reader.integer("minutes", in: 1...600, into: &folder.diagnostics)
        let fee = fee(&reader, currency, &folder)
        let reads = reads(&reader, &folder)
        let readFields = Dictionary(uniqueKeysWithValues: reads.map { ($0.register, Set($0.fields)) })
        let form = FormDefinition.read(base + "form.json", schema, reads: readFields, &folder)

        let vocabulary = vocabulary(readFields, schema, folder)
        let facts = facts(&reader, vocabulary, &folder)
        let (who, whoTexts) = who(&reader, facts, texts, &folder)
        let needs = needs(&reader, &folder)
        let outcome = outcome(&reader, vocabulary, &folder)
        let decisionNode = reader.node("decision", into: &folder.diagnostics)
        let decision = decisionNode.flatMap { MappingReader.text($0, "decision", into: &folder.diagnostics) }
        let appeal = appeal(&reader, &folder)
        let (answerDays, answerCount) = answerWithin(&reader, &folder)
        reader.finish(into: &folder.diagnostics)

        let model = ServiceDecisions(base + "decision.dmn", facts: facts.map { $0.name }, &folder)
        if let decision, let decisionNode, let model = model.model {
            folder.check(decision, "decision", among: model.decisions.map { $0.id }, at: decisionNode)
        }
        let process = ServiceProcess(base + "process.bpmn", decisions: model.model.map { $0.decisions.map { $0.id } }, makesDocument: outcome?.document != nil, &folder)
        texts.check(
            required: requiredTexts.union(whoTexts.required).union(needs.map { "needs.\($0)" }).union(process.userTasks.map { "task.\($0)" }),
            optional: optionalTexts.union(whoTexts.optional).union(model.model.map(textsOfDecisions) ?? []), facts: Set(facts.map { $0.name }), &folder)
        let scenarios = ScenarioDefinition.readAll(base, schema, model.model, process.elements, &folder)

        // What has a mistake is not a service: half of one could grant what the whole would refuse.
        guard folder.diagnostics.errorCount == before, let body, let law, let minutes, let schema, let compiled = schema.compiled, let form,
              let outcome, let decision, let decisions = model.model, let definition = process.definition, let appeal else { return nil }
        let made = files(folder.files, base: base, decisions.imports)
        return ServiceDefinition(
            id: id, body: body, version: version(made), files: made.keys.sorted(), titles: LocalText(texts.values.compactMapValues { $0["title"] }),
            texts: texts.values, law: law, durationMinutes: minutes, fee: fee, who: who, needs: needs, reads: reads, schema: schema.json, compiled: compiled,
            form: form, process: definition, decisions: decisions, decisionFiles: ([base + "decision.dmn"] + decisions.imports).compactMap { path in made[path].map { (path, $0) } }, proofs: model.proofs, zones: folder.zones,
            zone: folder.zone, calendar: folder.calendar, answerDays: answerDays, answerCount: answerCount, decision: decision, facts: facts, register: outcome.register, row: outcome.row,
            document: outcome.document, appeal: appeal, scenarios: scenarios)
    }

    private static func reference(_ key: String, _ known: [String]?, _ reader: inout MappingReader, _ folder: inout Folder) -> String? {
        guard let node = reader.node(key, into: &folder.diagnostics), let name = MappingReader.text(node, key, into: &folder.diagnostics) else { return nil }
        folder.check(name, key, among: known, at: node)
        return name
    }

    /// `none`, or an amount in the state's currency.
    private static func fee(_ reader: inout MappingReader, _ currency: String, _ folder: inout Folder) -> Money? {
        guard let node = reader.node("fee", into: &folder.diagnostics) else { return nil }
        if node.text == "none" { return nil }
        let places = Money(minorUnits: 0, currency: currency)?.places ?? 2
        let shape = "write none, or an amount in quotes such as \"12" + (places == 0 ? "" : "." + String(repeating: "0", count: places)) + "\""
        guard let text = node.text, let amount = Decimal128(text), amount > 0, let minor = minorUnits(text, places) else {
            folder.diagnostics.error("‘fee’ must be an amount of \(currency); \(shape)", at: node)
            return nil
        }
        return Money(minorUnits: minor, currency: currency)
    }

    private static func minorUnits(_ text: String, _ places: Int) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == (places == 0 ? 1 : 2), parts.count == 1 || parts[1].utf8.count == places, !parts[0].hasPrefix("+") else { return nil }
        return Int64(parts.joined())
    }

    /// Which fields of which registers the service reads about the applicant.
    private static func reads(_ reader: inout MappingReader, _ folder: inout Folder) -> [(register: String, fields: [String])] {
        guard let node = reader.node("reads", into: &folder.diagnostics), let entries = folder.named(node, "reads") else { return [] }
        var reads: [(register: String, fields: [String])] = []
        for (register, node) in entries {
            guard folder.check(register.text, "register", among: folder.registers?.keys, at: register.node) else { continue }
            let definition = folder.registers?[register.text]
            if definition?.person == PersonLink.none {
                folder.diagnostics.error("the rows of ‘\(register.text)’ are nobody's, so none is the applicant's; delete it", at: register.node)
                continue
            }
            guard let items = node.items else {
                folder.diagnostics.error("‘\(register.text)’ must list the fields that the service reads", at: node)
                continue
            }
            var fields: [String] = []
            for item in items {
                guard let field = MappingReader.text(item, register.text, into: &folder.diagnostics),
                      folder.check(field, "field of ‘\(register.text)’", among: definition?.fields.map { $0.name }, at: item) else { continue }
                if fields.contains(field) { folder.diagnostics.error("the field ‘\(field)’ stands twice; keep one", at: item) }
                fields.append(field)
            }
            reads.append((register.text, fields))
        }
        return reads
    }

    /// What the service's expressions speak of.
    private static func vocabulary(_ reads: [String: Set<String>], _ schema: RecordSchema?, _ folder: Folder) -> Folder.Vocabulary {
        let people = folder.registers?.values.first { $0.person == .isPerson }?.id
        let others = Set(reads.keys).subtracting(people.map { [$0] } ?? [])
        return Folder.Vocabulary(members: [
            "applicant": people.map { .only(reads[$0] ?? []) } ?? .any, "registers": folder.registers == nil ? .any : .only(others),
            "application": schema.map { .only(Set($0.properties.map { $0.name })) } ?? .any, "today": .any,
        ])
    }

    private static func origin(_ node: Node, _ folder: inout Folder) -> FactOrigin? {
        guard let text = MappingReader.text(node, "source", into: &folder.diagnostics) else { return nil }
        if text == "application" { return .application }
        folder.check(text, "source", among: folder.registers.map { Array($0.keys) + ["application"] }, at: node)
        return .register(text)
    }

    private static func facts(_ reader: inout MappingReader, _ vocabulary: Folder.Vocabulary, _ folder: inout Folder) -> [FactDefinition] {
        guard let node = reader.node("facts", into: &folder.diagnostics), let entries = folder.named(node, "facts") else { return [] }
        var facts: [FactDefinition] = [], vocabulary = vocabulary
        for (name, node) in entries {
            folder.checkFieldName(name.text, at: name.node)
            if vocabulary.members.keys.contains(name.text) {
                folder.diagnostics.error("a fact may not be named ‘\(name.text)’; that name means something else in expressions", at: name.node)
            }
            guard var reader = MappingReader(node, "the fact ‘\(name.text)’", into: &folder.diagnostics) else { continue }
            let names = folder.localText("names", of: &reader)
            let value = reader.node("value", into: &folder.diagnostics).flatMap { folder.expression($0, vocabulary) }
            let source = reader.node("source", into: &folder.diagnostics).flatMap { origin($0, &folder) }
            reader.finish(into: &folder.diagnostics)
            vocabulary.members[name.text] = .any
            guard let names, let value, let source else { continue }
            facts.append(FactDefinition(name: name.text, names: names, value: value, source: source))
        }
        return facts
    }

    private static func who(
        _ reader: inout MappingReader, _ facts: [FactDefinition], _ texts: ServiceTexts, _ folder: inout Folder
    ) -> ([ConditionDefinition], (required: Set<String>, optional: Set<String>)) {
        var conditions: [ConditionDefinition] = [], required: Set<String> = [], optional: Set<String> = []
        guard reader.node("who", into: &folder.diagnostics) != nil else { return ([], ([], [])) }
        let vocabulary = Folder.Vocabulary(members: Dictionary(uniqueKeysWithValues: facts.map { ($0.name, .any) }))
        for item in reader.list("who", into: &folder.diagnostics) {
            guard var condition = MappingReader(item, "a condition", into: &folder.diagnostics) else { continue }
            let idNode = condition.node("id", into: &folder.diagnostics)
            let id = idNode.flatMap { MappingReader.text($0, "id", into: &folder.diagnostics) }
            if let id, let idNode {
                folder.checkIdentifier(id, "a condition", at: idNode)
                if conditions.contains(where: { $0.id == id }) { folder.diagnostics.error("the condition ‘\(id)’ stands twice; give each a name of its own", at: idNode) }
                for part in ["who", "met", "unmet"] { required.insert("condition.\(id).\(part)") }
                optional.insert("condition.\(id).remedy")
            }
            let when = condition.node("when", into: &folder.diagnostics).flatMap { folder.expression($0, vocabulary) }
            let law = reference("law", folder.laws.map { Array($0) }, &condition, &folder)
            condition.finish(into: &folder.diagnostics)
            guard let id, let when, let law else { continue }
            let looked = facts.filter { when.names.contains($0.name) }
            conditions.append(ConditionDefinition(
                id: id, when: when, facts: looked.map { $0.name }, source: looked.first?.source ?? .application, law: law,
                hasRemedy: texts.values.values.contains { $0["condition.\(id).remedy"] != nil }))
        }
        return (conditions, (required, optional))
    }

    private static func needs(_ reader: inout MappingReader, _ folder: inout Folder) -> [String] {
        reader.texts("needs", into: &folder.diagnostics).map { id, item in
            folder.checkIdentifier(id, "a need", at: item)
            return id
        }
    }

    private struct Outcome {
        let register: String
        let row: [(field: String, value: Expression)]
        let document: String?
    }

    private static func outcome(_ reader: inout MappingReader, _ vocabulary: Folder.Vocabulary, _ folder: inout Folder) -> Outcome? {
        guard let node = reader.node("outcome", into: &folder.diagnostics), var outcome = MappingReader(node, "the outcome", into: &folder.diagnostics) else { return nil }
        let register = reference("register", folder.registers.map { Array($0.keys) }, &outcome, &folder)
        let definition = register.flatMap { folder.registers?[$0] }
        var row: [(field: String, value: Expression)] = []
        if let node = outcome.node("row", into: &folder.diagnostics), let entries = folder.named(node, "row") {
            for (field, value) in entries {
                guard folder.check(field.text, "field of ‘\(register ?? "")’", among: definition?.fields.map { $0.name }, at: field.node) else { continue }
                if let definition, definition.numbering != nil, definition.key == field.text {
                    folder.diagnostics.error("the register numbers ‘\(field.text)’ itself; delete this line", at: field.node)
                }
                if let value = folder.expression(value, vocabulary) { row.append((field.text, value)) }
            }
            if let definition {
                let written = Set(entries.map { $0.id.text })
                let missing = definition.fields.filter { field in
                    field.isRequired && !written.contains(field.name) && !(definition.numbering != nil && field.name == definition.key)
                }
                if !missing.isEmpty {
                    folder.diagnostics.error("the register ‘\(definition.id)’ requires " + missing.map { "‘\($0.name)’" }.joined(separator: ", ") + "; add it to the row", at: node)
                }
            }
        }
        let documentNode = outcome.optionalNode("document")
        let document = documentNode.flatMap { MappingReader.text($0, "document", into: &folder.diagnostics) }
        if let document, let documentNode, folder.check(document, "document", among: folder.documents?.keys, at: documentNode),
           let made = folder.documents?[document], let register, made.register != register {
            folder.diagnostics.error("the document ‘\(document)’ is made from ‘\(made.register)’, not from ‘\(register)’; name one that is", at: documentNode)
        }
        outcome.finish(into: &folder.diagnostics)
        return register.map { Outcome(register: $0, row: row, document: document) }
    }

    /// `answer_within: {days: 10, count: working}`; ten days of the calendar where it is not said.
    private static func answerWithin(_ reader: inout MappingReader, _ folder: inout Folder) -> (days: Int, count: StateCalendar.Count) {
        guard let node = reader.optionalNode("answer_within"), var answer = MappingReader(node, "answer_within", into: &folder.diagnostics) else {
            return (10, .calendar)
        }
        let days = answer.integer("days", in: 1...365, into: &folder.diagnostics)
        let count = answer.optionalChoice("count", of: StateCalendar.Count.self, into: &folder.diagnostics)
        answer.finish(into: &folder.diagnostics)
        return (days ?? 10, count ?? .calendar)
    }

    private static func appeal(_ reader: inout MappingReader, _ folder: inout Folder) -> AppealDefinition? {
        guard let node = reader.node("appeal", into: &folder.diagnostics), var appeal = MappingReader(node, "the appeal", into: &folder.diagnostics) else { return nil }
        let days = appeal.integer("days", in: 1...365, into: &folder.diagnostics)
        let body = reference("body", folder.bodies?.keys.map { $0 }, &appeal, &folder)
        let law = reference("law", folder.laws.map { Array($0) }, &appeal, &folder)
        appeal.finish(into: &folder.diagnostics)
        guard let days, let body, let law else { return nil }
        return AppealDefinition(days: days, body: body, law: law)
    }
}
