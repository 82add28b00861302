internal import Foundation

/// How long a connection may take for each part of a request and its answer, and how many there may be.
package struct ConnectionLimits: Sendable {
    /// From the opening of a connection, a TLS handshake included, to the end of a request's head.
    package var head: Duration = .seconds(10)
    /// How long a body may take beyond what its size takes at the least rate.
    package var body: Duration = .seconds(20)
    /// A body takes no longer than this, however much of it comes.
    package var bodyMax: Duration = .seconds(300)
    /// How long a body may still take once the server stops.
    package var stop: Duration = .seconds(10)
    /// From an answer's end to the end of the next request's head.
    package var keepAlive: Duration = .seconds(30)
    /// How long an answer may wait for its reader beyond what its size takes at the least rate.
    package var reader: Duration = .seconds(20)
    /// Bytes a second that a sender or a reader is expected to manage: a telephone at the edge of its network.
    package var bytesPerSecondMin = 8 * 1_024
    /// How long a connection that is turned away may take to read why, and one that was answered too early to stop sending.
    package var farewell: Duration = .seconds(2)
    /// Connections of one address: all of an IPv4 address, the first 64 bits of an IPv6 address. None: as behind a proxy, which is one address for all.
    package var perAddressMax: Int? = 256
    /// All connections. Above it the one that we have waited for longest is closed.
    package var openMax: Int
    /// Bytes that are read of a connection at once: what is sent ahead is kept until its turn.
    static let readBytesMax = 16 * 1_024
    /// Connections above `openMax` that may be told why they are turned away; the others are closed without a word.
    static let farewellsMax = 64
    /// What a client may wait before it comes again.
    static let retrySeconds = 5

    /// No machine of ours needs more at once, and each costs its memory.
    package static let openMaxDefault = 4_096
    /// Descriptors that the database, the runtime's threads and its own files need beside the connections.
    package static let descriptorsKept = 200

    /// - Parameter descriptors: how many the process may have.
    package init(descriptors: Int) {
        openMax = Self.openMax(Self.openMaxDefault, of: descriptors)
    }

    /// The operators' own address: few come there.
    static let operators: ConnectionLimits = {
        var limits = ConnectionLimits(descriptors: Int.max)
        limits.openMax = 64
        limits.perAddressMax = nil
        return limits
    }()

    /// So many connections as wanted, and never so many that descriptors run out: a process without any cannot accept, open a file or look
    /// after its own threads.
    package static func openMax(_ wanted: Int, of descriptors: Int) -> Int {
        max(1, min(wanted, descriptors - descriptorsKept - farewellsMax))
    }
}

/// The process's descriptors.
package enum Descriptors {
    /// Raises the soft limit to the hard one, and returns what holds now.
    @discardableResult
    package static func raise() -> Int {
        var limit = rlimit()
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(files, &limit) == 0 else { return 0 }
        limit.rlim_cur = limit.rlim_max
        // Where it may not be raised, the soft limit holds, and the cap on connections follows it.
        _ = setrlimit(files, &limit)
        _ = getrlimit(files, &limit)
        return Int(clamping: limit.rlim_cur)
    }
}
