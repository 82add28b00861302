import Audit
import Foundation
import Gate
import HouseTesting
import Kernel
import Services
import StateTesting
import Storage
import Testing
import Wiring

/// A server that starts knows whether somebody wrote to the database while none ran. Where nobody did, nothing is looked at; where somebody did, or nobody
/// knows, everything is before a deed rests on what is not there.
@Suite("A database is found as it was left, or it is looked at") struct FoundAsLeftTests {
    private func head(_ state: TestState) throws -> String { try String(contentsOfFile: state.data + ".head", encoding: .utf8) }

    /// Closes the state, does something to its folder, and opens it again.
    private func meanwhile(_ state: TestState, _ deed: () throws -> Void) async throws {
        await state.store.close()
        try deed()
        try await state.reopen()
    }

    /// An open case, which a second one of the same service would stand beside.
    private func opened(_ state: TestState) async throws -> (citizen: (principal: Principal, person: String), case: String) {
        let citizen = try await state.citizen(TestState.foreigner)
        return (citizen, try await state.apply(citizen, activity: "food").record.id)
    }

    @Test func `an orderly stop leaves word of how the file lies, and a start that finds it so looks at nothing`() async throws {
        try await TestState.with { (state) async throws in
            let (citizen, id) = try await opened(state)
            #expect(try !head(state).contains("\nstore "))
            for _ in 0..<2 {
                await state.store.close()
                #expect(try head(state).contains("\nstore "))
                try await state.reopen()
                // From now on the file is the server's.
                #expect(try !head(state).contains("\nstore "))
                #expect(state.proof.wholeness.looks == 0)
                #expect(try await state.start(citizen) == id)
            }
            // Reading is no writing.
            try await meanwhile(state) { try RawDatabase.run(state.data + "/state.db", ["SELECT count(*) FROM services_cases", "PRAGMA integrity_check"]) }
            #expect(state.proof.wholeness.looks == 0)
        }
    }

    @Test func `what was hidden while no server ran is missed by the next one`() async throws {
        let hiding = ["DELETE FROM services_cases"]
        let ways: [(String, @Sendable (String) throws -> Void)] = [
            ("rows deleted", { data in try RawDatabase.run(data + "/state.db", hiding) }),
            ("a key changed in its place, and the file dated back", { data in
                let before = try FileManager.default.attributesOfItem(atPath: data + "/state.db")
                try RawDatabase.run(data + "/state.db", ["UPDATE services_cases SET person = 'x' || substr(person, 2)"])
                try FileManager.default.setAttributes([.modificationDate: before[.modificationDate] as Any], ofItemAtPath: data + "/state.db")
            }),
            ("another file in its place", { data in
                try FileManager.default.copyItem(atPath: data + "/state.db", toPath: data + "/other.db")
                try RawDatabase.run(data + "/other.db", hiding + ["PRAGMA journal_mode = DELETE"])
                try FileManager.default.removeItem(atPath: data + "/state.db")
                try FileManager.default.moveItem(atPath: data + "/other.db", toPath: data + "/state.db")
            }),
            ("writes left in a log beside it", { data in
                let writer = try RawDatabase(data + "/state.db")
                for sql in ["PRAGMA wal_autocheckpoint = 0"] + hiding { try writer.run(sql) }
                // As who is killed leaves it: the database's file has not changed.
                try FileManager.default.copyItem(atPath: data + "/state.db-wal", toPath: data + "/kept-wal")
                try FileManager.default.copyItem(atPath: data + "/state.db", toPath: data + "/kept.db")
                withExtendedLifetime(writer) {}
            }),
        ]
        for (what, way) in ways {
            try await TestState.with { (state) async throws in
                let (citizen, _) = try await opened(state)
                await state.store.close()
                try way(state.data)
                for (kept, name) in [("kept.db", "state.db"), ("kept-wal", "state.db-wal")] where FileManager.default.fileExists(atPath: state.data + "/" + kept) {
                    try? FileManager.default.removeItem(atPath: state.data + "/" + name)
                    try FileManager.default.moveItem(atPath: state.data + "/" + kept, toPath: state.data + "/" + name)
                }
                try await state.reopen()
                #expect(state.proof.wholeness.looks == 1 && state.proof.wholeness.faults > 0, "\(what)")
                let count = try await state.count("services_cases")
                #expect(await cause { try await state.start(citizen) } is AuditCorrupt, "\(what)")
                #expect(try await state.count("services_cases") == count, "\(what)")
                #expect(state.failures.contains { $0.what == "rows of the database" && $0.error.contains("while no server ran") }, "\(what): \(state.failures)")
                // What is there goes on, and an orderly stop makes nothing true.
                _ = try await state.platform.perform(ReadHome(person: citizen.person, since: state.clock.now), as: citizen.principal)
                try await state.reopen()
                #expect(state.proof.wholeness.faults > 0, "\(what), at the start after")
                #expect(await cause { try await state.start(citizen) } is AuditCorrupt, "\(what), at the start after")
            }
        }
    }

    @Test func `what another program wrote last, before an orderly stop, is no word of how the file was left`() async throws {
        try await TestState.with { (state) async throws in
            let (citizen, _) = try await opened(state)
            try await state.tamperFromOutside(["DELETE FROM services_cases"])
            await state.store.close()
            #expect(try !head(state).contains("\nstore "))
            try await state.reopen()
            #expect(await cause { try await state.start(citizen) } is AuditCorrupt)
        }
    }

    @Test func `a killed server, a folder from before and one that was put back are looked at once, and go on`() async throws {
        try await TestState.with { (state) async throws in
            let (citizen, id) = try await opened(state)
            // A server that is killed, and a version that knew no such word, leave the head without it.
            let unsaid = try Data(contentsOf: URL(fileURLWithPath: state.data + ".head"))
            try await meanwhile(state) { try unsaid.write(to: URL(fileURLWithPath: state.data + ".head")) }
            #expect(state.proof.wholeness.looks == 1 && state.proof.wholeness.faults == 0, "\(state.failures)")
            #expect(try await state.start(citizen) == id)
            try await state.reopen()
            #expect(state.proof.wholeness.looks == 0)
            // A copy is another file.
            try await meanwhile(state) {
                try FileManager.default.copyItem(atPath: state.data, toPath: state.data + "-copy")
                try FileManager.default.removeItem(atPath: state.data)
                try FileManager.default.moveItem(atPath: state.data + "-copy", toPath: state.data)
            }
            #expect(state.proof.wholeness.looks == 1 && state.proof.wholeness.faults == 0, "\(state.failures)")
            #expect(try await state.start(citizen) == id)
            // Upkeep, too, is a write of another program, and changes no row.
            try await meanwhile(state) { try RawDatabase.run(state.data + "/state.db", ["VACUUM"]) }
            #expect(state.proof.wholeness.looks == 1 && state.proof.wholeness.faults == 0, "\(state.failures)")
            #expect(!state.failures.contains { $0.what == "rows of the database" })
        }
    }

    @Test(arguments: [["VACUUM"], ["REINDEX"], ["ANALYZE"], ["PRAGMA wal_checkpoint(TRUNCATE)"], ["PRAGMA auto_vacuum = FULL", "VACUUM"]])
    func `upkeep beside a running server is a doubt for a moment, and no false alarm`(upkeep: [String]) async throws {
        try await TestState.with { (state) async throws in
            let (citizen, id) = try await opened(state)
            try await state.tamperFromOutside(upkeep)
            try await state.afterDoubt { let again = try await state.start(citizen); #expect(again == id) }
            let adult = try await state.citizen(TestState.adult)
            try await state.afterDoubt { try await state.start(adult) }
            #expect(state.proof.wholeness.faults == 0 && state.proof.faults == 0, "\(state.failures)")
        }
    }
}
