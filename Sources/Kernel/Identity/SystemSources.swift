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
            guard let base = buffer.baseAddress else { return }
            arc4random_buf(base, count)
            written = count
        }
    }

    /// The same bytes for the same seed, in the order of the calls. For tests and synthetic data; never for secrets.
    public static func seeded(_ seed: UInt64) -> Randomness {
        let generator = SeededGenerator(seed: seed)
        return Randomness { generator.bytes($0) }
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
