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
        /// The log of the commits was removed; what it holds is still open here.
        case logRemoved(String)

        var description: String {
            switch self {
            case .moved(let path): "\(path) was moved or deleted while it was in use: put it back as it was, or stop the server and restore the backup"
            case .logRemoved(let path): "\(path) was removed while it was in use: what it held is copied into the database now; restart the server"
            }
        }
    }

    private let known: [(path: String, place: FilePlace)]
    private let logPath: String
    private let log: Mutex<FilePlace?>

    /// **Throws** `StoreRefusesToStart` where a file is not there.
    init(folder: String) throws {
        known = try [folder, folder + "/state.db"].map { path in
            guard let place = FilePlace(path) else { throw StoreRefusesToStart(folder: folder, reason: .cannotOpen("\(path) is not there")) }
            return (path, place)
        }
        logPath = folder + "/state.db-wal"
        log = Mutex(FilePlace(logPath))
    }

    /// What is wrong, or nil. It costs three looks at the file system's names.
    func fault() -> Fault? {
        for (path, place) in known where FilePlace(path) != place { return .moved(path) }
        return log.withLock { log in
            let now = FilePlace(logPath)
            // Until the first commit there may be no log.
            if log == nil { log = now }
            return now == log ? nil : .logRemoved(logPath)
        }
    }

    /// The connection was opened anew, and its log with it.
    func forgetLog() { log.withLock { $0 = nil } }
}
