/// What a log signs: its name, its size and its root.
///
/// **Standard**: C2SP tlog-checkpoint.
public struct Checkpoint: Hashable, Sendable {
    /// The log's unique name, by custom its address without a scheme.
    public let origin: String
    /// The number of leaves.
    public let size: UInt64
    /// The root of the tree of that size.
    public let root: Digest
    /// Further lines, opaque; this platform writes none.
    public let extensions: [String]

    /// **Shape**: nil when the origin or an extension is empty or has a control character, or the size exceeds `Merkle.sizeMax`.
    public init?(origin: String, size: UInt64, root: Digest, extensions: [String] = []) {
        guard size <= Merkle.sizeMax else { return nil }
        for line in [origin] + extensions {
            if line.isEmpty { return nil }
            for byte in line.utf8 where byte < 0x20 { return nil }
        }
        self.origin = origin
        self.size = size
        self.root = root
        self.extensions = extensions
    }

    /// Reads a note's text. **Shape**: nil when it is not a checkpoint; sizes have no leading zeros.
    public init?(noteText: String) {
        guard noteText.utf8.last == UInt8(ascii: "\n") else { return nil }
        var lines: [String] = []
        for line in noteText.utf8.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            guard let line = String(line) else { return nil }
            lines.append(line)
        }
        guard lines.count >= 3, let size = UInt64(lines[1]), "\(size)".utf8.elementsEqual(lines[1].utf8),
            let bytes = Base64.decode(lines[2]), let root = Digest(bytes)
        else { return nil }
        self.init(origin: lines[0], size: size, root: root, extensions: Array(lines[3...]))
    }

    /// The text to sign, ending in a newline.
    public var noteText: String {
        var text = origin + "\n\(size)\n" + Base64.encode(root.bytes) + "\n"
        for line in extensions { text += line + "\n" }
        return text
    }
}
