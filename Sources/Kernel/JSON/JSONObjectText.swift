/// The text of a JSON object that this house wrote itself and now hands on as it is: the names of its members are read, its values
/// are passed over.
///
/// **Shape** what ``JSON/canonical`` writes: no white space. Anything whose names, quotation marks and brackets do not stand where
/// an object has them is none; values are not looked into any further.
public struct JSONObjectText: Hashable, Sendable {
    public let text: String
    /// The names of the members, in their order.
    public let keys: [String]

    public init?(_ text: String) {
        var copy = text
        guard let keys = copy.withUTF8({ Self.keys($0) }) else { return nil }
        self.text = text
        self.keys = keys
    }

    private static func keys(_ bytes: UnsafeBufferPointer<UInt8>) -> [String]? {
        var keys: [String] = []
        var place = 0
        func takes(_ byte: UInt8) -> Bool {
            guard place < bytes.count, bytes[place] == byte else { return false }
            place += 1
            return true
        }
        guard takes(0x7B) else { return nil }
        if takes(0x7D) { return place == bytes.count ? [] : nil }
        keys.reserveCapacity(8)
        repeat {
            let start = place
            guard let plain = skipString(bytes, &place) else { return nil }
            if plain {
                keys.append(String(decoding: bytes[start + 1..<place - 1], as: UTF8.self))
            } else {
                guard let key = try? JSON.parse(String(decoding: bytes[start..<place], as: UTF8.self)).string else { return nil }
                keys.append(key)
            }
            guard takes(0x3A), skipValue(bytes, &place) else { return nil }
        } while takes(0x2C)
        return takes(0x7D) && place == bytes.count ? keys : nil
    }

    /// Passes over a string with its quotation marks; tells whether it is free of escapes, and nil where there is no string.
    private static func skipString(_ bytes: UnsafeBufferPointer<UInt8>, _ place: inout Int) -> Bool? {
        guard place < bytes.count, bytes[place] == 0x22 else { return nil }
        var isPlain = true
        place += 1
        while place < bytes.count {
            switch bytes[place] {
            case 0x22:
                place += 1
                return isPlain
            case 0x5C:
                isPlain = false
                place += 2
            case 0..<0x20: return nil
            default: place += 1
            }
        }
        return nil
    }

    /// Passes over a value up to the comma or brace behind it; false where its brackets do not pair.
    private static func skipValue(_ bytes: UnsafeBufferPointer<UInt8>, _ place: inout Int) -> Bool {
        let start = place
        var depth = 0
        while place < bytes.count {
            switch bytes[place] {
            case 0x22: guard skipString(bytes, &place) != nil else { return false }
            case 0x7B, 0x5B:
                depth += 1
                place += 1
            case 0x7D, 0x5D:
                if depth == 0 { return place > start }
                depth -= 1
                place += 1
            case 0x2C where depth == 0: return place > start
            default: place += 1
            }
        }
        return false
    }
}

/// Writes a JSON object member by member, straight into bytes: for answers that are given thousands of times a second.
public struct JSONObjectWriter {
    private var output: [UInt8] = [0x7B]

    public init(reserving count: Int) { output.reserveCapacity(count) }

    private mutating func key(_ name: StaticString) {
        if output.count > 1 { output.append(0x2C) }
        output.append(0x22)
        JSONWriter.append(name, to: &output)
        output.append(0x22)
        output.append(0x3A)
    }

    /// **Shape** the name needs no escaping.
    public mutating func member(_ name: StaticString, _ value: String) {
        key(name)
        JSONWriter.appendQuoted(value, to: &output)
    }

    /// An object's text, as it stands.
    public mutating func member(_ name: StaticString, _ value: JSONObjectText) {
        key(name)
        output.append(contentsOf: value.text.utf8)
    }

    /// The whole object; nothing is written after it.
    public consuming func finished() -> [UInt8] {
        output.append(0x7D)
        return output
    }
}
