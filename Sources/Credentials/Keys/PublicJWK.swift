public import Kernel

/// A public key on the curve P-256, as JSON writes it.
///
/// **Shape** two coordinates of 32 bytes. Whether the point lies on the curve is found out by who checks signatures with it.
/// **Standard** RFC 7517, RFC 7518 section 6.2.
public struct PublicJWK: Hashable, Sendable {
    private let x: [UInt8]
    private let y: [UInt8]
    private let name: ByteString?

    /// The name that its owner gives the key.
    public var keyID: String? { name?.text }

    /// Reads a JWK. Nil for another kind of key, one meant for another use, a coordinate of another length, and a key that carries its
    /// secret part: that one must not be passed around.
    public init?(_ json: JSON) {
        guard json["kty"] == "EC", json["crv"] == "P-256", json["d"] == nil,
            json["alg"] == nil || json["alg"] == "ES256", json["use"] == nil || json["use"] == "sig",
            let x = json["x"]?.string.flatMap({ Base64URL.decode($0) }), let y = json["y"]?.string.flatMap({ Base64URL.decode($0) }),
            x.count == 32, y.count == 32
        else { return nil }
        if let keyID = json["kid"] {
            guard let keyID = keyID.string else { return nil }
            name = ByteString(keyID)
        } else {
            name = nil
        }
        self.x = x
        self.y = y
    }

    /// Reads an uncompressed point, 65 bytes from 0x04 on. **Standard** SEC 1 section 2.3.4.
    public init?(x963: [UInt8], keyID: String? = nil) {
        guard x963.count == 65, x963[0] == 0x04 else { return nil }
        x = Array(x963[1..<33])
        y = Array(x963[33...])
        name = keyID.map { ByteString($0) }
    }

    /// The uncompressed point, 65 bytes from 0x04 on.
    public var x963: [UInt8] { [0x04] + x + y }

    /// Whether the key goes by that name.
    func isNamed(_ keyID: String) -> Bool { name?.text.hasSameBytes(as: keyID) ?? false }

    /// The key as a JWK, with its name where it has one.
    public var json: JSON {
        var members: JSONObject = ["kty": "EC", "crv": "P-256", "x": .string(Base64URL.encode(x)), "y": .string(Base64URL.encode(y))]
        if let keyID { members["kid"] = .string(keyID) }
        return .object(members)
    }

    /// The name that follows from the key itself: SHA-256, in Base64URL. **Standard** RFC 7638.
    public var thumbprint: String {
        let required: JSON = ["kty": "EC", "crv": "P-256", "x": .string(Base64URL.encode(x)), "y": .string(Base64URL.encode(y))]
        return Base64URL.encode(SHA256.hash(required.canonicalBytes).bytes)
    }
}
