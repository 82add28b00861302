import Decisions
package import Definitions
import FEEL
import Kernel

/// Both Definitions and FEEL have nodes; a definition file's are meant here.
package typealias Node = Definitions.Node

/// The files of a state folder while they are read, with what is known so far and the mistakes found.
///
/// A name that could not be read (a broken `bodies.yaml`) is nil here, and nothing that refers to it is reported: one mistake, one message.
struct Folder {
    let files: [String: [UInt8]]
    var diagnostics: Diagnostics
    /// The rules of named time zones, for the folder's expressions.
    let zones: Zones
    /// The state's own zone; UTC where no rules are known.
    var calendar = StateCalendar(zone: .utc, holidays: [], weekend: [])
    var zone: TimeZoneRules { calendar.zone }
    /// Whether tables are proved: a version on which cases run already was accepted once, and is not refused by what is found out later.
    var proves = true
    /// In the order of `state.yaml`; the first is the one that others fall back to.
    var languages: [String] = []
    /// Roles of each body.
    var bodies: [String: Set<String>]?
    var laws: Set<String>?
    var purposes: Set<String>?
    var registers: [String: RegisterDefinition]?
    var documents: [String: DocumentDefinition]?
    private(set) var used: Set<String> = []
    /// Decision models that others may import, as far as they could be read.
    private var models: [String: XMLNode] = [:]

    init(_ files: [String: [UInt8]], zones: Zones, diagnostics: Diagnostics) {
        self.files = files
        self.zones = zones
        self.diagnostics = diagnostics
    }

    // MARK: Files

    /// Takes a file; reports when it is missing.
    mutating func take(_ path: String, for what: String) -> [UInt8]? {
        used.insert(path)
        if let bytes = files[path] { return bytes }
        let parts = path.split(separator: "/")
        let folder = parts.dropLast().joined(separator: "/")
        let expected = Self.usual.union(languages.map { "\($0).yaml" })
        let beside = names(in: folder).filter { !expected.contains($0) }
        let near = Nearest.name(to: String(parts[parts.count - 1]), among: beside)
        if let near { used.insert(folder.isEmpty ? near : "\(folder)/\(near)") }
        diagnostics.error("the file is missing; it holds \(what)" + (near.map { "; did you mean it by ‘\($0)’?" } ?? ""), at: .start, in: path)
        return nil
    }

    mutating func takeIfPresent(_ path: String) -> [UInt8]? {
        guard let bytes = files[path] else { return nil }
        used.insert(path)
        return bytes
    }

    mutating func yaml(_ path: String, for what: String) -> Node? {
        take(path, for: what).flatMap { YAMLReader.read($0, path: path, into: &diagnostics) }
    }

    mutating func json(_ path: String, for what: String) -> Node? {
        take(path, for: what).flatMap { JSONReader.read($0, path: path, into: &diagnostics) }
    }

    mutating func xml(_ path: String, for what: String) -> XMLNode? {
        take(path, for: what).flatMap { XMLReader.read($0, path: path, into: &diagnostics) }
    }

    /// The models that one may import: those beside it, and the shared ones in `decisions/`. Each is read once.
    mutating func models(beside path: String) -> ModelLibrary {
        let own = path.split(separator: "/").dropLast().joined(separator: "/")
        var roots: [XMLNode] = []
        for folder in [own, "decisions"] {
            for name in names(in: folder) where name.hasSuffix(".dmn") && "\(folder)/\(name)" != path {
                let path = "\(folder)/\(name)"
                if let known = models[path] {
                    roots.append(known)
                } else if let bytes = files[path], let root = XMLReader.read(bytes, path: path, into: &diagnostics) {
                    models[path] = root
                    roots.append(root)
                }
            }
        }
        return ModelLibrary(roots)
    }

    mutating func noteUse(of path: String) { used.insert(path) }

    /// Names of files directly in a folder.
    func names(in folder: String) -> [String] {
        let prefix = folder.isEmpty ? "" : folder + "/"
        return files.keys.compactMap { path in
            guard path.hasPrefix(prefix) else { return nil }
            let rest = path.dropFirst(prefix.count)
            return rest.contains("/") ? nil : String(rest)
        }.sorted()
    }

    /// Names of folders directly in a folder.
    func folders(in folder: String) -> [String] {
        let prefix = folder + "/"
        var found: Set<String> = []
        for path in files.keys where path.hasPrefix(prefix) {
            let parts = path.dropFirst(prefix.count).split(separator: "/", maxSplits: 1)
            if parts.count == 2 { found.insert(String(parts[0])) }
        }
        return found.sorted()
    }

    private static let usual: Set<String> = [
        "state.yaml", "bodies.yaml", "policies.yaml", "registry.yaml", "schema.json", "records.csv", "document.yaml", "service.yaml", "form.json",
        "process.bpmn", "decision.dmn",
    ]

    /// Definition files that nothing has read: misspelt names, or files in the wrong place.
    mutating func reportUnused() {
        for path in files.keys.sorted() where !used.contains(path) {
            let kind = path.split(separator: ".").last.map { String($0) } ?? ""
            guard ["yaml", "yml", "json", "bpmn", "dmn"].contains(kind) else { continue }
            diagnostics.warning("nothing reads this file; rename it, put it in its folder, or delete it", at: .start, in: path)
        }
    }

    // MARK: Identifiers and references

    /// **Shape** Identifiers are 1 to 40 lower-case letters, digits and dashes, and begin with a letter.
    mutating func checkIdentifier(_ text: String, _ what: String, at node: Node) {
        checkIdentifier(text, what, at: node.position, in: node.path)
    }

    mutating func checkIdentifier(_ text: String, _ what: String, at position: Position, in path: String) {
        let bytes = text.utf8
        let isGood = bytes.count <= 40 && bytes.first.map { $0 >= 0x61 && $0 <= 0x7A } == true
            && bytes.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2D }
        if !isGood {
            diagnostics.error("‘\(text)’ cannot name \(what); use 1 to 40 small letters a-z, digits and dashes, a letter first", at: position, in: path)
        }
    }

    /// Field names go into FEEL and into columns: letters, digits and underscores.
    mutating func checkFieldName(_ text: String, at node: Node) {
        checkFieldName(text, at: node.position, in: node.path)
    }

    mutating func checkFieldName(_ text: String, at position: Position, in path: String) {
        let bytes = text.utf8
        let isGood = bytes.count <= 40 && bytes.first.map { $0 >= 0x61 && $0 <= 0x7A } == true
            && bytes.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5F }
        if !isGood {
            diagnostics.error("‘\(text)’ cannot name a field; use 1 to 40 small letters a-z, digits and underscores, a letter first", at: position, in: path)
        }
    }

    /// Whether a name is known; reports it otherwise. Unknown for want of the list counts as known.
    @discardableResult
    mutating func check(_ name: String, _ kind: String, among known: (some Sequence<String>)?, at node: Node) -> Bool {
        check(name, kind, among: known, at: node.position, in: node.path)
    }

    @discardableResult
    mutating func check(_ name: String, _ kind: String, among known: (some Sequence<String>)?, at position: Position, in path: String) -> Bool {
        guard let known else { return true }
        if known.contains(name) { return true }
        diagnostics.error("unknown \(kind) ‘\(name)’" + Nearest.advice(for: name, among: known), at: position, in: path)
        return false
    }

    /// `body/role`.
    mutating func checkRole(_ role: String, at position: Position, in path: String) {
        guard let bodies else { return }
        let parts = role.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
        guard parts.count == 2 else {
            diagnostics.error("‘\(role)’ is not a role; write ‘body/role’" + Nearest.advice(for: role, among: allRoles), at: position, in: path)
            return
        }
        guard check(parts[0], "body", among: bodies.keys, at: position, in: path) else { return }
        check(parts[1], "role of ‘\(parts[0])’", among: bodies[parts[0]] ?? [], at: position, in: path)
    }

    private var allRoles: [String] { (bodies ?? [:]).flatMap { body in body.value.map { "\(body.key)/\($0)" } } }

    // MARK: Texts

    /// A text in every language of the state.
    mutating func localText(_ node: Node, _ what: String) -> LocalText? {
        if languages.count == 1, node.text != nil { return MappingReader.text(node, what, into: &diagnostics).map { LocalText([languages[0]: $0]) } }
        guard let entries = node.entries else {
            let example = languages.map { "\($0): …" }.joined(separator: ", ")
            diagnostics.error("‘\(what)’ must have a text for each language; write {\(example)}", at: node)
            return nil
        }
        var values: [String: String] = [:]
        for entry in entries {
            guard case .scalar(let language, _) = entry.key.content else { continue }
            guard languages.isEmpty || languages.contains(language) else {
                diagnostics.error("‘\(language)’ is no language of the state" + Nearest.advice(for: language, among: languages), at: entry.key)
                continue
            }
            if let text = MappingReader.text(entry.value, "\(what).\(language)", into: &diagnostics) { values[language] = text }
        }
        let written = Set(entries.compactMap { entry -> String? in
            if case .scalar(let language, _) = entry.key.content { return language }
            return nil
        })
        let missing = languages.filter { !written.contains($0) }
        if !missing.isEmpty {
            diagnostics.error("‘\(what)’ lacks the text in " + missing.map { "‘\($0)’" }.joined(separator: " and in ") + "; add it", at: node)
        }
        return LocalText(values)
    }

    mutating func localText(_ key: String, of reader: inout MappingReader) -> LocalText? {
        reader.node(key, into: &diagnostics).flatMap { localText($0, key) }
    }

    mutating func optionalLocalText(_ key: String, of reader: inout MappingReader) -> LocalText? {
        reader.optionalNode(key).flatMap { localText($0, key) }
    }

    // MARK: FEEL

    /// What an expression may speak of: its names, and the members that they have.
    struct Vocabulary {
        enum Members { case any, only(Set<String>) }
        var members: [String: Members]
        /// More names may be known than could be read; unknown ones are let pass.
        var isOpen = false
        var names: Set<String> { Set(members.keys) }
    }

    /// Reads an expression and checks its names; a fault is reported where it stands within the text.
    mutating func expression(_ node: Node, _ vocabulary: Vocabulary) -> Expression? {
        guard case .scalar(let text, let kind) = node.content, kind != .null else {
            diagnostics.error("a FEEL expression is expected here, not \(node.kindInWords)", at: node)
            return nil
        }
        let expression: Expression
        do throws(SyntaxError) {
            expression = try Expression(parsing: text, names: vocabulary.names, zones: zones)
        } catch {
            diagnostics.error("FEEL: \(error.reason)", at: node.position(ofCharacter: error.offset), in: node.path)
            return nil
        }
        var isGood = true
        for name in expression.names.subtracting(vocabulary.names).sorted() where !vocabulary.isOpen {
            isGood = false
            diagnostics.error("FEEL: unknown name ‘\(name)’" + Nearest.advice(for: name, among: vocabulary.names),
                              at: node.position(ofCharacter: expression.places[name] ?? 0), in: node.path)
        }
        for path in expression.paths {
            guard case .only(let members) = vocabulary.members[path.base], !members.contains(path.member) else { continue }
            isGood = false
            diagnostics.error("FEEL: ‘\(path.base)’ has no ‘\(path.member)’" + Nearest.advice(for: path.member, among: members),
                              at: node.position(ofCharacter: path.offset), in: node.path)
        }
        return isGood ? expression : nil
    }

    mutating func optionalExpression(_ key: String, of reader: inout MappingReader, _ vocabulary: Vocabulary) -> Expression? {
        reader.optionalNode(key).flatMap { expression($0, vocabulary) }
    }
}
