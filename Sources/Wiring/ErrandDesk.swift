internal import Foundation
package import Gate
internal import Kernel
internal import Storage

/// Takes an operator's requests about errands while the server runs: a request is a file in the data folder, which nobody else may write.
///
/// Commands do not write into a store that a server holds (one process writes it), so they leave a note and wait for it to go.
package struct ErrandDesk: Sendable {
    /// The name that stands for every errand that was given up.
    package static let all = "all"
    /// Notes that one look takes up.
    private static let notesMax = 1_000
    /// How long a command waits for the running server, in seconds.
    private static let patienceSeconds = 15

    private let folder: String
    private let store: any Store
    private let clock: Clock

    init(folder: String, store: any Store, clock: Clock) {
        self.folder = folder
        self.store = store
        self.clock = clock
    }

    private static func notes(_ folder: String) -> String { folder + "/errands-to-retry" }

    /// Does what the notes ask for and removes them.
    func serve() async throws {
        let folder = ErrandDesk.notes(folder)
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return }
        for name in names.prefix(Self.notesMax) {
            let (id, now) = (name == Self.all ? nil : name, clock.now())
            try await store.maintain(.errands) { (transaction: borrowing Transaction) in
                _ = try ErrandList.revive(id, at: now, in: transaction)
            }
            // A crash before this line revives it once more, which changes nothing.
            try FileManager.default.removeItem(atPath: folder + "/" + name)
        }
    }

    /// The errands of a data folder, read beside a server or without one.
    package static func list(_ dataFolder: String) async throws -> [ErrandList.Line] {
        try await DataReading.read(dataFolder) { (transaction: borrowing Transaction) in try ErrandList.all(in: transaction) }
    }

    /// Lets an errand, or with `all` every one that was given up, be tried anew: by the server that runs, else in the folder itself.
    ///
    /// **Throws** ``NoDataFolder``; ``ErrandFault``.
    package static func retry(_ id: String, in dataFolder: String) async throws {
        if id != all, try await !list(dataFolder).contains(where: { $0.id == id }) { throw ErrandFault.unknown(id) }
        let store: SQLiteStore
        do { store = try SQLiteStore(folder: dataFolder, migrations: OpenState.migrations) } catch let refusal as StoreRefusesToStart {
            guard case .inUse = refusal.reason else { throw refusal }
            return try await ask(id, in: dataFolder)
        }
        let now = Clock.system.now()
        do {
            try await store.maintain(.errands) { (transaction: borrowing Transaction) in
                _ = try ErrandList.revive(id == all ? nil : id, at: now, in: transaction)
            }
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    private static func ask(_ id: String, in dataFolder: String) async throws {
        let folder = notes(dataFolder)
        guard id.utf8.allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x7A) }) else { throw ErrandFault.unknown(id) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let note = folder + "/" + id
        guard FileManager.default.createFile(atPath: note, contents: nil, attributes: [.posixPermissions: 0o600]) else {
            throw ErrandFault.notWritten(note)
        }
        for _ in 0..<(patienceSeconds * 10) {
            guard FileManager.default.fileExists(atPath: note) else { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        try? FileManager.default.removeItem(atPath: note)
        throw ErrandFault.unanswered(dataFolder)
    }
}

package enum ErrandFault: Error, CustomStringConvertible {
    case unknown(String)
    case notWritten(String)
    case unanswered(String)

    package var description: String {
        switch self {
        case .unknown(let id): "there is no errand \(id): `dovira errands list DATA` names those that are left"
        case .notWritten(let path): "\(path) cannot be written: run this as the server's own user"
        case .unanswered(let folder): "the server that holds \(folder) did not answer: see its /readyz; it takes no writes while it only reads"
        }
    }
}
