extension Decimal128 {
    /// Reads a decimal number: sign, digits with at most one point among or beside them, and an exponent of ten; `-12.50`, `.5`, `1e3`. More
    /// than 34 digits are rounded half to even. Nil for anything else and for numbers that are too large.
    public init?(_ text: String) {
        var text = text
        guard let value = text.withUTF8({ Decimal128.read($0) }) else { return nil }
        self = value
    }

    static func read(_ text: UnsafeBufferPointer<UInt8>) -> Decimal128? {
        var index = 0
        let count = text.count
        var negative = false
        if index < count, text[index] == 0x2D || text[index] == 0x2B {
            negative = text[index] == 0x2D
            index += 1
        }
        var coefficient: UInt128 = 0
        var kept = 0
        var exponent = 0
        var inexact = false
        var digits = 0
        var point = false
        while index < count {
            let character = text[index]
            if character == 0x2E {
                guard !point else { return nil }
                point = true
            } else if (0x30...0x39).contains(character) {
                digits += 1
                // 37 digits and a note of what follows them are enough to round to 34 rightly.
                if kept < 37 {
                    coefficient = coefficient &* 10 &+ UInt128(character &- 0x30)
                    if coefficient != 0 { kept += 1 }
                    if point { exponent -= 1 }
                } else {
                    inexact = inexact || character != 0x30
                    if !point { exponent += 1 }
                }
            } else {
                break
            }
            index += 1
        }
        guard digits > 0 else { return nil }
        if index < count {
            guard text[index] | 0x20 == 0x65 else { return nil }
            index += 1
            var down = false
            if index < count, text[index] == 0x2D || text[index] == 0x2B {
                down = text[index] == 0x2D
                index += 1
            }
            guard index < count else { return nil }
            var power = 0
            while index < count {
                guard (0x30...0x39).contains(text[index]) else { return nil }
                // Beyond any exponent that the digits of a text could bring back into range.
                if power < 100_000_000 { power = power * 10 + Int(text[index] &- 0x30) }
                index += 1
            }
            exponent += down ? -power : power
        }
        if coefficient == 0 { return .zero }
        if !inexact, kept <= digitsMax, exponents.contains(exponent) { return normalized(negative: negative, coefficient, exponent) }
        // The first digit stands at this power of ten; the bounds keep the arithmetic below within range.
        let magnitude = exponent + kept - 1
        if magnitude > exponents.upperBound + digitsMax { return nil }
        if magnitude < exponents.lowerBound - 2 { return .zero }
        return rounding(negative: negative, UInt256(coefficient), exponent: exponent, inexact: inexact)
    }

    /// The number without exponent and without needless zeros: `-12.5`, `0.001`, `1000`.
    public var text: String {
        var bytes: [UInt8] = []
        appendPlain(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the plain text in ASCII.
    func appendPlain(to bytes: inout [UInt8]) {
        if isNegative { bytes.append(0x2D) }
        let exponent = exponent
        withDigits { digits in
            if exponent >= 0 {
                bytes.append(contentsOf: digits)
                for _ in 0..<exponent { bytes.append(0x30) }
            } else if digits.count > -exponent {
                bytes.append(contentsOf: digits[..<(digits.count + exponent)])
                bytes.append(0x2E)
                bytes.append(contentsOf: digits[(digits.count + exponent)...])
            } else {
                bytes.append(0x30)
                bytes.append(0x2E)
                for _ in digits.count ..< -exponent { bytes.append(0x30) }
                bytes.append(contentsOf: digits)
            }
        }
    }

    /// Appends what JSON may hold: plain, but with an exponent where plain would need a long row of zeros.
    func appendJSON(to bytes: inout [UInt8]) {
        let zerosMax = 24
        if exponent <= zerosMax, magnitudeExponent >= -zerosMax || isZero { return appendPlain(to: &bytes) }
        if isNegative { bytes.append(0x2D) }
        let magnitude = magnitudeExponent
        withDigits { digits in
            bytes.append(digits[0])
            var end = digits.count
            while end > 1, digits[end - 1] == 0x30 { end -= 1 }
            if end > 1 {
                bytes.append(0x2E)
                bytes.append(contentsOf: digits[1..<end])
            }
        }
        bytes.append(0x65)
        bytes.append(contentsOf: String(magnitude).utf8)
    }

    /// The digits of the coefficient in ASCII.
    private func withDigits(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 40) { buffer in
            var start = 40
            var rest = coefficient
            // Whole machine words divide far faster than 128 bits.
            while rest >> 64 != 0 {
                let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 1_000_000_000_000_000_000)
                rest = quotient
                var word = UInt64(truncatingIfNeeded: remainder)
                for _ in 0..<18 {
                    start -= 1
                    buffer[start] = 0x30 + UInt8(truncatingIfNeeded: word % 10)
                    word /= 10
                }
            }
            var word = UInt64(truncatingIfNeeded: rest)
            repeat {
                start -= 1
                buffer[start] = 0x30 + UInt8(truncatingIfNeeded: word % 10)
                word /= 10
            } while word > 0
            body(UnsafeBufferPointer(rebasing: buffer[start...]))
        }
    }
}
