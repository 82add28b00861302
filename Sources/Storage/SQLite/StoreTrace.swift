internal import Glibc

/// How a store's file lies on its disk. Every write to it, whoever makes it and by whatever program, leaves another trace, since the file system
/// itself dates the last change; so does putting another file in its place, a copy too.
///
/// **Shape** size in bytes, number of the file, the moment of its last change in nanoseconds. Only who sets the machine's clock, or writes past the
/// file system, changes the file and not its trace.
package struct StoreTrace: Hashable, Sendable {
    package let size: Int64
    package let file: UInt64
    package let changedAt: Int64

    package init(size: Int64, file: UInt64, changedAt: Int64) {
        self.size = size
        self.file = file
        self.changedAt = changedAt
    }

    /// The trace of a database that lies there closed; nil where there is none, or where writes lie beside it in a log.
    init?(path: String) {
        var status = stat()
        if stat(path + "-wal", &status) == 0, status.st_size > 0 { return nil }
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// The trace by which the next start may know the file: nil where it could not tell a later write. What a program has mapped into its memory it
    /// changes undated until the file is synced.
    static func lasting(path: String) -> StoreTrace? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { Glibc.close(descriptor) }
        guard let before = StoreTrace(path: path), fsync(descriptor) == 0, StoreTrace(path: path) == before else { return nil }
        return before
    }

    init(_ status: stat) {
        size = Int64(status.st_size)
        file = UInt64(status.st_ino)
        changedAt = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
    }
}
