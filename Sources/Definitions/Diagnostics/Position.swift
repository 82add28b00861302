/// A place in a text file.
///
/// **Shape** Line and column count from 1; the column counts Unicode scalars, so that a file in any script is counted as it is read.
package struct Position: Hashable, Comparable, Sendable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static let start = Position(line: 1, column: 1)

    package static func < (a: Position, b: Position) -> Bool {
        a.line == b.line ? a.column < b.column : a.line < b.line
    }
}

/// The text of one definition file, and the way from an offset in it to a line and a column.
///
/// Nodes share one `SourceText`, so that a fault *inside* a scalar (the third name of a FEEL expression) can be placed exactly.
package final class SourceText: Sendable {
    /// Relative to the state folder, with `/` between the parts.
    package let path: String
    /// Without a byte order mark. Valid UTF-8.
    package let bytes: [UInt8]
    fileprivate let lineStarts: [Int]

    /// The largest definition file that is read, in bytes. (`records.csv` is read in pieces and has no such limit.)
    package static let sizeMax = 8 << 20

    /// Reports text that is too large or not UTF-8, and returns nil then.
    package init?(_ bytes: [UInt8], path: String, into diagnostics: inout Diagnostics) {
        guard bytes.count <= Self.sizeMax else {
            diagnostics.error("the file has \(bytes.count) bytes; a definition file may have at most \(Self.sizeMax); divide it", at: .start, in: path)
            return nil
        }
        let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        var starts = [0]
        for (offset, byte) in body.enumerated() {
            // A lone carriage return ends a line, too; before a line feed it belongs to the line that ends there.
            if byte == 0x0A || (byte == 0x0D && (offset + 1 == body.count || body[offset + 1] != 0x0A)) { starts.append(offset + 1) }
        }
        self.path = path
        self.bytes = body
        lineStarts = starts
        if let fault = Self.firstTower(body) {
            diagnostics.error("more than \(Self.marksMax) marks stand on one letter here; delete them", at: position(at: fault), in: path)
            return nil
        }
        if let fault = Self.firstFaultInUTF8(body) {
            diagnostics.error("this is not UTF-8; save the file with the encoding UTF-8", at: position(at: fault), in: path)
            return nil
        }
    }

    /// Combining marks in a row; writing has no more than four. Readers of others compare texts in a time that grows with the square of a run.
    private static let marksMax = 32

    /// The offset at which a run of combining marks becomes longer than any writing's. Bytes that are no UTF-8 end a run.
    private static func firstTower(_ bytes: [UInt8]) -> Int? {
        var marks = 0, index = 0
        while index < bytes.count {
            let byte = bytes[index]
            let length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
            // The first combining mark, U+0300, is CC 80.
            guard byte >= 0xCC, index + length <= bytes.count else {
                marks = 0
                index += byte < 0x80 || byte >= 0xC0 ? length : 1
                continue
            }
            var value = UInt32(byte) & (length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07)
            for next in bytes[(index + 1)..<(index + length)] { value = value << 6 | UInt32(next & 0x3F) }
            let isMark = Unicode.Scalar(value).map { $0.properties.canonicalCombiningClass != .notReordered } ?? false
            marks = isMark ? marks + 1 : 0
            if marks > marksMax { return index }
            index += length
        }
        return nil
    }

    /// **Shape** `offset` in bytes, 0 through the byte count.
    package func position(at offset: Int) -> Position {
        var low = 0, high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        var column = 1
        for byte in bytes[lineStarts[low]..<min(offset, bytes.count)] where byte & 0xC0 != 0x80 { column += 1 }
        return Position(line: low + 1, column: column)
    }

    /// Answers positions of offsets that only grow, each in the time of the way since the last: a file may be one line of megabytes.
    struct Cursor {
        private let source: SourceText
        private var offset = 0
        private var line = 0
        private var column = 1

        init(_ source: SourceText) { self.source = source }

        mutating func position(at wanted: Int) -> Position {
            guard wanted >= offset else { return source.position(at: wanted) }
            while offset < min(wanted, source.bytes.count) {
                if source.bytes[offset] & 0xC0 != 0x80 { column += 1 }
                offset += 1
                if line + 1 < source.lineStarts.count, source.lineStarts[line + 1] == offset { line += 1; column = 1 }
            }
            return Position(line: line + 1, column: column)
        }
    }

    /// The byte offset of a place, kept within its line.
    package func offset(of position: Position) -> Int {
        guard position.line >= 1, position.line <= lineStarts.count else { return position.line < 1 ? 0 : bytes.count }
        let end = position.line < lineStarts.count ? lineStarts[position.line] : bytes.count
        var offset = lineStarts[position.line - 1], left = position.column - 1
        while left > 0, offset < end {
            offset += 1
            while offset < end, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
            left -= 1
        }
        return offset
    }

    /// One line without its end; empty outside the file.
    package func line(_ number: Int) -> String {
        guard number >= 1, number <= lineStarts.count else { return "" }
        let end = number < lineStarts.count ? lineStarts[number] : bytes.count
        var line = bytes[lineStarts[number - 1]..<end]
        while let last = line.last, last == 0x0A || last == 0x0D { line.removeLast() }
        return String(decoding: line, as: UTF8.self)
    }

    package var lineCount: Int { lineStarts.count }

    private static func firstFaultInUTF8(_ bytes: [UInt8]) -> Int? {
        if String(validating: bytes, as: UTF8.self) != nil { return nil }
        // Rare path: the longest valid prefix ends where the fault is.
        var index = 0
        while index < bytes.count {
            let first = bytes[index]
            let length = first < 0x80 ? 1 : first >= 0xC2 && first < 0xE0 ? 2 : first & 0xF0 == 0xE0 ? 3 : first >= 0xF0 && first < 0xF5 ? 4 : 0
            guard length > 0, index + length <= bytes.count, String(validating: bytes[index..<(index + length)], as: UTF8.self) != nil else { return index }
            index += length
        }
        return bytes.count
    }
}
