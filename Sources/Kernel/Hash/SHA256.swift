/// SHA-256, portable and without allocation, for the places where no cryptographic library can be imported.
///
/// **Shape** input up to 2⁶¹ − 1 bytes. **Standard** FIPS 180-4 section 6.2.
public struct SHA256: Sendable {
    private var state = SHA256State()
    private var block = InlineArray<64, UInt8>(repeating: 0)
    private var blockCount = 0
    private var total: UInt64 = 0

    public init() {}

    /// The digest of `bytes`.
    public static func hash(_ bytes: [UInt8]) -> Digest {
        bytes.withUnsafeBufferPointer { hash($0) }
    }

    /// The digest of a buffer.
    package static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> Digest {
        var state = SHA256State()
        let whole = bytes.count / 64
        if let base = bytes.baseAddress {
            for index in 0..<whole { state.compress(UnsafeRawPointer(base + index * 64)) }
        }
        let rest = UnsafeBufferPointer(rebasing: bytes[(whole * 64)...])
        state.finish(rest, total: UInt64(bytes.count))
        return state.digest
    }

    /// Takes more input.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { update($0) }
    }

    package mutating func update(_ bytes: UnsafeBufferPointer<UInt8>) {
        total &+= UInt64(bytes.count)
        var rest = bytes
        if blockCount > 0 {
            let taken = min(64 - blockCount, rest.count)
            for index in 0..<taken { block[blockCount + index] = rest[index] }
            blockCount += taken
            rest = UnsafeBufferPointer(rebasing: rest[taken...])
            guard blockCount == 64 else { return }
            withUnsafeBytes(of: block) { if let base = $0.baseAddress { state.compress(base) } }
            blockCount = 0
        }
        while rest.count >= 64, let base = rest.baseAddress {
            state.compress(UnsafeRawPointer(base))
            rest = UnsafeBufferPointer(rebasing: rest[64...])
        }
        for index in 0..<rest.count { block[index] = rest[index] }
        blockCount = rest.count
    }

    /// The digest of all input so far. What is fed after it belongs to a new message.
    public mutating func finish() -> Digest {
        let digest = withUnsafeBytes(of: block) { raw in
            var last = state
            last.finish(UnsafeBufferPointer(rebasing: raw.bindMemory(to: UInt8.self)[..<blockCount]), total: total)
            return last.digest
        }
        self = SHA256()
        return digest
    }
}

/// The eight chaining words and the compression function.
struct SHA256State: Sendable {
    private var a: UInt32 = 0x6a09_e667, b: UInt32 = 0xbb67_ae85, c: UInt32 = 0x3c6e_f372, d: UInt32 = 0xa54f_f53a
    private var e: UInt32 = 0x510e_527f, f: UInt32 = 0x9b05_688c, g: UInt32 = 0x1f83_d9ab, h: UInt32 = 0x5be0_cd19

    var digest: Digest {
        Digest(UInt64(a) << 32 | UInt64(b), UInt64(c) << 32 | UInt64(d), UInt64(e) << 32 | UInt64(f), UInt64(g) << 32 | UInt64(h))
    }

    /// Pads and takes the last bytes, fewer than 64 of them.
    @inline(__always)
    mutating func finish(_ rest: UnsafeBufferPointer<UInt8>, total: UInt64) {
        var last = InlineArray<16, UInt64>(repeating: 0)
        let long = rest.count >= 56
        withUnsafeMutableBytes(of: &last) { raw in
            guard let base = raw.baseAddress else { return }
            if let source = rest.baseAddress { base.copyMemory(from: source, byteCount: rest.count) }
            base.storeBytes(of: 0x80, toByteOffset: rest.count, as: UInt8.self)
            base.storeBytes(of: (total &<< 3).bigEndian, toByteOffset: long ? 120 : 56, as: UInt64.self)
            compress(base)
            if long { compress(base + 64) }
        }
    }

    /// Takes the 64 bytes at `block`.
    @inline(never)
    mutating func compress(_ block: UnsafeRawPointer) {
        @inline(__always) func load(_ index: Int) -> UInt32 {
            UInt32(bigEndian: block.loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self))
        }
        @inline(__always) func rotate(_ x: UInt32, _ count: UInt32) -> UInt32 { x &>> count | x &<< (32 &- count) }
        @inline(__always) func step(
            _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32, _ e: UInt32, _ f: UInt32, _ g: UInt32, _ h: inout UInt32,
            _ constant: UInt32, _ word: UInt32
        ) {
            let first = h &+ (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) &+ (g ^ (e & (f ^ g))) &+ constant &+ word
            d = d &+ first
            h = first &+ (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) &+ ((a & b) | (c & (a | b)))
        }
        @inline(__always) func expand(_ w0: inout UInt32, _ w1: UInt32, _ w9: UInt32, _ w14: UInt32) {
            w0 = w0 &+ (rotate(w1, 7) ^ rotate(w1, 18) ^ w1 &>> 3) &+ w9 &+ (rotate(w14, 17) ^ rotate(w14, 19) ^ w14 &>> 10)
        }
        var w0 = load(0), w1 = load(1), w2 = load(2), w3 = load(3), w4 = load(4), w5 = load(5), w6 = load(6), w7 = load(7)
        var w8 = load(8), w9 = load(9), w10 = load(10), w11 = load(11), w12 = load(12), w13 = load(13), w14 = load(14), w15 = load(15)
        var a = a, b = b, c = c, d = d, e = e, f = f, g = g, h = h
        // Sixteen words live in registers; each pass below runs sixteen rounds and makes the next sixteen words.
        @inline(__always) func rounds(
            _ k0: UInt32, _ k1: UInt32, _ k2: UInt32, _ k3: UInt32, _ k4: UInt32, _ k5: UInt32, _ k6: UInt32, _ k7: UInt32,
            _ k8: UInt32, _ k9: UInt32, _ k10: UInt32, _ k11: UInt32, _ k12: UInt32, _ k13: UInt32, _ k14: UInt32, _ k15: UInt32
        ) {
            step(a, b, c, &d, e, f, g, &h, k0, w0)
            step(h, a, b, &c, d, e, f, &g, k1, w1)
            step(g, h, a, &b, c, d, e, &f, k2, w2)
            step(f, g, h, &a, b, c, d, &e, k3, w3)
            step(e, f, g, &h, a, b, c, &d, k4, w4)
            step(d, e, f, &g, h, a, b, &c, k5, w5)
            step(c, d, e, &f, g, h, a, &b, k6, w6)
            step(b, c, d, &e, f, g, h, &a, k7, w7)
            step(a, b, c, &d, e, f, g, &h, k8, w8)
            step(h, a, b, &c, d, e, f, &g, k9, w9)
            step(g, h, a, &b, c, d, e, &f, k10, w10)
            step(f, g, h, &a, b, c, d, &e, k11, w11)
            step(e, f, g, &h, a, b, c, &d, k12, w12)
            step(d, e, f, &g, h, a, b, &c, k13, w13)
            step(c, d, e, &f, g, h, a, &b, k14, w14)
            step(b, c, d, &e, f, g, h, &a, k15, w15)
        }
        @inline(__always) func schedule() {
            expand(&w0, w1, w9, w14)
            expand(&w1, w2, w10, w15)
            expand(&w2, w3, w11, w0)
            expand(&w3, w4, w12, w1)
            expand(&w4, w5, w13, w2)
            expand(&w5, w6, w14, w3)
            expand(&w6, w7, w15, w4)
            expand(&w7, w8, w0, w5)
            expand(&w8, w9, w1, w6)
            expand(&w9, w10, w2, w7)
            expand(&w10, w11, w3, w8)
            expand(&w11, w12, w4, w9)
            expand(&w12, w13, w5, w10)
            expand(&w13, w14, w6, w11)
            expand(&w14, w15, w7, w12)
            expand(&w15, w0, w8, w13)
        }
        rounds(
            0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
            0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174)
        schedule()
        rounds(
            0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
            0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967)
        schedule()
        rounds(
            0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
            0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070)
        schedule()
        rounds(
            0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
            0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2)
        self.a &+= a
        self.b &+= b
        self.c &+= c
        self.d &+= d
        self.e &+= e
        self.f &+= f
        self.g &+= g
        self.h &+= h
    }
}
