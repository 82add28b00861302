package import Kernel

/// Reads a form as it arrives: what stands between two delimiters is moved to its place at once, and no byte is looked at more than twice.
///
/// Strict where browsers are: it begins with a delimiter, every part says that it is `form-data` and names its field, nothing is nested.
///
/// **Standard** multipart/form-data (RFC 7578), RFC 2046 section 5.1.
package struct MultipartForm: Sendable {
    /// Bytes of a part's header lines.
    package static let headBytesMax = 4_096
    /// A field that must stand before the others is looked for in so many bytes of the form.
    package static let earlyBytesMax = 16 * 1_024
    /// **Standard** RFC 2046: at most 70 characters.
    package static let boundaryBytesMax = 70

    private enum Place: Sendable {
        /// Before the first delimiter, which stands at the very beginning.
        case start
        /// After a delimiter: the next part, or the end.
        case delimiter
        case head
        case body(name: ByteString, isFile: Bool, isNamed: Bool)
        case end
    }

    /// The line break before it belongs to the delimiter, so that its first byte occurs in it only once.
    private let delimiter: [UInt8]
    private var place = Place.start
    /// What has come and has no place yet, from `start`. The line break that the first delimiter lacks is put before it.
    private var waiting: [UInt8] = [0x0D, 0x0A]
    private var start = 0
    /// Up to here `waiting` has been searched.
    private var searched = 0
    private var part: [UInt8] = []
    private var received = 0
    /// The fields before the first file.
    private var beforeFile: FormFields?
    private var fields = FormFields()

    /// - Parameter contentType: the request's own; nil comes back where it names no boundary.
    package init?(contentType: String) {
        guard let type = ContentType(contentType), type.isMultipartForm, let boundary = type.boundary,
            (1...Self.boundaryBytesMax).contains(boundary.utf8.count), boundary.utf8.last != UInt8(ascii: " "),
            boundary.utf8.allSatisfy(Self.isOfBoundary)
        else { return nil }
        delimiter = [0x0D, 0x0A, 0x2D, 0x2D] + Array(boundary.utf8)
    }

    /// **Standard** RFC 2046, `bchars`.
    private static func isOfBoundary(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "'")...UInt8(ascii: ")"), UInt8(ascii: "+")...UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "_"),
            UInt8(ascii: " "):
            true
        default: byte.isDigit || byte.isLetter
        }
    }

    /// Whether an early field has come, or comes too late.
    package enum Arrival: Hashable, Sendable {
        case notYet
        case here(String)
        /// A file came before it, too much did, or it stands twice.
        case missing
    }

    package func arrival(of name: ByteString) -> Arrival {
        let all = fields.all(name)
        if all.count == 1, (beforeFile ?? fields).all(name).count == 1, all[0].utf8.count <= FormFields.wordBytesMax { return .here(all[0]) }
        if case .end = place { return .missing }
        return !all.isEmpty || beforeFile != nil || received > Self.earlyBytesMax ? .missing : .notYet
    }

    /// Takes the next bytes of the form.
    package mutating func feed(_ bytes: some Collection<UInt8>) throws(FormFault) {
        received += bytes.count
        if case .end = place { return }
        waiting.append(contentsOf: bytes)
        while try advance() {}
        if start > 0 {
            waiting.removeSubrange(..<start)
            searched = max(0, searched - start)
            start = 0
        }
    }

    /// The fields, once all has come.
    package func finish() throws(FormFault) -> FormFields {
        guard case .end = place else { throw .malformed }
        return fields
    }

    /// One step; false where more bytes are needed.
    private mutating func advance() throws(FormFault) -> Bool {
        switch place {
        case .start:
            guard waiting.count >= delimiter.count else {
                guard delimiter.starts(with: waiting) else { throw .malformed }
                return false
            }
            guard waiting.withUnsafeBufferPointer({ $0.holds(delimiter, at: 0) }) else { throw .malformed }
            passed(delimiter.count)
            place = .delimiter
            return true
        case .delimiter:
            guard waiting.count - start >= 2 else { return false }
            let next = (waiting[start], waiting[start + 1])
            if next == (0x2D, 0x2D) {
                place = .end
                waiting = []
                start = 0
                return false
            }
            guard next == (0x0D, 0x0A) else { throw .malformed }
            passed(2)
            place = .head
            return true
        case .head: return try readHead()
        case .body(let name, let isFile, let isNamed): return try readBody(name, isFile: isFile, isNamed: isNamed)
        case .end: return false
        }
    }

    private mutating func passed(_ count: Int) {
        start += count
        searched = start
    }

    private mutating func readHead() throws(FormFault) -> Bool {
        let found = waiting.withUnsafeBufferPointer { bytes -> Int? in
            var index = searched
            while let end = bytes.first(0x0D, from: index, to: bytes.count) {
                if bytes.holds([0x0D, 0x0A, 0x0D, 0x0A], at: end) { return end }
                // The four bytes may not have come yet.
                if bytes.count - end < 4 {
                    index = end
                    break
                }
                index = end + 1
            }
            return nil
        }
        guard let end = found else {
            guard waiting.count - start <= Self.headBytesMax else { throw .malformed }
            searched = max(start, waiting.count - 3)
            return false
        }
        guard end - start <= Self.headBytesMax else { throw .malformed }
        let disposition = try waiting.withUnsafeBufferPointer { (bytes) throws(FormFault) in try Disposition(head: bytes.slice(start, end)) }
        passed(end - start + 4)
        place = .body(name: disposition.name, isFile: disposition.isFile, isNamed: disposition.isNamed)
        if disposition.isFile, beforeFile == nil { beforeFile = fields }
        part = []
        return true
    }

    private mutating func readBody(_ name: ByteString, isFile: Bool, isNamed: Bool) throws(FormFault) -> Bool {
        guard let end = waiting.withUnsafeBufferPointer({ $0.first(delimiter, from: searched) }) else {
            // All but what may be the beginning of a delimiter belongs to the part.
            let sure = max(start, waiting.count - delimiter.count + 1)
            part.append(contentsOf: waiting[start..<sure])
            passed(sure - start)
            return false
        }
        part.append(contentsOf: waiting[start..<end])
        passed(end - start + delimiter.count)
        if isFile {
            // A browser sends an empty part without a file's name where none was chosen.
            if isNamed || !part.isEmpty { try fields.add(name, file: part) }
        } else {
            try fields.add(name, try part.withUnsafeBufferPointer { (bytes) throws(FormFault) in try FormFields.text(bytes) })
        }
        part = []
        place = .delimiter
        return true
    }
}

/// What a part says of itself.
private struct Disposition {
    var name: ByteString
    var isFile: Bool
    var isNamed: Bool

    init(head: UnsafeBufferPointer<UInt8>) throws(FormFault) {
        var found: Disposition?
        var start = 0
        while start < head.count {
            let end = head.first(0x0D, from: start, to: head.count) ?? head.count
            let line = head.slice(start, end)
            // A line break is two bytes; a line that goes on on the next one is obsolete.
            guard end == head.count || (end + 1 < head.count && head[end + 1] == 0x0A), line.first.map({ !$0.isBlank }) ?? false,
                let colon = line.first(UInt8(ascii: ":"), from: 0, to: line.count)
            else { throw .malformed }
            if line.slice(0, colon).isWord("content-disposition") {
                guard found == nil else { throw .malformed }
                found = try Disposition(value: line.slice(colon + 1, line.count))
            }
            start = end + 2
        }
        guard let found else { throw .malformed }
        self = found
    }

    private init(value: UnsafeBufferPointer<UInt8>) throws(FormFault) {
        guard let parameters = HeaderParameters(value), parameters.word.isWord("form-data"),
            // **Standard** RFC 7578, section 4.2: `filename*` is not to be used.
            parameters["filename*"] == nil, let name = parameters["name"], name.utf8.count <= FormFields.nameBytesMax
        else { throw .malformed }
        self.name = ByteString(name)
        isFile = parameters["filename"] != nil
        isNamed = parameters["filename"].map { !$0.utf8.isEmpty } ?? false
    }
}
