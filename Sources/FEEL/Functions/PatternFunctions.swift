internal import Kernel

/// Regular expressions in XPath's dialect.
///
/// **Standard:** DMN 1.5, table 74; XPath and XQuery Functions 3.1, 5.6.
extension Evaluator {
    mutating func patternFunction(_ call: Call) -> Value {
        guard let text = string(call, 0) else { return wrong(call, 0, wants: "string") }
        guard let source = string(call, 1) else { return wrong(call, 1, wants: "string") }
        let flagsPlace = call.builtin == .matches ? 2 : 3
        var options = Pattern.Options()
        switch single(call[flagsPlace]) {
        case .null: break
        case .string(let letters):
            guard let read = Pattern.Options(letters: letters) else { return fail(.wrongArguments, at: call.offset, "the flags are s, m, i, x and q, not \"\(letters)\"") }
            options = read
        default: return wrong(call, flagsPlace, wants: "string")
        }
        // The pattern is compiled, and tried at each place of the text.
        guard spend(source.utf8.count * Limits.stepsPerPatternByte + text.utf8.count, at: call.offset) else { return .null }
        let pattern: Pattern
        do {
            let isSpaced = options.contains(.freeSpacing) && !options.contains(.literal)
            options.remove(.freeSpacing)
            pattern = try Pattern(isSpaced ? Evaluator.closed(source) : source, dialect: .xpath, options: options)
        } catch {
            return fail(.invalidText, at: call.offset, "\"\(source)\" is no pattern: \(error.reason)")
        }
        switch call.builtin {
        case .matches:
            switch pattern.search(text) {
            case .found: return .boolean(true)
            case .absent: return .boolean(false)
            case .undecided: return tooLong(call)
            }
        case .replace: return replaced(text, pattern, call)
        default: return split(text, pattern, call)
        }
    }

    /// The flag `x`: blanks are taken out of the pattern before anything else, except inside the brackets of a class.
    private static func closed(_ pattern: String) -> String {
        var closed = String.UnicodeScalarView()
        var depth = 0
        var isEscaped = false
        for scalar in pattern.unicodeScalars {
            let isBlank = scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r"
            if isBlank && depth == 0 { continue }
            closed.append(scalar)
            if isEscaped {
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if scalar == "[" {
                depth += 1
            } else if scalar == "]" {
                depth -= 1
            }
        }
        return String(closed)
    }

    private mutating func tooLong(_ call: Call) -> Value {
        fail(.limitReached, at: call.offset, "the search for a pattern took more than \(Pattern.stepLimit) steps")
    }

    /// All matches, none overlapping; nil, with a problem noted, where there is no answer.
    private mutating func allMatches(_ text: String, _ pattern: Pattern, _ call: Call) -> [Pattern.Match]? {
        var matches: [Pattern.Match] = []
        var place = 0
        let length = text.utf8.count
        do {
            while place <= length, let match = try pattern.firstMatch(in: text, from: place) {
                if match.range.isEmpty {
                    _ = fail(.wrongArguments, at: call.offset, "a pattern that matches nothing at all")
                    return nil
                }
                matches.append(match)
                place = match.range.upperBound
                guard spend(length - place + 1, at: call.offset) else { return nil }
            }
        } catch {
            _ = tooLong(call)
            return nil
        }
        return matches
    }

    private mutating func replaced(_ text: String, _ pattern: Pattern, _ call: Call) -> Value {
        guard let replacement = string(call, 2) else { return wrong(call, 2, wants: "string") }
        guard let parts = Evaluator.parts(of: replacement, groupCount: pattern.groupCount, literal: pattern.options.contains(.literal)) else {
            return fail(.invalidText, at: call.offset, "\"\(replacement)\" is no replacement: $ wants the number of a group, and \\ a $ or \\")
        }
        guard let matches = allMatches(text, pattern, call) else { return .null }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var place = 0
        for match in matches {
            result += bytes[place..<match.range.lowerBound]
            for part in parts {
                switch part {
                case .text(let text): result += text
                case .group(let group):
                    if group < match.groups.count, let range = match.groups[group] { result += bytes[range] }
                }
            }
            place = match.range.upperBound
            guard result.count <= Limits.stringMax else { return fail(.limitReached, at: call.offset, "a string of more than \(Limits.stringMax) characters") }
        }
        result += bytes[place...]
        return .string(String(decoding: result, as: UTF8.self))
    }

    private enum Part {
        case text([UInt8])
        case group(Int)
    }

    /// `$1` is a group, `\$` a dollar; a number takes as many digits as there are groups for.
    private static func parts(of replacement: String, groupCount: Int, literal: Bool) -> [Part]? {
        let bytes = Array(replacement.utf8)
        if literal { return [.text(bytes)] }
        var parts: [Part] = []
        var text: [UInt8] = []
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            if byte == UInt8(ascii: "\\") {
                guard place < bytes.count, bytes[place] == byte || bytes[place] == UInt8(ascii: "$") else { return nil }
                text.append(bytes[place])
                place += 1
            } else if byte == UInt8(ascii: "$") {
                guard place < bytes.count, (0x30...0x39).contains(bytes[place]) else { return nil }
                var group = Int(bytes[place] - 0x30)
                place += 1
                while place < bytes.count, (0x30...0x39).contains(bytes[place]), group * 10 + Int(bytes[place] - 0x30) <= groupCount {
                    group = group * 10 + Int(bytes[place] - 0x30)
                    place += 1
                }
                parts.append(.text(text))
                text = []
                parts.append(.group(group))
            } else {
                text.append(byte)
            }
        }
        parts.append(.text(text))
        return parts
    }

    private mutating func split(_ text: String, _ pattern: Pattern, _ call: Call) -> Value {
        guard let matches = allMatches(text, pattern, call) else { return .null }
        let bytes = Array(text.utf8)
        var pieces: [Value] = []
        var place = 0
        for match in matches {
            pieces.append(.string(String(decoding: bytes[place..<match.range.lowerBound], as: UTF8.self)))
            place = match.range.upperBound
        }
        pieces.append(.string(String(decoding: bytes[place...], as: UTF8.self)))
        return bounded(pieces, at: call.offset)
    }
}
