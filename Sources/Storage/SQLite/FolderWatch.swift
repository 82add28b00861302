internal import Glibc
internal import Synchronization

/// A file, whatever its name: two names lead to one place, or a name leads to another one than before.
package struct FilePlace: Hashable, Sendable {
    private let device: dev_t
    private let inode: ino_t

    /// The place that a path leads to; nil where it leads nowhere.
    package init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// The place of an open file.
    package init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        device = status.st_dev
        inode = status.st_ino
    }
}

/// Sees whether what is written can still be found: the folder, the database and its log are the files that they were, at their paths.
///
/// A file that was removed or moved away takes writes as if nothing were, and they are gone with the process. So the writer asks before it begins
/// a commit and again before it acknowledges one, and whoever tells of one that it waited after. // Storage-6
final class FolderWatch: Sendable {
    enum Fault: Hashable {
        /// The path leads elsewhere or nowhere.
        case moved(String)
        /// The log of the commits, or the index that all programs share over it, was removed; what it holds is still open here.
        case logRemoved(String)

        var description: String {
            switch self {
            case .moved(let path): "\(path) was moved or deleted while it was in use: put it back as it was, or stop the server and restore the backup"
            case .logRemoved(let path): "\(path) was removed while it was in use: what it held is copied into the database now; restart the server"
            }
        }
    }

    private let known: [(path: String, place: FilePlace)]
    private let databasePath: String
    /// The log and its index.
    private let besidePaths: [String]
    private let beside: Mutex<[FilePlace?]>
    /// How the database's file was left by the last write of ours.
    private let trace: Mutex<StoreTrace?>

    /// **Throws** `StoreRefusesToStart` where a file is not there.
    init(folder: String) throws {
        known = try [folder, folder + "/state.db"].map { path in
            guard let place = FilePlace(path) else { throw StoreRefusesToStart(folder: folder, reason: .cannotOpen("\(path) is not there")) }
            return (path, place)
        }
        databasePath = folder + "/state.db"
        besidePaths = ["-wal", "-shm"].map { folder + "/state.db" + $0 }
        beside = Mutex(besidePaths.map { FilePlace($0) })
        trace = Mutex(Self.trace(of: databasePath))
    }

    /// What is wrong, or nil. It costs four looks at the file system's names.
    func fault() -> Fault? {
        for (path, place) in known where FilePlace(path) != place { return .moved(path) }
        return beside.withLock { beside in
            for (index, path) in besidePaths.enumerated() {
                let now = FilePlace(path)
                // Until the first commit there may be none.
                if beside[index] == nil { beside[index] = now }
                if now != beside[index] { return .logRemoved(path) }
            }
            return nil
        }
    }

    // MARK: Who wrote to the file

    private static func trace(of path: String) -> StoreTrace? {
        var status = stat()
        return stat(path, &status) == 0 ? StoreTrace(status) : nil
    }

    /// Whether somebody else has written to the database's file since the last write of ours: ours alone copies commits into it. Told once.
    func isTouched() -> Bool {
        let now = Self.trace(of: databasePath)
        return trace.withLock { trace in
            defer { trace = now }
            return trace != now
        }
    }

    /// The writer has just copied commits into the database.
    func noteOwnWrite() { trace.withLock { $0 = Self.trace(of: databasePath) } }

    /// The connection was opened anew, and its log with it.
    func openedAnew() {
        beside.withLock { $0 = besidePaths.map { _ in nil } }
        noteOwnWrite()
    }
}
