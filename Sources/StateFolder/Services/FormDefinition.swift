import Definitions
package import FEEL
package import Kernel

/// Where a control's first value comes from.
package struct Prefill: Hashable, Sendable {
    package let register: String
    package let field: String

    package init(register: String, field: String) {
        self.register = register
        self.field = field
    }
}

/// One answer that a page asks for.
package struct ControlDefinition: Sendable {
    package enum Widget: String, CaseIterable, Hashable, Sendable { case text, textarea, number, date, choice, yesno, checkboxes }
    /// How wide the answer is expected to be.
    package enum Width: String, CaseIterable, Hashable, Sendable { case full, half, short }

    /// Into the application.
    package let pointer: JSONPointer
    package let widget: Widget
    package let label: LocalText
    package let hint: LocalText?
    package let prefill: Prefill?
    /// The values of the schema's enumeration, in its order, with their words.
    package let options: [(value: String, label: LocalText)]
    /// HTML's token for filling in by the browser, such as `email`.
    package let autocomplete: String?
    package let width: Width
    /// By the schema.
    package let isRequired: Bool

    /// The application's property.
    package var name: String { pointer.tokens.first ?? "" }

    package func option(_ value: String) -> LocalText? { options.first { $0.value == value }?.label }
}

/// One question.
package struct PageDefinition: Sendable {
    package let id: String
    package let title: LocalText
    package let hint: LocalText?
    /// FEEL over `application`; the page is asked unless it is false or unknown.
    package let when: Expression?
    package let controls: [ControlDefinition]

    /// A page of these controls and nothing else: what a rule wants to know, asked at once.
    package init(asking controls: [ControlDefinition]) {
        self.init(id: "asked", title: [:], hint: nil, when: nil, controls: controls)
    }

    init(id: String, title: LocalText, hint: LocalText?, when: Expression?, controls: [ControlDefinition]) {
        self.id = id
        self.title = title
        self.hint = hint
        self.when = when
        self.controls = controls
    }

    /// Whether the page is asked, as the answers stand.
    package func isAsked(_ application: JSONObject) -> Bool {
        guard let when else { return true }
        return when.evaluate(Scope(["application": Value(json: .object(application))])).value == .boolean(true)
    }
}

/// `form.json`: the questions, one page each. The page of check answers is generated.
package struct FormDefinition: Sendable {
    package let pages: [PageDefinition]

    package static let pagesMax = 60
    package static let controlsMax = 12

    package func page(_ id: String) -> PageDefinition? { pages.first { $0.id == id } }

    /// The pages that are asked as the answers stand, in order: the route follows from the answers.
    package func route(_ application: JSONObject) -> [PageDefinition] { pages.filter { $0.isAsked(application) } }

    /// The page and control that ask for a pointer.
    package func control(_ pointer: JSONPointer) -> (page: PageDefinition, control: ControlDefinition)? {
        for page in pages { for control in page.controls where control.pointer == pointer { return (page, control) } }
        return nil
    }

    static func read(_ path: String, _ schema: RecordSchema?, reads: [String: Set<String>], _ folder: inout Folder) -> FormDefinition? {
        guard let node = folder.json(path, for: "the questions"), var reader = MappingReader(node, "form.json", into: &folder.diagnostics) else { return nil }
        var pages: [PageDefinition] = [], pageLines: [String: Int] = [:], asked: [String: Int] = [:]
        if let list = reader.node("pages", into: &folder.diagnostics) {
            let items = reader.list("pages", into: &folder.diagnostics)
            if items.isEmpty { folder.diagnostics.error("a form without pages asks nothing; write at least one", at: list) }
            if items.count > pagesMax { folder.diagnostics.error("a form may have at most \(pagesMax) pages", at: list) }
            for item in items {
                if let page = page(item, schema, reads, &pageLines, &asked, &folder) { pages.append(page) }
            }
            if let schema {
                for property in schema.properties where property.isRequired && asked[property.name] == nil {
                    folder.diagnostics.error("schema.json requires ‘\(property.name)’, but no page asks for it; add a control with \"pointer\": \"/\(property.name)\"", at: list)
                }
            }
        }
        reader.finish(into: &folder.diagnostics)
        return FormDefinition(pages: pages)
    }

    private static func page(
        _ node: Node, _ schema: RecordSchema?, _ reads: [String: Set<String>], _ pageLines: inout [String: Int], _ asked: inout [String: Int],
        _ folder: inout Folder
    ) -> PageDefinition? {
        guard var reader = MappingReader(node, "a page", into: &folder.diagnostics) else { return nil }
        let idNode = reader.node("id", into: &folder.diagnostics)
        let id = idNode.flatMap { MappingReader.text($0, "id", into: &folder.diagnostics) }
        if let id, let idNode {
            folder.checkIdentifier(id, "a page", at: idNode)
            if let line = pageLines.updateValue(idNode.position.line, forKey: id) {
                folder.diagnostics.error("the page ‘\(id)’ stands twice (first in line \(line)); give each a name of its own", at: idNode)
            }
        }
        let title = folder.localText("title", of: &reader)
        let hint = folder.optionalLocalText("hint", of: &reader)
        let hasCondition = reader.has("when")
        // Only answers of earlier pages can decide whether this one is asked.
        let earlier = Set(asked.keys)
        let when = folder.optionalExpression("when", of: &reader, .init(members: ["application": schema == nil ? .any : .only(earlier)]))
        var controls: [ControlDefinition] = []
        if let list = reader.node("controls", into: &folder.diagnostics) {
            let items = reader.list("controls", into: &folder.diagnostics)
            if items.isEmpty { folder.diagnostics.error("a page without controls asks nothing; write at least one", at: list) }
            if items.count > controlsMax { folder.diagnostics.error("a page may have at most \(controlsMax) controls; divide it", at: list) }
            for item in items {
                if let control = control(item, schema, reads, &asked, &folder) { controls.append(control) }
            }
        }
        reader.finish(into: &folder.diagnostics)
        guard let id, let title, !hasCondition || when != nil else { return nil }
        return PageDefinition(id: id, title: title, hint: hint, when: when, controls: controls)
    }

    private static func control(
        _ node: Node, _ schema: RecordSchema?, _ reads: [String: Set<String>], _ asked: inout [String: Int], _ folder: inout Folder
    ) -> ControlDefinition? {
        guard var reader = MappingReader(node, "a control", into: &folder.diagnostics) else { return nil }
        let pointerNode = reader.node("pointer", into: &folder.diagnostics)
        let pointerText = pointerNode.flatMap { MappingReader.text($0, "pointer", into: &folder.diagnostics) }
        let widgetNode = reader.node("widget", into: &folder.diagnostics)
        let widget = widgetNode.flatMap { MappingReader.choice($0, "widget", of: ControlDefinition.Widget.self, into: &folder.diagnostics) }
        let label = folder.localText("label", of: &reader)
        let hint = folder.optionalLocalText("hint", of: &reader)
        let prefill = reader.optionalNode("prefill").flatMap { Self.prefill($0, reads, &folder) }
        let autocomplete = reader.optionalText("autocomplete", into: &folder.diagnostics)
        let width = reader.optionalChoice("width", of: ControlDefinition.Width.self, into: &folder.diagnostics)
        let optionsNode = reader.optionalNode("options")
        reader.finish(into: &folder.diagnostics)

        var property: RecordSchema.Property?
        var pointer: JSONPointer?
        if let pointerText, let pointerNode {
            pointer = JSONPointer(pointerText)
            if pointer == nil || pointer?.tokens.count != 1 {
                folder.diagnostics.error("‘\(pointerText)’ points to no property of the application; write / and its name, such as /email", at: pointerNode)
                pointer = nil
            } else if let schema, let name = pointer?.tokens.first {
                property = schema.property(name)
                if property == nil {
                    folder.diagnostics.error("‘\(pointerText)’ is outside schema.json" + Nearest.advice(for: pointerText, among: schema.properties.map { "/" + $0.name }), at: pointerNode)
                } else if let line = asked.updateValue(pointerNode.position.line, forKey: name) {
                    folder.diagnostics.error("‘\(pointerText)’ is asked for twice (first in line \(line)); ask once", at: pointerNode)
                }
            }
        }
        if let property, let widget, let widgetNode, !fits(widget, property.shape) {
            let fitting = ControlDefinition.Widget.allCases.filter { fits($0, property.shape) }.map { "‘\($0.rawValue)’" }.joined(separator: " or ")
            folder.diagnostics.error("the widget ‘\(widget.rawValue)’ does not fit ‘\(property.name)’; write \(fitting)", at: widgetNode)
        }
        let options = Self.options(optionsNode, property, at: node, &folder)
        guard let pointer, let widget, let label else { return nil }
        return ControlDefinition(
            pointer: pointer, widget: widget, label: label, hint: hint, prefill: prefill, options: options, autocomplete: autocomplete, width: width ?? .full,
            isRequired: property?.isRequired ?? false)
    }

    private static func prefill(_ node: Node, _ reads: [String: Set<String>], _ folder: inout Folder) -> Prefill? {
        guard var reader = MappingReader(node, "prefill", into: &folder.diagnostics) else { return nil }
        let registerNode = reader.node("register", into: &folder.diagnostics)
        let fieldNode = reader.node("field", into: &folder.diagnostics)
        reader.finish(into: &folder.diagnostics)
        guard let registerNode, let register = MappingReader.text(registerNode, "register", into: &folder.diagnostics),
              let fieldNode, let field = MappingReader.text(fieldNode, "field", into: &folder.diagnostics) else { return nil }
        guard folder.check(register, "register", among: folder.registers?.keys, at: registerNode) else { return nil }
        guard folder.check(field, "field of ‘\(register)’", among: folder.registers?[register]?.fields.map { $0.name }, at: fieldNode) else { return nil }
        if reads[register]?.contains(field) != true {
            folder.diagnostics.error("the service does not say that it reads ‘\(register).\(field)’; add it to ‘reads’ in service.yaml", at: fieldNode)
        }
        return Prefill(register: register, field: field)
    }

    private static func options(
        _ node: Node?, _ property: RecordSchema.Property?, at control: Node, _ folder: inout Folder
    ) -> [(value: String, label: LocalText)] {
        let choices = property?.choices ?? []
        guard let node else {
            if !choices.isEmpty { folder.diagnostics.error("the control lacks ‘options’; give each value of the enumeration its words", at: control) }
            return []
        }
        guard let entries = folder.named(node, "options") else { return [] }
        if property != nil, choices.isEmpty {
            folder.diagnostics.error("‘options’ belong to enumerations; delete them, or write \"enum\" in schema.json", at: node)
            return []
        }
        var labels: [String: LocalText] = [:]
        for (value, text) in entries {
            guard property == nil || folder.check(value.text, "value", among: choices, at: value.node) else { continue }
            labels[value.text] = folder.localText(text, value.text) ?? [:]
        }
        let missing = choices.filter { labels[$0] == nil }
        if !missing.isEmpty {
            folder.diagnostics.error("‘options’ lacks " + missing.map { "‘\($0)’" }.joined(separator: ", ") + "; every value of the enumeration needs words", at: node)
        }
        return choices.compactMap { value in labels[value].map { (value, $0) } }
    }

    private static func fits(_ widget: ControlDefinition.Widget, _ shape: RecordSchema.Property.Shape) -> Bool {
        switch shape {
        case .text: widget == .text || widget == .textarea
        case .integer, .decimal: widget == .number
        case .date: widget == .date
        case .boolean: widget == .yesno
        case .choice: widget == .choice
        case .choices: widget == .checkboxes
        case .other: true
        }
    }
}
