import Foundation
import Kernel
import Testing

@Suite("Decimal128") struct DecimalTests {
    /// Runs every line of `Vectors/decimal128.txt` that begins with this operation.
    private func run(_ operation: String, _ body: ([String]) throws -> (ours: Decimal128?, theirs: String)) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Vectors/decimal128.txt")
        var count = 0
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            let fields = line.split(separator: " ").map(String.init)
            guard fields[0] == operation else { continue }
            count += 1
            let (ours, theirs) = try body(fields)
            let expected = theirs == "nil" ? nil : Decimal128(theirs)
            #expect(ours == expected && (theirs == "nil" || expected != nil), "\(line), not \(ours?.text ?? "nil")")
        }
        #expect(count >= 50)
    }

    private func decimal(_ text: String) throws -> Decimal128 {
        try #require(Decimal128(text), "\(text)")
    }

    @Test func `sums agree with libmpdec`() throws {
        try run("add") { (try decimal($0[1]).adding(decimal($0[2])), $0[3]) }
        try run("add") { (try decimal($0[2]).adding(decimal($0[1])), $0[3]) }
    }

    @Test func `differences agree with libmpdec`() throws {
        try run("subtract") { (try decimal($0[1]).subtracting(decimal($0[2])), $0[3]) }
    }

    @Test func `products agree with libmpdec`() throws {
        try run("multiply") { (try decimal($0[1]).multiplied(by: decimal($0[2])), $0[3]) }
    }

    @Test func `quotients agree with libmpdec`() throws {
        try run("divide") { (try decimal($0[1]).divided(by: decimal($0[2])), $0[3]) }
    }

    @Test func `remainders agree with libmpdec`() throws {
        try run("modulo") { (try decimal($0[1]).modulo(decimal($0[2])), $0[3]) }
    }

    @Test func `the order agrees with libmpdec`() throws {
        try run("compare") {
            let left = try decimal($0[1]), right = try decimal($0[2])
            return (left < right ? -1 : left == right ? 0 : 1, $0[3])
        }
    }

    @Test func `roundings agree with libmpdec`() throws {
        let rules: [String: RoundingRule] = [
            "halfEven": .halfEven, "halfUp": .halfUp, "halfDown": .halfDown, "up": .up, "down": .down, "floor": .floor, "ceiling": .ceiling,
        ]
        try run("round") {
            let scale = try #require(Int($0[3])), rule = try #require(rules[$0[1]])
            return (try decimal($0[2]).rounded(scale: scale, rule), $0[4])
        }
    }

    @Test func `square roots agree with libmpdec`() throws {
        try run("squareRoot") { (try decimal($0[1]).squareRoot, $0[2]) }
    }

    @Test func `exponentials agree with libmpdec`() throws {
        try run("exponential") { (try decimal($0[1]).exponential, $0[2]) }
    }

    @Test func `logarithms agree with libmpdec`() throws {
        try run("naturalLogarithm") { (try decimal($0[1]).naturalLogarithm, $0[2]) }
    }

    @Test func `integer powers agree with libmpdec`() throws {
        try run("power") { (try decimal($0[1]).raised(to: try #require(Int($0[2]))), $0[3]) }
    }

    @Test func `other powers agree with libmpdec to the last digit but one`() throws {
        try run("decimalPower") {
            let ours = try decimal($0[1]).raised(to: decimal($0[2]))
            guard let ours, let theirs = Decimal128($0[3]), !theirs.isZero else { return (ours, $0[3]) }
            // One off in the last digit is allowed here.
            let allowed = try #require(theirs.multiplied(by: decimal("1e-33"))), error = try #require(ours.subtracting(theirs))
            return (error.magnitude <= allowed ? theirs : ours, $0[3])
        }
    }

    @Test func `texts are read as libmpdec reads them`() throws {
        try run("read") { (Decimal128($0[1]), $0[2]) }
    }
}
