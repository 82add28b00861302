import Audit
import Credentials
import Crypto
import Gate
import HouseTesting
import Identity
import Issuance
import Kernel
import Registry
import StateFolder
import StateTesting
import Storage
import Testing
import Web
import Wiring

@Suite("Documents are made from register rows, signed, and made anew when the rows change")
struct IssuingTests {
    private func documents(_ state: TestState, of key: String) async throws -> [IssuedDocument] {
        let (citizen, person) = try await state.citizen(key)
        try await state.performErrands()
        return try await state.platform.perform(ListDocuments(person: person), as: citizen)
    }

    private func verdict(_ document: IssuedDocument, _ state: TestState, trust: TrustList? = nil) -> Verdict {
        guard let list = try? trust ?? state.open.portal.trust.list(at: state.clock.now) else { return .malformed("no trust list") }
        let check = DocumentCheck(document.credential, trust: list, now: state.clock.now)
        return check.verdict(check.signatureChecks.map(SignatureAnswers.verify))
    }

    @Test func `signing in brings the documents that are due, and they verify`() async throws {
        try await TestState.with { (state) async throws in
            let held = try await documents(state, of: TestState.adult)
            #expect(Set(held.map(\.type)) == ["driving-licence", "residence-certificate"])
            for document in held {
                guard case .valid(let checked) = verdict(document, state) else {
                    Issue.record("\(document.type): \(verdict(document, state))")
                    continue
                }
                #expect(checked.claims["given_names"] == "María Elena")
                #expect(checked.claims["number"] == .string(document.number))
            }
            let licence = try #require(held.first { $0.type == "driving-licence" })
            #expect(licence.number == "LC-0000-0001")
            #expect(try licence.claims()["categories"] == "BC")
            #expect(try licence.claims()["street"] == nil)
            guard case .valid(let checked) = verdict(licence, state) else { return }
            #expect(checked.issuer == "https://istmo.example/issuers/transit-authority")
            #expect(checked.issuerName["en"] == "Transit Authority")
            #expect(checked.vct == "urn:dovira:ist:driving-licence:1")
        }
    }

    @Test func `a second sign-in finds nothing due`() async throws {
        try await TestState.with { (state) async throws in
            let first = try await documents(state, of: TestState.adult)
            let again = try await documents(state, of: TestState.adult)
            #expect(again.map(\.id) == first.map(\.id))
            #expect(try await state.count("issuance_documents") == first.count)
        }
    }

    @Test func `a condition on the row decides who gets one`() async throws {
        try await TestState.with(change: { folder in
            try folder.setRecords("business", [folder.records("business")[0].replacing(",active", with: ",closed")])
        }) { (state) async throws in
            let held = try await documents(state, of: TestState.owner)
            #expect(!held.contains { $0.type == "sole-proprietor-certificate" })
        }
        try await TestState.with { (state) async throws in
            let held = try await documents(state, of: TestState.owner)
            #expect(held.contains { $0.type == "sole-proprietor-certificate" && $0.number == "EI-2024-00001" })
        }
    }

    /// Changes a row as an import may.
    private struct Amend: UseCase {
        static let action = Action.changes("register.import")
        let register: RegisterTable
        let record: String
        let change: @Sendable (inout JSONObject) -> Void
        var resource: Resource { Resource("register/person") }
        var purpose: Purpose { Purpose("register-import") }
        func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws {
            guard var data = try register.current(record, fields: ["*"], under: grant, in: transaction)?.data else { return }
            change(&data)
            _ = try register.amend(record, to: data, validFrom: CalendarDate("2026-07-16")!, under: grant, in: transaction)
        }
    }

    private func amend(_ document: IssuedDocument, in register: String, _ state: TestState, _ change: @escaping @Sendable (inout JSONObject) -> Void)
        async throws
    {
        try await state.platform.perform(
            Amend(register: state.registers[register], record: document.record, change: change), as: SystemPrincipals.imports)
    }

    @Test func `when the row changes a new document takes the old one's place, which stays, marked`() async throws {
        try await TestState.with { (state) async throws in
            let old = try #require(try await documents(state, of: TestState.adult).first { $0.type == "driving-licence" })
            state.clock.advance(days: 1)
            try await amend(old, in: "driver", state) { $0["categories"] = "BCD" }
            let new = try #require(try await documents(state, of: TestState.adult).first { $0.type == "driving-licence" })
            let categories = try new.claims()["categories"]
            #expect(new.id != old.id && categories == "BCD" && new.number == old.number)
            #expect(try await documents(state, of: TestState.adult).count == 2)
            let states = try await state.rows(
                "SELECT id, state FROM issuance_documents WHERE type = 'driving-licence' ORDER BY issued_at").map { try [$0.text(0), $0.text(1)] }
            #expect(states == [[old.id, "replaced"], [new.id, "current"]])
            // The citizen can still open the old one.
            let (citizen, _) = try await state.citizen(TestState.adult)
            let kept = try await state.platform.perform(ReadDocument(old.id), as: citizen)
            #expect(kept.state == .replaced && kept.credential == old.credential)
        }
    }

    @Test func `a licence that has run out gives one expired document, however often she looks`() async throws {
        try await TestState.with { (state) async throws in
            for _ in 0..<3 {
                let held = try await documents(state, of: TestState.expired).filter { $0.type == "driving-licence" }
                #expect(held.count == 1)
                #expect(held[0].isExpired(at: state.clock.now))
                guard case .expired(let checked) = verdict(held[0], state) else {
                    Issue.record("\(verdict(held[0], state))")
                    return
                }
                #expect(checked.claims["expires"] == "2025-07-01")
                state.clock.advance(days: 3)
            }
            #expect(try await state.rows("SELECT id FROM issuance_documents WHERE type = 'driving-licence'").count == 1)
        }
    }

    @Test func `a document lasts as long as its rule says, and the next look brings a fresh one`() async throws {
        try await TestState.with { (state) async throws in
            let first = try #require(try await documents(state, of: TestState.adult).first { $0.type == "residence-certificate" })
            #expect(first.expiresAt == Instant(rfc3339: "2027-01-15T05:00:00Z"))
            state.clock.set(first.expiresAt.adding(seconds: -1))
            #expect(try await documents(state, of: TestState.adult).contains { $0.id == first.id })
            state.clock.set(first.expiresAt)
            let second = try #require(try await documents(state, of: TestState.adult).first { $0.type == "residence-certificate" })
            #expect(second.id != first.id && !second.isExpired(at: state.clock.now))
            guard case .valid = verdict(second, state) else {
                Issue.record("\(verdict(second, state))")
                return
            }
            guard case .expired = verdict(first, state) else {
                Issue.record("\(verdict(first, state))")
                return
            }
        }
    }

    @Test(arguments: [("America/Panama", "2026-10-01T05:00:00Z"), ("Europe/Kyiv", "2026-09-30T21:00:00Z"), ("Pacific/Kiritimati", "2026-09-30T10:00:00Z")])
    func `a document lives its last day to the end, as the state's clocks show it`(zone: String, end: String) async throws {
        try await TestState.with(change: { folder in
            try folder.replace("time_zone: America/Panama", with: "time_zone: \(zone)", in: "state.yaml")
        }) { (state) async throws in
            let licence = try #require(try await documents(state, of: TestState.adult).first { $0.type == "driving-licence" })
            state.clock.advance(days: 1)
            try await amend(licence, in: "driver", state) { $0["expires"] = "2026-09-30" }
            let last = try #require(try await documents(state, of: TestState.adult).first { $0.type == "driving-licence" })
            let moment = Instant(rfc3339: end)!
            #expect(last.expiresAt == moment)
            state.clock.set(moment.adding(seconds: -1))
            guard case .valid = verdict(last, state) else {
                Issue.record("\(verdict(last, state))")
                return
            }
            state.clock.set(moment)
            guard case .expired = verdict(last, state) else {
                Issue.record("\(verdict(last, state))")
                return
            }
        }
    }

    @Test func `a document of what ended before it was signed names no day of issue after its end`() async throws {
        try await TestState.with { (state) async throws in
            let held = try #require(try await documents(state, of: TestState.expired).first { $0.type == "driving-licence" })
            let payload = try #require(held.credential.split(separator: ".").dropFirst().first.flatMap { Base64URL.decode(String($0)) })
            let claims = try JSON.parse(payload)
            #expect(claims["exp"]?.int != nil && claims["iat"] == nil)
        }
    }

    @Test func `a document that cannot be signed takes no other along, and the errand tries it again`() async throws {
        try await TestState.with { (state) async throws in
            let (citizen, person) = try await state.citizen(TestState.adult)
            let portal = state.open.portal
            // An issuer that does not know one of the documents cannot sign it.
            let known = state.open.state.documents.filter { $0.id != "driving-licence" }
            let handler = IssueDueDocuments(
                issuer: DocumentIssuer(keys: portal.issuer.keys, definitions: known), definitions: state.open.state.documents, registers: state.registers,
                zone: portal.zone, as: SystemPrincipals.issuance, onStored: { _, _ in })
            let row = try #require(try await state.rows("SELECT id, kind, subject, payload FROM gate_errands").first)
            let errand = try Errand(id: row.text(0), kind: row.text(1), subject: row.text(2), payload: JSON.parse(row.text(3)), attempts: 1)
            var error: (any Error)?
            do { try await handler.perform(errand, on: state.platform) } catch let caught { error = caught }
            #expect(error is IssuanceFault)
            let list = ListDocuments(person: person)
            #expect(try await state.platform.perform(list, as: citizen).map(\.type) == ["residence-certificate"])
            // Mended, the same errand brings what was missing.
            try await state.performErrands()
            #expect(Set(try await state.platform.perform(list, as: citizen).map(\.type)) == ["driving-licence", "residence-certificate"])
        }
    }

    @Test func `a document never outlives the record's own end`() async throws {
        try await TestState.with { (state) async throws in
            let licence = try #require(try await documents(state, of: TestState.adult).first { $0.type == "driving-licence" })
            #expect(licence.expiresAt == Instant(rfc3339: "2027-07-15T05:00:00Z"), "a year, for the licence itself lasts longer")
            state.clock.advance(days: 1)
            try await amend(licence, in: "driver", state) { $0["expires"] = "2026-09-30" }
            let short = try #require(try await documents(state, of: TestState.adult).first { $0.type == "driving-licence" })
            #expect(short.expiresAt == Instant(rfc3339: "2026-10-01T05:00:00Z"), "the whole of its last day")
        }
    }

    @Test func `signed by another body's key it is from an unknown issuer`() async throws {
        try await TestState.with { (state) async throws in
            let licence = try #require(try await documents(state, of: TestState.adult).first { $0.type == "driving-licence" })
            let keys = state.open.portal.issuer.keys
            // The list knows the transit authority under the municipality's key alone.
            let list = try TrustList(issuers: [
                TrustList.Issuer(iss: keys.issuer("transit-authority"), name: ["en": "Transit Authority"], keys: [keys.publicKey("municipality")],
                    kinds: ["urn:dovira:ist:driving-licence:1"])
            ])
            guard case .unknownIssuer(let issuer) = verdict(licence, state, trust: list) else {
                Issue.record("\(verdict(licence, state, trust: list))")
                return
            }
            #expect(issuer == keys.issuer("transit-authority"))
        }
    }

    @Test func `a body's own key signs no kind of document that is another body's`() async throws {
        try await TestState.with { (state) async throws in
            let keys = state.open.portal.issuer.keys
            let list = try state.open.portal.trust.list(at: state.clock.now)
            for (body, vct) in [("municipality", "urn:dovira:ist:driving-licence:1"), ("transit-authority", "urn:anything"), ("transit-authority", "urn:dovira:ist:residence-certificate:1")] {
                let draft = try CredentialDraft(
                    issuer: keys.issuer(body), vct: vct, issuedAt: state.clock.now, expiresAt: state.clock.now.adding(seconds: 3_600),
                    alwaysShown: ["number": "LC-0000-6666"], disclosable: [("given_names", "Nobody")], kid: try keys.keyID(body), randomness: .seeded(3))
                let check = DocumentCheck(draft.signed(try keys.sign(draft.signingInput, for: body)), trust: list, now: state.clock.now)
                guard case .notEntitled = check.verdict(check.signatureChecks.map(SignatureAnswers.verify)) else {
                    Issue.record("\(body) signs \(vct)")
                    continue
                }
            }
        }
    }

    @Test func `the published list is signed by the state, ends, and grows in serial`() async throws {
        try await TestState.with { (state) async throws in
            let page = state.open.portal.trust
            let first = try page.published(at: state.clock.now)
            let json = try JSON.parse(first.text)
            let signed = try SignedTrustList(json: json, list: TrustList(json: json), stateKey: page.stateKey)
            #expect(signed.list == first.list && SignatureAnswers.verify(signed.signatureCheck))
            #expect(first.list.expires == state.clock.now.adding(seconds: 30 * 86_400))
            let kinds = Set(first.list.issuers.flatMap { $0.kinds ?? [] }.map(\.text))
            #expect(kinds == Set(state.open.state.documents.map(\.vct)))
            #expect(first.list.issuer("https://istmo.example/issuers/municipality")?.mayIssue("urn:dovira:ist:driving-licence:1") == false)
            state.clock.advance(seconds: 60)
            #expect(try page.published(at: state.clock.now).text == first.text, "signed once, handed out to many")
            state.clock.advance(days: 40)
            let later = try page.published(at: state.clock.now).list
            let (before, after) = (try #require(first.list.serial), try #require(later.serial))
            #expect(!later.isStale(at: state.clock.now) && after > before)
        }
    }

    @Test func `a document that cannot be signed is named, and takes no other along`() async throws {
        try await TestState.with { (state) async throws in
            let held = try await documents(state, of: TestState.adult)
            let licence = try #require(held.first { $0.type == "driving-licence" }), certificate = try #require(held.first { $0.type == "residence-certificate" })
            state.clock.advance(days: 1)
            try await amend(licence, in: "driver", state) { $0["categories"] = .string(String(repeating: "B", count: 600_000)) }
            let register = try #require(state.open.state.documents.first { $0.id == "residence-certificate" }?.register)
            try await amend(certificate, in: register, state) { $0["street"] = "Calle Nueva 9" }
            let again = try await documents(state, of: TestState.adult)
            #expect(again.contains { $0.type == "residence-certificate" && $0.id != certificate.id })
            #expect(again.contains { $0.id == licence.id }, "the old licence stays")
            #expect(state.failures.contains { $0.error.contains("driving-licence") && $0.error.contains("too-large") })
        }
    }

    @Test func `every name that a document cannot bear is refused when the folder is checked`() throws {
        for name in ["iss", "iat", "exp", "nbf", "vct", "vct#integrity", "aka_vcts", "cnf", "status", "_sd", "_sd_alg", "...", "sub", "aud", "jti", "sd_hash"] {
            #expect(DocumentDefinition.reserved.contains(name), "\(name)")
        }
        for name in DocumentDefinition.reserved where !["sub", "aud", "jti", "sd_hash", "iat"].contains(name) {
            #expect(throws: CredentialFault.claimNameReserved, "\(name)") {
                try CredentialDraft(
                    issuer: "a", vct: "v", issuedAt: TestState.start, expiresAt: nil, alwaysShown: [:], disclosable: [(name, 1)], kid: "k", randomness: .seeded(1))
            }
        }
    }

    @Test func `a stolen key of one body says nothing in another's name`() async throws {
        try await TestState.with { (state) async throws in
            let keys = state.open.portal.issuer.keys
            // Whoever has the municipality's key makes a licence of the transit authority with it, under the right key's name.
            let draft = try CredentialDraft(
                issuer: keys.issuer("transit-authority"), vct: "urn:dovira:ist:driving-licence:1", issuedAt: state.clock.now,
                expiresAt: state.clock.now.adding(seconds: 3_600), alwaysShown: ["number": "LC-0000-6666"],
                disclosable: [("given_names", "Nobody")], kid: try keys.keyID("transit-authority"), randomness: .seeded(3))
            let token = draft.signed(try keys.sign(draft.signingInput, for: "municipality"))
            let check = DocumentCheck(token, trust: try state.open.portal.trust.list(at: state.clock.now), now: state.clock.now)
            guard case .changed = check.verdict(check.signatureChecks.map(SignatureAnswers.verify)) else {
                Issue.record("a forged licence is accepted")
                return
            }
        }
    }

    @Test func `a letter changed in it shows`() async throws {
        try await TestState.with { (state) async throws in
            let licence = try #require(try await documents(state, of: TestState.adult).first { $0.type == "driving-licence" })
            var parts = licence.credential.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            let payload = String(decoding: try #require(Base64URL.decode(parts[1])), as: UTF8.self)
            #expect(payload.contains("\"BC\""))
            parts[1] = Base64URL.encode(Array(payload.replacing("\"BC\"", with: "\"BH\"").utf8))
            let check = DocumentCheck(parts.joined(separator: "."), trust: try state.open.portal.trust.list(at: state.clock.now), now: state.clock.now)
            guard case .changed = check.verdict(check.signatureChecks.map(SignatureAnswers.verify)) else {
                Issue.record("a changed licence is accepted")
                return
            }
        }
    }

    @Test func `keys outlive the process, so that documents stay valid`() async throws {
        try await TestState.with { (state) async throws in
            let licence = try #require(try await documents(state, of: TestState.adult).first { $0.type == "driving-licence" })
            try await state.reopen()
            guard case .valid = verdict(licence, state) else {
                Issue.record("\(verdict(licence, state))")
                return
            }
        }
    }

    // MARK: Who reads them, and who reads of it

    @Test func `another's document is refused, and its holder reads that it was tried`() async throws {
        try await TestState.with { (state) async throws in
            let licence = try #require(try await documents(state, of: TestState.adult).first)
            let (other, _) = try await state.citizen(TestState.owner)
            do {
                _ = try await state.platform.perform(ReadDocument(licence.id), as: other)
                Issue.record("another reads it")
            } catch let refusal as Refusal { #expect(refusal.kind == .forbidden) }
            #expect(try await state.entries(about: licence.person).last?["outcome"] == "refused")
            do {
                _ = try await state.platform.perform(ReadDocument("nothing"), as: other)
                Issue.record("nothing is read")
            } catch let refusal as Refusal { #expect(refusal == Refusal(.notFound, "document.not-found")) }
        }
    }

    @Test func `a page of all documents is one entry that lists each with its fields`() async throws {
        try await TestState.with { (state) async throws in
            let held = try await documents(state, of: TestState.adult)
            let entry = try #require(try await state.entries(about: held[0].person).last)
            #expect(entry["action"] == "document.list-own" && entry["purpose"] == "own-data" && entry["law"] == "constitution-art-42")
            let records = try #require(entry["records"]?.array)
            #expect(Set(records.compactMap { $0["register"]?.string }) == ["driving-licence", "residence-certificate"])
            #expect(records.allSatisfy { ($0["fields"]?.array?.count ?? 0) >= 9 })
        }
    }

    @Test func `making them stands in the log of the holder: what was read, and what was issued`() async throws {
        try await TestState.with { (state) async throws in
            let held = try await documents(state, of: TestState.adult)
            let entries = try await state.entries(about: held[0].person)
            let prepared = try #require(entries.first { $0["action"] == "document.prepare" })
            let registers = Set((prepared["records"]?.array ?? []).compactMap { $0["register"]?.string })
            #expect(registers == ["address", "driver", "person"])
            let person = prepared["records"]?.array?.first { $0["register"] == "person" }
            #expect(Set((person?["fields"]?.array ?? []).compactMap(\.string)) == ["given_names", "first_surname", "second_surname", "birth_date"])
            #expect(entries.contains { $0["action"] == "document.issue" && $0["actor"]?["id"] == "issuance" && $0["law"] == "ley-5-2022-art-11" })
        }
    }

    // MARK: Crashes

    @Test func `a crash after the documents were stored stores nothing twice`() async throws {
        try await TestState.with { (state) async throws in
            let (_, person) = try await state.citizen(TestState.adult)
            let errand = try await state.rows("SELECT id FROM gate_errands")[0].text(0)
            // What the errand does before the process dies: looks, signs, stores.
            let portal = state.open.portal
            let drafts = try await state.platform.perform(
                DueDocuments(person: person, definitions: state.open.state.documents, registers: state.registers, zone: state.open.portal.zone),
                as: SystemPrincipals.issuance)
            let signed = try drafts.map {
                StoreDocuments.Signed(draft: $0, credential: try portal.issuer.sign($0, at: state.clock.now, state.platform.randomness))
            }
            _ = try await state.platform.perform(StoreDocuments(signed, for: person, errand: errand), as: SystemPrincipals.issuance)
            try await state.reopen()
            try await state.performErrands()
            #expect(try await state.count("issuance_documents") == 2)
            #expect(try await state.count("gate_errands") == 0)
        }
    }

    @Test func `a crash after signing loses the signature alone`() async throws {
        try await TestState.with { (state) async throws in
            let (_, person) = try await state.citizen(TestState.adult)
            _ = try await state.platform.perform(
                DueDocuments(person: person, definitions: state.open.state.documents, registers: state.registers, zone: state.open.portal.zone),
                as: SystemPrincipals.issuance)
            try await state.reopen()
            try await state.performErrands()
            #expect(try await state.count("issuance_documents") == 2)
        }
    }
}
