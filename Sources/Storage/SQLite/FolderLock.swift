internal import Glibc
internal import Synchronization

/// Holds a data folder for one process, until it is let go or the value dies. // Storage-5
///
/// The folder itself is locked, so that removing a file from it frees nothing; the file `lock` names the process, and is locked too, for programs
/// that know no other lock.
final class FolderLock: Sendable {
    private let descriptors: Mutex<[Int32]>

    /// Takes the folder.
    ///
    /// **Throws** `StoreRefusesToStart.inUse`, naming the process that holds it.
    /// **Crash** the kernel lets go of the lock with the process; the file stays and means nothing.
    init(folder: String) throws {
        func refusal(_ path: String) -> StoreRefusesToStart {
            StoreRefusesToStart(folder: folder, reason: .cannotOpen("\(path): \(String(cString: strerror(errno)))"))
        }
        let path = folder + "/lock"
        let own = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0 else { throw refusal(folder) }
        // A file system that cannot lock folders says so in other words, and the file's lock has to do.
        let isFree = Self.take(own) || errno != EWOULDBLOCK
        let descriptor = open(path, isFree ? O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW : O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 || !isFree else {
            defer { Glibc.close(own) }
            throw refusal(path)
        }
        guard isFree, Self.take(descriptor) else {
            var bytes = [UInt8](repeating: 0, count: 32)
            let count = descriptor >= 0 ? pread(descriptor, &bytes, bytes.count, 0) : 0
            if descriptor >= 0 { Glibc.close(descriptor) }
            Glibc.close(own)
            let digits = bytes.prefix(max(0, count)).prefix { (0x30...0x39).contains($0) }
            throw StoreRefusesToStart(folder: folder, reason: .inUse(pid: Int32(String(decoding: digits, as: UTF8.self))))
        }
        let text = Array("\(getpid())\n".utf8)
        ftruncate(descriptor, 0)
        _ = pwrite(descriptor, text, text.count, 0)
        descriptors = Mutex([descriptor, own])
    }

    /// A process that is just being started holds the files of the one that starts it, until its own program is read: so a lock that was let go is
    /// asked for again for a moment.
    private static func take(_ descriptor: Int32) -> Bool {
        for _ in 0..<triesMax {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK else { return false }
            usleep(tryMicroseconds)
        }
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }
    private static let triesMax = 20, tryMicroseconds: UInt32 = 25_000

    /// Lets the folder go.
    func release() {
        descriptors.withLock { descriptors in
            for open in descriptors { Glibc.close(open) }
            descriptors = []
        }
    }

    deinit { release() }
}

/// The folder that the files lie in.
enum DataFolder {
    /// What may lie in a folder that holds no database yet.
    private static let harmless: Set<String> = [".", "..", "lock", "lost+found"]

    /// Makes the names of new files durable: SQLite asks for it too, but goes on where the disk says no.
    ///
    /// **Throws** `StoreRefusesToStart.cannotOpen`.
    static func sync(_ folder: String) throws {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if descriptor >= 0 { Glibc.close(descriptor) } }
        guard descriptor >= 0, fsync(descriptor) == 0 else {
            throw StoreRefusesToStart(
                folder: folder, reason: .cannotOpen("its names cannot be made durable: \(String(cString: strerror(errno)))"))
        }
    }

    /// Refuses to begin an empty state beside what an earlier one left: its database was lost, and is to be restored.
    ///
    /// **Throws** `StoreRefusesToStart.leavings`.
    static func refuseLeavings(_ folder: String) throws {
        var status = stat()
        let isThere = lstat(folder + "/state.db", &status) == 0
        guard !isThere || status.st_size == 0 else { return }
        // A first start that died may leave an empty database beside files of SQLite's own.
        let leavings = names(in: folder).filter { !harmless.contains($0) && !(isThere && $0.hasPrefix("state.db")) }
        guard leavings.isEmpty else { throw StoreRefusesToStart(folder: folder, reason: .leavings(leavings.sorted())) }
    }

    /// Makes the folder and the store's files readable by their owner alone, whatever they were.
    ///
    /// **Throws** `StoreRefusesToStart.cannotOpen` where they cannot be, or where one of them is a link.
    static func secure(_ folder: String) throws {
        func refusal(_ path: String, _ text: String) -> StoreRefusesToStart {
            StoreRefusesToStart(folder: folder, reason: .cannotOpen("\(path): \(text)"))
        }
        let database = folder + "/state.db"
        // Made here and not by SQLite, which would let everyone read it; its log takes the database's mode.
        let made = open(database, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if made >= 0 { Glibc.close(made) }
        for (path, mode) in [(folder, 0o700 as mode_t)] + ["", "-wal", "-shm"].map({ (database + $0, 0o600 as mode_t) }) + [(folder + "/lock", 0o600)] {
            var status = stat()
            guard (path == folder ? stat(path, &status) : lstat(path, &status)) == 0 else { continue }
            guard status.st_mode & S_IFMT != S_IFLNK else { throw refusal(path, "is a link: put the file itself there") }
            guard status.st_mode & 0o077 != 0 else { continue }
            guard chmod(path, mode) == 0 else {
                throw refusal(path, "others may read it, and that cannot be changed (\(String(cString: strerror(errno)))): give it to the server's own user")
            }
        }
    }

    private static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            })
        }
        return names
    }
}
