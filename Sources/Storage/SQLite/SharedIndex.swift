internal import Foundation
internal import Glibc

/// The file by which the processes that work on one database find what is in its write-ahead log, `state.db-shm`.
///
/// Where it is removed while a server works, the server goes on with the removed file, and whoever comes later makes a new one: the two then see
/// nothing of each other's locks, and the server may write over the part of the log that the other is reading. What is read so can be torn, and
/// would look like a fault.
enum SharedIndex {
    /// **Throws** `StoreRefusesToStart` where another process holds the database and not the index that lies beside it.
    ///
    /// The kernel's list of locks tells; opening the files and closing them again would let go of this process's own.
    static func refuseForeign(_ folder: String) throws {
        // A process that is just opening the database takes its lock first and the index's a moment later.
        for _ in 0..<looks {
            guard holder(folder) != nil else { return }
            usleep(microsecondsBetweenLooks)
        }
        guard let server = holder(folder) else { return }
        throw StoreRefusesToStart(
            folder: folder,
            reason: .cannotOpen(
                "process \(server) works on it, and \(folder)/state.db-shm is not the file that it works with (that was removed or exchanged while it ran), "
                    + "so what is read beside it could be torn: restart that process, then try again"))
    }

    private static let looks = 5
    private static let microsecondsBetweenLooks: UInt32 = 50_000
    /// The kernel gives its list in parts, between which other locks come and go, so that one reading may miss a line.
    private static let readingsPerLook = 4

    /// A process that holds the database and not the index beside it.
    private static func holder(_ folder: String) -> Int32? {
        guard let database = LockedFile(folder + "/state.db") else { return nil }
        let index = LockedFile(folder + "/state.db-shm")
        var holders: Set<Int32> = []
        var indexHolders: Set<Int32> = []
        for _ in 0..<readingsPerLook {
            guard let locks = try? String(contentsOfFile: "/proc/locks", encoding: .utf8) else { return nil }
            for line in locks.split(separator: "\n") {
                let words = line.split(separator: " ").filter { $0 != "->" }
                guard words.count >= 6, words[1] == "POSIX", let pid = Int32(words[4]), pid > 0, pid != getpid() else { continue }
                let file = LockedFile(lock: words[5])
                if file == database { holders.insert(pid) }
                if file == index { indexHolders.insert(pid) }
            }
        }
        return holders.subtracting(indexHolders).min()
    }

    /// A file as the list of locks names it: major and minor number of its device in hexadecimal, and its number there.
    private struct LockedFile: Hashable {
        let place: String

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            let device = UInt64(status.st_dev)
            let major = (device >> 8) & 0xfff | (device >> 32) & ~0xfff
            let minor = device & 0xff | (device >> 12) & ~0xff
            place = "\(Self.hex(major)):\(Self.hex(minor)):\(status.st_ino)"
        }

        init(lock word: Substring) {
            place = String(word)
        }

        private static func hex(_ number: UInt64) -> String {
            let digits = String(number, radix: 16)
            return digits.utf8.count < 2 ? "0" + digits : digits
        }
    }
}
