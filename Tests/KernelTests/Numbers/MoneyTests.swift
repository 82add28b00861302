import Kernel
import Testing

@Suite("Money") struct MoneyTests {
    @Test func `sums stay within one currency`() throws {
        let price = try #require(Money(minorUnits: 1250, currency: "USD"))
        let fee = try #require(Money(minorUnits: 75, currency: "USD"))
        let yen = try #require(Money(minorUnits: 75, currency: "JPY"))
        #expect(price.adding(fee)?.minorUnits == 1325)
        #expect(price.subtracting(fee)?.minorUnits == 1175)
        #expect(price.multiplied(by: -3)?.minorUnits == -3750)
        #expect(price.adding(yen) == nil)
        #expect(price.subtracting(yen) == nil)
    }

    @Test func `an overflow is no amount`() throws {
        let much = try #require(Money(minorUnits: .max, currency: "USD"))
        let one = try #require(Money(minorUnits: 1, currency: "USD"))
        #expect(much.adding(one) == nil)
        #expect(much.multiplied(by: 2) == nil)
        #expect(Money(minorUnits: .min, currency: "USD")?.subtracting(one) == nil)
    }

    @Test(arguments: [
        (1250, "USD", "12.50"), (5, "USD", "0.05"), (-5, "EUR", "-0.05"), (0, "UAH", "0.00"), (1250, "JPY", "1250"), (1250, "KWD", "1.250"),
        (-123_456, "PAB", "-1234.56"),
    ] as [(Int64, String, String)])
    func `the amount has the places of its currency`(units: Int64, currency: String, text: String) {
        #expect(Money(minorUnits: units, currency: currency)?.amountText == text)
    }

    @Test(arguments: ["", "US", "usd", "USDT", "U$D", "ЕUR"])
    func `a currency is three capital letters`(currency: String) {
        #expect(Money(minorUnits: 1, currency: currency) == nil)
    }
}
