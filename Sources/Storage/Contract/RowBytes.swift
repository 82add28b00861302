/// Values as bytes that are the same for equal values, differ for different ones, and sort as the values do within one kind and length.
///
/// **Shape** see `SQLiteStatement.encodedRow`, which writes whole rows in this form.
package enum RowBytes {
    enum Kind: UInt8 { case null, integer, text, bytes, float }

    /// The bytes of a key's values, in the order of its columns.
    package static func key(_ values: [SQLValue]) -> [UInt8] {
        var bytes: [UInt8] = []
        for value in values {
            switch value {
            case .null: appendNull(to: &bytes)
            case .integer(let number): append(number, to: &bytes)
            case .text(let text): Array(text.utf8).withUnsafeBytes { append(.text, $0, to: &bytes) }
            case .blob(let blob): blob.withUnsafeBytes { append(.bytes, $0, to: &bytes) }
            }
        }
        return bytes
    }

    /// The values of a key's bytes. **Shape** nil for anything that `key` does not write.
    package static func values(_ key: [UInt8]) -> [SQLValue]? {
        var values: [SQLValue] = []
        var rest = key[...]
        func number(_ count: Int) -> UInt64? {
            guard rest.count >= count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count).reduce(0) { $0 << 8 | UInt64($1) }
        }
        while let first = rest.popFirst() {
            guard let kind = Kind(rawValue: first) else { return nil }
            switch kind {
            case .null: values.append(.null)
            case .integer:
                guard let bits = number(8) else { return nil }
                values.append(.integer(Int64(bitPattern: bits ^ 1 << 63)))
            case .float: return nil
            case .text, .bytes:
                guard let count = number(4).map({ Int($0) }), rest.count >= count else { return nil }
                let content = Array(rest.prefix(count))
                rest = rest.dropFirst(count)
                values.append(kind == .text ? .text(String(decoding: content, as: UTF8.self)) : .blob(content))
            }
        }
        return values
    }

    /// The whole number that a key is; nil for other keys.
    package static func integer(_ key: [UInt8]) -> Int64? {
        guard key.count == 9, key[0] == Kind.integer.rawValue else { return nil }
        return Int64(bitPattern: key[1...].reduce(0) { $0 << 8 | UInt64($1) } ^ 1 << 63)
    }

    static func appendNull(to bytes: inout [UInt8]) { bytes.append(Kind.null.rawValue) }

    static func append(_ number: Int64, to bytes: inout [UInt8]) {
        bytes.append(Kind.integer.rawValue)
        let bits = UInt64(bitPattern: number) ^ 1 << 63
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift))) }
    }

    static func append(float: Double, to bytes: inout [UInt8]) {
        bytes.append(Kind.float.rawValue)
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: float.bitPattern >> UInt64(shift))) }
    }

    static func append(_ kind: Kind, _ content: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
        bytes.append(kind.rawValue)
        for shift in stride(from: 24, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: content.count >> shift)) }
        bytes.append(contentsOf: content)
    }
}

/// The rows of one table that a lent transaction changed.
package struct ChangedRows: Sendable {
    package let table: String
    /// The rows that are there, by their numbers in the table, ascending.
    package let places: [Int64]
    /// Of those the ones that were there before.
    package let amended: Set<Int64>
    /// How many rows were deleted.
    package let deleted: Int
    /// Every one of them was inserted just now.
    package let areNew: Bool
}
