package import Definitions
package import FEEL
package import Kernel

/// A whole state as its folder defines it, checked: every reference leads somewhere, every text is there in every language.
///
/// **Shape** Made from the bytes of the folder's files, never from the disk: reading, watching and hashing files is the caller's.
package struct StateDefinition: Sendable {
    package enum Mode: String, CaseIterable, Hashable, Sendable {
        /// Synthetic people, sign-in by choosing one.
        case demo
        case live
    }

    /// Two or three capital letters.
    package let code: String
    package let names: LocalText
    /// BCP 47, the first one first.
    package let languages: [String]
    /// A name of the IANA data base.
    package let timeZone: String
    /// ISO 4217.
    package let currency: String
    package let holidays: [CalendarDate]
    /// Its days: the zone, the holidays, the weekend.
    package let calendar: StateCalendar
    package let mode: Mode
    /// `#RRGGBB`, both at least 6.5:1 on white.
    package let colours: (a: String, b: String)
    /// The text of an SVG picture without script, style sheets and references.
    package let emblem: String
    /// The synthetic people whom a demonstration offers for sign-in; anybody else is found by the exact number alone.
    package let demoPeople: [DemoPerson]
    package let bodies: [BodyDefinition]
    package let purposes: [PurposeDefinition]
    package let laws: [LawDefinition]
    package let policies: [PolicyDefinition]
    package let registers: [RegisterDefinition]
    package let documents: [DocumentDefinition]
    package let services: [ServiceDefinition]
    /// The rules of named time zones.
    package let zones: Zones

    package func body(_ id: String) -> BodyDefinition? { bodies.first { $0.id == id } }
    package func purpose(_ id: String) -> PurposeDefinition? { purposes.first { $0.id == id } }
    package func law(_ id: String) -> LawDefinition? { laws.first { $0.id == id } }
    package func register(_ id: String) -> RegisterDefinition? { registers.first { $0.id == id } }
    package func document(_ id: String) -> DocumentDefinition? { documents.first { $0.id == id } }
    package func service(_ id: String) -> ServiceDefinition? { services.first { $0.id == id } }

    /// The register of people.
    package var people: RegisterDefinition? { registers.first { $0.person == .isPerson } }

    /// Reads a folder. Nil, with at least one error reported, when anything in it is wrong.
    ///
    /// - Parameters:
    ///   - files: the bytes by path relative to the folder, `/` between the parts. Of a `records.csv` only the presence counts.
    ///   - zones: the rules of named time zones, for the folder's expressions and decisions.
    package static func read(_ files: [String: [UInt8]], zones: Zones = .none, into diagnostics: inout Diagnostics) -> StateDefinition? {
        var folder = Folder(files, zones: zones, diagnostics: diagnostics)
        defer { diagnostics = folder.diagnostics }
        guard let head = StateHead(&folder) else { return nil }
        folder.languages = head.languages
        let calendar = StateCalendar(zone: zones.rules(head.timeZone) ?? .utc, holidays: head.holidays, weekend: head.weekend)
        folder.calendar = calendar
        let bodies = BodyDefinition.readAll(&folder, mode: head.mode)
        var policies = Policies(&folder)
        let registers = RegisterDefinition.readAll(&folder)
        policies.readRules(&folder)
        let documents = DocumentDefinition.readAll(&folder)
        let services = ServiceDefinition.readAll(&folder, currency: head.currency)
        folder.reportUnused()
        guard !folder.diagnostics.hasErrors else { return nil }
        return StateDefinition(
            code: head.code, names: head.names, languages: head.languages, timeZone: head.timeZone, currency: head.currency, holidays: head.holidays, calendar: calendar,
            mode: head.mode, colours: head.colours, emblem: head.emblem, demoPeople: head.demoPeople, bodies: bodies, purposes: policies.purposes, laws: policies.laws,
            policies: policies.rules, registers: registers, documents: documents, services: services, zones: zones)
    }
}

/// Somebody of the synthetic population, with what she stands for.
package struct DemoPerson: Hashable, Sendable {
    /// Her key in the person register.
    package let key: String
    /// Her name, and in each language what she shows.
    package let name: String
    package let about: LocalText

    static let peopleMax = 50

    fileprivate static func readAll(_ reader: inout MappingReader, mode: StateDefinition.Mode, _ folder: inout Folder) -> [DemoPerson] {
        guard let list = reader.optionalNode("demo_people") else { return [] }
        if mode != .demo { folder.diagnostics.error("‘demo_people’ has no place in mode: live; delete it", at: list) }
        var people: [DemoPerson] = []
        for item in reader.list("demo_people", into: &folder.diagnostics) {
            guard var person = MappingReader(item, "a person of the demonstration", into: &folder.diagnostics) else { continue }
            let key = person.text("key", into: &folder.diagnostics)
            let name = person.text("name", into: &folder.diagnostics)
            let about = folder.localText("about", of: &person)
            person.finish(into: &folder.diagnostics)
            guard let key, let name, let about else { continue }
            if people.contains(where: { $0.key == key }) { folder.diagnostics.error("the person ‘\(key)’ stands twice; keep one", at: item) }
            people.append(DemoPerson(key: key, name: name, about: about))
        }
        if people.count > peopleMax { folder.diagnostics.error("a demonstration offers at most \(peopleMax) people", at: list) }
        return people
    }
}

/// `state.yaml`, and the emblem that it names.
struct StateHead {
    let code: String
    let names: LocalText
    let languages: [String]
    let timeZone: String
    let currency: String
    let holidays: [CalendarDate]
    let weekend: Set<Int>
    let mode: StateDefinition.Mode
    let colours: (a: String, b: String)
    let emblem: String
    let demoPeople: [DemoPerson]

    static let path = "state.yaml"
    static let languagesMax = 24

    /// Nil only when nothing else can be read: without the languages no text can be checked.
    init?(_ folder: inout Folder) {
        guard let node = folder.yaml(Self.path, for: "the state's code, names, languages and colours"),
              var reader = MappingReader(node, "state.yaml", into: &folder.diagnostics) else { return nil }
        var languages: [String] = []
        if reader.node("languages", into: &folder.diagnostics) != nil {
            for (language, item) in reader.texts("languages", into: &folder.diagnostics) {
                let isCode = language.utf8.count >= 2 && language.utf8.count <= 12 && language.utf8.allSatisfy { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A || $0 == 0x2D }
                if !isCode { folder.diagnostics.error("‘\(language)’ is no language code; write two or three letters, such as es", at: item) }
                else if languages.contains(language) { folder.diagnostics.error("the language ‘\(language)’ stands twice; keep one", at: item) }
                else { languages.append(language) }
            }
            if languages.count > Self.languagesMax { folder.diagnostics.error("more than \(Self.languagesMax) languages", at: reader.optionalNode("languages") ?? node) }
        }
        guard !languages.isEmpty else {
            if let list = reader.optionalNode("languages"), list.items?.isEmpty == true {
                folder.diagnostics.error("the list is empty; write at least one language code, such as es", at: list)
            }
            return nil
        }
        self.languages = languages
        folder.languages = languages

        code = Self.word("code", of: &reader, &folder, "two or three capital letters, such as IST") { $0.count >= 2 && $0.count <= 3 && $0.allSatisfy { $0 >= 0x41 && $0 <= 0x5A } }
        names = folder.localText("names", of: &reader) ?? [:]
        timeZone = Self.word("time_zone", of: &reader, &folder, "a name of the IANA data base, such as America/Panama") { text in
            String(Substring(text)) == "UTC" || (text.contains(0x2F) && text.allSatisfy { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A || $0 == 0x2F || $0 == 0x5F || $0 == 0x2D || $0 == 0x2B || ($0 >= 0x30 && $0 <= 0x39) })
        }
        if !timeZone.isEmpty, !folder.zones.isEmpty, folder.zones.rules(timeZone) == nil, let node = reader.optionalNode("time_zone") {
            folder.diagnostics.error("the zone ‘\(timeZone)’ is not in the zone database; write a name of it, such as America/Panama", at: node)
        }
        currency = Self.word("currency", of: &reader, &folder, "three capital letters (ISO 4217), such as PAB") { $0.count == 3 && $0.allSatisfy { $0 >= 0x41 && $0 <= 0x5A } }
        mode = reader.choice("mode", of: StateDefinition.Mode.self, into: &folder.diagnostics) ?? .demo
        holidays = Self.holidays(&reader, &folder)
        weekend = Self.weekend(&reader, &folder)
        colours = Self.colours(&reader, &folder)
        emblem = Self.emblem(&reader, &folder)
        demoPeople = DemoPerson.readAll(&reader, mode: mode, &folder)
        reader.finish(into: &folder.diagnostics)
    }

    private static func word(
        _ key: String, of reader: inout MappingReader, _ folder: inout Folder, _ shape: String, _ isGood: (Substring.UTF8View) -> Bool
    ) -> String {
        guard let node = reader.node(key, into: &folder.diagnostics), let text = MappingReader.text(node, key, into: &folder.diagnostics) else { return "" }
        if !isGood(Substring(text).utf8) { folder.diagnostics.error("‘\(key)’ cannot be ‘\(text)’; write \(shape)", at: node) }
        return text
    }

    private static func holidays(_ reader: inout MappingReader, _ folder: inout Folder) -> [CalendarDate] {
        var holidays: [CalendarDate] = []
        for (text, item) in reader.texts("holidays", into: &folder.diagnostics) {
            guard let date = CalendarDate(text) else {
                folder.diagnostics.error("‘\(text)’ is no date; write it as 2026-11-03", at: item)
                continue
            }
            if holidays.contains(date) { folder.diagnostics.error("the holiday \(text) stands twice; keep one", at: item) } else { holidays.append(date) }
        }
        return holidays.sorted()
    }

    /// The days of each week on which no time limit ends; none where the folder does not say so.
    private static func weekend(_ reader: inout MappingReader, _ folder: inout Folder) -> Set<Int> {
        var days: Set<Int> = []
        guard reader.optionalNode("weekend") != nil else { return days }
        for (text, item) in reader.texts("weekend", into: &folder.diagnostics) {
            guard folder.check(text, "day", among: Weekday.allCases.map(\.rawValue), at: item), let day = Weekday(rawValue: text) else { continue }
            if !days.insert(day.number).inserted { folder.diagnostics.error("the day ‘\(text)’ stands twice; keep one", at: item) }
        }
        if days.count == Weekday.allCases.count, let node = reader.optionalNode("weekend") {
            folder.diagnostics.error("a week without a day of work has no time limits; take a day out", at: node)
        }
        return days
    }

    private static func colours(_ reader: inout MappingReader, _ folder: inout Folder) -> (a: String, b: String) {
        guard let node = reader.node("colours", into: &folder.diagnostics), var colours = MappingReader(node, "colours", into: &folder.diagnostics) else { return ("", "") }
        var found: [String] = []
        for key in ["a", "b"] {
            guard let node = colours.node(key, into: &folder.diagnostics), let text = MappingReader.text(node, key, into: &folder.diagnostics) else { found.append(""); continue }
            found.append(text)
            guard let ratio = Contrast.onWhite(text) else {
                folder.diagnostics.error("‘\(text)’ is no colour; write it as \"#0B5563\"", at: node)
                continue
            }
            if ratio < Contrast.leastOnWhite {
                let shown = Int(ratio * 10)
                folder.diagnostics.error("the contrast of \(text) on white is \(shown / 10).\(shown % 10):1; choose a darker colour, at least 6.5:1", at: node)
            }
        }
        colours.finish(into: &folder.diagnostics)
        return (found[0], found[1])
    }

    private static func emblem(_ reader: inout MappingReader, _ folder: inout Folder) -> String {
        guard let node = reader.node("emblem", into: &folder.diagnostics), let name = MappingReader.text(node, "emblem", into: &folder.diagnostics) else { return "" }
        guard folder.files[name] != nil else {
            folder.diagnostics.error("the file ‘\(name)’ is missing" + Nearest.advice(for: name, among: folder.names(in: "").filter { $0.hasSuffix(".svg") }), at: node)
            return ""
        }
        guard let bytes = folder.takeIfPresent(name), let root = XMLReader.read(bytes, path: name, into: &folder.diagnostics) else { return "" }
        EmblemCheck.check(root, bytes: bytes.count, &folder.diagnostics)
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// An emblem stands inside every page, so it may draw and nothing else.
enum EmblemCheck {
    static let bytesMax = 16_384
    private static let namespace = "http://www.w3.org/2000/svg"
    private static let elements: Set<String> = ["svg", "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon", "title"]
    private static let attributes: Set<String> = [
        "viewBox", "d", "cx", "cy", "r", "rx", "ry", "x", "y", "x1", "y1", "x2", "y2", "width", "height", "points", "transform", "fill", "fill-rule", "clip-rule",
        "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "opacity",
    ]

    static func check(_ root: XMLNode, bytes: Int, _ diagnostics: inout Diagnostics) {
        if root.name != "svg" || root.namespace != namespace {
            diagnostics.error("an emblem is an SVG picture; write <svg xmlns=\"\(namespace)\" viewBox=\"…\">", at: root.position, in: root.path)
            return
        }
        if bytes > bytesMax { diagnostics.error("the emblem has \(bytes) bytes; a page carries it, so keep it under \(bytesMax)", at: root.position, in: root.path) }
        if root["viewBox"] == nil { diagnostics.error("the emblem lacks ‘viewBox’; add it, such as viewBox=\"0 0 36 36\"", at: root.position, in: root.path) }
        walk(root, &diagnostics)
    }

    private static func walk(_ element: XMLNode, _ diagnostics: inout Diagnostics) {
        if !elements.contains(element.name) || element.namespace != namespace {
            diagnostics.error("an emblem may not hold ‘\(element.name)’; draw with path, circle, rect and their like", at: element.position, in: element.path)
        }
        for attribute in element.attributes {
            if !attributes.contains(attribute.name) || !attribute.namespace.isEmpty || attribute.value.contains("url(") {
                diagnostics.error("an emblem may not hold the attribute ‘\(attribute.name)’ here; use fill, stroke and other plain attributes", at: attribute.position, in: element.path)
            }
        }
        for child in element.children { walk(child, &diagnostics) }
    }
}

/// Contrast of a colour on white.
///
/// **Standard** WCAG 2.2, relative luminance and contrast ratio
enum Contrast {
    static let leastOnWhite = 6.5

    /// Nil for what is not `#RRGGBB`.
    static func onWhite(_ colour: String) -> Double? {
        guard colour.utf8.count == 7, colour.utf8.first == 0x23, let value = UInt32(colour.dropFirst(), radix: 16), colour.utf8.dropFirst().first != 0x2B,
              colour.utf8.dropFirst().first != 0x2D else { return nil }
        let luminance = 0.2126 * linear(value >> 16 & 255) + 0.7152 * linear(value >> 8 & 255) + 0.0722 * linear(value & 255)
        return 1.05 / (luminance + 0.05)
    }

    private static func linear(_ byte: UInt32) -> Double {
        let channel = Double(byte) / 255
        if channel <= 0.04045 { return channel / 12.92 }
        // x^2.4 = x² · (x²)^(1/5); the fifth root by Newton, as this target has no mathematics library.
        let base = (channel + 0.055) / 1.055, square = base * base
        var root = 1.0
        for _ in 0..<40 { root -= (root * root * root * root * root - square) / (5 * root * root * root * root) }
        return square * root
    }
}
