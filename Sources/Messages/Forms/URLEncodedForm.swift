package import Kernel

/// **Standard** application/x-www-form-urlencoded (WHATWG URL, section 5); queries are written the same way.
package enum URLEncodedForm {
    /// The fields of a form.
    package static func read(_ bytes: [UInt8]) throws(FormFault) -> FormFields {
        var fields = FormFields()
        try bytes.withUnsafeBufferPointer { (bytes) throws(FormFault) in
            var start = 0
            while start < bytes.count {
                let end = bytes.first(UInt8(ascii: "&"), from: start, to: bytes.count) ?? bytes.count
                if end > start {
                    let (name, value) = split(bytes.slice(start, end))
                    guard name.count <= FormFields.nameBytesMax * 3 else { throw FormFault.malformed }
                    let key = try decoded(name)
                    guard key.utf8.count <= FormFields.nameBytesMax else { throw FormFault.malformed }
                    try fields.add(ByteString(key), try decoded(value))
                }
                start = end + 1
            }
        }
        return fields
    }

    /// The value of a field as it stands in the bytes, for a name and a value that need no encoding: what a token is looked for by, before
    /// anything is decoded. Nil where the name stands never or more than once.
    package static func bareValue(_ name: ByteString, in bytes: [UInt8]) -> String? {
        let wanted = Array(name.text.utf8)
        return bytes.withUnsafeBufferPointer { bytes -> String? in
            var found: UnsafeBufferPointer<UInt8>?
            var start = 0
            while start < bytes.count {
                let end = bytes.first(UInt8(ascii: "&"), from: start, to: bytes.count) ?? bytes.count
                if bytes.holds(wanted, at: start), start + wanted.count < end, bytes[start + wanted.count] == UInt8(ascii: "=") {
                    guard found == nil else { return nil }
                    found = bytes.slice(start + wanted.count + 1, end)
                }
                start = end + 1
            }
            guard let found, found.count <= FormFields.wordBytesMax else { return nil }
            return String(validating: found, as: UTF8.self)
        }
    }

    /// A value of a query; nil where it is none, and where the name stands more than once.
    package static func value(_ name: ByteString, inQuery query: String) -> String? {
        let wanted = Array(name.text.utf8)
        return withBytes(query) { bytes in
            var found: String?
            var start = 0
            while start < bytes.count {
                let end = bytes.first(UInt8(ascii: "&"), from: start, to: bytes.count) ?? bytes.count
                let (key, value) = split(bytes.slice(start, end))
                if spells(key, wanted) {
                    guard found == nil, let text = try? decoded(value) else { return nil }
                    found = text
                }
                start = end + 1
            }
            return found
        }
    }

    /// Whether encoded bytes are these when they are decoded. Nothing is made for it: a query may be all names.
    private static func spells(_ encoded: UnsafeBufferPointer<UInt8>, _ wanted: [UInt8]) -> Bool {
        guard encoded.count >= wanted.count else { return false }
        var index = 0
        for expected in wanted {
            guard index < encoded.count, step(encoded, &index) == expected else { return false }
        }
        return index == encoded.count
    }

    /// The byte that is written at a place, which moves on behind it; nil where a percent sign is followed by no two digits.
    private static func step(_ encoded: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> UInt8? {
        let byte = encoded[index]
        if byte == UInt8(ascii: "%") {
            guard index + 2 < encoded.count, let high = encoded[index + 1].hexValue, let low = encoded[index + 2].hexValue else { return nil }
            index += 3
            return high << 4 | low
        }
        index += 1
        return byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte
    }

    private static func split(
        _ pair: UnsafeBufferPointer<UInt8>
    ) -> (name: UnsafeBufferPointer<UInt8>, value: UnsafeBufferPointer<UInt8>) {
        guard let equals = pair.first(UInt8(ascii: "="), from: 0, to: pair.count) else { return (pair, pair.slice(pair.count, pair.count)) }
        return (pair.slice(0, equals), pair.slice(equals + 1, pair.count))
    }

    private static func decoded(_ bytes: UnsafeBufferPointer<UInt8>) throws(FormFault) -> String {
        var isWhole = true
        let decoded = [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, count in
            var index = 0
            while index < bytes.count {
                guard let byte = step(bytes, &index) else {
                    isWhole = false
                    return
                }
                buffer.initializeElement(at: count, to: byte)
                count += 1
            }
        }
        guard isWhole else { throw .malformed }
        return try decoded.withUnsafeBufferPointer { (bytes) throws(FormFault) in try FormFields.text(bytes) }
    }
}
