import Crypto
import Kernel
import Testing

@Suite("SHA-256 and HMAC") struct HashTests {
    /// NIST's examples for FIPS 180-4 ("SHA256.pdf") and its further ones ("SHA2_Additional.pdf"): a text repeated, and the digest.
    static let published: [(unit: String, count: Int, digest: String)] = [
        ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("616263", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "6162636462636465636465666465666765666768666768696768696a68696a6b696a6b6c6a6b6c6d6b6c6d6e6c6d6e6f6d6e6f706e6f7071", 1,
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        ("bd", 1, "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b"),
        ("c98c8e55", 1, "7abc22c0ae5af26ce93dbb94433a0e0b2e119d014f8e7f65bd56c61ccccd9504"),
        ("00", 55, "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7"),
        ("00", 56, "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb"),
        ("00", 57, "65a16cb7861335d5ace3c60718b5052e44660726da4cd13bb745381b235a1785"),
        ("00", 64, "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"),
        ("00", 1000, "541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a53"),
        ("41", 1000, "c2e686823489ced2017f6059b8b239318b6364f6dcd835d0a519105a1eadd6e4"),
        ("55", 1005, "f4d62ddec0f3dd90ea1380fa16a5ff8dc4c54b21740650f24afc4120903552b0"),
        ("00", 1000000, "d29751f2649b32ff572b5e0a9f541ea660a50f94ff0beedfb0b692b924cc8025"),
        ("61", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ]

    @Test(arguments: published)
    func `the published examples`(unit: String, count: Int, digest: String) throws {
        let bytes = try #require(Hex.decode(unit))
        #expect(Kernel.SHA256.hash([[UInt8]](repeating: bytes, count: count).flatMap { $0 }).hex == digest)
    }

    @Test func `every length to 300 agrees with the cryptographic library`() {
        let random = Randomness.seeded(4)
        for length in 0...300 {
            let message = random.bytes(length)
            #expect(Kernel.SHA256.hash(message).bytes == Array(Crypto.SHA256.hash(data: message)))
        }
    }

    @Test func `a message in pieces has the digest of the whole`() {
        let random = Randomness.seeded(5)
        for _ in 0..<300 {
            let message = random.bytes(Int(random.bytes(1)[0]) * 3)
            var hash = Kernel.SHA256()
            var rest = message[...]
            while !rest.isEmpty {
                let count = min(rest.count, Int(random.bytes(1)[0] % 150))
                hash.update(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            #expect(hash.finish() == Kernel.SHA256.hash(message))
        }
    }

    @Test func `finishing begins a new message`() {
        var hash = Kernel.SHA256()
        hash.update(Array("something else".utf8))
        _ = hash.finish()
        hash.update(Array("abc".utf8))
        #expect(hash.finish() == Kernel.SHA256.hash(Array("abc".utf8)))
    }

    /// RFC 4231 sections 4.2 to 4.8 (4.6 truncates the code).
    static let codes: [(key: [UInt8], message: [UInt8], code: String)] = [
        (
            [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            Array(1...25), [UInt8](repeating: 0xCD, count: 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        (
            [UInt8](repeating: 0xAA, count: 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        (
            [UInt8](repeating: 0xAA, count: 131),
            Array(
                "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm."
                    .utf8), "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        ),
    ]

    @Test(arguments: codes)
    func `the published codes`(key: [UInt8], message: [UInt8], code: String) {
        #expect(HMACSHA256.code(message, key: key).hex == code)
    }

    @Test func `codes of any key length agree with the cryptographic library`() {
        let random = Randomness.seeded(6)
        for length in 1...140 {
            let key = random.bytes(length), message = random.bytes(length * 2)
            let theirs = Array(HMAC<Crypto.SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)))
            #expect(HMACSHA256.code(message, key: key).bytes == theirs)
        }
    }

    @Test func `a digest keeps its bytes and orders by them`() throws {
        let random = Randomness.seeded(7)
        for _ in 0..<500 {
            var left = random.bytes(32)
            let right = random.bytes(32)
            left.replaceSubrange(0..<Int(random.bytes(1)[0] % 32), with: right[..<Int(random.bytes(1)[0] % 32)])
            left = Array((left + right).prefix(32))
            let a = try #require(Digest(left)), b = try #require(Digest(right))
            #expect(a.bytes == left)
            #expect((a < b) == left.lexicographicallyPrecedes(right))
            #expect((a == b) == (left == right))
        }
        #expect(Digest([UInt8](repeating: 0, count: 31)) == nil)
        #expect(Digest([UInt8](repeating: 0, count: 33)) == nil)
        #expect(Digest([UInt8](repeating: 0xAB, count: 32))?.hex == String(repeating: "ab", count: 32))
    }

    @Test func `codes are compared whole`() {
        #expect(constantTimeEquals([], []))
        #expect(constantTimeEquals([1, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEquals([1, 2, 3], [1, 2, 4]))
        #expect(!constantTimeEquals([0x81, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEquals([1, 2], [1, 2, 3]))
    }
}
