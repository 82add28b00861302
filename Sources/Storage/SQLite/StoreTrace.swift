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
        size = Int64(status.st_size)
        file = UInt64(status.st_ino)
        changedAt = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
    }
}
