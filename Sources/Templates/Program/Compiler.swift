/// Nodes to a flat program: partials, parents, blocks and constants are folded in, and neighbouring text melts into one.
struct Compiler {
    private let set: TemplateSet
    private let constants: Constants
    private var program: Program
    /// The templates that are being folded in, outermost first.
    private var active: [String] = []
    /// Partials that hold themselves, by the rules of the specification: they are called, since data may nest as deep as they like.
    private var calls: [(op: Int, name: String)] = []
    private var places: [String: Int] = [:]
    /// Where a jump leads: text behind it is not melted into text before it.
    private var barrier = 0

    private typealias Overrides = [String: [Node]]

    init(_ set: TemplateSet, _ constants: Constants) {
        self.set = set
        self.constants = constants
        program = Program(rules: set.rules)
    }

    mutating func program(_ name: String) throws(TemplateFault) -> Program {
        try include(name, indent: [], line: 1, [:], isPartial: false)
        program.ops.append(.end)
        while let call = calls.popLast() {
            if places[call.name] == nil {
                places[call.name] = program.ops.count
                barrier = program.ops.count
                try include(call.name, indent: [], line: 1, [:], isPartial: true)
                program.ops.append(.end)
            }
            program.ops[call.op] = .call(Int32(places[call.name]!))
        }
        return program
    }

    private mutating func flatten(_ nodes: [Node], _ overrides: Overrides) throws(TemplateFault) {
        for node in nodes {
            switch node {
            case .text(let bytes): append(bytes)
            case .value(let path, let isRaw): try value(path, isRaw: isRaw)
            case .section(let path, let body): try section(path, body, overrides) { .section($0, end: $1) }
            case .inverted(let path, let body): try section(path, body, overrides) { .inverted($0, end: $1) }
            case .block(let block): try flatten(overrides[block.name] ?? block.body, overrides)
            case .partial(let name, let indent, let line):
                if case .specification = set.rules, active.contains(name) {
                    calls.append((program.ops.count, name))
                    program.ops.append(.end)
                } else {
                    try include(name, indent: indent, line: line, overrides, isPartial: true)
                }
            case .parent(let name, let blocks, let indent, let line):
                // What is laid over from outside wins.
                var inner: Overrides = [:]
                for block in blocks { inner[block.name] = block.body }
                try include(name, indent: indent, line: line, inner.merging(overrides) { _, outer in outer }, isPartial: false)
            }
        }
    }

    private mutating func section(
        _ path: TagPath, _ body: [Node], _ overrides: Overrides, _ op: (Program.Path, _ end: Int32) -> Program.Op
    ) throws(TemplateFault) {
        if isConstant(path) { throw fault(.unknown(path.text), line: path.line) }
        let place = program.ops.count, path = self.path(path)
        program.ops.append(.end)
        try flatten(body, overrides)
        barrier = program.ops.count
        program.ops[place] = op(path, Int32(barrier))
    }

    private mutating func value(_ path: TagPath, isRaw: Bool) throws(TemplateFault) {
        guard isConstant(path) else {
            program.ops.append(isRaw ? .raw(self.path(path)) : .value(self.path(path)))
            return
        }
        var bytes: [UInt8] = []
        switch constants.value(path.text) {
        case .text(let text)?: Escaping.append(text, to: &bytes)
        case .markup(let markup)?:
            if isRaw { bytes = Array(markup.text.utf8) } else { Escaping.append(markup.text, to: &bytes) }
        case .nothing?: break
        case .flag?, .fields?, .list?, nil: throw fault(.unknown(path.text), line: path.line)
        }
        append(bytes)
    }

    private mutating func include(_ name: String, indent: [UInt8], line: Int, _ overrides: Overrides, isPartial: Bool) throws(TemplateFault) {
        guard let nodes = try set.nodes(name, indent: indent) else {
            if case .strict = set.rules { throw fault(.missing(name), line: line) }
            return
        }
        let mayRecur = if case .specification = set.rules { true } else { false }
        guard active.count < TemplateSet.depthMax, mayRecur || !active.contains(name) else { throw fault(.recursion(name), line: line) }
        active.append(name)
        try flatten(nodes, overrides)
        active.removeLast()
    }

    // MARK: Parts

    private func isConstant(_ path: TagPath) -> Bool { path.names.first.map(constants.groups.contains) ?? false }

    private mutating func append(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        let start = Int32(program.text.count)
        program.text += bytes
        if barrier < program.ops.count, case .text(let before, let end)? = program.ops.last, end == start {
            program.ops[program.ops.count - 1] = .text(before, start + Int32(bytes.count))
        } else {
            program.ops.append(.text(start, start + Int32(bytes.count)))
        }
    }

    private mutating func path(_ path: TagPath) -> Program.Path {
        let start = Int32(program.names.count)
        program.names += path.names
        let isOutermost = if case .strict(let everywhere) = set.rules, let first = path.names.first { everywhere.contains(first) } else { false }
        return Program.Path(start: start, count: Int32(path.names.count), isOutermost: isOutermost)
    }

    private func fault(_ kind: TemplateFault.Kind, line: Int) -> TemplateFault {
        TemplateFault(template: active.last ?? "", line: line, kind: kind)
    }
}
