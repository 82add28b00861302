/// HMAC with SHA-256. **Standard** RFC 2104.
public enum HMACSHA256 {
    /// The code of `message` under `key`, which may have any length.
    public static func code(_ message: [UInt8], key: [UInt8]) -> Digest {
        var block = key.count > 64 ? SHA256.hash(key).bytes : key
        block.append(contentsOf: [UInt8](repeating: 0, count: 64 - block.count))
        var inner = SHA256()
        inner.update(block.map { $0 ^ 0x36 })
        inner.update(message)
        var outer = SHA256()
        outer.update(block.map { $0 ^ 0x5C })
        outer.update(inner.finish().bytes)
        return outer.finish()
    }
}

/// Whether both are equal, in a time that depends on their lengths alone: for codes and tokens that an attacker may guess at.
public func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for index in left.indices { difference |= left[index] ^ right[index] }
    return difference == 0
}
