package import Decisions
package import FEEL
package import Kernel
package import Processes
package import Schemas

/// Where a fact comes from, as the citizen is told.
package enum FactOrigin: Hashable, Sendable {
    case register(String)
    /// She said so herself.
    case application
}

/// Something that the rule wants to know about an applicant.
package struct FactDefinition: Sendable {
    /// The decision's input of that name.
    package let name: String
    package let names: LocalText
    /// FEEL over `applicant`, `registers`, `application`, `today` and the facts before it.
    package let value: Expression
    package let source: FactOrigin
}

/// One line of "who may": a test over facts, for the tick or the cross.
///
/// Its words are the texts `condition.<id>.who`, `.met`, `.unmet` and, where there is a remedy, `.remedy`.
package struct ConditionDefinition: Sendable {
    package let id: String
    /// FEEL over the facts; null says that it is not known yet.
    package let when: Expression
    /// The facts that it looks at.
    package let facts: [String]
    package let source: FactOrigin
    package let law: String
    package let hasRemedy: Bool
}

/// How a decision is contested.
package struct AppealDefinition: Hashable, Sendable {
    package let days: Int
    package let body: String
    package let law: String
}

/// A thing that citizens apply for.
package struct ServiceDefinition: Sendable {
    package let id: String
    package let body: String
    /// The hash of all its files: a case stays on the version that it began with.
    package let version: Digest
    /// Their paths: those of its folder, and of the shared decision models that it imports.
    package let files: [String]
    package let titles: LocalText
    /// By language, then key.
    package let texts: [String: [String: String]]
    package let law: String
    /// How long answering takes.
    package let durationMinutes: Int
    package let fee: Money?
    package let who: [ConditionDefinition]
    /// What the applicant must have at hand: each has its text `needs.<id>`.
    package let needs: [String]
    /// What the service reads about the applicant, by register: nothing else is read for it.
    package let reads: [(register: String, fields: [String])]
    package let schema: JSON
    package let compiled: CompiledSchema
    package let form: FormDefinition
    package let process: ProcessDefinition
    package let decisions: DecisionModel
    /// `decision.dmn` and the models that it imports as the ministry wrote them, byte for byte: the public page hands them out.
    package let decisionFiles: [(path: String, bytes: [UInt8])]
    /// What was proven of the tables when the folder was read, by table.
    package let proofs: [ObjectIdentifier: TableProof]
    /// The rules of named time zones, for the decisions.
    package let zones: Zones
    /// The state's own zone, in which a day begins.
    package let zone: TimeZoneRules
    /// The state's days.
    package let calendar: StateCalendar
    /// In how many days an officer, or the applicant, has to answer when the case waits for her.
    package let answerDays: Int
    package let answerCount: StateCalendar.Count
    /// The decision that says what the service answers: its output `outcome` is `grant`, `refuse` or `refer`.
    package let decision: String
    package let facts: [FactDefinition]
    /// The register in which a grant makes a row.
    package let register: String
    /// FEEL over `applicant`, `registers`, `application` and `today` for each field of that row; the numbered key is not among them.
    package let row: [(field: String, value: Expression)]
    /// The document that the row gives, where it does.
    package let document: String?
    package let appeal: AppealDefinition
    package let scenarios: [ScenarioDefinition]

    /// A text of the service, in the language or the nearest one; empty when there is none of that key.
    package func text(_ key: String, _ language: String) -> String {
        LocalText(texts.compactMapValues { $0[key] })[language]
    }

    package func hasText(_ key: String) -> Bool { texts.values.contains { $0[key] != nil } }

    package func fact(_ name: String) -> FactDefinition? { facts.first { $0.name == name } }

    /// The fields of a register that the service reads.
    package func fields(of register: String) -> [String] { reads.first { $0.register == register }?.fields ?? [] }

    /// The files that make the service: its folder's, and the shared decision models that it imports.
    static func files(_ files: [String: [UInt8]], base: String, _ shared: [String]) -> [String: [UInt8]] {
        files.filter { $0.key.hasPrefix(base) || shared.contains($0.key) }
    }

    /// The text of the files, by which a version is told from another.
    static func version(_ files: [String: [UInt8]]) -> Digest { StateDefinition.version(of: files) }

    /// Texts that every service has.
    static let requiredTexts: Set<String> = [
        "title", "summary", "answer", "submit", "granted.title", "granted.lead", "refused.title", "refused.lead", "referred.title", "referred.lead", "next",
        "contact",
    ]
    static let optionalTexts: Set<String> = ["known", "description"]

    /// What the public rules page calls a decision or a knowledge model, and what it decides: `decision.<id>.name`, `decision.<id>.question`. The
    /// model itself speaks one language only.
    static func textsOfDecisions(_ model: DecisionModel) -> Set<String> {
        Set((model.decisions.map { $0.id } + model.knowledge.map { $0.id }).flatMap { ["decision.\($0).name", "decision.\($0).question"] })
    }
}

extension StateDefinition {
    /// The text of files of a folder, by which a version is told from another.
    package static func version(of files: [String: [UInt8]]) -> Digest {
        var hash = SHA256()
        for path in files.keys.sorted() {
            guard let bytes = files[path] else { continue }
            let name = Array(path.utf8)
            hash.update(Array("\(name.count) \(bytes.count)\n".utf8))
            hash.update(name)
            hash.update(bytes)
        }
        return hash.finish()
    }
}
