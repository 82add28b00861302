/// A part of a template as it was read.
indirect enum Node: Sendable {
    case text([UInt8])
    case value(TagPath, isRaw: Bool)
    case section(TagPath, [Node])
    case inverted(TagPath, [Node])
    /// `indent`: the blanks before a tag that has its line for itself; every line of the partial gets them.
    case partial(String, indent: [UInt8], line: Int)
    case parent(String, blocks: [Block], indent: [UInt8], line: Int)
    case block(Block)

    struct Block: Sendable {
        let name: String
        let body: [Node]
    }
}

/// A dotted name; without names it is `.`, what the section is about.
struct TagPath: Sendable {
    let names: [Name]
    let line: Int

    var text: String { names.isEmpty ? "." : names.map { $0.text }.joined(separator: ".") }
}
