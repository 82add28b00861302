package import Kernel
internal import Templates

/// What stands for a state of affairs, after ships' day marks. Always beside a word.
package enum Shape: String, Sendable, Hashable, CaseIterable {
    /// Valid or running.
    case ball
    /// Needs you.
    case diamond
    /// With someone else.
    case half
    /// New, or a machine.
    case ring
    /// Stopped, refused, revoked.
    case square
}

/// How a document stands today.
package enum Standing: Hashable, Sendable {
    /// In force; with its last day when it has one.
    case valid(until: CalendarDate?)
    case notYet(from: CalendarDate)
    case expired(CalendarDate)
    case revoked(CalendarDate)

    var shape: Shape {
        switch self {
        case .valid: .ball
        case .notYet: .half
        case .expired, .revoked: .square
        }
    }

    /// "Vigente", "Venció el 2 nov 2026".
    func word(_ words: Words) -> String {
        switch self {
        case .valid: words("standing.valid")
        case .notYet(let date): words("standing.notYet", ["date": words.shortDate(date)])
        case .expired(let date): words("standing.expired", ["date": words.shortDate(date)])
        case .revoked(let date): words("standing.revoked", ["date": words.shortDate(date)])
        }
    }

    /// As on a whole cover: "Hasta 14 ago 2031" where there is an end.
    func longWord(_ words: Words) -> String {
        if case .valid(let until?) = self { words("standing.until", ["date": words.shortDate(until)]) } else { word(words) }
    }
}

/// The cover's colour: the state's first, second or third.
package enum Face: String, Sendable, Hashable { case a, b, c }

/// A document as it lies on the paper.
package struct Cover: Hashable, Sendable {
    package var title: String
    /// The number that the line pattern is computed from.
    package var number: String
    package var standing: Standing
    package var face: Face
    package var address: String?

    package init(title: String, number: String, standing: Standing, face: Face, address: String?) {
        self.title = title
        self.number = number
        self.standing = standing
        self.face = face
        self.address = address
    }

    func fields(_ words: Words, _ drawing: Drawing, isWhole: Bool = true) -> Fields {
        [
            "title": title, "number": number, "face": face.rawValue, "address": address, "whole": isWhole,
            "word": isWhole ? standing.longWord(words) : standing.word(words), "mark": Drawing.shape(standing.shape),
            "pattern": drawing.linkedLines(number), "emblem": drawing.look.emblem.white, "isInForce": standing.shape == .ball,
        ]
    }

    /// A stack: every strip shows title, number and standing, the last is whole.
    static func stack(_ covers: [Cover], _ words: Words, _ drawing: Drawing) -> [Fields] {
        covers.enumerated().map { index, cover in cover.fields(words, drawing, isWhole: index == covers.count - 1) }
    }
}

/// A line of a list; the whole row is the link.
package struct RowView: Hashable, Sendable {
    package var title: String
    package var meta: String?
    package var shape: Shape?
    /// "antes del 30 nov", added to the line below the title.
    package var deadline: Instant?
    package var address: String

    package init(title: String, meta: String? = nil, shape: Shape? = nil, deadline: Instant? = nil, address: String) {
        self.title = title
        self.meta = meta
        self.shape = shape
        self.deadline = deadline
        self.address = address
    }

    func fields(_ words: Words) -> Fields {
        let before = deadline.map { words("row.before", ["date": words.deadline($0)]) }
        return ["title": title, "meta": [meta, before].compactMap { $0 }.joined(separator: " · "), "mark": shape.map { Drawing.shape($0) }, "address": address]
    }
}

/// A label with its value, and where the value comes from.
package struct ValueRow: Hashable, Sendable {
    package var label: String
    package var value: Shown
    package var source: String?
    /// The day on which the source was read or recorded.
    package var asOf: Instant?
    /// Where the value can be changed; gives a "Change" link.
    package var change: String?

    package init(label: String, value: Shown, source: String? = nil, asOf: Instant? = nil, change: String? = nil) {
        self.label = label
        self.value = value
        self.source = source
        self.asOf = asOf
        self.change = change
    }

    func fields(_ words: Words) -> Fields {
        let origin = source.map { source in asOf.map { words("source.asOf", ["source": source, "moment": words.moment($0)]) } ?? source }
        return [
            "label": label, "value": value.text(words), "figures": value.isFigures, "source": origin,
            "change": change, "changeLabel": words("word.change"), "changeWhat": label,
        ]
    }
}

/// A fault of one field of a form, or of the form as a whole when it names no field.
package struct FieldFault: Hashable, Sendable {
    /// The `name` of the control.
    package var field: String?
    package var message: String

    package init(field: String?, message: String) {
        self.field = field
        self.message = message
    }
}

/// The summary that stands first in a page with faults.
func faultFields(_ faults: [FieldFault], anchors: [String: String], _ words: Words) -> Fields? {
    guard !faults.isEmpty else { return nil }
    return [
        "heading": words.count("fault.heading", faults.count), "mark": Drawing.shape(.square),
        "items": faults.map { fault in
            ["message": fault.message, "anchor": fault.field.flatMap { anchors[$0] }] as Fields
        },
    ]
}

extension Words {
    /// An amount as its language writes it, or "nothing" when there is none.
    package func price(_ money: Money?) -> String {
        guard let money, money.minorUnits != 0 else { return self("word.free") }
        // Cents are written as two digits or, when there are none, not at all.
        let parts = money.amountText.split(separator: ".")
        let whole = Int(parts[0]).map(number) ?? String(parts[0]), rest = parts.count > 1 && parts[1].contains { $0 != "0" } ? parts[1] : ""
        let amount = whole + (rest.isEmpty ? "" : (language == "en" ? "." : ",") + rest)
        return amount + "\u{A0}" + money.currency
    }
}
