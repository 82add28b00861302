internal import Kernel

/// **Standard:** DMN 1.5, tables 72 and 74.
extension Evaluator {
    mutating func stringFunction(_ call: Call) -> Value {
        switch call.builtin {
        case .string:
            return call[0].text.map { .string($0) } ?? .null
        case .number: return numberFromText(call)
        case .stringJoin: return join(call)
        default: break
        }
        guard let text = string(call, 0) else { return wrong(call, 0, wants: "string") }
        switch call.builtin {
        case .stringLength: return .number(Decimal128(Texts.length(text)))
        case .upperCase: return .string(text.uppercased())
        case .lowerCase: return .string(text.lowercased())
        case .substring: return substring(text, call)
        default: break
        }
        guard let match = string(call, 1) else { return wrong(call, 1, wants: "string") }
        switch call.builtin {
        case .contains: return .boolean(Texts.find(match, in: text) != nil)
        case .startsWith: return .boolean(text.utf8.starts(with: match.utf8))
        case .endsWith: return .boolean(text.utf8.reversed().starts(with: match.utf8.reversed()))
        case .substringBefore:
            guard let place = Texts.find(match, in: text) else { return .string("") }
            return .string(String(text[..<place]))
        default:
            guard let place = Texts.find(match, in: text) else { return .string("") }
            return .string(String(text[text.utf8.index(place, offsetBy: match.utf8.count)...]))
        }
    }

    private mutating func substring(_ text: String, _ call: Call) -> Value {
        guard let start = number(call, 1) else { return wrong(call, 1, wants: "number") }
        let length = Texts.length(text)
        guard let place = start.truncated.int, place != 0, place.magnitude <= UInt(length) else {
            return fail(.outOfRange, at: call.offset, "no place \(start.text) in a string of length \(length)")
        }
        let first = place > 0 ? place - 1 : length + place
        var count = length - first
        if call.count == 3 && !call[2].isNull {
            guard let wanted = number(call, 2) else { return wrong(call, 2, wants: "number") }
            guard let wanted = wanted.truncated.int, wanted > 0 else {
                return fail(.outOfRange, at: call.offset, "a length of \(wanted.text)")
            }
            count = Swift.min(count, wanted)
        }
        let scalars = text.unicodeScalars
        let from = scalars.index(scalars.startIndex, offsetBy: first)
        return .string(String(scalars[from..<scalars.index(from, offsetBy: count)]))
    }

    /// `number("1.234,5", ".", ",")`: the text without its grouping, its decimal separator made a point.
    private mutating func numberFromText(_ call: Call) -> Value {
        if case .number(let number) = single(call[0]), call.count == 1 { return .number(number) }
        guard let text = string(call, 0) else { return wrong(call, 0, wants: "string") }
        let grouping = single(call[1])
        let separator = single(call[2])
        switch grouping {
        case .null, ",", ".", " ": break
        default: return fail(.wrongArguments, at: call.offset, "a grouping separator is a space, a comma, a point or null")
        }
        switch separator {
        case .null, ",", ".": break
        default: return fail(.wrongArguments, at: call.offset, "a decimal separator is a comma, a point or null")
        }
        guard grouping.isNull || grouping != separator else {
            return fail(.wrongArguments, at: call.offset, "grouping and decimal separator are the same")
        }
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if case .string(let group) = grouping, group.unicodeScalars.first == scalar { continue }
            if case .string(let point) = separator, point.unicodeScalars.first == scalar {
                plain.append(".")
            } else if case .string = separator, scalar == "." {
                return fail(.invalidText, at: call.offset, "\"\(text)\" is no number")
            } else {
                plain.append(scalar)
            }
        }
        guard let number = Decimal128(String(plain)) else { return fail(.invalidText, at: call.offset, "\"\(text)\" is no number") }
        return .number(number)
    }

    private mutating func join(_ call: Call) -> Value {
        guard let items = list(call, 0) else { return wrong(call, 0, wants: "list") }
        let delimiter: String
        switch single(call[1]) {
        case .null: delimiter = ""
        case .string(let text): delimiter = text
        default: return wrong(call, 1, wants: "string")
        }
        var joined = ""
        var isFirst = true
        for item in items where !item.isNull {
            guard case .string(let text) = item else { return fail(.wrongType, at: call.offset, "string join of a \(item.kindName)") }
            if !isFirst { joined += delimiter }
            joined += text
            isFirst = false
            guard joined.utf8.count <= Limits.stringMax else { return fail(.limitReached, at: call.offset, "a string of more than \(Limits.stringMax) characters") }
        }
        return .string(joined)
    }
}
