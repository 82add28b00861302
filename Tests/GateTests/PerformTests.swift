import Gate
import Kernel
import Storage
import Testing

@Suite("One use case, one durable transaction with its entries")
struct PerformTests {
    @Test func `Gate-1: a use case runs under a grant that says who, what, why and on which law`() async throws {
        try await House.with { (house) async throws in
            try await house.put("f-1", person: House.ana)
            let said = try await house.platform.perform(
                Look(resource: Resource("case", id: "f-1"), purpose: Purpose("case-review", case: "SP-1")) { grant, _ in
                    "\(grant.principal.id) \(grant.action.name) \(grant.purpose.id) \(grant.law) \(grant.person ?? "nobody") \(grant.now.rfc3339)"
                }, as: house.registrar)
            #expect(said == "commerce-1 case.review case-review ley-81-2021-art-6 person-ana 2026-07-15T15:00:00Z")
        }
    }

    @Test func `Gate-1: without a permission nothing of the use case runs`() async throws {
        try await House.with { (house) async throws in
            let ran = Heard()
            let refused = await refusal {
                try await house.platform.perform(
                    Decide { _, transaction in
                        ran.hear("ran")
                        try Notes.write("never", in: transaction)
                        return ""
                    }, as: house.examiner)
            }
            #expect(refused?.kind == .forbidden)
            #expect(refused?.code == "access.denied")
            #expect(ran.all.isEmpty)
            #expect(try await house.notes().isEmpty)
        }
    }

    @Test func `Gate-1: the policy sees the facts of the transaction that it guards`() async throws {
        try await House.with { (house) async throws in
            try await house.put("f-1", person: House.ana)
            let look = Look(resource: Resource("case", id: "f-1")) { _, _ in "seen" }
            #expect(try await house.platform.perform(look, as: house.registrar) == "seen")
            _ = try await house.store.write { (transaction: borrowing Transaction) in
                try transaction.execute("UPDATE notes_files SET sealed = 1 WHERE id = $1", ["f-1"])
            }
            let refused = await refusal { try await house.platform.perform(look, as: house.registrar) }
            #expect(refused?.reasons == ["sealed-is-sealed"])
        }
    }

    @Test func `Gate-2: a list of three people is three entries, each with her own records and fields`() async throws {
        try await House.with { (house) async throws in
            _ = try await house.platform.perform(
                Look(purpose: Purpose("case-review", case: "SP-1")) { grant, _ in
                    for (index, person) in [House.ana, House.berta, House.carla].enumerated() {
                        grant.note(person: person, register: "person", record: "r-\(index)", fields: ["given_names", "cedula"])
                    }
                    grant.note(person: House.berta, register: "business", record: "b-1", fields: ["number"])
                    grant.note(person: House.berta, register: "person", record: "r-1", fields: ["cedula", "birth_date"])
                    return ""
                }, as: house.registrar)
            #expect(try await house.entryCount() == 3)
            let berta = try await house.entries(about: House.berta)
            #expect(berta.count == 1)
            let entry = try #require(berta.first)
            #expect(entry["n"] == 1)
            #expect(entry["action"] == "case.review")
            #expect(entry["purpose"] == "case-review")
            #expect(entry["law"] == "ley-81-2021-art-6")
            #expect(entry["case"] == nil, "the case that the list serves is not the case of each on it")
            #expect(entry["outcome"] == "done")
            #expect(
                entry["actor"] == ["body": "commerce-registry", "id": "commerce-1", "kind": "officer", "name": "Edilberto Samaniego", "role": "registrar"])
            #expect(
                entry["records"] == [
                    ["fields": ["given_names", "cedula", "birth_date"], "record": "r-1", "register": "person"],
                    ["fields": ["number"], "record": "b-1", "register": "business"],
                ])
            let ana = try #require(try await house.entries(about: House.ana).first)
            #expect(ana["records"] == [["fields": ["given_names", "cedula"], "record": "r-0", "register": "person"]])
        }
    }

    @Test func `Gate-2: fifty people are fifty entries, and the next look counts on from there`() async throws {
        try await House.with { (house) async throws in
            let people = (0..<50).map { "person-\($0)" }
            let look = Look { grant, _ in
                for person in people { grant.note(person: person) }
                return ""
            }
            _ = try await house.platform.perform(look, as: house.registrar)
            _ = try await house.platform.perform(look, as: house.colleague)
            #expect(try await house.entryCount() == 100)
            for person in people {
                let entries = try await house.entries(about: person)
                #expect(entries.map { $0["n"]?.int } == [1, 2])
                #expect(entries.map { $0["actor"]?["id"]?.string } == ["commerce-1", "commerce-2"])
            }
        }
    }

    @Test func `Gate-2: where the entry cannot be written, the fact is not there either`() async throws {
        try await House.with { (house) async throws in
            try await house.store.maintain(.migrations) { (transaction: borrowing Transaction) in
                try transaction.apply(.dropTable("audit_lines"), room: "audit")
            }
            let failed = await failure {
                try await house.platform.perform(
                    Decide { _, transaction in
                        try Notes.write("without a receipt", in: transaction)
                        return ""
                    }, as: house.registrar)
            }
            #expect(failed != nil)
            #expect(try await house.notes().isEmpty)
        }
    }

    @Test func `an act about nobody stands in the house journal, a citizen's in her own log`() async throws {
        try await House.with { (house) async throws in
            _ = try await house.platform.perform(Look { _, _ in "" }, as: house.registrar)
            _ = try await house.platform.perform(Answer { _, _ in "" }, as: house.citizen)
            let journal = try await house.entries(about: "")
            #expect(journal.map { $0["action"]?.string } == ["case.review"])
            #expect(try await house.entries(about: House.ana).map { $0["action"]?.string } == ["case.answer"])
        }
    }

    @Test func `a citizen's identifier stands in her own entries, and in nobody else's`() async throws {
        try await House.with { (house) async throws in
            try await house.put("f-1", person: House.berta)
            let refused = await refusal {
                try await house.platform.perform(Answer(resource: Resource("case", id: "f-1")) { _, _ in "" }, as: house.citizen)
            }
            #expect(refused?.kind == .forbidden)
            _ = try await house.platform.perform(Answer { _, _ in "" }, as: house.citizen)
            #expect(try await house.entries(about: House.berta).map { $0["actor"] } == [["id": "", "kind": "citizen", "name": ""]])
            #expect(try await house.entries(about: House.ana).map { $0["actor"]?["id"] } == ["person-ana"])
        }
    }

    @Test func `a bulk act is one entry with a line for each person`() async throws {
        try await House.with { (house) async throws in
            _ = try await house.platform.perform(
                Decide { grant, _ in
                    for index in 0..<200 { grant.noteLine(person: "person-\(index)", register: "person") }
                    return ""
                }, as: house.registrar)
            #expect(try await house.entryCount() == 1)
            let entry = try #require(try await house.entries(about: "person-117").first)
            #expect(entry["lines"] == 200)
            #expect(entry["records"] == [["fields": ["*"], "record": "", "register": "person"]])
        }
    }

    // MARK: Refusals and failures

    @Test func `Gate-3: a refusal undoes what was done and stays on record`() async throws {
        try await House.with { (house) async throws in
            try await house.put("f-1", person: House.ana)
            let refused = await refusal {
                try await house.platform.perform(
                    Decide(resource: Resource("case", id: "f-1")) { grant, transaction in
                        try Notes.write("half done", in: transaction)
                        grant.note(person: House.berta, register: "person", record: "r-1", fields: ["cedula"])
                        throw Refusal(.conflict, "task.done")
                    }, as: house.registrar)
            }
            #expect(refused == Refusal(.conflict, "task.done"))
            #expect(try await house.notes().isEmpty)
            let ana = try #require(try await house.entries(about: House.ana).first)
            #expect(ana["outcome"] == "refused")
            #expect(ana["law"] == "ley-81-2021-art-6")
            let berta = try #require(try await house.entries(about: House.berta).first)
            #expect(berta["outcome"] == "refused", "who was looked at on the way is told, though the act was refused")
            #expect(berta["records"] == [["fields": ["cedula"], "record": "r-1", "register": "person"]])
            #expect(ana["reference"]?.string == berta["reference"]?.string)
            #expect(house.failures.all.isEmpty)
        }
    }

    @Test func `Gate-3: a look that the policy refused stands in the log of the person it was about`() async throws {
        try await House.with { (house) async throws in
            try await house.put("f-1", person: House.berta)
            let refused = await refusal {
                try await house.platform.perform(Look(resource: Resource("case", id: "f-1")) { _, _ in "" }, as: house.examiner)
            }
            #expect(refused?.kind == .forbidden)
            let entry = try #require(try await house.entries(about: House.berta).first)
            #expect(entry["outcome"] == "refused")
            #expect(entry["actor"]?["id"] == "transit-1")
            #expect(entry["law"] == nil, "nothing permitted it, so no law stands there")
            #expect(entry["records"] == [])
        }
    }

    @Test func `Gate-4: any other error undoes too, and leaves an entry with the reference that the caller gets`() async throws {
        try await House.with { (house) async throws in
            let error = await failure {
                try await house.platform.perform(
                    Decide { grant, transaction in
                        try Notes.write("half done", in: transaction)
                        grant.note(person: House.ana, register: "person", record: "r-1", fields: ["cedula"])
                        throw Breakage()
                    }, as: house.registrar)
            }
            let failed = try #require(error as? Failure)
            #expect(failed.cause as? Breakage == Breakage())
            #expect(try await house.notes().isEmpty)
            let entry = try #require(try await house.entries(about: House.ana).first)
            #expect(entry["outcome"] == "failed", "an officer who crashes a look-up has still looked")
            #expect(entry["reference"]?.string == failed.reference.text)
            #expect(house.failures.all == ["\(failed.reference.text) task.decide Breakage"])
        }
    }

    @Test func `what is marked as reading changes nothing, and the attempt is a failure on record`() async throws {
        try await House.with { (house) async throws in
            for deed: Deed in [
                { _, transaction in
                    try Notes.write("by a reader", in: transaction)
                    return ""
                },
                { grant, transaction in
                    try grant.order("note.send", subject: House.ana, payload: [:], in: transaction)
                    return ""
                },
            ] {
                let error = await failure { try await house.platform.perform(Look(deed: deed), as: house.registrar) }
                #expect((error as? Failure)?.cause is StatementForbidden)
            }
            #expect(try await house.notes().isEmpty)
            #expect(try await house.rows("SELECT id FROM gate_errands").isEmpty)
            #expect(try await house.entries(about: "").map { $0["outcome"]?.string } == ["failed", "failed"])
        }
    }

    @Test func `Gate-4: a broken statement is a failure like any other`() async throws {
        try await House.with { (house) async throws in
            let error = await failure {
                try await house.platform.perform(
                    Decide { _, transaction in
                        try transaction.execute("INSERT INTO notes_nowhere (text) VALUES ($1)", ["x"])
                        return ""
                    }, as: house.registrar)
            }
            #expect((error as? Failure)?.cause is StatementFailure)
            #expect(try await house.entries(about: "").map { $0["outcome"]?.string } == ["failed"])
            // The store goes on.
            _ = try await house.platform.perform(
                Decide { _, transaction in
                    try Notes.write("after", in: transaction)
                    return ""
                }, as: house.registrar)
            #expect(try await house.notes() == ["after"])
        }
    }

    @Test func `a hundred at once: each gets its own answer and its own entry`() async throws {
        try await House.with { (house) async throws in
            let answers = await withTaskGroup(of: (Int, String).self) { group in
                for index in 0..<100 {
                    group.addTask {
                        do {
                            let said = try await house.platform.perform(
                                Decide { grant, transaction in
                                    grant.note(person: House.ana)
                                    try Notes.write("n-\(index)", in: transaction)
                                    if index % 3 == 1 { throw Refusal(.conflict, "task.done") }
                                    if index % 3 == 2 { throw Breakage() }
                                    return "\(index)"
                                }, as: house.registrar)
                            return (index, said)
                        } catch is Refusal { return (index, "refused") } catch { return (index, "failed") }
                    }
                }
                var answers: [Int: String] = [:]
                for await (index, answer) in group { answers[index] = answer }
                return answers
            }
            for index in 0..<100 { #expect(answers[index] == (index % 3 == 0 ? "\(index)" : index % 3 == 1 ? "refused" : "failed")) }
            #expect(try await house.notes().count == 34)
            let entries = try await house.entries(about: House.ana)
            #expect(entries.map { $0["n"]?.int } == Array(1...100))
            let outcomes = Dictionary(grouping: entries) { $0["outcome"]?.string ?? "" }.mapValues(\.count)
            #expect(outcomes == ["done": 34, "refused": 33, "failed": 33])
        }
    }
}
