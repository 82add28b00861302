/// A header's value with parameters: `word; name=value; name="value"`.
///
/// **Standard** RFC 9110, section 5.6.6; a quoted value's backslash escapes a quote and itself alone, as browsers write it (RFC 7578, section 2).
struct HeaderParameters {
    static let parametersMax = 16

    let word: UnsafeBufferPointer<UInt8>
    /// Names in small letters.
    private var parameters: [(name: [UInt8], value: String)] = []

    /// Nil where the value is written in no such way, or names a parameter twice.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        var index = bytes.first(UInt8(ascii: ";"), from: 0, to: bytes.count) ?? bytes.count
        word = bytes.slice(0, index).trimmed
        while index < bytes.count {
            index += 1
            while index < bytes.count, bytes[index].isBlank { index += 1 }
            if index == bytes.count { break }
            guard let equals = bytes.first(UInt8(ascii: "="), from: index, to: bytes.count) else { return nil }
            let name = bytes.slice(index, equals).map(\.lowercased)
            guard !name.isEmpty, name.count <= FormFields.nameBytesMax, name.allSatisfy(Self.isToken) else { return nil }
            index = equals + 1
            var value: [UInt8] = []
            if index < bytes.count, bytes[index] == UInt8(ascii: "\"") {
                index += 1
                while true {
                    guard index < bytes.count else { return nil }
                    var byte = bytes[index]
                    if byte == UInt8(ascii: "\"") { break }
                    if byte == UInt8(ascii: "\\"), index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "\"") || bytes[index + 1] == byte {
                        index += 1
                        byte = bytes[index]
                    }
                    value.append(byte)
                    index += 1
                }
                index += 1
                while index < bytes.count, bytes[index].isBlank { index += 1 }
                guard index == bytes.count || bytes[index] == UInt8(ascii: ";") else { return nil }
            } else {
                let end = bytes.first(UInt8(ascii: ";"), from: index, to: bytes.count) ?? bytes.count
                value = Array(bytes.slice(index, end).trimmed)
                index = end
            }
            guard parameters.count < Self.parametersMax, !parameters.contains(where: { $0.name == name }),
                let text = String(validating: value, as: UTF8.self), !value.contains(0)
            else { return nil }
            parameters.append((name, text))
        }
    }

    subscript(_ name: StaticString) -> String? {
        parameters.first { entry in entry.name.withUnsafeBufferPointer { $0.isWord(name) } }?.value
    }

    /// **Standard** RFC 9110, `tchar`.
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^")...UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: byte.isDigit || byte.isLetter
        }
    }
}

/// A message's media type.
package struct ContentType: Sendable {
    package static let bytesMax = 1_024

    package let isMultipartForm: Bool
    let boundary: String?

    /// Nil where the value is none.
    package init?(_ value: String) {
        guard value.utf8.count <= Self.bytesMax else { return nil }
        let read = withBytes(value) { bytes -> (isMultipart: Bool, boundary: String?)? in
            guard let parameters = HeaderParameters(bytes) else { return nil }
            return (parameters.word.isWord("multipart/form-data"), parameters["boundary"])
        }
        guard let read else { return nil }
        isMultipartForm = read.isMultipart
        boundary = read.boundary
    }
}
