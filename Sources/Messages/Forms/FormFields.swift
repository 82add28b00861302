package import Kernel

/// The fields of a posted form. Names are bytes; a name that stands twice is known to, so that no reader takes the first and another the last.
package struct FormFields: Hashable, Sendable {
    /// A form with more fields than this is no form of ours.
    package static let fieldsMax = 500
    /// Bytes of a field's name.
    package static let nameBytesMax = 256
    /// Bytes of a value that is a word of ours: a token, a key, a choice.
    package static let wordBytesMax = 256
    package static let filesMax = 8

    /// What was sent as a file. The name that it bore is not kept: nothing is made of it.
    package struct File: Hashable, Sendable {
        package let bytes: [UInt8]
    }
    private var values: [ByteString: [String]] = [:]
    private var files: [ByteString: [File]] = [:]
    private var count = 0
    private var filesCount = 0

    package init() {}

    /// A field's value; nil where there is none, and where it stands more than once.
    package subscript(_ name: ByteString) -> ByteString? {
        guard let all = values[name], all.count == 1 else { return nil }
        return ByteString(all[0])
    }

    /// A value of the portal's own making: a token, a key, one choice of a list. Nil for anything longer than such a word is.
    package func word(_ name: ByteString) -> String? {
        guard let value = self[name], value.text.utf8.count <= Self.wordBytesMax else { return nil }
        return value.text
    }

    /// All values of a list of checkboxes, which sends one for each.
    package func all(_ name: ByteString) -> [String] { values[name] ?? [] }

    package func file(_ name: ByteString) -> File? {
        guard let all = files[name], all.count == 1 else { return nil }
        return all[0]
    }

    /// A text field without the white space around it; "" where there is none.
    package func trimmed(_ name: ByteString) -> String {
        guard let scalars = self[name]?.text.unicodeScalars,
            let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }

    /// Whether some name that is no list's stands more than once.
    package func repeats(except isList: (ByteString) -> Bool) -> Bool {
        values.contains { $0.value.count > 1 && !isList($0.key) } || files.contains { $0.value.count > 1 }
            || files.keys.contains { values[$0] != nil }
    }

    mutating func add(_ name: ByteString, _ value: String) throws(FormFault) {
        count += 1
        guard count <= Self.fieldsMax else { throw .tooManyFields }
        values[name, default: []].append(value)
    }

    mutating func add(_ name: ByteString, file bytes: [UInt8]) throws(FormFault) {
        filesCount += 1
        guard filesCount <= Self.filesMax else { throw .tooManyFields }
        files[name, default: []].append(File(bytes: bytes))
    }

    /// The bytes of a name or a value as text.
    static func text(_ bytes: UnsafeBufferPointer<UInt8>) throws(FormFault) -> String {
        guard bytes.first(0, from: 0, to: bytes.count) == nil, let text = String(validating: bytes, as: UTF8.self) else { throw .malformed }
        return text
    }
}

/// Why the bytes of a form are none.
package enum FormFault: Error, Hashable, Sendable {
    case malformed
    case tooManyFields
}
