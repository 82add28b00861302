package import Kernel

/// The fields of a posted form, in order. Names may repeat: a list of checkboxes sends one for each.
///
/// **Standard** application/x-www-form-urlencoded (WHATWG URL, section 5); multipart/form-data (RFC 7578).
package struct FormFields: Sendable {
    /// A form with more fields than this is no form of ours.
    static let fieldsMax = 500

    package struct File: Sendable {
        package let name: String
        package let bytes: [UInt8]
    }
    private var values: [String: [String]] = [:]
    private var files: [String: File] = [:]

    package subscript(_ name: String) -> String? { values[name]?.first }
    package func all(_ name: String) -> [String] { values[name] ?? [] }
    package func file(_ name: String) -> File? { files[name] }

    /// A text field, without the spaces around it.
    package func trimmed(_ name: String) -> String {
        let text = self[name] ?? ""
        guard let first = text.firstIndex(where: { !$0.isWhitespace }),
            let last = text.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(text[first...last])
    }

    package init(urlEncoded bytes: [UInt8]) throws(Refusal) {
        var count = 0
        for pair in bytes.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: true) {
            count += 1
            guard count <= Self.fieldsMax else { throw Refusal(.invalid, "form.too-many-fields") }
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = try Self.decoded(parts[0])
            values[name, default: []].append(parts.count > 1 ? try Self.decoded(parts[1]) : "")
        }
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>) throws(Refusal) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == UInt8(ascii: "+") {
                decoded.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%") {
                guard bytes.endIndex - index > 2, let value = Hex.decode(String(decoding: bytes[index + 1...index + 2], as: UTF8.self))
                else { throw Refusal(.invalid, "form.malformed") }
                decoded += value
                index += 2
            } else {
                decoded.append(byte)
            }
            index += 1
        }
        return try Self.text(decoded[...])
    }

    private static func text(_ bytes: ArraySlice<UInt8>) throws(Refusal) -> String {
        guard let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(0) else {
            throw Refusal(.invalid, "form.malformed")
        }
        return text
    }

    package init(multipart bytes: [UInt8], contentType: String) throws(Refusal) {
        guard let boundary = Self.attribute("boundary", of: contentType), (1...70).contains(boundary.utf8.count) else {
            throw Refusal(.invalid, "form.malformed")
        }
        let delimiter = Array("--\(boundary)".utf8)
        var parts = Self.split(bytes, by: delimiter)
        guard parts.count >= 2, parts.last?.starts(with: Array("--".utf8)) == true else { throw Refusal(.invalid, "form.malformed") }
        parts.removeFirst()
        parts.removeLast()
        guard parts.count <= Self.fieldsMax else { throw Refusal(.invalid, "form.too-many-fields") }
        for part in parts { try read(part) }
    }

    private mutating func read(_ part: ArraySlice<UInt8>) throws(Refusal) {
        let blank = Array("\r\n\r\n".utf8)
        guard let end = part.firstRange(of: blank) else { throw Refusal(.invalid, "form.malformed") }
        let head = try Self.text(part[part.startIndex..<end.lowerBound])
        let body = part[end.upperBound...].dropLast(2)
        let disposition = head.split(whereSeparator: \.isNewline).first { $0.lowercased().hasPrefix("content-disposition:") }
        guard let disposition, let name = Self.attribute("name", of: String(disposition)) else {
            throw Refusal(.invalid, "form.malformed")
        }
        if let file = Self.attribute("filename", of: String(disposition)) {
            if !body.isEmpty || !file.isEmpty { files[name] = File(name: file, bytes: Array(body)) }
        } else {
            values[name, default: []].append(try Self.text(body))
        }
    }

    private static func split(_ bytes: [UInt8], by delimiter: [UInt8]) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while let range = rest.firstRange(of: delimiter) {
            parts.append(rest[rest.startIndex..<range.lowerBound])
            rest = rest[range.upperBound...]
            if parts.count > fieldsMax + 2 { break }
        }
        parts.append(rest)
        return parts
    }

    /// A parameter of a header: `name="value"` or `name=value`.
    private static func attribute(_ name: String, of header: String) -> String? {
        for part in header.split(separator: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].trimmingPrefix(while: \.isWhitespace).lowercased() == name else { continue }
            var value = pair[1]
            if value.hasPrefix("\"") { value = value.dropFirst().prefix { $0 != "\"" } }
            return String(value)
        }
        return nil
    }
}
