/// A national identity number (cédula) in the formats used on the isthmus.
///
/// **Shape** `PREFIX-BOOK-ENTRY`; book has 1 to 4 digits, entry 1 to 6, no check digit. The prefix is the province
/// of birth (1 to 13), the same with `AV` (born before the civil register began there) or `PI` (indigenous people's
/// own register), `E` (foreign resident), `N` (naturalised) or `PE` (a citizen born abroad).
package struct NationalNumber: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case province, beforeRegister, indigenous, foreigner, naturalised, bornAbroad
    }

    package let kind: Kind
    /// 1 to 13; 0 where the kind has no province.
    package let province: Int
    package let book: Int
    package let entry: Int

    package var text: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    func append(to bytes: inout [UInt8]) {
        switch kind {
        case .province, .beforeRegister, .indigenous: bytes.append(number: province)
        case .foreigner: bytes.append(UInt8(ascii: "E"))
        case .naturalised: bytes.append(UInt8(ascii: "N"))
        case .bornAbroad: bytes.append(ascii: "PE")
        }
        if kind == .beforeRegister { bytes.append(ascii: "AV") }
        if kind == .indigenous { bytes.append(ascii: "PI") }
        bytes.append(UInt8(ascii: "-"))
        bytes.append(number: book)
        bytes.append(UInt8(ascii: "-"))
        bytes.append(number: entry)
    }
}

/// Hands out national numbers that never repeat, without remembering the ones handed out.
///
/// Each prefix and decade of birth has a band of books of its own and a counter. The counter runs through its band by
/// a fixed stride modulo a prime, so it visits every place once and neighbours in the list are not neighbours in the book. When
/// a band is full, its entries grow by 10,000 and the walk begins again.
struct NationalNumbers: Sendable {
    /// Books from here on are kept for the people that a demonstration names.
    static let demonstrationBook = 2000

    private static let booksPerBand = 150
    private static let entriesPerBook = 9_999
    private static let bands = 13
    /// The largest prime that fits `booksPerBand * entriesPerBook` places.
    private static let places = 1_499_843
    /// Near the golden section of `places`; any number that is not a multiple of the prime visits all places.
    private static let stride = 926_954

    private var counters = [Int](repeating: 0, count: (13 * 3 + 3) * bands)
    private let offset: Int

    init(seed: UInt64) {
        var dice = Dice(seed: seed ^ 0x6365_6475_6C61)
        offset = dice.below(Self.places)
    }

    mutating func next(_ kind: NationalNumber.Kind, province: Int, birthYear: Int) -> NationalNumber {
        let prefix: Int
        switch kind {
        case .province: prefix = province - 1
        case .beforeRegister: prefix = 13 + province - 1
        case .indigenous: prefix = 26 + province - 1
        case .foreigner: prefix = 39
        case .naturalised: prefix = 40
        case .bornAbroad: prefix = 41
        }
        let band = min(max((birthYear - 1910) / 10, 0), Self.bands - 1)
        let counter = prefix * Self.bands + band
        let serial = counters[counter]
        counters[counter] += 1
        let place = (serial % Self.places * Self.stride + offset + counter * 104_729) % Self.places
        return NationalNumber(
            kind: kind,
            province: prefix < 39 ? province : 0,
            book: band * Self.booksPerBand + place / Self.entriesPerBook + 1,
            entry: place % Self.entriesPerBook + 1 + serial / Self.places * 10_000)
    }
}

extension [UInt8] {
    mutating func append(ascii text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }

    /// Appends a number of zero or more in decimal, with leading zeros up to `digits`.
    mutating func append(number: Int, digits: Int = 1) {
        var power = 1
        var length = 1
        while number / power >= 10 || length < digits {
            power *= 10
            length += 1
        }
        var rest = number
        while power > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / power))
            rest %= power
            power /= 10
        }
    }
}
