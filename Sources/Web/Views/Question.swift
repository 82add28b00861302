package import Kernel
package import Templates

/// One field of a form.
package struct Control: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case text(Text)
        case textarea
        case number(unit: String?)
        /// Three boxes named `name-day`, `name-month` and `name-year`.
        case date
        case choice([Option])
        /// Sends `true` or `false`.
        case yesNo
        case select([Option])
        case checkboxes([Option])
        /// A declaration to be ticked; sends `true`.
        case confirm
    }

    /// What a text field holds, for the keyboard, the browser's own filling in, and its width.
    package struct Text: Hashable, Sendable {
        package var width: Width
        /// HTML's `inputmode`: text, numeric, tel, email, url.
        package var inputMode: String?
        /// HTML's `autocomplete`.
        package var autocomplete: String?
        package init(width: Width = .full, inputMode: String? = nil, autocomplete: String? = nil) {
            self.width = width
            self.inputMode = inputMode
            self.autocomplete = autocomplete
        }
    }

    package enum Width: String, Hashable, Sendable { case full, half, short }

    package struct Option: Hashable, Sendable {
        package var value: String
        package var label: String
        package var hint: String?
        package init(value: String, label: String, hint: String? = nil) {
            self.value = value
            self.label = label
            self.hint = hint
        }
    }

    /// Where a value that stands in the field already was taken from.
    package struct Prefill: Hashable, Sendable {
        package var source: String
        package var asOf: CalendarDate?
        /// Where the citizen says that the register is wrong.
        package var contest: String?
        package init(source: String, asOf: CalendarDate?, contest: String?) {
            self.source = source
            self.asOf = asOf
            self.contest = contest
        }
    }

    /// The `name` of the field; the routes use the form's JSON pointer.
    package var name: String
    package var label: String
    package var hint: String?
    package var kind: Kind
    /// What was typed or prefilled: for a date `YYYY-MM-DD`, or the three boxes as typed, parted by `-`.
    package var values: [String]
    package var prefill: Prefill?
    package var isOptional: Bool

    package init(name: String, label: String, hint: String? = nil, kind: Kind, values: [String] = [], prefill: Prefill? = nil, isOptional: Bool = false) {
        self.name = name
        self.label = label
        self.hint = hint
        self.kind = kind
        self.values = values
        self.prefill = prefill
        self.isOptional = isOptional
    }

    /// The `id` of the element that takes the focus.
    func anchor(_ index: Int) -> String {
        switch kind {
        case .date: "f\(index)-day"
        case .choice, .yesNo, .checkboxes: "f\(index)-0"
        default: "f\(index)"
        }
    }

    /// Several boxes under one legend.
    private var isGroup: Bool {
        switch kind {
        case .date, .choice, .yesNo, .checkboxes: true
        case .text, .textarea, .number, .select, .confirm: false
        }
    }

    /// - Parameter isTitle: the control's label is the page's heading.
    func fields(_ index: Int, fault: String?, isTitle: Bool, _ words: Words) -> Fields {
        let id = "f\(index)", value = values.first ?? ""
        let origin = prefill.map { prefill -> Fields in
            let text = prefill.asOf.map { words("source.from", ["source": prefill.source, "date": words.shortDate($0)]) } ?? words("source.fromUndated", ["source": prefill.source])
            return ["id": id, "text": text, "contest": prefill.contest]
        }
        let described = [hint == nil ? nil : "\(id)-hint", fault == nil ? nil : "\(id)-fault", prefill == nil ? nil : "\(id)-source"].compactMap { $0 }
        var fields: Fields = [
            "id": id, "name": name, "label": label, "hint": hint, "value": value, "fault": fault, "faultMark": Drawing.shape(.square),
            "optional": isOptional, "required": !isOptional, "prefill": origin, "described": described.joined(separator: " "), "isTitle": isTitle, "isLabel": !isTitle,
            "isInput": false, "mode": nil, "autocomplete": nil, "width": Width.full.rawValue, "figures": false, "unit": nil, "isTextarea": false, "isSelect": false,
            "isDate": false, "boxes": [Fields](), "options": [Fields](), "hasOptions": false, "isGroup": isGroup, "isConfirm": false, "checked": false,
        ]
        func options(_ options: [Option], _ type: String) -> [Fields] {
            options.enumerated().map { position, option in
                [
                    "id": "\(id)-\(position)", "type": type, "name": name, "value": option.value, "label": option.label, "hint": option.hint,
                    "checked": values.contains(option.value),
                ]
            }
        }
        switch kind {
        case .text(let text):
            fields = fields.merging(["isInput": true, "mode": text.inputMode, "autocomplete": text.autocomplete, "width": text.width.rawValue, "figures": text.inputMode == "numeric"])
        case .number(let unit):
            fields = fields.merging(["isInput": true, "mode": "decimal", "autocomplete": "off", "width": Width.short.rawValue, "figures": true, "unit": unit])
        case .textarea:
            fields = fields.merging(["isTextarea": true])
        case .date:
            let typed = value.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map { String(Substring($0)) }
            let box = { (part: Int) in typed.count == 3 ? typed[part] : "" }
            fields = fields.merging([
                "isDate": true,
                "boxes": [
                    ["id": "\(id)-day", "name": "\(name)-day", "label": words("date.day"), "value": box(2), "year": false],
                    ["id": "\(id)-month", "name": "\(name)-month", "label": words("date.month"), "value": box(1), "year": false],
                    ["id": "\(id)-year", "name": "\(name)-year", "label": words("date.year"), "value": box(0), "year": true],
                ] as [Fields],
            ])
        case .choice(let choices):
            fields = fields.merging(["hasOptions": true, "options": options(choices, "radio")])
        case .yesNo:
            let choices = [Option(value: "true", label: words("word.yes")), Option(value: "false", label: words("word.no"))]
            fields = fields.merging(["hasOptions": true, "options": options(choices, "radio")])
        case .checkboxes(let choices):
            fields = fields.merging(["hasOptions": true, "options": options(choices, "checkbox")])
        case .select(let choices):
            fields = fields.merging(["isSelect": true, "options": options(choices, "option")])
        case .confirm:
            fields = fields.merging(["isConfirm": true, "checked": value == "true"])
        }
        return fields.merging(["isPlain": !isGroup && kind != .confirm])
    }
}

/// One question of an application.
package struct QuestionView: PageView {
    package static let template = "question"
    package var service: String
    /// The question. When the page has one control, its label is not shown beside it.
    package var question: String
    package var hint: String?
    package var controls: [Control]
    package var faults: [FieldFault]
    package var action: String
    package var back: String?
    /// What `back` leads to; nil is the previous question.
    package var backLabel: String?
    /// From 1; nil outside a sequence.
    package var position: Int?
    package var of: Int
    package var savedAt: Instant?
    /// Hidden fields: idempotency key, where to return to.
    package var hidden: [String: String]
    package var submit: String?
    package var leave: String?

    package init(
        service: String, question: String, hint: String? = nil, controls: [Control], faults: [FieldFault] = [], action: String, back: String?,
        backLabel: String? = nil, position: Int? = nil, of: Int = 0, savedAt: Instant? = nil, hidden: [String: String] = [:], submit: String? = nil, leave: String? = nil
    ) {
        self.service = service
        self.question = question
        self.hint = hint
        self.controls = controls
        self.faults = faults
        self.action = action
        self.back = back
        self.backLabel = backLabel
        self.position = position
        self.of = of
        self.savedAt = savedAt
        self.hidden = hidden
        self.submit = submit
        self.leave = leave
    }

    package var hasFaults: Bool { !faults.isEmpty }
    package func title(_ words: Words) -> String { question + " – " + service }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        let single = controls.count == 1 && controls[0].kind != .confirm
        let anchors = Dictionary(controls.enumerated().map { ($1.name, $1.anchor($0)) }) { first, _ in first }
        let inOrder = controls.flatMap { control in faults.filter { $0.field == control.name } } + faults.filter { $0.field.flatMap { anchors[$0] } == nil }
        return [
            "service": service, "back": back, "backLabel": backLabel ?? words("question.back"), "action": action,
            "summary": faultFields(inOrder, anchors: anchors, words),
            "progress": position.map { position -> Fields in
                [
                    "text": words("question.progress", ["position": words.number(position), "of": words.number(of)]), "wave": Drawing.progress(position, of: of),
                    "saved": savedAt.map { words("question.saved", ["time": words.time($0)]) },
                ]
            },
            "question": question, "hint": hint, "isSingle": single, "isGroup": !single,
            "controls": controls.enumerated().map { index, control in
                var shown = control
                if single {
                    shown.label = question
                    shown.hint = [hint, control.hint].compactMap { $0 }.joined(separator: " ")
                    if shown.hint == "" { shown.hint = nil }
                }
                return shown.fields(index, fault: faults.first { $0.field == control.name }?.message, isTitle: single, words)
            },
            "hidden": hidden.sorted { $0.key < $1.key }.map { ["name": $0.key, "value": $0.value] as Fields },
            "submit": submit ?? words("question.submit"), "leave": leave,
        ]
    }
}

/// The tasks of a longer application.
package struct TaskListView: PageView {
    package static let template = "tasks"
    package enum State: Hashable, Sendable { case completed, incomplete, cannotStart }
    package struct Item: Hashable, Sendable {
        package var title: String
        package var state: State
        package var address: String?
        package init(title: String, state: State, address: String?) {
            self.title = title
            self.state = state
            self.address = address
        }
    }

    package var service: String
    package var items: [Item]
    package var back: String
    /// Where the check of all answers is, once everything is there.
    package var check: String?
    package var savedAt: Instant?

    package init(service: String, items: [Item], back: String, check: String?, savedAt: Instant?) {
        self.service = service
        self.items = items
        self.back = back
        self.check = check
        self.savedAt = savedAt
    }

    package func title(_ words: Words) -> String { service }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        let done = items.count { $0.state == .completed }
        return [
            "back": back, "backLabel": words("tab.services"), "service": service, "check": check,
            "lead": words("tasks.done", ["done": words.number(done), "of": words.number(items.count)]),
            "saved": savedAt.map { words("tasks.saved", ["moment": words.moment($0)]) },
            "items": items.map { item -> Fields in
                [
                    "title": item.title, "address": item.state == .cannotStart ? nil : item.address, "word": words("tasks.\(item.state)"),
                    "mark": Drawing.shape(item.state == .completed ? .ball : item.state == .incomplete ? .diamond : .ring),
                ]
            },
        ]
    }
}

/// All answers before they are sent, each with the way to change it.
package struct CheckAnswersView: PageView {
    package static let template = "check"
    package struct Section: Hashable, Sendable {
        package var title: String?
        package var rows: [ValueRow]
        package init(title: String?, rows: [ValueRow]) {
            self.title = title
            self.rows = rows
        }
    }

    package var service: String
    package var sections: [Section]
    package var faults: [FieldFault]
    package var action: String
    package var back: String?
    package var hidden: [String: String]
    /// Names the act: "Inscribir mi empresa".
    package var submit: String
    /// What the citizen affirms by sending.
    package var declaration: String
    package var savedAt: Instant?

    package init(
        service: String, sections: [Section], faults: [FieldFault] = [], action: String, back: String?, hidden: [String: String] = [:], submit: String,
        declaration: String, savedAt: Instant? = nil
    ) {
        self.service = service
        self.sections = sections
        self.faults = faults
        self.action = action
        self.back = back
        self.hidden = hidden
        self.submit = submit
        self.declaration = declaration
        self.savedAt = savedAt
    }

    package var hasFaults: Bool { !faults.isEmpty }
    package func title(_ words: Words) -> String { words("check.title") + " – " + service }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        // A fault leads to the Change link of the row it is about.
        let rows = sections.flatMap(\.rows)
        let anchors = Dictionary(rows.enumerated().map { ($1.label, "r\($0)") }) { first, _ in first }
        var index = -1
        return [
            "service": service, "back": back, "backLabel": words("question.back"), "action": action, "submit": submit, "declaration": declaration,
            "summary": faultFields(faults, anchors: anchors, words), "saved": savedAt.map { words("tasks.saved", ["moment": words.moment($0)]) },
            "hidden": hidden.sorted { $0.key < $1.key }.map { ["name": $0.key, "value": $0.value] as Fields },
            "sections": sections.map { section -> Fields in
                [
                    "title": section.title,
                    "rows": section.rows.map { row in
                        index += 1
                        return row.fields(words).merging(["id": "r\(index)"])
                    },
                ]
            },
        ]
    }
}
