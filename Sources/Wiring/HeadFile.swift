internal import Audit
internal import Glibc
internal import Kernel
internal import Storage

/// The file outside the data folder that says how far the log had come.
///
/// A copy of the data folder does not hold it, so a folder that was put back meets a head that is ahead of it.
struct HeadFile: Sendable {
    let path: String
    static let bytesMax = 1_000_000

    /// What the file holds; nil where there is none.
    ///
    /// **Throws** ``HeadFault`` where it cannot be read.
    func read() throws -> [UInt8]? {
        // A pipe would be waited for.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        if descriptor < 0, errno == ENOENT { return nil }
        guard descriptor >= 0 else { throw HeadFault.unreadable(path, String(cString: strerror(errno))) }
        defer { Glibc.close(descriptor) }
        guard lseek(descriptor, 0, SEEK_CUR) >= 0 else { throw HeadFault.unreadable(path, "it is no file") }
        return try contents(of: descriptor)
    }

    private func contents(of descriptor: Int32) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &part, part.count)
            guard count >= 0 else { throw HeadFault.unreadable(path, String(cString: strerror(errno))) }
            if count == 0 { return bytes }
            bytes += part[..<count]
            guard bytes.count <= Self.bytesMax else { throw HeadFault.unreadable(path, "it is not such a file") }
        }
    }

    /// Puts new bytes in the place of old ones, if those are still there; nil stands for no file.
    ///
    /// **Throws** ``HeadFault/moved(_:)`` where the file holds something else; ``HeadFault/unwritable(_:_:)``.
    /// **Crash** the file holds the old bytes or the new ones, whole.
    func replace(_ old: [UInt8]?, by new: [UInt8]) throws {
        let next = path + ".new"
        func failed() -> HeadFault { .unwritable(path, String(cString: strerror(errno))) }
        guard old != nil else {
            try write(new, to: next)
            // A link fails where the name is taken: a second writer is found out.
            guard link(next, path) == 0 else {
                let code = errno
                unlink(next)
                if code == EEXIST { throw HeadFault.moved(path) }
                errno = code
                throw failed()
            }
            unlink(next)
            return try syncFolder()
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        if descriptor < 0, errno == ENOENT { throw HeadFault.moved(path) }
        guard descriptor >= 0 else { throw failed() }
        defer { Glibc.close(descriptor) }
        // Whoever else would replace it holds this lock, too; closing lets it go.
        guard flock(descriptor, LOCK_EX) == 0 else { throw failed() }
        guard let held = FilePlace(descriptor: descriptor), held == FilePlace(path), try contents(of: descriptor) == old
        else { throw HeadFault.moved(path) }
        try write(new, to: next)
        guard rename(next, path) == 0 else { throw failed() }
        try syncFolder()
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        func failed() -> HeadFault { .unwritable(path, String(cString: strerror(errno))) }
        unlink(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failed() }
        defer { Glibc.close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw failed() }
            written += count
        }
        guard fsync(descriptor) == 0 else { throw failed() }
    }

    private func syncFolder() throws {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if descriptor >= 0 { Glibc.close(descriptor) } }
        guard descriptor >= 0, fsync(descriptor) == 0 else { throw HeadFault.unwritable(path, String(cString: strerror(errno))) }
    }
}

/// What is wrong between a store and its head, with advice.
package enum HeadFault: Error, Hashable, CustomStringConvertible {
    case unreadable(String, String)
    case unwritable(String, String)
    /// Somebody else has written it since.
    case moved(String)
    /// It is signed with another key.
    case foreign(String)
    /// A head was kept and is not there.
    case missing(String, kept: String)
    /// There is a head and no store.
    case noStore(String, dataFolder: String)
    case behind(String, head: UInt64, store: UInt64)
    case seriesBehind(String, register: String)
    case differs(String)

    private static let acceptance = "If you put it back on purpose, start once with --accept-restored: that is recorded in the log, and the registers' numbers go on in a new stretch"

    package var description: String {
        switch self {
        case .unreadable(let path, let why): "\(path): the log's head cannot be read (\(why)): mend that, or name another place with --head"
        case .unwritable(let path, let why):
            "\(path): the log's head cannot be written (\(why)): let the server's user write there, or name another place with --head"
        case .moved(let path): "\(path): another process has written the log's head: two servers continue one log; stop one of them"
        case .foreign(let path):
            "\(path): the log's head is signed with another key: keys/log.key was exchanged, or the head is of another state. \(Self.acceptance)"
        case .missing(let path, let kept):
            "\(path): the log's head is not there\(kept == path ? "" : " (it was kept at \(kept))"): bring it along with the data folder, or name its place with --head. \(Self.acceptance)"
        case .noStore(let path, let folder):
            "\(folder) holds no state, and the log's head at \(path) knows of one: restore the data folder from its backup, "
                + "or remove the head as well to begin a new state"
        case .behind(let path, let head, let store):
            "the data folder is behind the log's head at \(path): the head has seen \(head) entries, the folder holds \(store). "
                + "An older folder was put back, or its newest writes were lost. Look for the newer folder first. \(Self.acceptance)"
        case .seriesBehind(let path, let register):
            "the data folder is behind the log's head at \(path): register \(register) has given higher numbers than the folder knows. \(Self.acceptance)"
        case .differs(let path):
            "the data folder holds another history than the log's head at \(path) has seen: the log was rewritten, or the folder is another one. \(Self.acceptance)"
        }
    }
}

extension HeadFault: EndsTheLog {
    /// A place that cannot be read or written for a while is tried again.
    package var endsTheLog: Bool {
        switch self {
        case .unreadable, .unwritable: false
        case .moved, .foreign, .missing, .noStore, .behind, .seriesBehind, .differs: true
        }
    }
}
