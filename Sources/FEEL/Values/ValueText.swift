package import Kernel

extension Value {
    /// The text that FEEL's `string()` gives; strings inside lists and contexts are quoted. Null where there is none.
    package var text: String? {
        switch self {
        case .null, .function: nil
        case .string(let text): text
        default: innerText
        }
    }

    /// The value as an expression would write it.
    package var innerText: String {
        switch self {
        case .null: return "null"
        case .boolean(let value): return value ? "true" : "false"
        case .number(let number): return number.text
        case .string(let text): return Value.quoted(text)
        case .date(let date): return date.text
        case .time(let time): return time.text
        case .dateTime(let moment): return moment.text
        case .dayTime(let duration): return duration.text
        case .yearMonth(let duration): return duration.text
        case .function: return "function"
        case .list(let items):
            var text = "["
            for (index, item) in items.enumerated() { text += (index > 0 ? ", " : "") + item.innerText }
            return text + "]"
        case .context(let context):
            var text = "{"
            for index in context.keys.indices {
                text += (index > 0 ? ", " : "") + Value.key(context.keys[index]) + ": " + context.values[index].innerText
            }
            return text + "}"
        case .range(let interval) where interval.comparison == .notEqual || interval.comparison == .equal:
            return (interval.comparison == .equal ? "(= " : "(!= ") + (interval.low?.literalText ?? "") + ")"
        case .range(let interval):
            return (interval.lowIncluded ? "[" : "(") + (interval.low?.literalText ?? "") + ".." + (interval.high?.literalText ?? "")
                + (interval.highIncluded ? "]" : ")")
        }
    }

    /// Bounds of ranges are written so that they can be read again.
    private var literalText: String {
        switch self {
        case .date, .time, .dateTime, .dayTime, .yearMonth: "@\"" + innerText + "\""
        default: innerText
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted.unicodeScalars.append("\\") }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    /// A key as it is read again: bare where it is a name of words with one space between them, quoted elsewhere.
    private static func key(_ name: String) -> String {
        guard let first = name.unicodeScalars.first, Characters.isNameStart(first) else { return quoted(name) }
        var atWordStart = true
        for scalar in name.unicodeScalars {
            if scalar == " " {
                if atWordStart { return quoted(name) }
                atWordStart = true
            } else {
                guard Characters.isNamePart(scalar) else { return quoted(name) }
                atWordStart = false
            }
        }
        if atWordStart { return quoted(name) }
        for word in name.split(separator: " ") where Parser.keywords.contains(String(word)) { return quoted(name) }
        return name
    }
}

extension Value {
    /// JSON's kinds; a string stays one, whatever it looks like.
    package init(json: JSON) {
        switch json {
        case .null: self = .null
        case .bool(let value): self = .boolean(value)
        case .number(let number): self = .number(number)
        case .string(let text): self = .string(text)
        case .array(let items): self = .list(items.map { Value(json: $0) })
        case .object(let object):
            var context = Context()
            for member in object { context[member.key] = Value(json: member.value) }
            self = .context(context)
        }
    }

    /// Dates, times, durations and ranges as their texts; functions as null.
    package var json: JSON {
        switch self {
        case .null, .function: return .null
        case .boolean(let value): return .bool(value)
        case .number(let number): return .number(number)
        case .string(let text): return .string(text)
        case .date, .time, .dateTime, .dayTime, .yearMonth, .range: return .string(innerText)
        case .list(let items): return .array(items.map { $0.json })
        case .context(let context):
            var object = JSONObject()
            for index in context.keys.indices { object[context.keys[index]] = context.values[index].json }
            return .object(object)
        }
    }
}
