internal import Kernel

/// The addresses under which the lines of documents are drawn: `/lines/KEY`.
///
/// A key is the lines' own parameters, sealed: whoever reads it in a browser's history or a server's journal learns nothing of the document's number,
/// nobody makes one up, and drawing it needs neither a look-up nor a person's data. The same document has the same key as long as the secret lives.
struct LineKeys: Sendable {
    /// Eighty bits: nobody finds one by trying.
    private static let sealBytes = 10
    private let sealing: [UInt8], hiding: [UInt8]

    init(secret: [UInt8]) {
        sealing = HMACSHA256.code(Array("dovira lines seal".utf8), key: secret).bytes
        hiding = HMACSHA256.code(Array("dovira lines hide".utf8), key: secret).bytes
    }

    func key(_ pattern: LinePattern) -> String {
        let seal = seal(pattern.parameters)
        return Base64URL.encode(seal + hidden(pattern.parameters, seal))
    }

    /// Nil for a key that was not made here.
    func pattern(_ key: String) -> LinePattern? {
        guard let bytes = Base64URL.decode(key), bytes.count == Self.sealBytes + LinePattern.parameterBytes else { return nil }
        let seal = Array(bytes.prefix(Self.sealBytes)), parameters = hidden(Array(bytes.dropFirst(Self.sealBytes)), seal)
        return constantTimeEquals(seal, self.seal(parameters)) ? LinePattern(parameters: parameters) : nil
    }

    private func seal(_ parameters: [UInt8]) -> [UInt8] { Array(HMACSHA256.code(parameters, key: sealing).bytes.prefix(Self.sealBytes)) }

    /// Hidden by a stream that the seal begins, so that doing it twice undoes it.
    private func hidden(_ bytes: [UInt8], _ seal: [UInt8]) -> [UInt8] { zip(bytes, HMACSHA256.code(seal, key: hiding).bytes).map { $0 ^ $1 } }
}
