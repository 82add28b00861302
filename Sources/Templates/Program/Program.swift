/// A template as a list of small steps.
struct Program: Sendable {
    /// Where a path's names stand; a path without names is `.`.
    struct Path: Sendable {
        let start: Int32
        let count: Int32
        /// Looked up in the outermost values alone.
        let isOutermost: Bool
    }

    enum Op: Sendable {
        /// From and up to a place in the text.
        case text(Int32, Int32)
        case value(Path)
        case raw(Path)
        /// The body follows; `end` is the step behind it.
        case section(Path, end: Int32)
        case inverted(Path, end: Int32)
        case call(Int32)
        case end
    }

    let rules: TemplateSet.Rules
    var ops: [Op] = []
    var names: [Name] = []
    /// All text of the template, escaped.
    var text: [UInt8] = []

    init(rules: TemplateSet.Rules) { self.rules = rules }
}

/// A compiled template: rendering it copies bytes and cannot fail.
package struct Template: Sendable {
    let program: Program

    /// The page as UTF-8.
    package func render(_ values: Fields) -> [UInt8] { render(.fields(values)) }

    package func render(_ root: Value) -> [UInt8] {
        var rendering = Rendering(program, root)
        rendering.run(from: 0, to: program.ops.count)
        return rendering.page
    }

    /// What was rendered, to be put into a page as it is.
    package func markup(_ values: Fields) -> Markup { Markup(bytes: render(values)) }
}

/// One run of a program.
private struct Rendering {
    private let program: Program
    private let isStrict: Bool
    /// The values that sections are about, outermost first.
    private var frames: [Value]
    private(set) var page: [UInt8] = []

    init(_ program: Program, _ root: Value) {
        self.program = program
        isStrict = if case .strict = program.rules { true } else { false }
        frames = [root]
        page.reserveCapacity(program.text.count * 2)
    }

    mutating func run(from start: Int, to end: Int) {
        var place = start
        while place < end {
            switch program.ops[place] {
            case .text(let from, let to): page.append(contentsOf: program.text[Int(from)..<Int(to)])
            case .value(let path): write(find(path), path, isRaw: false)
            case .raw(let path): write(find(path), path, isRaw: true)
            case .section(let path, let end):
                section(find(path), path, from: place + 1, to: Int(end))
                place = Int(end)
                continue
            case .inverted(let path, let end):
                let value = find(path)
                if value == nil { unknown(path) }
                if value?.isShown ?? isStrict {
                    place = Int(end)
                    continue
                }
            case .call(let target): run(from: Int(target), to: program.ops.count)
            case .end: return
            }
            place += 1
        }
    }

    private mutating func write(_ value: Value?, _ path: Program.Path, isRaw: Bool) {
        switch value {
        case .text(let text)?:
            // The specification knows no markup: what its triple braces print, ours never do.
            if isRaw, !isStrict { page.append(contentsOf: text.utf8) } else { Escaping.append(text, to: &page) }
        case .markup(let markup)?:
            // Only markup, and only where the template asks for it, goes in as it is.
            if isRaw { page.append(contentsOf: markup.text.utf8) } else { Escaping.append(markup.text, to: &page) }
        case nil: unknown(path)
        case .nothing?, .flag?, .fields?, .list?: break
        }
    }

    private mutating func section(_ value: Value?, _ path: Program.Path, from start: Int, to end: Int) {
        switch value {
        case nil: unknown(path)
        case .list(let items)?:
            for item in items { run(item, from: start, to: end) }
        case .fields?: run(value!, from: start, to: end)
        case .text?, .markup?, .flag?, .nothing?:
            guard let value, value.isShown else { return }
            if isStrict { run(from: start, to: end) } else { run(value, from: start, to: end) }
        }
    }

    private mutating func run(_ frame: Value, from start: Int, to end: Int) {
        frames.append(frame)
        run(from: start, to: end)
        frames.removeLast()
    }

    private func find(_ path: Program.Path) -> Value? {
        let start = Int(path.start), count = Int(path.count)
        guard count > 0 else { return frames[frames.count - 1] }
        guard var value = isStrict ? frame(path)[program.names[start]] : climb(program.names[start]) else { return nil }
        for place in start + 1..<start + count {
            guard let next = value[program.names[place]] else { return nil }
            value = next
        }
        return value
    }

    private func frame(_ path: Program.Path) -> Value { path.isOutermost ? frames[0] : frames[frames.count - 1] }

    private func climb(_ name: Name) -> Value? {
        for frame in frames.reversed() {
            if let value = frame[name] { return value }
        }
        return nil
    }

    /// A name that has no value: by the rules of the specification empty, by ours to be seen.
    private mutating func unknown(_ path: Program.Path) {
        guard isStrict else { return }
        let names = program.names[Int(path.start)..<Int(path.start + path.count)].map { $0.text }
        Escaping.append("⟦" + names.joined(separator: ".") + "⟧", to: &page)
    }
}

extension Value {
    fileprivate subscript(_ name: Name) -> Value? {
        if case .fields(let fields) = self { fields[name] } else { nil }
    }
}
