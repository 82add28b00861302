/// An amount of one currency, in its smallest unit.
///
/// **Shape** `currency` is three capital letters (ISO 4217). Sums across currencies and sums beyond 64 bits are nil.
public struct Money: Hashable, Sendable {
    public let minorUnits: Int64
    public let currency: String

    /// Nil when `currency` is not three capital letters.
    public init?(minorUnits: Int64, currency: String) {
        guard currency.utf8.count == 3, currency.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else { return nil }
        self.minorUnits = minorUnits
        self.currency = currency
    }

    private init(_ minorUnits: Int64, in currency: String) {
        self.minorUnits = minorUnits
        self.currency = currency
    }

    public func adding(_ other: Money) -> Money? {
        guard currency == other.currency else { return nil }
        let (sum, overflow) = minorUnits.addingReportingOverflow(other.minorUnits)
        return overflow ? nil : Money(sum, in: currency)
    }

    public func subtracting(_ other: Money) -> Money? {
        guard currency == other.currency else { return nil }
        let (difference, overflow) = minorUnits.subtractingReportingOverflow(other.minorUnits)
        return overflow ? nil : Money(difference, in: currency)
    }

    public func multiplied(by count: Int64) -> Money? {
        let (product, overflow) = minorUnits.multipliedReportingOverflow(by: count)
        return overflow ? nil : Money(product, in: currency)
    }

    /// How many decimal places the currency has (ISO 4217, table A.1): two, but for those that have none or three.
    public var places: Int {
        switch currency {
        case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF": 0
        case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
        default: 2
        }
    }

    /// The amount in whole units with all its places and no sign of the currency, such as `12.50`.
    public var amountText: String {
        var digits = String(minorUnits.magnitude)
        if places > 0 {
            while digits.utf8.count <= places { digits = "0" + digits }
            digits.insert(".", at: digits.utf8.index(digits.endIndex, offsetBy: -places))
        }
        return minorUnits < 0 ? "-" + digits : digits
    }
}
