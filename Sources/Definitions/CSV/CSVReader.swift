internal import Kernel

/// Reads CSV in pieces: bytes are fed as they come, rows are taken as they are complete, and memory holds one piece and one row.
///
/// ```swift
/// var reader = CSVReader(path: "records.csv")
/// while true {
///     switch try reader.advance() {
///     case .row: use(reader.text(0))
///     case .needsInput: if let piece = try file.read() { reader.feed(piece) } else { reader.finish() }
///     case .end: return
///     }
/// }
/// ```
///
/// **Shape** The first row is the header: its names are not empty and differ. Every further row has as many fields. Records end with LF or CRLF; a field in
/// double quotes may hold commas, line ends and doubled quotes. UTF-8, with or without a byte order mark. The limits below hold.
/// **Throws** `Diagnostic` with the place. After a row of the wrong width the next call goes on with the next row; after any other fault `advance` answers `.end`.
/// **Standard** RFC 4180
package struct CSVReader: Sendable {
    package enum Step: Hashable, Sendable { case row, needsInput, end }

    package static let columnsMax = 1_024
    package static let rowBytesMax = 1 << 20

    package let path: String
    /// The names of the columns; empty until the first `.row` or `.end`.
    package private(set) var header: [String] = []
    /// The line on which the current row begins, from 1.
    package private(set) var line = 1
    /// The number of the current row, from 1; the header is not counted.
    package private(set) var row = 0

    private var buffer: [UInt8] = []
    /// Where the next row begins in the buffer.
    private var next = 0
    private var nextLine = 1
    /// How far the row that begins at `next` has been searched for its end without finding it: a row fed in crumbs must not cost the square of its length.
    private var searched = 0
    private var searchedInQuotes = false
    private var hasFinished = false
    private var hasFailed = false
    private var isFirst = true
    /// Whether the file's first bytes have been looked at: a byte order mark is one only there.
    private var hasPassedMark = false

    /// Where each field of the current row begins and ends in the buffer (quotes outside), and whether doubled quotes must be undone.
    private var starts: [Int] = []
    private var ends: [Int] = []
    private var escaped: [Bool] = []

    package init(path: String) { self.path = path }

    /// A reader over a file that is already in memory.
    package init(_ bytes: [UInt8], path: String) {
        self.path = path
        buffer = bytes
        hasFinished = true
    }

    /// Appends a piece. The fields of the current row are gone afterwards.
    package mutating func feed(_ piece: [UInt8]) {
        if next > 0 {
            buffer.removeSubrange(0..<next)
            searched -= next
            next = 0
        }
        searched = max(searched, 0)
        buffer.append(contentsOf: piece)
        starts.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        escaped.removeAll(keepingCapacity: true)
    }

    /// Says that no piece will follow.
    package mutating func finish() { hasFinished = true }

    package var count: Int { starts.count }

    /// The bytes of a field of the current row as they stand in the file, quotes at both ends taken off, doubled quotes still doubled.
    package func raw(_ column: Int) -> ArraySlice<UInt8> { buffer[starts[column]..<ends[column]] }

    package func isEmpty(_ column: Int) -> Bool { starts[column] == ends[column] }

    /// The text of a field of the current row.
    package func text(_ column: Int) -> String {
        guard escaped[column] else { return String(decoding: raw(column), as: UTF8.self) }
        var text: [UInt8] = [], isSecond = false
        for byte in raw(column) {
            if byte == 0x22, isSecond { isSecond = false; continue }
            isSecond = byte == 0x22
            text.append(byte)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// All fields of the current row.
    package var texts: [String] { starts.indices.map { text($0) } }

    package func column(_ name: String) -> Int? { header.firstIndex { $0.hasSameBytes(as: name) } }

    /// Where a field of the current row stands. Within a row of several lines the line is that of the field.
    package func position(_ column: Int) -> Position {
        guard starts.indices.contains(column) else { return Position(line: line, column: 1) }
        var lineNumber = line, lineStart = rowStart
        for index in rowStart..<starts[column] where buffer[index] == 0x0A { lineNumber += 1; lineStart = index + 1 }
        var characters = 1
        for index in lineStart..<starts[column] where buffer[index] & 0xC0 != 0x80 { characters += 1 }
        return Position(line: lineNumber, column: characters)
    }

    private var rowStart = 0

    /// Goes to the next row.
    package mutating func advance() throws(Diagnostic) -> Step {
        if hasFailed { return .end }
        if !hasPassedMark {
            let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
            if buffer.count < mark.count, mark.starts(with: buffer), !hasFinished { return .needsInput }
            if buffer.starts(with: mark) { next = mark.count; searched = mark.count }
            hasPassedMark = true
        }
        while true {
            switch try scanRow() {
            case .needsInput: return .needsInput
            case .end:
                if isFirst { hasFailed = true; throw Diagnostic("the file is empty; write the header row with the names of the columns", at: .start, in: path) }
                return .end
            case .row:
                if isFirst { try takeHeader(); continue }
                // A line without any byte is not a row of one empty field, except in a table of one column.
                if starts.count == 1, header.count > 1, starts[0] == ends[0], buffer[max(0, starts[0] - 1)] != 0x22 { continue }
                row += 1
                guard starts.count == header.count else {
                    throw Diagnostic("the row has \(starts.count) \(starts.count == 1 ? "field" : "fields") but the header has \(header.count); "
                        + (starts.count > header.count ? "put a field that holds a comma in double quotes" : "write the missing commas, also for empty fields"),
                                     at: Position(line: line, column: 1), in: path)
                }
                return .row
            }
        }
    }

    private mutating func takeHeader() throws(Diagnostic) {
        isFirst = false
        var names: [String] = []
        var seen: Set<ByteString> = []
        for column in starts.indices {
            guard raw(column).count <= Node.keyByteCountMax else {
                hasFailed = true
                throw Diagnostic("column \(column + 1) of the header has a name of more than \(Node.keyByteCountMax) bytes; shorten it", at: position(column), in: path)
            }
            let name = text(column)
            if name.isEmpty || !seen.insert(ByteString(name)).inserted {
                hasFailed = true
                throw Diagnostic(name.isEmpty ? "column \(column + 1) of the header has no name; write one" : "the column ‘\(name)’ stands twice in the header; keep one",
                                 at: position(column), in: path)
            }
            names.append(name)
        }
        header = names
    }


    /// Finds the fields of the row at `next`; leaves everything as it was when the row is not complete yet.
    private mutating func scanRow() throws(Diagnostic) -> Step {
        if next >= buffer.count { return hasFinished ? .end : .needsInput }
        if searched > next, !hasFinished, !holdsRowEnd() { return try waitForInput() }
        starts.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        escaped.removeAll(keepingCapacity: true)
        rowStart = next
        line = nextLine
        var index = next, lines = 0, high: UInt8 = 0
        let end = buffer.count, limit = next + Self.rowBytesMax
        var fault: (String, Int)?
        var isComplete = false
        let finished = hasFinished
        var fieldStarts = starts, fieldEnds = ends, fieldEscaped = escaped
        starts = []; ends = []; escaped = []
        buffer.withUnsafeBufferPointer { bytes in
            fields: while true {
                if index < end, bytes[index] == 0x22 {
                    // Quoted: up to the quote that is not doubled.
                    let start = index + 1
                    var isEscaped = false
                    index += 1
                    while true {
                        if index >= end { if finished { fault = ("the quoted field does not end; write the closing \"", start - 1) }; break fields }
                        let byte = bytes[index]
                        if byte == 0x22 {
                            if index + 1 >= end, !finished { break fields }
                            if index + 1 < end, bytes[index + 1] == 0x22 { isEscaped = true; index += 2; continue }
                            break
                        }
                        if byte == 0x0A { lines += 1 }
                        high |= byte
                        index += 1
                    }
                    fieldStarts.append(start)
                    fieldEnds.append(index)
                    fieldEscaped.append(isEscaped)
                    index += 1
                } else {
                    let start = index
                    while index < end {
                        let byte = bytes[index]
                        if byte == 0x2C || byte == 0x0A || byte == 0x0D { break }
                        if byte == 0x22 { fault = ("a quote within an unquoted field; put the whole field in double quotes and double this one", index); break fields }
                        high |= byte
                        index += 1
                    }
                    if index >= end, !finished { break fields }
                    fieldStarts.append(start)
                    fieldEnds.append(index)
                    fieldEscaped.append(false)
                }
                if fieldStarts.count > Self.columnsMax { fault = ("the row has more than \(Self.columnsMax) fields", index); break fields }
                if index >= end { isComplete = finished; break fields }
                switch bytes[index] {
                case 0x2C: index += 1
                case 0x0A: index += 1; lines += 1; isComplete = true; break fields
                case 0x0D:
                    if index + 1 >= end {
                        if !finished { break fields }
                        index += 1
                    } else if bytes[index + 1] == 0x0A { index += 2 }
                    else { fault = ("a carriage return without a line feed; end lines with LF or CRLF", index); break fields }
                    lines += 1
                    isComplete = true
                    break fields
                default: fault = ("text after the closing quote; a comma or the end of the line is expected, or double the quote", index); break fields
                }
            }
        }
        starts = fieldStarts; ends = fieldEnds; escaped = fieldEscaped
        if let fault { throw fail(fault.0, fault.1) }
        guard isComplete else { return try waitForInput() }
        if index > limit { throw fail("the row has more than \(Self.rowBytesMax) bytes; is a closing quote missing?", rowStart) }
        if high >= 0x80, !isUTF8(rowStart..<index) {
            throw fail("the row is not UTF-8; save the file with the encoding UTF-8", rowStart)
        }
        next = index
        searched = index
        searchedInQuotes = false
        nextLine += lines
        return .row
    }

    private func isUTF8(_ range: Range<Int>) -> Bool {
        do {
            _ = try UTF8Span(validating: buffer.span.extracting(range))
            return true
        } catch { return false }
    }

    /// Whether the bytes not searched yet hold a line end outside quotes.
    private mutating func holdsRowEnd() -> Bool {
        while searched < buffer.count {
            let byte = buffer[searched]
            if byte == 0x22 { searchedInQuotes.toggle() }
            if byte == 0x0A, !searchedInQuotes { return true }
            searched += 1
        }
        return false
    }

    private mutating func waitForInput() throws(Diagnostic) -> Step {
        if buffer.count - next > Self.rowBytesMax { throw fail("the row has more than \(Self.rowBytesMax) bytes; is a closing quote missing?", next) }
        if searched <= next { searched = next; searchedInQuotes = false; _ = holdsRowEnd() }
        starts.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        escaped.removeAll(keepingCapacity: true)
        return .needsInput
    }

    private mutating func fail(_ message: String, _ offset: Int) -> Diagnostic {
        hasFailed = true
        var lineNumber = nextLine, lineStart = next
        for index in next..<min(offset, buffer.count) where buffer[index] == 0x0A { lineNumber += 1; lineStart = index + 1 }
        var characters = 1
        for index in lineStart..<max(lineStart, min(offset, buffer.count)) where buffer[index] & 0xC0 != 0x80 { characters += 1 }
        return Diagnostic(message, at: Position(line: lineNumber, column: characters), in: path)
    }
}
