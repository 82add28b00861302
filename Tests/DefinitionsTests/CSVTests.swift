import Definitions
import Testing

@Suite("CSV is read in pieces")
struct CSVTests {
    /// All rows, fed in pieces of the given size.
    private func rows(_ text: String, piece: Int) throws -> [[String]] {
        let bytes = Array(text.utf8)
        var reader = CSVReader(path: "r.csv"), rows: [[String]] = [], fed = 0
        while true {
            switch try reader.advance() {
            case .row: rows.append(reader.texts)
            case .needsInput:
                if fed < bytes.count {
                    reader.feed(Array(bytes[fed..<min(fed + piece, bytes.count)]))
                    fed += piece
                } else { reader.finish() }
            case .end: return rows
            }
        }
    }

    @Test(arguments: 1...17)
    func `pieces of any size give the same rows`(piece: Int) throws {
        let text = "\u{FEFF}a,b,c\r\nuno,\"dos, tres\",\"con \"\"comillas\"\"\"\r\n\"línea\nnueva\",,їжак\n\n,\"\",x\nlast,row,here"
        #expect(try rows(text, piece: piece) == [
            ["uno", "dos, tres", "con \"comillas\""], ["línea\nnueva", "", "їжак"], ["", "", "x"], ["last", "row", "here"],
        ])
    }

    @Test(arguments: 1...9) func `one byte order mark is passed over, however the bytes come, and a second one is text`(piece: Int) throws {
        #expect(try rows("\u{FEFF}\u{FEFF}a\n1\n", piece: piece) == [["1"]])
        var reader = CSVReader(path: "r.csv")
        for byte in "\u{FEFF}\u{FEFF}a\n1\n".utf8 {
            reader.feed([byte])
            _ = try reader.advance()
        }
        #expect(reader.header == ["\u{FEFF}a"])
    }

    @Test func `a table of one column keeps its empty rows`() throws {
        #expect(try rows("a\n1\n\n2\n", piece: 3) == [["1"], [""], ["2"]])
    }

    @Test func `a row of the wrong width is reported and the reading goes on`() throws {
        var reader = CSVReader(Array("a,b\n1,2\n3\n4,5,6\n\"x\ny\",z\n7,8\n".utf8), path: "r.csv")
        var rows: [[String]] = [], faults: [String] = [], lines: [Int] = []
        while true {
            do {
                guard try reader.advance() == .row else { break }
                rows.append(reader.texts)
                lines.append(reader.line)
            } catch { faults.append(error.description) }
        }
        #expect(rows == [["1", "2"], ["x\ny", "z"], ["7", "8"]])
        #expect(lines == [2, 5, 7])
        #expect(reader.row == 5)
        #expect(faults == [
            "r.csv:3:1: error: the row has 1 field but the header has 2; write the missing commas, also for empty fields",
            "r.csv:4:1: error: the row has 3 fields but the header has 2; put a field that holds a comma in double quotes",
        ])
    }

    @Test(arguments: [
        ("a,b\nx1️⃣\"y\",z\n", "a quote within an unquoted field"),
        ("a,b\n\"x\"1️⃣y,z\n", "text after the closing quote"),
        ("a,b\nж,1️⃣\"x\n", "the quoted field does not end"),
        ("a,1️⃣a\n", "the column ‘a’ stands twice"),
        ("a,1️⃣\n", "column 2 of the header has no name"),
        ("a,b\nx1️⃣\ry,z\n", "a carriage return without a line feed"),
        ("1️⃣", "the file is empty"),
    ])
    func `faults are placed`(marked: String, message: String) {
        let source = Marked(marked)
        var reader = CSVReader(source.bytes, path: "r.csv")
        var found: String?
        do { while try reader.advance() == .row {} } catch { found = error.description }
        #expect(found?.hasPrefix(source.place(1, in: "r.csv") + "error: ") == true, "\(found ?? "nothing")")
        #expect(found?.contains(message) == true)
        #expect((try? reader.advance()) == .end)
    }

    @Test func `text that is not UTF-8 is refused`() {
        var reader = CSVReader(Array("a\n".utf8) + [0xFF, 0x0A], path: "r.csv")
        #expect(throws: Diagnostic.self) { try reader.advance() }
    }

    @Test func `fields have places, also in rows of several lines`() throws {
        var reader = CSVReader(Array("a,b,c\nї,\"x\nyy\",z\n".utf8), path: "r.csv")
        #expect(try reader.advance() == .row)
        #expect(reader.position(0) == Position(line: 2, column: 1))
        #expect(reader.position(1) == Position(line: 2, column: 4))
        #expect(reader.position(2) == Position(line: 3, column: 5))
        #expect(reader.column("c") == 2)
    }

    @Test func `a row without end is refused, also when it comes in crumbs`() {
        var reader = CSVReader(path: "r.csv")
        reader.feed(Array("a,b\n\"".utf8))
        var fault: Diagnostic?
        let piece = [UInt8](repeating: 0x78, count: 64)
        for _ in 0..<(CSVReader.rowBytesMax / 64 + 2) where fault == nil {
            do { _ = try reader.advance() } catch { fault = error }
            reader.feed(piece)
        }
        #expect(fault?.message.contains("more than 1048576 bytes") == true)
    }

    @Test func `a hundred thousand rows keep one piece in memory and take well under a second`() throws {
        let line = Array("8-2000-101,María Elena,Quintero,Batista,F,1992-07-27,married,IST,H-00000001,2034-11-24\n".utf8)
        var piece: [UInt8] = []
        for _ in 0..<100 { piece += line }
        var reader = CSVReader(path: "r.csv")
        reader.feed(Array("a,b,c,d,e,f,g,h,i,j\n".utf8))
        var fed = 0, count = 0, letters = 0
        let duration = try ContinuousClock().measure {
            reading: while true {
                switch try reader.advance() {
                case .row: count += 1; letters += reader.raw(1).count
                case .needsInput: if fed < 1_000 { reader.feed(piece); fed += 1 } else { reader.finish() }
                case .end: break reading
                }
            }
        }
        #expect(count == 100_000)
        #expect(letters == 1_200_000)
        print("CSV: \(Int(Double(count) / (Double(duration.components.attoseconds) * 1e-18 + Double(duration.components.seconds)))) rows of 10 columns a second")
        #expect(duration < .seconds(300), "it ends")
    }
}
