import Audit
import Definitions
import Foundation
import Gate
import HouseTesting
import Kernel
import StateFolder
import StateTesting
import Storage
import Synchronization
import Testing
import Web
import Wiring

@Suite("A head, a folder and a key as strangers give them")
struct StrangeHeadTests {
    @Test func `a pipe or a folder in the head's place is told in words and not waited for`() async throws {
        try await withFolder { (root) async throws in
            let house = try KeptHouse(root)
            try await house.run()
            let good = try Data(contentsOf: URL(fileURLWithPath: house.head))
            for make: (String) throws -> Void in [
                { try #require(mkfifo($0, 0o600) == 0) }, { try FileManager.default.createDirectory(atPath: $0, withIntermediateDirectories: false) },
            ] {
                try FileManager.default.removeItem(atPath: house.head)
                try make(house.head)
                let fault = await #expect(throws: HeadFault.self) { try await house.run() }
                #expect(fault?.description.contains("cannot be read") == true)
            }
            try FileManager.default.removeItem(atPath: house.head)
            try good.write(to: URL(fileURLWithPath: house.head))
            try await house.run()
        }
    }

    @Test func `a head that cannot be written for a while is written later, and the log goes on`() async throws {
        try await withFolder { (root) async throws in
            let house = try KeptHouse(root)
            try await house.run { (open) in
                let before = try Data(contentsOf: URL(fileURLWithPath: house.head))
                // What is in the way of the new head stands for a disk that has no room for it.
                let inTheWay = house.head + ".new"
                try FileManager.default.createDirectory(atPath: inTheWay, withIntermediateDirectories: false)
                let running = Task { await open.sequencer.run { _ in } }
                func wait(_ isOver: () -> Bool) async throws {
                    let end = Date().addingTimeInterval(Patience.seconds)
                    while Date() < end, !isOver() {
                        try await KeptHouse.write(1, open)
                        house.clock.advance(seconds: 2)
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
                try await wait { open.sequencer.health.failures > 0 }
                #expect(open.sequencer.health.failures > 0 && open.sequencer.health.fault == nil)
                try FileManager.default.removeItem(atPath: inTheWay)
                try await wait { (try? Data(contentsOf: URL(fileURLWithPath: house.head))) != before }
                #expect(try Data(contentsOf: URL(fileURLWithPath: house.head)) != before)
                #expect(open.sequencer.health.fault == nil)
                running.cancel()
                await running.value
            }
            try await house.run()
        }
    }

    @Test func `a folder behind a link has the head of the folder itself`() async throws {
        try await withFolder { (root) async throws in
            let house = try KeptHouse(root)
            try await house.run { (open) in try await KeptHouse.write(1, open) }
            let link = root + "/link"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: house.data)
            let before = try Data(contentsOf: URL(fileURLWithPath: house.head))
            try await house.runWith({ $0.dataFolder = link }) { (open) in try await KeptHouse.write(1, open) }
            #expect(try Data(contentsOf: URL(fileURLWithPath: house.head)) != before)
            #expect(!FileManager.default.fileExists(atPath: link + ".head"))
            try await house.run()
        }
    }

    @Test func `the log's key is given as it stands, or as a file that holds it`() async throws {
        try await withFolder { (root) async throws in
            let house = try KeptHouse(root)
            let key = Mutex("")
            try await house.run { (open) in
                try await KeptHouse.write(1, open)
                key.withLock { $0 = open.portal.log.verificationKey }
            }
            let text = key.withLock { $0 }
            // Its name has a slash, as a path has.
            #expect(text.contains("/"))
            try "\(text)\n".write(toFile: root + "/key", atomically: true, encoding: .utf8)
            let program = try #require(Server.program)
            for given in [text, root + "/key"] {
                let verified = try await Programs.run(program, ["audit", "verify", house.data, "--key", given])
                #expect(verified.status == 0, "\(given): \(verified.output)\(verified.complaint)")
                #expect(!verified.output.contains("--key names one"))
            }
            #expect(try await Programs.run(program, ["audit", "verify", house.data, "--key", "istmo.dovira/log+no+key"]).status != 0)
        }
    }
}
