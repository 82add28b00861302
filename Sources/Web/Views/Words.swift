package import Kernel

/// One language's way of saying things: texts, dates, times and numbers, at one moment and in one time zone.
package struct Words: Sendable {
    package let language: String
    package let now: Instant
    package let zone: TimeZoneRules
    private let texts: [String: Texts.Entry]

    /// The language of a state's pages where the interface does not speak theirs.
    static let fallback = "en"

    package init(_ texts: Texts, language: String, now: Instant, zone: TimeZoneRules) {
        self.language = texts.entries[language] == nil ? Words.fallback : language
        self.now = now
        self.zone = zone
        self.texts = texts.entries[self.language] ?? [:]
    }

    /// The text of a key, its `{name}` places filled. A missing key shows itself as `⟦key⟧`; tests look for that mark.
    package func callAsFunction(_ key: String, _ values: [String: String] = [:]) -> String {
        text(key, values) ?? "⟦\(key)⟧"
    }

    /// The text of a key, or nil where the interface has none.
    package func text(_ key: String, _ values: [String: String] = [:]) -> String? {
        guard case .plain(let text) = texts[key] else { return nil }
        return Words.fill(text, values)
    }

    /// The plural form that fits; `{count}` is the number, written in this language.
    package func count(_ key: String, _ count: Int, _ values: [String: String] = [:]) -> String {
        guard case .plural(let forms) = texts[key], let text = forms[Plural.category(count, language)] else { return "⟦\(key)⟧" }
        return Words.fill(text, values.merging(["count": number(count)]) { given, _ in given })
    }

    private static func fill(_ text: String, _ values: [String: String]) -> String {
        guard text.contains("{") else { return text }
        var filled = "", rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            filled += rest[..<open]
            let value = values[String(rest[rest.index(after: open)..<close])] ?? String(rest[open...close])
            filled += value
            rest = rest[rest.index(after: close)...]
            // A value that ends in a full stop ("2026 р.") takes the one that follows it.
            if value.hasSuffix("."), rest.hasPrefix(".") { rest = rest.dropFirst() }
        }
        return filled + rest
    }

    // MARK: Dates and times

    package var today: CalendarDate { zone.date(at: now) }

    /// "24 de noviembre de 2026", "24 November 2026", "24 листопада 2026 р."
    package func date(_ date: CalendarDate) -> String { self("date.long", parts(date)) }

    /// "24 nov 2026", "24 Nov 2026", "24 лист. 2026"
    package func shortDate(_ date: CalendarDate) -> String { self("date.short", parts(date)) }

    /// "24 nov" in the present year, else the short date.
    package func dayMonth(_ date: CalendarDate) -> String { date.year == today.year ? self("date.dayMonth", parts(date)) : shortDate(date) }

    /// "24.11.2026": the form on the face of a document, the same in every language.
    package func figures(_ date: CalendarDate) -> String { "\(twoDigits(date.day)).\(twoDigits(date.month)).\(date.year)" }

    /// "09:14"
    package func time(_ instant: Instant) -> String {
        let civil = zone.civil(at: instant)
        return "\(twoDigits(civil.hour)):\(twoDigits(civil.minute))"
    }

    /// "09:14:07"
    package func exactTime(_ instant: Instant) -> String { time(instant) + ":" + twoDigits(zone.civil(at: instant).second) }

    /// "hoy, 09:14", "ayer, 17:05", "3 mar 2026, 11:31"
    package func moment(_ instant: Instant) -> String {
        let date = zone.date(at: instant), time = time(instant)
        if date == today { return self("date.todayAt", ["time": time]) }
        if date == today.adding(days: -1) { return self("date.yesterdayAt", ["time": time]) }
        return self("date.at", ["date": shortDate(date), "time": time])
    }

    /// A day as the heading of a timeline: "Hoy, 24 de noviembre", "Ayer", "3 de marzo de 2026".
    package func dayHeading(_ date: CalendarDate) -> String {
        if date == today { return self("date.todayHeading", parts(date)) }
        if date == today.adding(days: -1) { return self("date.yesterdayHeading", parts(date)) }
        return self.date(date)
    }

    /// A deadline: "Hoy 12:00" on its last day, else the day.
    package func deadline(_ instant: Instant) -> String {
        let date = zone.date(at: instant)
        return date == today ? self("date.todayDeadline", ["time": time(instant)]) : dayMonth(date)
    }

    private func parts(_ date: CalendarDate) -> [String: String] {
        ["day": String(date.day), "month": self("month.long\(date.month)"), "mon": self("month.short\(date.month)"), "year": String(date.year)]
    }

    private func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }

    // MARK: Numbers

    /// A whole number with its thousands apart: "17,532" in English, with a thin space elsewhere and only from five digits on.
    package func number(_ number: Int) -> String {
        let digits = String(number.magnitude)
        guard digits.count > (language == "en" ? 3 : 4) else { return String(number) }
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index) % 3 == 0 { grouped += language == "en" ? "," : "\u{202F}" }
            grouped.append(digit)
        }
        return (number < 0 ? "−" : "") + grouped
    }

    /// A decimal as its language writes it; thousands stay together, as in identifiers and coordinates.
    package func decimal(_ number: Decimal128) -> String {
        if let whole = number.int { return self.number(whole) }
        return language == "en" ? number.text : number.text.split(separator: ".", omittingEmptySubsequences: false).joined(separator: ",")
    }

    /// Names joined as a list: "a, b y c", "a, b and c", "a, b і c".
    package func list(_ items: [String]) -> String {
        guard items.count > 1 else { return items.first ?? "" }
        let last = items[items.count - 1]
        return self(beginsWithI(last) ? "list.lastBeforeI" : "list.last", ["all": items.dropLast().joined(separator: ", "), "last": last])
    }

    /// Spanish says "e" for "y" before the sound of i: "nombres e identidad", but "agua y hielo".
    private func beginsWithI(_ word: String) -> Bool {
        let start = word.lowercased()
        return (start.hasPrefix("i") || start.hasPrefix("hi")) && !start.hasPrefix("hie") && !start.hasPrefix("ie")
    }
}

/// A value from a register or an application, to be written as the page's language writes it.
package enum Shown: Hashable, Sendable, ExpressibleByStringLiteral {
    case text(String)
    case date(CalendarDate)
    case moment(Instant)
    case number(Decimal128)
    case flag(Bool)
    case list([String])

    package init(stringLiteral value: String) { self = .text(value) }

    package func text(_ words: Words) -> String {
        switch self {
        case .text(let text): text
        case .date(let date): words.shortDate(date)
        case .moment(let instant): words.moment(instant)
        case .number(let number): words.decimal(number)
        case .flag(let flag): words(flag ? "word.yes" : "word.no")
        case .list(let items): words.list(items)
        }
    }

    /// Digits that stand in columns and are compared get figures of one width.
    var isFigures: Bool {
        switch self {
        case .date, .moment, .number: true
        default: false
        }
    }
}
