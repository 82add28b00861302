/// Why bytes are no JSON, and where. **Shape** line and column count from 1, the column in characters; the offset counts bytes from 0.
public struct JSONError: Error, Hashable, Sendable {
    public enum Reason: String, Hashable, Sendable {
        case tooLarge, tooDeep, unexpectedEnd, unexpectedCharacter, trailingCharacters, invalidUTF8, invalidEscape, loneSurrogate
        case controlCharacter, invalidNumber, numberOutOfRange, duplicateKey, keyTooLong
    }

    public var reason: Reason
    public var line: Int
    public var column: Int
    public var offset: Int

    public init(reason: Reason, line: Int, column: Int, offset: Int) {
        self.reason = reason
        self.line = line
        self.column = column
        self.offset = offset
    }

    /// Place and reason in English, for a log or a developer: `2:14: a key occurs twice in one object`.
    public var message: String {
        let what =
            switch reason {
            case .tooLarge: "the text is longer than is allowed"
            case .tooDeep: "arrays and objects are nested more deeply than is allowed"
            case .unexpectedEnd: "the text ends too early"
            case .unexpectedCharacter: "a character that may not stand here"
            case .trailingCharacters: "something follows the value"
            case .invalidUTF8: "the bytes are no UTF-8"
            case .invalidEscape: "an escape sequence that JSON does not know"
            case .loneSurrogate: "half of a surrogate pair stands alone"
            case .controlCharacter: "a control character in a string must be escaped"
            case .invalidNumber: "a number that JSON does not allow"
            case .numberOutOfRange: "a number too large or too small"
            case .duplicateKey: "a key occurs twice in one object"
            case .keyTooLong: "a key longer than is allowed"
            }
        return String(line) + ":" + String(column) + ": " + what
    }
}

/// How much a text may ask of its reader.
public struct JSONLimits: Hashable, Sendable {
    /// Bytes of the whole text.
    public var byteCountMax: Int
    /// How deeply arrays and objects may nest; 0 allows neither.
    public var depthMax: Int
    /// The largest power of ten, up or down, of a number's first digit; writing it out takes about as many characters.
    public var exponentMax: Int
    /// Bytes of one member's name.
    public var keyByteCountMax: Int

    /// More bytes than this are no name: the longest of the standards that we read have under a hundred.
    public static let keyByteCountMax = 1_024

    public init(byteCountMax: Int, depthMax: Int, exponentMax: Int = 400, keyByteCountMax: Int = JSONLimits.keyByteCountMax) {
        self.byteCountMax = byteCountMax
        self.depthMax = depthMax
        self.exponentMax = exponentMax
        self.keyByteCountMax = keyByteCountMax
    }

    /// 16 MiB, 128 levels, numbers within 10^±400 (which holds all that a binary double can).
    public static let standard = JSONLimits(byteCountMax: 16 << 20, depthMax: 128)
}
