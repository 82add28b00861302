import Foundation
import Kernel
import Testing
import Web

@Suite("The interface speaks three languages alike") struct TextsTests {
    let texts: Texts

    init() throws { texts = try Bundled.texts() }

    @Test func `every language has the same keys`() {
        #expect(texts.languages == ["en", "es", "uk"])
        for language in texts.languages { #expect(texts.keys(language).symmetricDifference(texts.keys("en")).isEmpty, "\(language)") }
        #expect(texts.keys("en").count > 400)
    }

    @Test func `plural texts have exactly the forms of their language`() {
        for language in texts.languages {
            for key in texts.keys(language) {
                #expect((texts.pluralForms(key, language) == nil) == (texts.pluralForms(key, "en") == nil), "\(language) \(key)")
                if let forms = texts.pluralForms(key, language) { #expect(forms == Plural.categories(language), "\(language) \(key)") }
            }
        }
    }

    @Test func `a text has the same places in every language, and is never empty`() {
        func places(_ language: String) -> [String: Set<String>] {
            Dictionary(texts.all(language).map { key, text in
                (String(key.prefix { $0 != "#" }), Set(text.matches(of: #/\{(\w+)\}/#).map { String($0.1) }))
            }) { $0.union($1) }
        }
        // How a date is put together differs by language.
        let free: Set = ["date.dayMonth", "date.long", "date.short", "date.todayHeading", "date.yesterdayHeading"]
        let english = places("en")
        for language in texts.languages {
            for (key, text) in texts.all(language) { #expect(!text.isEmpty && text == text.trimmingCharacters(in: .whitespaces), "\(language) \(key)") }
            for (key, names) in places(language) where !free.contains(key) { #expect(names == english[key], "\(language) \(key)") }
        }
    }

    @Test func `texts are plain: no markup, no shouting, no emoji`() {
        for language in texts.languages {
            for (key, text) in texts.all(language) {
                #expect(!text.contains("<") && !text.contains("&") && !text.contains("!") && !text.contains("..."), "\(language) \(key)")
                #expect(!text.unicodeScalars.contains { $0.properties.isEmojiPresentation }, "\(language) \(key)")
            }
        }
    }

    @Test func `a malformed file names its language`() {
        #expect(throws: PagesFault.texts("xx")) { try Texts(files: ["xx": Data("{".utf8)]) }
        #expect(throws: PagesFault.texts("xx")) { try Texts(files: ["xx": Data(#"{"a": "b"}"#.utf8)]) }
    }
}

@Suite("Dates, numbers and plurals are written as each language writes them") struct WordsTests {
    let texts: Texts

    init() throws { texts = try Bundled.texts() }

    private func words(_ language: String) -> Words { Words(texts, language: language, now: Fixtures.now, zone: Fixtures.zone) }

    @Test(arguments: [
        ("es", "24 de noviembre de 2026", "24 nov 2026", "24 nov"), ("en", "24 November 2026", "24 Nov 2026", "24 Nov"), ("uk", "24 листопада 2026 р.", "24 лист. 2026", "24 листопада"),
    ])
    func `dates are written out`(language: String, long: String, short: String, dayMonth: String) throws {
        let date = try #require(CalendarDate("2026-11-24")), words = words(language)
        #expect(words.date(date) == long)
        #expect(words.shortDate(date) == short)
        #expect(words.dayMonth(date) == dayMonth)
        #expect(words.figures(date) == "24.11.2026")
        #expect(try words.dayMonth(#require(CalendarDate("2027-01-02"))).contains("2027"))
    }

    @Test(arguments: [("es", "hoy, 09:14", "ayer, 23:59", "3 mar 2026, 11:31"), ("en", "today, 09:14", "yesterday, 23:59", "3 Mar 2026, 11:31"), ("uk", "сьогодні, 09:14", "учора, 23:59", "3 бер. 2026, 11:31")])
    func `moments are told in the state's time zone`(language: String, today: String, yesterday: String, earlier: String) throws {
        let words = words(language)
        #expect(words.moment(Fixtures.now) == today)
        #expect(try words.moment(#require(Instant(rfc3339: "2026-11-24T04:59:59Z"))) == yesterday)
        #expect(try words.moment(#require(Instant(rfc3339: "2026-03-03T16:31:00Z"))) == earlier)
        #expect(words.exactTime(Fixtures.now) == "09:14:07")
    }

    @Test(arguments: [(0, "many"), (1, "one"), (2, "few"), (4, "few"), (5, "many"), (11, "many"), (12, "many"), (14, "many"), (21, "one"), (22, "few"), (25, "many"), (101, "one"), (111, "many"), (112, "many"), (1_002, "few")])
    func `Ukrainian counts in three forms`(count: Int, category: String) {
        #expect(Plural.category(count, "uk") == category)
    }

    @Test func `a count chooses its form`() {
        #expect(words("uk").count("fault.heading", 2) == "Треба виправити 2 відповіді")
        #expect(words("uk").count("fault.heading", 21) == "Треба виправити 21 відповідь")
        #expect(words("es").count("fault.heading", 1) == "Falta corregir 1 respuesta")
        #expect(words("en").count("word.minutes", 6) == "6 minutes")
    }

    @Test func `numbers part their thousands`() throws {
        #expect(words("en").number(182_412) == "182,412")
        #expect(words("es").number(182_412) == "182\u{202F}412")
        #expect(words("es").number(1_204) == "1204")
        #expect(words("en").number(1_204) == "1,204")
        #expect(words("uk").number(-12_345) == "−12\u{202F}345")
        #expect(words("uk").number(0) == "0")
        #expect(try words("es").decimal(#require(Decimal128("12.5"))) == "12,5")
        #expect(try words("en").decimal(#require(Decimal128("12.5"))) == "12.5")
    }

    @Test(arguments: [("es", 1_250, "12,50\u{A0}PAB"), ("en", 1_250, "12.50\u{A0}PAB"), ("en", 500, "5\u{A0}PAB"), ("uk", 123_456_705, "1\u{202F}234\u{202F}567,05\u{A0}PAB"), ("es", 0, "Nada")])
    func `amounts carry their currency, and nothing costs nothing`(language: String, minorUnits: Int, text: String) {
        #expect(words(language).price(Money(minorUnits: Int64(minorUnits), currency: "PAB")) == text)
        #expect(words("es").price(nil) == "Nada")
    }

    @Test func `lists end in a word`() {
        #expect(words("es").list(["a", "b", "c"]) == "a, b y c")
        #expect(words("es").list(["nombres", "identidad"]) == "nombres e identidad")
        #expect(words("es").list(["agua", "hielo"]) == "agua y hielo")
        #expect(words("en").list(["a"]) == "a")
        #expect(words("uk").list([]) == "")
    }

    @Test func `a language that the interface does not speak falls back to English`() {
        #expect(words("tlh").language == "en")
    }

    @Test func `addresses are percent-encoded`() {
        #expect(Address.inHeader("/a b\r\nc\u{F1}") == "/a%20b%0D%0Ac%C3%B1")
        // Whoever could not be brought back to a page is brought home.
        #expect(Address.language("es", back: "/" + String(repeating: "/", count: 7_000)) == "/language?to=es&back=%2F")
        #expect(Address.language("es", back: "/a?page=2") == "/language?to=es&back=%2Fa%3Fpage%3D2")
        #expect(Address.escaped("/my-data?show=людей") == "%2Fmy-data%3Fshow%3D%D0%BB%D1%8E%D0%B4%D0%B5%D0%B9")
    }
}
