extension JSON {
    /// The one text of a value, for hashing and signing: keys in the order of their UTF-16 code units, no white space, integers within ±2⁵³
    /// as numbers and any other number as a string of its plain decimal.
    ///
    /// **Standard** RFC 8785, but for numbers.
    public var canonical: String {
        String(decoding: canonicalBytes, as: UTF8.self)
    }

    /// `canonical` in UTF-8.
    public var canonicalBytes: [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(256)
        writeCanonical(to: &output)
        return output
    }

    /// The compact text: members in their order, every number as a number.
    public var text: String {
        String(decoding: bytes, as: UTF8.self)
    }

    /// `text` in UTF-8.
    public var bytes: [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(256)
        write(to: &output)
        return output
    }

    /// Appends the compact text.
    public func write(to output: inout [UInt8]) {
        switch self {
        case .null: JSONWriter.append("null", to: &output)
        case .bool(let value): JSONWriter.append(value ? "true" : "false", to: &output)
        case .number(let value): value.appendJSON(to: &output)
        case .string(let value): JSONWriter.appendQuoted(value, to: &output)
        case .array(let items):
            output.append(0x5B)
            var first = true
            for item in items {
                if !first { output.append(0x2C) }
                first = false
                item.write(to: &output)
            }
            output.append(0x5D)
        case .object(let members):
            members.write(to: &output)
        }
    }

    /// Appends the canonical text.
    public func writeCanonical(to output: inout [UInt8]) {
        switch self {
        case .null, .bool, .string: write(to: &output)
        case .number(let value):
            if let integer = value.int64, integer.magnitude <= 1 << 53 {
                value.appendPlain(to: &output)
            } else {
                output.append(0x22)
                value.appendPlain(to: &output)
                output.append(0x22)
            }
        case .array(let items):
            output.append(0x5B)
            var first = true
            for item in items {
                if !first { output.append(0x2C) }
                first = false
                item.writeCanonical(to: &output)
            }
            output.append(0x5D)
        case .object(let members):
            members.writeCanonical(to: &output)
        }
    }
}

extension JSONObject {
    /// The compact text of the object, members in their order.
    public var text: String { JSON.object(self).text }

    /// The canonical text of the object.
    public var canonical: String { JSON.object(self).canonical }

    func write(to output: inout [UInt8]) {
        output.append(0x7B)
        var first = true
        for (key, value) in self {
            if !first { output.append(0x2C) }
            first = false
            JSONWriter.appendQuoted(key, to: &output)
            output.append(0x3A)
            value.write(to: &output)
        }
        output.append(0x7D)
    }

    func writeCanonical(to output: inout [UInt8]) {
        output.append(0x7B)
        withCanonicalOrder { order in
            for (index, position) in order.enumerated() {
                if index > 0 { output.append(0x2C) }
                JSONWriter.appendQuoted(key(at: position), to: &output)
                output.append(0x3A)
                value(at: position).writeCanonical(to: &output)
            }
        }
        output.append(0x7D)
    }

    /// Lends the positions of the members in canonical order. Most objects have few members and many are in order already, so that sorting
    /// by insertion beats making and sorting an array of members.
    private func withCanonicalOrder(_ body: (UnsafeMutableBufferPointer<Int>) -> Void) {
        let insertedMax = 24
        withUnsafeTemporaryAllocation(of: Int.self, capacity: count) { order in
            for position in 0..<count { order.initializeElement(at: position, to: position) }
            if count <= insertedMax {
                for index in order.indices.dropFirst() {
                    var place = index
                    while place > 0, JSONWriter.precedes(key(at: order[place]), key(at: order[place - 1])) {
                        order.swapAt(place, place - 1)
                        place -= 1
                    }
                }
            } else {
                var positions = order
                positions.sort { JSONWriter.precedes(key(at: $0), key(at: $1)) }
            }
            body(order)
        }
    }
}

package enum JSONWriter {
    static func append(_ text: StaticString, to output: inout [UInt8]) {
        output.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a string with its quotation marks, escaping only what JSON demands, each in its shortest form.
    ///
    /// **Standard** RFC 8785 section 3.2.2.2.
    package static func appendQuoted(_ text: String, to output: inout [UInt8]) {
        output.append(0x22)
        var text = text
        text.withUTF8 { bytes in
            var start = 0
            var index = 0
            while index < bytes.count {
                // Most text needs no escaping: eight bytes at a look.
                while index &+ 8 <= bytes.count, !needsEscape(bytes, at: index) { index &+= 8 }
                guard index < bytes.count else { break }
                let byte = bytes[index]
                guard byte == 0x22 || byte == 0x5C || byte < 0x20 else {
                    index &+= 1
                    continue
                }
                output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<index]))
                output.append(0x5C)
                switch byte {
                case 0x22, 0x5C: output.append(byte)
                case 0x08: output.append(0x62)
                case 0x09: output.append(0x74)
                case 0x0A: output.append(0x6E)
                case 0x0C: output.append(0x66)
                case 0x0D: output.append(0x72)
                default:
                    append("u00", to: &output)
                    output.append(Hex.digit(byte >> 4))
                    output.append(Hex.digit(byte & 15))
                }
                index &+= 1
                start = index
            }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start...]))
        }
        output.append(0x22)
    }

    /// Whether one of eight bytes is a control character, a quotation mark or a backslash.
    @inline(__always)
    private static func needsEscape(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
        let word = UnsafeRawPointer(bytes.baseAddress! + index).loadUnaligned(as: UInt64.self)
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ 0x2222_2222_2222_2222
        let slashes = word ^ 0x5C5C_5C5C_5C5C_5C5C
        // A byte less than n borrows from its high bit, which was not set.
        let found = ((word &- ones &* 0x20) & ~word) | ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)
        return found & 0x8080_8080_8080_8080 != 0
    }

    /// Whether a key comes first by UTF-16 code units. UTF-8 orders alike but where a surrogate (from four bytes) meets U+E000 to U+FFFF.
    static func precedes(_ left: String, _ right: String) -> Bool {
        var left = left, right = right
        return left.withUTF8 { a in
            right.withUTF8 { b in
                var index = 0
                let common = min(a.count, b.count)
                while index < common, a[index] == b[index] { index &+= 1 }
                guard index < common else { return a.count < b.count }
                let x = a[index], y = b[index]
                // The first differing byte of two characters of unequal length is a leading byte in both.
                if (x >= 0xF0) != (y >= 0xF0), x >= 0xEE, y >= 0xEE { return x >= 0xF0 }
                return x < y
            }
        }
    }
}
