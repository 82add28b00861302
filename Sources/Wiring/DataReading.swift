internal import Foundation
internal import Storage

/// Reads a data folder beside its server, or without one, and changes nothing in it.
enum DataReading {
    /// **Throws** ``NoDataFolder``; `StoreRefusesToStart` where it cannot be read.
    static func read<T>(_ dataFolder: String, _ body: (borrowing Transaction) throws -> T) async throws -> T {
        guard FileManager.default.fileExists(atPath: dataFolder + "/state.db") else { throw NoDataFolder(path: dataFolder) }
        let snapshot = try StoreSnapshot(folder: dataFolder)
        defer { snapshot.close() }
        return try snapshot.read(body)
    }
}
