internal import Glibc
internal import Synchronization

/// Holds a data folder for one process, until it is let go or the value dies. // Storage-5
final class FolderLock: Sendable {
    private let descriptor: Mutex<Int32?>

    /// Takes the folder.
    ///
    /// **Throws** `StoreRefusesToStart.inUse`, naming the process that holds it.
    /// **Crash** the kernel lets go of the lock with the process; the file stays and means nothing.
    init(folder: String) throws {
        let path = folder + "/lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreRefusesToStart(folder: folder, reason: .cannotOpen("\(path): \(String(cString: strerror(errno)))"))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var bytes = [UInt8](repeating: 0, count: 32)
            let count = pread(descriptor, &bytes, bytes.count, 0)
            Glibc.close(descriptor)
            let digits = bytes.prefix(max(0, count)).prefix { (0x30...0x39).contains($0) }
            throw StoreRefusesToStart(folder: folder, reason: .inUse(pid: Int32(String(decoding: digits, as: UTF8.self))))
        }
        let text = Array("\(getpid())\n".utf8)
        ftruncate(descriptor, 0)
        _ = pwrite(descriptor, text, text.count, 0)
        self.descriptor = Mutex(descriptor)
    }

    /// Lets the folder go.
    func release() {
        descriptor.withLock { descriptor in
            if let open = descriptor { Glibc.close(open) }
            descriptor = nil
        }
    }

    deinit { release() }
}

/// The folder that the files lie in.
enum DataFolder {
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
}
