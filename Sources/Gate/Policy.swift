package import Audit
package import FEEL
package import Kernel
package import StateFolder
package import Storage

/// One permitted access, lent for the length of one use case.
///
/// The policy alone can make one: its facts are private to this file. Functions that touch a person's data take a grant and
/// note in it whom they touched; without a grant there is no data.
package struct Grant: ~Copyable {
    private struct Facts {
        let principal: Principal
        let action: Action
        let purpose: Purpose
        let law: String
        let resource: ResourceFacts
        let access: Access
        let touched: Touched
    }
    private let facts: Facts

    fileprivate init(
        principal: Principal, action: Action, purpose: Purpose, law: String, resource: ResourceFacts, access: Access, touched: Touched
    ) {
        facts = Facts(
            principal: principal, action: action, purpose: purpose, law: law, resource: resource, access: access, touched: touched)
    }

    package var principal: Principal { facts.principal }
    package var action: Action { facts.action }
    package var purpose: Purpose { facts.purpose }
    /// The legal basis: an identifier of `policies.yaml`'s laws.
    package var law: String { facts.law }
    /// The person that the resource belongs to.
    package var person: String? { facts.resource.person }
    /// The resource's row, where the policy's look-up has read it whole in this transaction: it need not be read a second time.
    package var row: Row? { facts.resource.row }
    /// The time of this access; everything written under the grant carries it.
    package var now: Instant { facts.access.at }
    /// Identifies this access; the log's entries and the rows written under the grant name it.
    package var access: Identifier { facts.access.id }

    /// Where rows are read that are acted on or shown: each is held to the log before it is handed out.
    package var rows: RowReader { facts.access.rows }

    package func newIdentifier() -> Identifier { Identifier.make(at: now, random: facts.access.pen.random) }
    package func randomBytes(_ count: Int) -> [UInt8] { facts.access.pen.random.bytes(count) }

    package func note(person: String) { facts.touched.note(person: person) }
    package func note(person: String, register: String, record: String, fields: [String]) {
        facts.touched.note(person: person, register: register, record: record, fields: fields)
    }
    /// Notes a person of a bulk import: she gets a line in the chunk's one entry.
    package func noteLine(person: String, register: String) { facts.touched.noteLine(person: person, register: register) }
    package func note(case reference: String, of person: String) { facts.touched.note(case: reference, of: person) }
    func note(errand id: String, subject: String) { facts.touched.note(errand: id, subject: subject) }
}

/// One run of one use case: its identifier, its time, and what its entries are written with.
struct Access {
    let id: Identifier
    let at: Instant
    let pen: AuditPen
    let rows: RowReader
}

/// What a room knows about a resource when the policy asks.
package struct ResourceFacts: Sendable {
    package let person: String?
    package let values: [String: Value]
    /// The row that the facts were read from, where it is all that the use case needs too; ``Grant/row`` lends it on.
    package let row: Row?

    package init(person: String?, values: [String: Value] = [:], row: Row? = nil) {
        self.person = person
        self.values = values
        self.row = row
    }
}

/// A room's answer to the policy's question: whose is it, and in what state? Read in the transaction that the policy guards.
package protocol FactLookup: Sendable {
    /// The resource kind that it knows.
    var kind: String { get }
    /// `nil` when there is no such resource.
    ///
    /// - Parameter rows: what is said of a resource decides who may touch it, so its row is one that the log knows.
    func facts(of id: String, by rows: RowReader, in transaction: borrowing Transaction) throws -> ResourceFacts?
}

/// Why an access was or was not permitted.
package enum AccessDecision: Hashable, Sendable {
    case permitted(rule: String, law: String)
    /// The forbidding, erring or (when none is named) missing rules.
    case denied(by: [String], errors: [String])
}

/// Who may do what to which resource, for which purpose, on which legal basis.
///
/// 1. *Policy-1* Default deny: without a permitting rule there is no grant.
/// 2. *Policy-2* A forbid beats every permit.
/// 3. *Policy-3* A rule whose condition errs or is unknown denies, whatever the others say.
package struct Policy: Sendable {
    private let rules: [String: [Rule]]
    private let sources: [String: any FactLookup]

    package init(_ rules: [PolicyDefinition], sources: [any FactLookup]) {
        var byAction: [String: [Rule]] = [:]
        for definition in rules {
            let rule = Rule(definition)
            for action in definition.actions { byAction[action, default: []].append(rule) }
        }
        self.rules = byAction
        self.sources = Dictionary(sources.map { ($0.kind, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether some rule speaks of the action at all: a test enumerates the house's actions with it.
    package func knows(_ action: Action) -> Bool { rules[action.name] != nil }

    /// Looks up the resource's facts, decides, and lends a grant for it.
    ///
    /// **Throws** `notFound` for an unknown resource, `forbidden` with the deciding rules as reasons otherwise. The person
    /// concerned is noted before the decision, so that a refused look-up stands in her log too.
    func require(
        _ principal: Principal, _ action: Action, _ resource: Resource, _ purpose: Purpose, access: Access,
        noting touched: Touched, in transaction: borrowing Transaction
    ) throws -> Grant {
        var facts = ResourceFacts(person: resource.person)
        if let id = resource.id, let source = sources[resource.kind] {
            guard let found = try source.facts(of: id, by: access.rows, in: transaction) else {
                throw Refusal(.notFound, "\(resource.kind).not-found")
            }
            facts = found
        }
        if let person = facts.person { touched.note(person: person) }
        switch decide(principal, action, resource, purpose, facts) {
        case .permitted(_, let law):
            touched.note(law: law)
            return Grant(
                principal: principal, action: action, purpose: purpose, law: law, resource: facts, access: access, touched: touched)
        case .denied(let rules, let errors):
            throw Refusal(.forbidden, "access.denied", reasons: rules + errors)
        }
    }

    /// The decision on given facts: pure.
    package func decide(
        _ principal: Principal, _ action: Action, _ resource: Resource, _ purpose: Purpose, _ facts: ResourceFacts
    ) -> AccessDecision {
        let subject = ConditionSubject(principal: principal, resource: resource, purpose: purpose, facts: facts)
        var scope: Scope?
        var permit: Rule?
        var forbids: [String] = []
        var errors: [String] = []
        var stepsLeft = Limits.conditionStepsMax
        for rule in rules[action.name] ?? [] where rule.concerns(principal, resource, purpose) {
            var holds = true
            if let equality = rule.equality, let one = subject.value(equality.one.name, of: equality.one.base),
                let other = subject.value(equality.other.name, of: equality.other.base)
            {
                guard let answer = equality.holds(one, other) else { errors.append(rule.definition.id); continue }  // Policy-3
                holds = answer
            } else if let condition = rule.definition.when {
                let known = scope ?? subject.scope
                scope = known
                switch condition.evaluate(known, stepsLeft: &stepsLeft).value {
                case .boolean(let answer): holds = answer
                default: errors.append(rule.definition.id); continue  // Policy-3
                }
            }
            guard holds else { continue }
            switch rule.definition.effect {
            case .forbid: forbids.append(rule.definition.id)
            case .permit: permit = permit ?? rule
            }
        }
        guard forbids.isEmpty, errors.isEmpty, let permit else { return .denied(by: forbids, errors: errors) }  // Policy-1, -2
        return .permitted(rule: permit.definition.id, law: permit.definition.law)
    }
}

/// A rule with what can be settled of it when it is read.
private final class Rule: Sendable {
    let definition: PolicyDefinition
    /// The condition, where it is a mere equality of two known members: it is then answered without a scope.
    let equality: MemberEquality?
    private let kinds: [Principal.Kind]

    init(_ definition: PolicyDefinition) {
        self.definition = definition
        equality = definition.when.flatMap { MemberEquality($0) }
        kinds = definition.principals.compactMap { Principal.Kind(rawValue: $0.rawValue) }
    }

    /// Whether the rule speaks of this principal, resource and purpose; its condition is another matter.
    func concerns(_ principal: Principal, _ resource: Resource, _ purpose: Purpose) -> Bool {
        kinds.contains(principal.kind)
            && (definition.roles.isEmpty || !principal.roles.isDisjoint(with: definition.roles))
            && (definition.resources.isEmpty || definition.resources.contains(resource.kind))
            && (definition.purposes.isEmpty || definition.purposes.contains(purpose.id))
    }
}

/// What a condition can speak of: `principal`, `resource`, `purpose`.
private struct ConditionSubject {
    let principal: Principal
    let resource: Resource
    let purpose: Purpose
    let facts: ResourceFacts

    private static let principalMembers = ["kind", "id", "person", "body", "roles"]
    private static let resourceMembers = ["kind", "id", "person"]

    /// A member of `principal` or `resource`; nil where there is none.
    func value(_ name: String, of base: String) -> Value? {
        func text(_ value: String?) -> Value { value.map { .string($0) } ?? .null }
        switch (base, name) {
        case ("resource", _):
            // A room's own facts come before the general ones.
            if let fact = facts.values[name] { return fact }
            switch name {
            case "person": return text(facts.person)
            case "id": return text(resource.id)
            case "kind": return .string(resource.kind)
            default: return nil
            }
        case ("principal", "person"): return text(principal.person)
        case ("principal", "id"): return .string(principal.id)
        case ("principal", "body"): return text(principal.body)
        case ("principal", "kind"): return .string(principal.kind.rawValue)
        case ("principal", "roles"): return .list(principal.roles.sorted().map { .string($0) })
        default: return nil
        }
    }

    var scope: Scope {
        func context(_ base: String, _ names: [String]) -> Context {
            var known = Context()
            for name in names { known[name] = value(name, of: base) }
            return known
        }
        return Scope([
            "principal": .context(context("principal", Self.principalMembers)),
            "resource": .context(context("resource", Self.resourceMembers + facts.values.keys)),
            "purpose": .string(purpose.id),
        ])
    }
}
