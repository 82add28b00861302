extension JSON {
    /// Reads one JSON text in UTF-8, strictly: no duplicate or overlong keys, no lone surrogates, nothing after the value but white space. Numbers of more
    /// than 34 digits are rounded.
    ///
    /// **Throws** the first fault with its place. **Standard** RFC 8259; RFC 7493 section 2 for keys and surrogates.
    public static func parse(_ bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) -> JSON {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) -> JSON in
            try parse(buffer, limits: limits)
        }
    }

    public static func parse(_ text: String, limits: JSONLimits = .standard) throws(JSONError) -> JSON {
        try parse(Array(text.utf8), limits: limits)
    }

    package static func parse(_ bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits = .standard) throws(JSONError) -> JSON {
        guard bytes.count <= limits.byteCountMax else { throw JSONError(reason: .tooLarge, line: 1, column: 1, offset: 0) }
        // An empty array may have no address; the parser wants one that it never reads.
        guard let base = bytes.baseAddress, bytes.count > 0 else {
            throw JSONError(reason: .unexpectedEnd, line: 1, column: 1, offset: 0)
        }
        var parser = JSONParser(base: base, count: bytes.count, limits: limits)
        return try parser.text()
    }
}

/// Reads from memory that outlives it.
private struct JSONParser {
    private let base: UnsafePointer<UInt8>
    private let count: Int
    private let limits: JSONLimits
    private var position = 0
    private var depth = 0
    /// Takes the text of strings that have escapes.
    private var scratch: [UInt8] = []

    init(base: UnsafePointer<UInt8>, count: Int, limits: JSONLimits) {
        self.base = base
        self.count = count
        self.limits = limits
    }

    mutating func text() throws(JSONError) -> JSON {
        let valid = UTF8Check.validCount(base, count)
        guard valid == count else { throw fault(.invalidUTF8, at: valid) }
        skipSpace()
        let value = try value()
        skipSpace()
        guard position == count else { throw fault(.trailingCharacters) }
        return value
    }

    // MARK: Values

    private mutating func value() throws(JSONError) -> JSON {
        guard position < count else { throw fault(.unexpectedEnd) }
        switch base[position] {
        case 0x22: return .string(try string())
        case 0x7B: return try object()
        case 0x5B: return try array()
        case 0x2D, 0x30...0x39: return .number(try number())
        case 0x74: return try word("true", .bool(true))
        case 0x66: return try word("false", .bool(false))
        case 0x6E: return try word("null", .null)
        default: throw fault(.unexpectedCharacter)
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        for index in 0..<word.utf8CodeUnitCount {
            guard position < count else { throw fault(.unexpectedEnd) }
            guard base[position] == word.utf8Start[index] else { throw fault(.unexpectedCharacter) }
            position &+= 1
        }
        return value
    }

    private mutating func array() throws(JSONError) -> JSON {
        try enter()
        var items: [JSON] = []
        skipSpace()
        if position < count, base[position] == 0x5D {
            position &+= 1
        } else {
            while true {
                skipSpace()
                items.append(try value())
                skipSpace()
                guard position < count else { throw fault(.unexpectedEnd) }
                let next = base[position]
                guard next == 0x2C || next == 0x5D else { throw fault(.unexpectedCharacter) }
                position &+= 1
                if next == 0x5D { break }
            }
        }
        depth &-= 1
        return .array(items)
    }

    private mutating func object() throws(JSONError) -> JSON {
        try enter()
        var members = JSONObject()
        skipSpace()
        if position < count, base[position] == 0x7D {
            position &+= 1
        } else {
            while true {
                skipSpace()
                guard position < count else { throw fault(.unexpectedEnd) }
                guard base[position] == 0x22 else { throw fault(.unexpectedCharacter) }
                let start = position
                let key = try string()
                guard key.utf8.count <= limits.keyByteCountMax else { throw fault(.keyTooLong, at: start) }
                skipSpace()
                guard position < count else { throw fault(.unexpectedEnd) }
                guard base[position] == 0x3A else { throw fault(.unexpectedCharacter) }
                position &+= 1
                skipSpace()
                let value = try value()
                guard members.insert(key, value) else { throw fault(.duplicateKey, at: start) }
                skipSpace()
                guard position < count else { throw fault(.unexpectedEnd) }
                let next = base[position]
                guard next == 0x2C || next == 0x7D else { throw fault(.unexpectedCharacter) }
                position &+= 1
                if next == 0x7D { break }
            }
        }
        depth &-= 1
        return .object(members)
    }

    private mutating func enter() throws(JSONError) {
        guard depth < limits.depthMax else { throw fault(.tooDeep) }
        depth &+= 1
        position &+= 1
    }

    // MARK: Strings

    /// Reads the string that begins at the quotation mark here.
    private mutating func string() throws(JSONError) -> String {
        position &+= 1
        let start = position
        skipPlain()
        guard position < count else { throw fault(.unexpectedEnd) }
        if base[position] == 0x22 {
            let text = String(decoding: UnsafeBufferPointer(start: base + start, count: position &- start), as: UTF8.self)
            position &+= 1
            return text
        }
        return try stringWithEscapes(from: start)
    }

    /// Goes on to the next quotation mark, backslash or control character.
    @inline(__always)
    private mutating func skipPlain() {
        while position < count {
            let byte = base[position]
            if byte == 0x22 || byte == 0x5C || byte < 0x20 { return }
            position &+= 1
        }
    }

    private mutating func stringWithEscapes(from start: Int) throws(JSONError) -> String {
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: UnsafeBufferPointer(start: base + start, count: position - start))
        while position < count {
            switch base[position] {
            case 0x22:
                position += 1
                return String(decoding: scratch, as: UTF8.self)
            case 0x5C:
                try escape()
            case 0..<0x20:
                throw fault(.controlCharacter)
            default:
                let run = position
                skipPlain()
                scratch.append(contentsOf: UnsafeBufferPointer(start: base + run, count: position - run))
            }
        }
        throw fault(.unexpectedEnd)
    }

    private mutating func escape() throws(JSONError) {
        let start = position
        guard position + 1 < count else { throw fault(.unexpectedEnd, at: count) }
        position += 2
        switch base[position - 1] {
        case 0x22: scratch.append(0x22)
        case 0x5C: scratch.append(0x5C)
        case 0x2F: scratch.append(0x2F)
        case 0x62: scratch.append(0x08)
        case 0x66: scratch.append(0x0C)
        case 0x6E: scratch.append(0x0A)
        case 0x72: scratch.append(0x0D)
        case 0x74: scratch.append(0x09)
        case 0x75:
            var scalar = try fourDigits()
            if (0xD800..<0xDC00).contains(scalar) {
                guard position + 1 < count, base[position] == 0x5C, base[position + 1] == 0x75 else {
                    throw fault(.loneSurrogate, at: start)
                }
                position += 2
                let second = try fourDigits()
                guard (0xDC00..<0xE000).contains(second) else { throw fault(.loneSurrogate, at: start) }
                scalar = 0x1_0000 + (scalar - 0xD800) << 10 + (second - 0xDC00)
            }
            guard let character = Unicode.Scalar(scalar) else { throw fault(.loneSurrogate, at: start) }
            scratch.append(contentsOf: UTF8.encode(character).unsafelyUnwrapped)
        default: throw fault(.invalidEscape, at: start)
        }
    }

    private mutating func fourDigits() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard position < count else { throw fault(.unexpectedEnd) }
            guard let digit = Hex.value(base[position]) else { throw fault(.invalidEscape) }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(JSONError) -> Decimal128 {
        let start = position
        let negative = base[position] == 0x2D
        if negative { position &+= 1 }
        let first = position
        var small: Int64 = 0
        digits(&small)
        let whole = position &- first
        guard whole > 0 else { throw fault(position < count ? .invalidNumber : .unexpectedEnd) }
        guard base[first] != 0x30 || whole == 1 else { throw fault(.invalidNumber, at: first) }
        let next = position < count ? base[position] : 0
        guard next == 0x2E || next | 0x20 == 0x65 else {
            // Eighteen digits cannot overflow; this is the common case.
            if whole <= 18 { return Decimal128(negative ? -small : small) }
            return try decimal(from: start)
        }
        if next == 0x2E {
            position &+= 1
            try someDigits()
        }
        if position < count, base[position] | 0x20 == 0x65 {
            position &+= 1
            if position < count, base[position] == 0x2B || base[position] == 0x2D { position &+= 1 }
            try someDigits()
        }
        return try decimal(from: start)
    }

    @inline(__always)
    private mutating func digits(_ value: inout Int64) {
        while position < count, case let digit = base[position] &- 0x30, digit < 10 {
            value = value &* 10 &+ Int64(digit)
            position &+= 1
        }
    }

    private mutating func someDigits() throws(JSONError) {
        var ignored: Int64 = 0
        let first = position
        digits(&ignored)
        guard position > first else { throw fault(position < count ? .invalidNumber : .unexpectedEnd) }
    }

    private func decimal(from start: Int) throws(JSONError) -> Decimal128 {
        guard let value = Decimal128.read(UnsafeBufferPointer(start: base + start, count: position - start)),
            value.isZero || abs(value.magnitudeExponent) <= limits.exponentMax
        else { throw fault(.numberOutOfRange, at: start) }
        return value
    }

    // MARK: Space and faults

    @inline(__always)
    private mutating func skipSpace() {
        while position < count {
            let byte = base[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            position &+= 1
        }
    }

    private func fault(_ reason: JSONError.Reason) -> JSONError {
        fault(reason, at: position)
    }

    /// Lines and columns are counted only when they are needed.
    private func fault(_ reason: JSONError.Reason, at offset: Int) -> JSONError {
        var line = 1, column = 1
        for index in 0..<min(offset, count) {
            if base[index] == 0x0A {
                line += 1
                column = 1
            } else if base[index] & 0xC0 != 0x80 {
                column += 1
            }
        }
        return JSONError(reason: reason, line: line, column: column, offset: offset)
    }
}
