import Foundation
import HouseTesting
import Kernel
import StateTesting
import Testing
import Wiring

/// What a state signed with is out in the world: it starts with the same keys, or not at all.
@Suite("The keys of a data folder") struct KeyTests {
    private func refusal(_ state: TestState) async throws -> String {
        do {
            try await state.reopen()
            return ""
        } catch let fault as KeyFileFault {
            return fault.description
        }
    }

    @Test(arguments: ["issuer-transit-authority", "issuer-municipality", "log", "state"])
    func `a key that was in use is not made anew`(name: String) async throws {
        try await TestState.with { (state) async throws in
            let path = state.data + "/keys/\(name).key"
            try FileManager.default.moveItem(atPath: path, toPath: state.root + "/kept")
            let said = try await refusal(state)
            #expect(said.contains("\(name).key") && said.contains("restore it from the backup"))
            #expect(!FileManager.default.fileExists(atPath: path))
            // Nor is another one taken for it.
            try FileManager.default.copyItem(atPath: state.data + "/keys/issuer-commerce-registry.key", toPath: path)
            #expect(try await refusal(state).contains("not the key that was used before"))
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.moveItem(atPath: state.root + "/kept", toPath: path)
            #expect(try await refusal(state) == "")
        }
    }

    @Test func `a body that begins to issue gets its key`() async throws {
        try await withFolder { (folder) async throws in
            let keys = try KeyFolder(folder, known: ["old"])
            #expect(try keys.secret("new") { [1, 2, 3] } == [1, 2, 3])
            #expect(try KeyFolder(folder, known: ["new"]).secret("new") { [4] } == [1, 2, 3])
            #expect(throws: KeyFileFault.self) { try keys.secret("old") { [4] } }
            let files = FileManager.default
            for (path, mode) in [("/keys", 0o700), ("/keys/new.key", 0o600)] {
                let found = try files.attributesOfItem(atPath: folder + path)[.posixPermissions] as? NSNumber
                #expect(found?.intValue == mode)
            }
            #expect(try files.contentsOfDirectory(atPath: folder + "/keys") == ["new.key"])
        }
    }

    @Test(arguments: [("/keys", 0o755), ("/keys/new.key", 0o640), ("/keys/new.key", 0o604)])
    func `keys that others can read are not used`(path: String, mode: Int) async throws {
        try await withFolder { (folder) async throws in
            _ = try KeyFolder(folder).secret("new") { [1] }
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder + path)
            let fault = #expect(throws: KeyFileFault.self) { try KeyFolder(folder) }
            #expect(fault?.description.contains("others can read") == true)
        }
    }
}
