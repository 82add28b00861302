// The one place that asks the operating system for time and randomness; where there is none (the browser core), the driver hands them in.
#if !hasFeature(Embedded)
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension Clock {
    /// The clock of this machine.
    public static let system = Clock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

extension Randomness {
    /// The operating system's generator, fit for keys and salts.
    public static let system = Randomness { count in
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            RandomPage.shared.fill(UnsafeMutableRawBufferPointer(buffer))
            written = count
        }
    }

    /// The same bytes for the same seed, in the order of the calls. For tests and synthetic data; never for secrets.
    public static func seeded(_ seed: UInt64) -> Randomness {
        let generator = SeededGenerator(seed: seed)
        return Randomness { generator.bytes($0) }
    }
}

/// The operating system's random bytes, fetched by the page: a nonce for each entry of the log would else be a system call each.
///
/// What was given out is wiped at once. The kernel empties the page in a forked child, so that two processes never share bytes; where it
/// does not promise that, every call asks the system.
private final class RandomPage: Sendable {
    static let shared = RandomPage()

    private static let size = 4096
    /// Bytes left, kept in the page itself so that a fork wipes it too: then none are left.
    private static let leftOffset = size - MemoryLayout<Int>.size

    private let page: Mutex<UInt?>

    private init() {
        #if os(Linux)
        let wipeOnFork: Int32 = 18  // MADV_WIPEONFORK, since Linux 4.14
        let place = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        let isWhole = place != MAP_FAILED && place.map { madvise($0, Self.size, wipeOnFork) == 0 } ?? false
        page = Mutex(isWhole ? place.map { UInt(bitPattern: $0) } : nil)
        #else
        page = Mutex(nil)
        #endif
    }

    func fill(_ target: UnsafeMutableRawBufferPointer) {
        guard let base = target.baseAddress else { return }
        let isFilled = page.withLock { address -> Bool in
            guard target.count <= Self.leftOffset, let page = address.flatMap({ UnsafeMutableRawPointer(bitPattern: $0) }) else { return false }
            var left = page.load(fromByteOffset: Self.leftOffset, as: Int.self)
            if left < target.count {
                arc4random_buf(page, Self.leftOffset)
                left = Self.leftOffset
            }
            left -= target.count
            base.copyMemory(from: page + left, byteCount: target.count)
            (page + left).initializeMemory(as: UInt8.self, repeating: 0, count: target.count)
            page.storeBytes(of: left, toByteOffset: Self.leftOffset, as: Int.self)
            return true
        }
        if !isFilled { arc4random_buf(base, target.count) }
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014) behind a lock.
private final class SeededGenerator: Sendable {
    private let state: Mutex<UInt64>

    init(seed: UInt64) {
        state = Mutex(seed)
    }

    func bytes(_ count: Int) -> [UInt8] {
        state.withLock { state in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(count + 7)
            while bytes.count < count {
                state &+= 0x9E37_79B9_7F4A_7C15
                var word = state
                word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
                word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
                word ^= word >> 31
                for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
            }
            bytes.removeLast(bytes.count - count)
            return bytes
        }
    }
}
#endif
