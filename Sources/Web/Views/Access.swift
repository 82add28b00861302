package import Kernel
package import Templates

/// "Who used my data": every entry of the log about the reader.
package struct AccessView: PageView {
    package static let template = "access"
    package enum Filter: String, Hashable, Sendable, CaseIterable { case all, people, machines }

    package struct Entry: Hashable, Sendable {
        package enum Actor: Hashable, Sendable {
            case you, person, machine
            /// A citizen who is not the reader.
            case another
        }
        package enum Outcome: Hashable, Sendable { case done, refused, failed }

        package struct Read: Hashable, Sendable {
            package var register: String
            /// The fields' names in the reader's language.
            package var fields: [String]
            package init(register: String, fields: [String]) {
                self.register = register
                self.fields = fields
            }
        }

        /// The entry's number among the reader's, from 1 without gaps.
        package var n: Int
        package var at: Instant
        package var actor: Actor
        /// Who, as the heading: the body; for oneself, nil.
        package var body: String?
        /// Who in that body: number and role.
        package var who: String?
        /// What was done, in a sentence: "Vio si tu licencia está vigente".
        package var deed: String
        package var outcome: Outcome
        package var reads: [Read]
        package var purpose: String
        package var law: String
        package var lawAddress: String?
        package var caseReference: String?
        package var caseAddress: String?
        package var reference: String?
        /// Where the citizen says that she does not recognise it.
        package var contest: String?

        package init(
            n: Int, at: Instant, actor: Actor, body: String?, who: String?, deed: String, outcome: Outcome, reads: [Read], purpose: String, law: String,
            lawAddress: String? = nil, caseReference: String? = nil, caseAddress: String? = nil, reference: String? = nil, contest: String? = nil
        ) {
            self.n = n
            self.at = at
            self.actor = actor
            self.body = body
            self.who = who
            self.deed = deed
            self.outcome = outcome
            self.reads = reads
            self.purpose = purpose
            self.law = law
            self.lawAddress = lawAddress
            self.caseReference = caseReference
            self.caseAddress = caseAddress
            self.reference = reference
            self.contest = contest
        }
    }

    package var entries: [Entry]
    package var filter: Filter
    /// How many entries there are about the reader in all.
    package var total: Int
    package var since: CalendarDate?
    package var newer: String?
    package var older: String?
    /// What proves the entries of this page; handed to the browser's core as it is.
    package var proof: HistoryProof
    /// When the proof's checkpoint was signed; nil before the log's first.
    package var checkpointAt: Instant?
    /// The log's verification keys (`name+id+key`).
    package var logKeys: [String]

    package init(
        entries: [Entry], filter: Filter, total: Int, since: CalendarDate?, newer: String? = nil, older: String? = nil, proof: HistoryProof,
        checkpointAt: Instant?, logKeys: [String]
    ) {
        self.entries = entries
        self.filter = filter
        self.total = total
        self.since = since
        self.newer = newer
        self.older = older
        self.proof = proof
        self.checkpointAt = checkpointAt
        self.logKeys = logKeys
    }

    package var tab: Tab? { .data }
    package var script: String? { "history.js" }
    package func title(_ words: Words) -> String { words("access.title") }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        var days: [(CalendarDate, [Fields])] = []
        for (index, entry) in entries.enumerated() {
            let date = words.zone.date(at: entry.at)
            if days.last?.0 != date { days.append((date, [])) }
            // Numbers fall by one from entry to entry; where they do not, something is missing, and the rail is cut there.
            let missing = index > 0 && filter == .all ? entries[index - 1].n - entry.n - 1 : 0
            days[days.count - 1].1.append(fields(entry, missing: missing, words))
        }
        let reaches = words.count("access.total", total, ["since": since.map(words.date) ?? ""])
        return [
            "summary": reaches, "filters": Filter.allCases.map { filter -> Fields in
                ["title": words("access.\(filter.rawValue)"), "address": "\(Address.myData)?show=\(filter.rawValue)", "current": filter == self.filter]
            },
            "days": days.map { ["heading": words.dayHeading($0.0), "entries": $0.1] as Fields }, "isEmpty": entries.isEmpty,
            "emptyText": words(filter == .all ? "access.empty" : "access.empty-\(filter.rawValue)"),
            "newer": newer, "older": older, "hasPages": newer != nil || older != nil, "proof": proof.json.text, "person": proof.person,
            "keys": JSON.array(logKeys.map { .string($0) }).text, "log": Address.log,
            "signed": checkpointAt.map { words("access.signed", ["moment": words.moment($0)]) } ?? words("access.unsigned"),
            "open": Drawing.large(nil), "tick": Drawing.large(.granted), "cross": Drawing.large(.refused), "half": Drawing.large(.referred), "square": Drawing.shape(.square),
        ]
    }

    private func fields(_ entry: Entry, missing: Int, _ words: Words) -> Fields {
        let shape: Shape = switch (entry.outcome, entry.actor) {
        case (.refused, _), (.failed, _): .square
        case (.done, .machine): .ring
        case (.done, _): .ball
        }
        let deed = switch entry.outcome {
        case .done: entry.deed
        case .refused: words("access.refusedDeed", ["deed": entry.deed])
        case .failed: words("access.failedDeed", ["deed": entry.deed])
        }
        let heading: String = entry.body ?? words(entry.actor == .machine ? "access.machine" : entry.actor == .another ? "access.another" : "access.you")
        let place = proof.entries.first { $0.number == entry.n }?.place
        var lines: [(String, String, String?)] = []
        if let who = entry.who { lines.append((words("access.who"), who, nil)) }
        for read in entry.reads { lines.append((read.register, words.list(read.fields), nil)) }
        if entry.reads.isEmpty { lines.append((words("access.saw"), words("access.nothing"), nil)) }
        lines.append((words("access.purpose"), entry.purpose, nil))
        lines.append((words("access.law"), entry.law, entry.lawAddress))
        if let reference = entry.caseReference { lines.append((words("access.case"), reference, entry.caseAddress)) }
        if let reference = entry.reference { lines.append((words("access.reference"), reference, nil)) }
        return [
            "n": words.number(entry.n), "number": String(entry.n), "heading": heading, "time": words.time(entry.at), "stamp": entry.at.rfc3339, "deed": deed, "mark": Drawing.shape(shape),
            "lines": lines.map { ["label": $0.0, "value": $0.1, "address": $0.2, "plain": $0.2 == nil] as Fields }, "contest": entry.contest,
            "place": place.map { words("access.place", ["index": words.number(Int(clamping: $0.index))]) } ?? words("access.noPlace"),
            "missing": missing > 0 ? words.count("access.missing", missing) : nil, "missingMark": Drawing.shape(.square),
        ]
    }
}
