import Foundation
import Gate
import HouseTesting
import Identity
import Kernel
import Registry
import StateFolder
import StateTesting
import Storage
import Testing
import Wiring

@Suite("Authority ends when its ground ends")
struct SessionGroundTests {
    /// The tokens of a registrar, an overseer and a citizen.
    private func signIn(_ state: TestState) async throws -> (officer: String, overseer: String, citizen: String) {
        let bodies = state.open.state.bodies, sessions = state.open.sessions
        var tokens: [String] = []
        for id in ["commerce-1", "data-1"] {
            let officer = try await state.platform.perform(SignInAsOfficer(id: id, bodies: bodies), as: SystemPrincipals.signIn)
            tokens.append(try await sessions.begin(officer).token)
        }
        let people = try state.registers["person"]
        let citizen = try await state.platform.perform(
            SignInAsPerson(key: TestState.adult, people: people, nameFields: people.definition.title), as: SystemPrincipals.signIn)
        return (tokens[0], tokens[1], try await sessions.begin(citizen).token)
    }

    private static let bodies = "bodies.yaml"

    @Test(arguments: [
        ("id: commerce-1", "id: commerce-9"), ("name: Edilberto Samaniego", "name: Somebody Else"),
    ])
    func `an officer who has gone, or is somebody else now, is signed out; the others stay`(old: String, new: String) async throws {
        try await TestState.with { (state) async throws in
            let tokens = try await signIn(state)
            try await state.reopen { folder in try folder.replace(old, with: new, in: Self.bodies) }
            #expect(try await state.open.sessions.session(token: tokens.officer) == nil)
            #expect(try await state.rows("SELECT holder FROM identity_sessions WHERE holder = 'commerce-1'").isEmpty, "and her session is gone")
            #expect(try await state.open.sessions.session(token: tokens.overseer) != nil)
            #expect(try await state.open.sessions.session(token: tokens.citizen) != nil)
        }
    }

    @Test func `an officer whose role has changed is signed out`() async throws {
        try await TestState.with { (state) async throws in
            let tokens = try await signIn(state)
            try await state.reopen { folder in
                let lines = try folder.text(Self.bodies).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                let changed = lines.map { $0.contains("commerce-1,") || $0.contains("id: commerce-1") ? $0.replacing("role: registrar", with: "role: supervisor") : $0 }
                try folder.write(Self.bodies, changed.joined(separator: "\n"))
                try #require(changed != lines)
            }
            #expect(try await state.open.sessions.session(token: tokens.officer) == nil)
            #expect(try await state.open.sessions.session(token: tokens.citizen) != nil)
        }
    }

    @Test func `another version of the folder, in which she is who she was, signs nobody out`() async throws {
        try await TestState.with { (state) async throws in
            let tokens = try await signIn(state)
            try await state.reopen { folder in try folder.replace("minutes: 6", with: "minutes: 7", in: "services/sole-proprietor/service.yaml") }
            for token in [tokens.officer, tokens.overseer, tokens.citizen] { #expect(try await state.open.sessions.session(token: token) != nil) }
        }
    }

    @Test func `sessions of another mode, and those from before modes were named, are over`() async throws {
        for mode in ["'live'", "NULL"] {
            try await TestState.with { (state) async throws in
                let tokens = try await signIn(state)
                _ = try await state.rows("UPDATE identity_sessions SET mode = \(mode)")
                try await state.reopen()
                for token in [tokens.officer, tokens.overseer, tokens.citizen] { #expect(try await state.open.sessions.session(token: token) == nil) }
            }
        }
    }

    @Test func `a session begun under a clock that ran ahead is over when the clock is put right`() async throws {
        try await TestState.with { (state) async throws in
            state.clock.advance(days: 365)
            let tokens = try await signIn(state)
            state.clock.advance(days: -365)
            #expect(try await state.open.sessions.session(token: tokens.citizen) == nil, "also from memory")
            try await state.reopen(acceptsClock: true)
            #expect(try await state.open.sessions.session(token: tokens.officer) == nil)
            try await state.open.sessions.sweep()
            #expect(try await state.count("identity_sessions") == 0)
        }
    }

    @Test func `a clock put back by seconds signs nobody out`() async throws {
        try await TestState.with { (state) async throws in
            let tokens = try await signIn(state)
            state.clock.advance(seconds: -90)
            #expect(try await state.open.sessions.session(token: tokens.citizen) != nil)
        }
    }

    // MARK: Demonstrations and live states

    private static func live(_ folder: inout ExampleFolder) throws {
        let text = try folder.text("state.yaml")
        let head = try #require(text.range(of: "demo_people:")), tail = try #require(text.range(of: "emblem:"))
        try folder.write(
            "state.yaml", (String(text[..<head.lowerBound]) + String(text[tail.lowerBound...])).replacing("mode: demo", with: "mode: live"))
        let lines = try folder.text(bodies).split(separator: "\n", omittingEmptySubsequences: false)
        try folder.write(bodies, lines.filter { !$0.hasPrefix("    officers:") && !$0.hasPrefix("      - {id:") }.joined(separator: "\n"))
    }

    @Test func `a live state refuses a data folder that holds a demonstration, in words, and the demonstration goes on afterwards`() async throws {
        try await TestState.with { (state) async throws in
            var demo: [String: String] = [:]
            var error: (any Error)?
            do {
                try await state.reopen { folder in
                    for name in ["state.yaml", Self.bodies] { demo[name] = try folder.text(name) }
                    try Self.live(&folder)
                }
            } catch let caught { error = caught }
            #expect(error is WrongMode)
            let words = "\(try #require(error))"
            #expect(words.contains("mode: live") && words.contains("demonstration"))
            try await state.reopen { folder in for (name, text) in demo { try folder.write(name, text) } }
            #expect(try await state.citizen(TestState.adult).person.isEmpty == false)
        }
    }

    @Test func `a data folder from before there were marks counts as a demonstration`() async throws {
        try await TestState.with { (state) async throws in
            _ = try await state.rows("DELETE FROM gate_state")
            try await state.reopen()
            #expect(try await state.rows("SELECT value FROM gate_state WHERE name = 'mode'").map { try $0.text(0) } == ["demo"])
            _ = try await state.rows("DELETE FROM gate_state")
            var error: (any Error)?
            do { try await state.reopen(change: Self.live) } catch let caught { error = caught }
            #expect(error is WrongMode)
        }
    }

    @Test func `in a live state nobody signs in by the word of a demonstration`() async throws {
        let bodies = try await TestState.with(isLoaded: false) { (state) async throws in state.open.state.bodies }
        try await TestState.with(isLoaded: false, change: Self.live) { (state) async throws in
            let officer = try await state.platform.perform(SignInAsOfficer(id: "commerce-1", bodies: bodies), as: SystemPrincipals.signIn)
            let refused = await #expect(throws: Refusal.self) { try await state.open.sessions.begin(officer) }
            #expect(refused?.code == "sign-in.demo-only")
            #expect(try await state.count("identity_sessions") == 0)
        }
    }

    @Test func `a demonstration refuses the data folder of a live state`() async throws {
        try await TestState.with(isLoaded: false, change: Self.live) { (state) async throws in
            var error: (any Error)?
            do {
                try await state.reopen { folder in
                    try folder.write("state.yaml", folder.text("state.yaml").replacing("mode: live", with: "mode: demo"))
                }
            } catch let caught { error = caught }
            let words = "\(try #require(error))"
            #expect(error is WrongMode && words.contains("mode: demo"))
        }
    }

    @Test func `another version of the policies is told in the house journal, the same one is not`() async throws {
        try await TestState.with { (state) async throws in
            func openings() async throws -> [JSON] { try await state.entries(about: "").filter { $0["action"] == "state.open" } }
            #expect(try await openings().count == 1)
            try await state.reopen()
            #expect(try await openings().count == 1)
            try await state.reopen { folder in
                try folder.replace("    when: list contains(principal.roles, resource.role)\n", with: "", in: "policies.yaml")
            }
            let told = try await openings()
            #expect(told.count == 2)
            func hash(_ entry: JSON, _ name: String) -> JSON? { entry["records"]?.array?.first { $0["register"] == .string("state/" + name) }?["record"] }
            #expect(hash(told[0], "policies") != nil && hash(told[0], "policies") != hash(told[1], "policies"))
            #expect(hash(told[0], "folder") != hash(told[1], "folder") && hash(told[0], "mode") == "demo")
        }
    }
}
