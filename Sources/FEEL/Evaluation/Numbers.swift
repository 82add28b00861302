internal import Kernel

/// Arithmetic on top of decimal128.
enum Numbers {
    static let nanosecond = Decimal128("0.000000001") ?? 0

    static func seconds(_ duration: DayTimeDuration) -> Decimal128 {
        let whole = Decimal128(duration.seconds)
        return Decimal128(Int64(duration.nanoseconds)).multiplied(by: nanosecond)?.adding(whole) ?? whole
    }

    static func duration(_ seconds: Decimal128) -> DayTimeDuration? {
        guard let cut = seconds.rounded(scale: 9, .down) else { return nil }
        let whole = cut.floor
        guard let number = whole.int64, number.magnitude <= UInt64(DayTimeDuration.secondsMax),
            let nanos = cut.subtracting(whole)?.divided(by: nanosecond)?.int64
        else { return nil }
        return DayTimeDuration(seconds: number, nanoseconds: Int32(nanos))
    }

    /// Whole exponents by squaring; others are e to the power of a logarithm.
    static func power(_ base: Decimal128, _ exponent: Decimal128) -> Decimal128? {
        guard let whole = exponent.int else {
            if base.isZero { return exponent.isNegative ? nil : 0 }
            return logarithm(base)?.multiplied(by: exponent).flatMap { exponential($0) }
        }
        if whole == 0 { return 1 }
        if base.isZero { return whole > 0 ? 0 : nil }
        var result: Decimal128 = 1
        var square = base
        var rest = whole.magnitude
        while rest > 0 {
            if rest & 1 == 1 {
                guard let product = result.multiplied(by: square) else { return whole > 0 ? nil : 0 }
                result = product
            }
            rest >>= 1
            if rest > 0 {
                guard let next = square.multiplied(by: square) else { return whole > 0 ? nil : 0 }
                square = next
            }
        }
        return whole > 0 ? result : Decimal128(1).divided(by: result)
    }

    // MARK: Roots, exponentials and logarithms

    /// Digits below this make no difference to a result of 34 digits near one.
    private static let tiny = Decimal128("1e-36") ?? 0
    private static let ln10 = Decimal128("2.302585092994045684017991454684364208") ?? 0
    /// The number of steps after which Newton's way has long arrived.
    private static let stepsMax = 200

    /// Nil below zero.
    static func squareRoot(_ number: Decimal128) -> Decimal128? {
        if number.isZero { return 0 }
        guard !number.isNegative else { return nil }
        let (mantissa, exponent) = scaled(number, by: 2)
        var root: Decimal128 = 3
        for _ in 0..<stepsMax {
            guard let next = mantissa.divided(by: root)?.adding(root)?.divided(by: 2) else { return nil }
            if next == root { break }
            let wanders = next.subtracting(root).map { $0.magnitude < tiny } ?? true
            root = next
            if wanders { break }
        }
        return root.multiplied(by: powerOfTen(exponent / 2) ?? 1)
    }

    /// The number as m · 10^e with 1 ≤ m < 10^step and e a multiple of the step.
    private static func scaled(_ number: Decimal128, by step: Int) -> (Decimal128, Int) {
        var mantissa = number
        var exponent = 0
        var stride = 4_096
        while stride >= step {
            if let up = powerOfTen(stride), let down = powerOfTen(-stride) {
                while mantissa >= up {
                    mantissa = mantissa.multiplied(by: down) ?? 1
                    exponent += stride
                }
                while mantissa < 1, let larger = mantissa.multiplied(by: up), larger < up {
                    mantissa = larger
                    exponent -= stride
                }
            }
            stride /= 2
        }
        return (mantissa, exponent)
    }

    static func powerOfTen(_ exponent: Int) -> Decimal128? { Decimal128("1e\(exponent)") }

    /// e^x; nil when too large.
    static func exponential(_ number: Decimal128) -> Decimal128? {
        guard let tens = number.divided(by: ln10)?.rounded(scale: 0, .halfEven)?.int else { return number.isNegative ? 0 : nil }
        guard tens < 6_200 else { return nil }
        guard tens > -6_300 else { return 0 }
        // The rest lies within ±1.16; an eighth of it converges in a few terms.
        guard let rest = ln10.multiplied(by: Decimal128(tens)).flatMap({ number.subtracting($0) })?.divided(by: 8) else { return nil }
        var sum: Decimal128 = 1
        var term: Decimal128 = 1
        for index in 1..<60 {
            guard let next = term.multiplied(by: rest)?.divided(by: Decimal128(index)), let total = sum.adding(next) else { return nil }
            term = next
            sum = total
            if term.magnitude < tiny { break }
        }
        for _ in 0..<3 {
            guard let square = sum.multiplied(by: sum) else { return nil }
            sum = square
        }
        return powerOfTen(tens).flatMap { sum.multiplied(by: $0) }
    }

    /// The natural logarithm; nil at and below zero.
    static func logarithm(_ number: Decimal128) -> Decimal128? {
        guard !number.isZero, !number.isNegative else { return nil }
        let (mantissa, exponent) = scaled(number, by: 1)
        // y + 2 (m - e^y) / (m + e^y) triples the right digits at each step.
        var result: Decimal128 = mantissa < 3 ? 0 : 1
        for _ in 0..<30 {
            guard let power = exponential(result), let above = mantissa.subtracting(power), let below = mantissa.adding(power),
                let step = above.divided(by: below)?.multiplied(by: 2), let next = result.adding(step)
            else { return nil }
            result = next
            if step.magnitude < tiny { break }
        }
        return ln10.multiplied(by: Decimal128(exponent))?.adding(result)
    }
}
