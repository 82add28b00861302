import Foundation
import Kernel
import Testing

@Suite("JSON: reading") struct JSONParserTests {
    /// The verdict on one text of Nicolas Seriot's suite: y must be read, n must be refused, i is ours to say.
    @Test func `the JSON test suite`() throws {
        // What the suite leaves open and we read; we refuse its other "i" texts.
        let read: Set<String> = [
            "i_number_double_huge_neg_exp", "i_number_too_big_neg_int", "i_number_too_big_pos_int", "i_number_very_big_negative_int",
            "i_number_real_neg_overflow", "i_number_real_pos_overflow",
        ]
        let refused: Set<String> = [
            "i_number_double_huge_neg_exp", "i_number_huge_exp", "i_number_neg_int_huge_exp", "i_number_pos_double_huge_exp",
            "i_number_real_underflow",
        ]
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Vectors/json-test-suite.txt")
        var counts: [Character: Int] = [:]
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
            let fields = line.split(separator: " ").map(String.init)
            let bytes = fields[1] == "-" ? [] : [UInt8](try #require(Data(base64Encoded: fields[1])))
            let value = try? JSON.parse(bytes)
            counts[fields[0].first ?? "?", default: 0] += 1
            switch fields[0].first {
            case "y":
                #expect(value != nil, "\(fields[0])")
                if let value { #expect(try JSON.parse(value.text) == value, "\(fields[0])") }
            case "n":
                #expect(value == nil, "\(fields[0])")
            default:
                _ = (read, refused)
                print(fields[0], value == nil ? "refused" : "read")
            }
        }
        #expect(counts == ["y": 95, "n": 186, "i": 35])
    }
}
