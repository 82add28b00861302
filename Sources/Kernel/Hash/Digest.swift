/// A SHA-256 value. **Shape** 32 bytes, held inline; ordered as the bytes are.
public struct Digest: Hashable, Comparable, Sendable {
    /// The number of bytes in a digest.
    public static let byteCount = 32

    // Four big-endian words: no allocation, and ordering them orders the bytes.
    let word0, word1, word2, word3: UInt64

    init(_ word0: UInt64, _ word1: UInt64, _ word2: UInt64, _ word3: UInt64) {
        self.word0 = word0
        self.word1 = word1
        self.word2 = word2
        self.word3 = word3
    }

    /// The digest of these 32 bytes, nil for any other number of them.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        func word(_ start: Int) -> UInt64 {
            var value: UInt64 = 0
            for index in start..<start + 8 { value = value << 8 | UInt64(bytes[index]) }
            return value
        }
        self.init(word(0), word(8), word(16), word(24))
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
            write(to: buffer)
            count = Self.byteCount
        }
    }

    /// Writes the 32 bytes to the start of `buffer`.
    @inline(__always)
    package func write(to buffer: UnsafeMutableBufferPointer<UInt8>) {
        guard let base = buffer.baseAddress else { return }
        let raw = UnsafeMutableRawPointer(base)
        raw.storeBytes(of: word0.bigEndian, toByteOffset: 0, as: UInt64.self)
        raw.storeBytes(of: word1.bigEndian, toByteOffset: 8, as: UInt64.self)
        raw.storeBytes(of: word2.bigEndian, toByteOffset: 16, as: UInt64.self)
        raw.storeBytes(of: word3.bigEndian, toByteOffset: 24, as: UInt64.self)
    }

    /// The bytes as 64 lower-case hexadecimal digits.
    public var hex: String { Hex.encode(bytes) }

    public static func < (left: Digest, right: Digest) -> Bool {
        if left.word0 != right.word0 { return left.word0 < right.word0 }
        if left.word1 != right.word1 { return left.word1 < right.word1 }
        if left.word2 != right.word2 { return left.word2 < right.word2 }
        return left.word3 < right.word3
    }
}
