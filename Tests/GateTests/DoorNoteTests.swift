import Gate
import HouseTesting
import Kernel
import Testing

@Suite("What happens at the door is on record, and cannot fill the store")
struct DoorNoteTests {
    private func principal(_ kind: Principal.Kind, _ id: String) -> Principal {
        Principal(kind: kind, id: id, name: kind == .citizen ? "" : "Name of \(id)", body: nil, roles: [], session: nil)
    }

    @Test func `a citizen reads of it in her own log, everybody else's stands in the house journal`() async throws {
        try await House.with { (house) async throws in
            await house.platform.note(.wrongEntrance, at: "/work/tasks/{id}", as: principal(.citizen, House.ana))
            await house.platform.note(.wrongEntrance, at: "/work/tasks/{id}", as: principal(.overseer, "data-1"))
            await house.platform.note(.foreignForm, at: "/sign-in", as: nil)
            await house.platform.note(.signOut, at: "/sign-out", as: principal(.citizen, House.ana))
            let hers = try await house.entries(about: House.ana)
            #expect(hers.map { $0["action"]?.string } == ["door.wrong-entrance", "identity.sign-out"])
            #expect(hers.map { $0["outcome"]?.string } == ["refused", "done"])
            #expect(hers[0]["actor"]?["id"] == .string(House.ana) && hers[0]["records"]?[0]?["record"] == "/work/tasks/{id}")
            let journal = try await house.entries(about: "")
            #expect(journal.map { $0["actor"]?["id"]?.string } == ["data-1", ""])
        }
    }

    @Test func `in an hour a flood writes a bounded number of entries, for one and for all`() async throws {
        try await House.with { (house) async throws in
            for _ in 0..<100 { await house.platform.note(.foreignForm, at: "/sign-in", as: nil) }
            let first = try await house.entries(about: "").count
            #expect(first > 0 && first < 100)
            // One who floods does not hide another.
            await house.platform.note(.wrongEntrance, at: "/work", as: principal(.citizen, House.berta))
            #expect(try await house.entries(about: House.berta).count == 1)
            house.clock.advance(seconds: 3_600)
            await house.platform.note(.foreignForm, at: "/sign-in", as: nil)
            #expect(try await house.entries(about: "").count == first + 1)
        }
    }

    @Test func `an entry names the case of its own person alone, and none where there were two`() {
        let touched = Touched()
        touched.note(case: "SP-1", of: House.ana)
        touched.note(case: "SP-1", of: House.ana)
        touched.note(case: "SP-2", of: House.berta)
        touched.note(case: "SP-3", of: House.carla)
        touched.note(case: "SP-4", of: House.carla)
        #expect(touched.caseReference(of: House.ana) == "SP-1" && touched.caseReference(of: House.berta) == "SP-2")
        #expect(touched.caseReference(of: House.carla) == nil && touched.caseReference(of: "nobody") == nil)
    }
}
