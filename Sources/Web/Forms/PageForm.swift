internal import FEEL
internal import Kernel
internal import Messages
internal import Schemas
internal import Services
internal import StateFolder

/// One question page as it was sent: what was typed, what that is as JSON, and what is wrong with it.
struct PageForm {
    let page: PageDefinition
    /// Per control what was typed, as the field shows it again.
    let typed: [String: [String]]
    /// Per control its value; nil takes the answer away.
    let answers: [(pointer: JSONPointer, value: JSON?)]
    let faults: [FieldFault]

    /// Answers are sent under their pointers. Which of them are lists only the page's definition knows: the initialiser looks.
    static func isList(_ name: ByteString) -> Bool { name.text.utf8.first == UInt8(ascii: "/") }

    /// Reads the fields of a page and checks the application with them against the service's schema.
    ///
    /// **Throws** where an answer that is one stands twice.
    init(
        _ page: PageDefinition, _ fields: FormFields, application: JSONObject, service: ServiceDefinition, _ words: Words
    ) throws(Refusal) {
        let lists = Set(page.controls.filter { $0.widget == .checkboxes }.map { ByteString($0.pointer.text) })
        guard !fields.repeats(except: { lists.contains($0) }) else { throw Refusal(.invalid, "form.repeated") }
        self.page = page
        var typed: [String: [String]] = [:]
        var answers: [(JSONPointer, JSON?)] = []
        var faults: [FieldFault] = []
        var candidate = JSON.object(application)
        for control in page.controls {
            let name = control.pointer.text
            let read = ControlValue(control, fields, words)
            typed[name] = read.typed
            answers.append((control.pointer, read.value))
            if let fault = read.fault { faults.append(FieldFault(field: name, message: fault)) }
            candidate.replace(at: control.pointer, with: read.value)
        }
        self.typed = typed
        self.answers = answers
        self.faults = faults + PageForm.faults(page, candidate, service, words, besides: faults)
    }

    /// The schema's faults that this page can mend; one for each field, unless it has one already.
    private static func faults(
        _ page: PageDefinition, _ candidate: JSON, _ service: ServiceDefinition, _ words: Words, besides known: [FieldFault]
    ) -> [FieldFault] {
        var taken = Set(known.compactMap(\.field))
        return service.compiled.validate(candidate).compactMap { fault in
            guard let control = page.controls.first(where: { fault.field.text == $0.pointer.text || fault.field.text.hasPrefix($0.pointer.text + "/") }),
                taken.insert(control.pointer.text).inserted
            else { return nil }
            return FieldFault(field: control.pointer.text, message: fault.fault.message[words.language])
        }
    }
}

/// One control as it was sent.
private struct ControlValue {
    /// Scalars of the longest text that a form can ask for; a schema's own limit is lower.
    private static let textScalarsMax = 10_000
    /// Scalars of what stands for one choice, one number, one part of a date.
    private static let wordScalarsMax = 200

    var typed: [String] = []
    var value: JSON?
    var fault: String?

    init(_ control: ControlDefinition, _ fields: FormFields, _ words: Words) {
        let name = control.pointer.text
        let key = ByteString(name)
        switch control.widget {
        case .text: take(fields.trimmed(key), as: .line, Self.textScalarsMax, words) { .string($0) }
        case .textarea: take(fields.trimmed(key), as: .paragraphs, Self.textScalarsMax, words) { .string($0) }
        case .choice: take(fields.trimmed(key), as: .line, Self.wordScalarsMax, words) { .string($0) }
        case .number:
            var isNumber = true
            take(fields.trimmed(key), as: .line, Self.wordScalarsMax, words) { text in
                // Both the decimal comma and the decimal point are read.
                let number = Decimal128(String(decoding: text.utf8.map { $0 == UInt8(ascii: ",") ? UInt8(ascii: ".") : $0 }, as: UTF8.self))
                isNumber = number != nil
                return number.map { .number($0) }
            }
            if !isNumber { fault = words("form.number") }
        case .date:
            let parts = ["year", "month", "day"].map { fields.trimmed(ByteString("\(name)-\($0)")) }
            typed = [parts.joined(separator: "-")]
            guard parts.contains(where: { !$0.utf8.isEmpty }) else { return }
            // Digits alone: a sign is part of no date.
            let numbers = parts.map { part in part.utf8.count <= 4 && part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(part) : nil }
            if let year = numbers[0], let month = numbers[1], let day = numbers[2], parts[0].utf8.count == 4,
                let date = CalendarDate(year: year, month: month, day: day)
            {
                value = .string(date.text)
            } else {
                fault = words("form.date")
            }
        case .yesno:
            let text = fields.word(key).map { ByteString($0) }
            typed = text.map { [$0.text] } ?? []
            value = text == "true" ? .bool(true) : text == "false" ? .bool(false) : nil
        case .checkboxes:
            typed = fields.all(key)
            for text in typed where fault == nil { fault = PeopleText.fault(in: text, scalarsMax: Self.wordScalarsMax)?.message[words.language] }
            value = typed.isEmpty || fault != nil ? nil : .array(typed.map { .string($0) })
        }
    }

    /// What was typed, and its value unless it is no text of people's; it is shown again in either case.
    private mutating func take(_ text: String, as form: PeopleText.Form, _ scalarsMax: Int, _ words: Words, _ read: (String) -> JSON?) {
        typed = [text]
        guard !text.utf8.isEmpty else { return }
        if let found = PeopleText.fault(in: text, as: form, scalarsMax: scalarsMax) {
            fault = found.message[words.language]
        } else {
            value = read(text)
        }
    }
}

extension ControlDefinition {
    /// More choices than this are a list to pick from, not a page of buttons.
    private static let radiosMax = 15

    /// The control as the page shows it.
    func view(
        _ application: JSONObject, sources: JSONObject, typed: [String: [String]]?, state: StateDefinition, zone: TimeZoneRules,
        _ language: String
    ) -> Control {
        let stored = JSON.object(application).value(at: pointer)
        return Control(
            name: pointer.text, label: label[language], hint: hint?[language], kind: kind(language),
            values: typed?[pointer.text] ?? stored.map { Self.typed($0) } ?? [],
            prefill: prefill(sources[pointer.text], state, zone, language), isOptional: !isRequired)
    }

    private func kind(_ language: String) -> Control.Kind {
        let choices = options.map { Control.Option(value: $0.value, label: $0.label[language]) }
        switch widget {
        case .text:
            let mode: [String: String] = ["email": "email", "tel": "tel", "url": "url", "postal-code": "numeric"]
            return .text(
                Control.Text(
                    width: Control.Width(rawValue: width.rawValue) ?? .full, inputMode: autocomplete.flatMap { mode[$0] },
                    autocomplete: autocomplete))
        case .textarea: return .textarea
        case .number: return .number(unit: nil)
        case .date: return .date
        case .choice: return choices.count > Self.radiosMax ? .select(choices) : .choice(choices)
        case .yesno: return .yesNo
        case .checkboxes: return .checkboxes(choices)
        }
    }

    private static func typed(_ value: JSON) -> [String] {
        switch value {
        case .array(let items): items.compactMap(\.string)
        case .bool(let flag): [flag ? "true" : "false"]
        case .string(let text): [text]
        case .number(let number): [number.text]
        case .null, .object: []
        }
    }

    private func prefill(_ source: JSON?, _ state: StateDefinition, _ zone: TimeZoneRules, _ language: String) -> Control.Prefill? {
        guard let register = source?["register"]?.string, let definition = state.register(register) else { return nil }
        let recorded = source?["recorded"]?.string.flatMap { Instant(rfc3339: $0) }
        return Control.Prefill(
            source: definition.names[language], asOf: recorded.map { zone.date(at: $0) }, contest: "/registers/\(register)")
    }

    /// An answer in the reader's words.
    func shown(_ value: JSON, _ language: String) -> Shown {
        switch value {
        case .string(let text):
            if widget == .date, let date = CalendarDate(text) { return .date(date) }
            return .text(option(text)?[language] ?? text)
        case .array(let items): return .list(items.compactMap(\.string).map { option($0)?[language] ?? $0 })
        case .bool(let flag): return .flag(flag)
        case .number(let number): return .number(number)
        case .null, .object: return .text("")
        }
    }
}
