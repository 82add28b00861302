internal import FEEL
internal import Kernel

/// A fact read back from a kept decision, as the value that conditions test.
enum FactValue {
    /// Text that is a date was a date: facts are kept as ISO dates.
    static func value(_ json: JSON) -> Value {
        if let text = json.string, let date = CalendarDate(text) { return .date(date) }
        return Value(json: json)
    }
}

extension Words {
    /// A fact's value in a sentence.
    func plain(_ value: JSON) -> String {
        switch value {
        case .string(let text): CalendarDate(text).map(date) ?? text
        case .number(let number): decimal(number)
        case .bool(let flag): self(flag ? "word.yes" : "word.no")
        case .array(let items): list(items.map(plain))
        case .null, .object: ""
        }
    }
}
