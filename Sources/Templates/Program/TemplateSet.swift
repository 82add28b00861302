/// Templates that may include each other, read once.
package struct TemplateSet: Sendable {
    /// Templates within each other.
    package static let depthMax = 32

    /// By which rules names are found and templates included.
    package enum Rules: Sendable {
        /// Those of the specification, for its tests alone: a name climbs to the outermost values, what is not there is empty, and `{{{name}}}`
        /// writes a text as it is.
        case specification
        /// A name is looked up in the innermost values alone, so that a misspelt one never climbs to another of the same name; only the names
        /// given here are found in the outermost values, from everywhere. Only fields and items of lists are values of their own: inside a section
        /// over a flag or a text every name means what it means outside. A name without a value shows itself as `⟦name⟧`; a template that is
        /// not there or holds itself is a fault. A text is escaped wherever it stands: `{{{name}}}` writes markup alone as it is.
        case strict(everywhere: Set<Name>)
    }

    let rules: Rules
    private let sources: [String: [UInt8]]
    private let nodes: [String: [Node]]

    package init(_ sources: [String: [UInt8]], rules: Rules) throws(TemplateFault) {
        var nodes: [String: [Node]] = [:]
        for (name, source) in sources { nodes[name] = try TemplateReader.read(source, template: name) }
        self.sources = sources
        self.nodes = nodes
        self.rules = rules
    }

    package var names: [String] { sources.keys.sorted() }

    /// A template with all that it includes, its constants written into it.
    package func compile(_ name: String, constants: Constants = .none) throws(TemplateFault) -> Template {
        guard nodes[name] != nil else { throw TemplateFault(template: name, line: nil, kind: .missing(name)) }
        var compiler = Compiler(self, constants)
        return Template(program: try compiler.program(name))
    }

    /// What a template consists of, every line of it indented.
    func nodes(_ name: String, indent: [UInt8]) throws(TemplateFault) -> [Node]? {
        guard !indent.isEmpty, let source = sources[name] else { return nodes[name] }
        var indented: [UInt8] = []
        var isStart = true
        for byte in source {
            if isStart { indented += indent }
            indented.append(byte)
            isStart = byte == 0x0A
        }
        return try TemplateReader.read(indented, template: name)
    }
}

/// Values that are known when a template is compiled: the texts of a language, icons. They cost nothing when it is rendered.
package struct Constants: Sendable {
    package static let none = Constants(groups: []) { _ in nil }

    /// The first names of the paths that are constants.
    package let groups: Set<Name>
    /// The value at a path; nil where there is none, which is a fault.
    let value: @Sendable (_ path: String) -> Value?

    package init(groups: Set<Name>, value: @escaping @Sendable (_ path: String) -> Value?) {
        self.groups = groups
        self.value = value
    }
}
