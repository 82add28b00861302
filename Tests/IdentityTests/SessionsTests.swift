import Gate
import HouseTesting
import Identity
import Kernel
import Registry
import StateFolder
import StateTesting
import Storage
import Testing
import Web
import Wiring

@Suite("Who is signed in: the browser holds a token, the store its hash")
struct SessionsTests {
    /// What a sign-in as the adult brings.
    private func identified(_ state: TestState) async throws -> Identified {
        let people = try state.registers["person"]
        return try await state.platform.perform(
            SignInAsPerson(key: TestState.adult, people: people, nameFields: people.definition.title), as: SystemPrincipals.signIn)
    }

    @Test func `a session says who she is, and the principal carries no name of a citizen`() async throws {
        try await TestState.with { (state) async throws in
            let identified = try await identified(state)
            let (token, begun) = try await state.open.sessions.begin(identified)
            let found = try #require(try await state.open.sessions.session(token: token))
            #expect(found.displayName == "María Elena Quintero Batista")
            #expect(found.principal == begun.principal)
            #expect(found.principal.kind == .citizen && found.principal.person == identified.id && found.principal.name == "")
            #expect(found.principal.session != nil)
            let first = begun.formToken(.seeded(1)), second = begun.formToken(.seeded(2))
            #expect(found.vouches(for: first) && found.vouches(for: second) && first != second)
            // Neither a part of it nor another text of its length, nor the pad alone twice, which would be a token of nothing.
            let pad = Array(try #require(Base64URL.decode(first)).prefix(32))
            let bare = try #require(Base64URL.decode(first))
            for foreign in [
                "", String(first.dropLast()), first + "A", token, Base64URL.encode(pad + pad), String(repeating: "A", count: first.utf8.count),
                Base64URL.encode(zip(bare.prefix(32), bare.suffix(32)).map { $0 ^ $1 }),
            ] { #expect(!found.vouches(for: foreign), "\(foreign)") }
        }
    }

    @Test func `an officer's session keeps her body and her roles over a new start`() async throws {
        try await TestState.with { (state) async throws in
            let officer = try await state.platform.perform(
                SignInAsOfficer(id: "commerce-1", bodies: state.open.state.bodies), as: SystemPrincipals.signIn)
            let (token, _) = try await state.open.sessions.begin(officer)
            try await state.reopen()
            let principal = try #require(try await state.open.sessions.session(token: token)).principal
            #expect(principal.kind == .officer && principal.name == "Edilberto Samaniego" && principal.body == "commerce-registry")
            #expect(principal.roles == ["commerce-registry/registrar"])
        }
    }

    @Test func `an officer of a body that oversees is an overseer`() async throws {
        try await TestState.with { (state) async throws in
            #expect(try await state.officer("data-1").kind == .overseer)
            #expect(try await state.officer("commerce-1").kind == .officer)
        }
    }

    @Test func `the store holds the token's hash alone`() async throws {
        try await TestState.with { (state) async throws in
            let (token, _) = try await state.open.sessions.begin(try await identified(state))
            let bytes = try #require(Base64URL.decode(token))
            #expect(bytes.count == 32)
            let rows = try await state.rows("SELECT * FROM identity_sessions")
            #expect(rows.count == 1)
            for value in rows[0].values {
                #expect(value != .blob(bytes) && value != .text(token), "a copied disk opens no session")
            }
            #expect(rows[0]["token_hash"] == .blob(SHA256.hash(bytes).bytes))
        }
    }

    @Test func `after half an hour without a request it is over`() async throws {
        try await TestState.with { (state) async throws in
            let (token, _) = try await state.open.sessions.begin(try await identified(state))
            state.clock.advance(seconds: Sessions.idleSeconds - 1)
            #expect(try await state.open.sessions.session(token: token) != nil)
            // That request counts: the half hour begins anew.
            state.clock.advance(seconds: Sessions.idleSeconds - 1)
            #expect(try await state.open.sessions.session(token: token) != nil)
            state.clock.advance(seconds: Sessions.idleSeconds)
            #expect(try await state.open.sessions.session(token: token) == nil)
            try await state.reopen()
            #expect(try await state.open.sessions.session(token: token) == nil)
        }
    }

    @Test func `after twelve hours it is over, however busy she was`() async throws {
        try await TestState.with { (state) async throws in
            let (token, _) = try await state.open.sessions.begin(try await identified(state))
            for _ in 0..<(12 * 6 - 1) {
                state.clock.advance(seconds: 600)
                #expect(try await state.open.sessions.session(token: token) != nil)
            }
            state.clock.advance(seconds: 599)
            #expect(try await state.open.sessions.session(token: token) != nil)
            state.clock.advance(seconds: 1)
            #expect(try await state.open.sessions.session(token: token) == nil)
        }
    }

    @Test func `the limits hold for what the memory knows, too`() async throws {
        try await TestState.with { (state) async throws in
            let (token, _) = try await state.open.sessions.begin(try await identified(state))
            // Within a minute no request touches the store: the memory answers, and must not answer for ever.
            for _ in 0..<40 {
                state.clock.advance(seconds: 30)
                #expect(try await state.open.sessions.session(token: token) != nil)
            }
            state.clock.advance(seconds: Sessions.idleSeconds)
            #expect(try await state.open.sessions.session(token: token) == nil)
        }
    }

    @Test func `signing out ends it at once, in the memory and in the store`() async throws {
        try await TestState.with { (state) async throws in
            let (token, session) = try await state.open.sessions.begin(try await identified(state))
            let (other, _) = try await state.open.sessions.begin(try await identified(state))
            try await state.open.sessions.end(session)
            #expect(try await state.open.sessions.session(token: token) == nil)
            #expect(try await state.open.sessions.session(token: other) != nil, "her other browser stays signed in")
            try await state.reopen()
            #expect(try await state.open.sessions.session(token: token) == nil)
            #expect(try await state.count("identity_sessions") == 1)
        }
    }

    @Test(arguments: ["", "x", "not base64 !", Base64URL.encode([UInt8](repeating: 7, count: 32)), Base64URL.encode([UInt8](repeating: 7, count: 31))])
    func `a token that nobody was given opens nothing`(token: String) async throws {
        try await TestState.with { (state) async throws in
            _ = try await state.open.sessions.begin(try await identified(state))
            #expect(try await state.open.sessions.session(token: token) == nil)
        }
    }

    @Test func `two sessions have nothing in common`() async throws {
        try await TestState.with { (state) async throws in
            let identified = try await identified(state)
            let (first, one) = try await state.open.sessions.begin(identified)
            let (second, two) = try await state.open.sessions.begin(identified)
            #expect(first != second && one.principal.session != two.principal.session)
            #expect(!one.vouches(for: two.formToken(.seeded(1))))
        }
    }

    @Test func `sweeping removes the sessions that are over, and no other`() async throws {
        try await TestState.with { (state) async throws in
            let identified = try await identified(state)
            _ = try await state.open.sessions.begin(identified)
            state.clock.advance(seconds: Sessions.idleSeconds - 60)
            let (fresh, _) = try await state.open.sessions.begin(identified)
            try await state.open.sessions.sweep()
            #expect(try await state.count("identity_sessions") == 2)
            state.clock.advance(seconds: 61)
            try await state.open.sessions.sweep()
            #expect(try await state.count("identity_sessions") == 1)
            #expect(try await state.open.sessions.session(token: fresh) != nil)
            state.clock.advance(seconds: Sessions.lifeSeconds)
            try await state.open.sessions.sweep()
            #expect(try await state.count("identity_sessions") == 0)
        }
    }

    // MARK: Signing in

    @Test func `a sign-in stands in the citizen's log, with the fields that it read`() async throws {
        try await TestState.with { (state) async throws in
            let identified = try await identified(state)
            let entry = try #require(try await state.entries(about: identified.id).last)
            #expect(entry["action"] == "identity.sign-in" && entry["purpose"] == "demo-sign-in" && entry["actor"]?["id"] == "sign-in")
            #expect(entry["records"]?[0]?["fields"] == ["given_names", "first_surname", "second_surname"])
            // And it orders the documents that are due to her.
            #expect(try await state.rows("SELECT kind FROM gate_errands").map { try $0.text(0) } == ["documents.refresh"])
        }
    }

    @Test func `a number that nobody has is refused, and tells nothing of anybody`() async throws {
        try await TestState.with { (state) async throws in
            let people = try state.registers["person"]
            for key in ["8-2000-999", "", "' OR 1=1 --", String(repeating: "8", count: 10_000)] {
                do {
                    _ = try await state.platform.perform(
                        SignInAsPerson(key: key, people: people, nameFields: people.definition.title), as: SystemPrincipals.signIn)
                    Issue.record("somebody was found")
                } catch let refusal as Refusal {
                    #expect(refusal.kind == .notFound && refusal.code == "sign-in.nobody")
                }
            }
            #expect(try await state.rows("SELECT id FROM gate_errands").isEmpty)
        }
    }

    @Test func `an officer who is not in the folder is refused, a sign-in of one stands in the house journal`() async throws {
        try await TestState.with { (state) async throws in
            do {
                _ = try await state.officer("commerce-9")
                Issue.record("somebody was found")
            } catch let refusal as Refusal { #expect(refusal.code == "sign-in.nobody") }
            _ = try await state.officer("commerce-1")
            let journal = try await state.entries(about: "").filter { $0["action"] == "identity.sign-in" }
            #expect(journal.map { $0["outcome"]?.string } == ["refused", "done"])
        }
    }
}
