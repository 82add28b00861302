/// Why a template cannot be used. Found when it is compiled, never when it is rendered.
package struct TemplateFault: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        /// `{{` without its `}}`.
        case openTag
        /// A section, block or parent that is not closed, or closed by another name.
        case unbalanced(String)
        case delimiters
        case name(String)
        /// A partial or a parent that there is no template for.
        case missing(String)
        /// A name among the constants that has no constant.
        case unknown(String)
        /// A template that holds itself, or more templates within each other than `TemplateSet.depthMax`.
        case recursion(String)
    }

    package let template: String
    /// From 1; nil where the fault is no line's.
    package let line: Int?
    package let kind: Kind

    package init(template: String, line: Int?, kind: Kind) {
        self.template = template
        self.line = line
        self.kind = kind
    }

    package var description: String {
        let what = switch kind {
        case .openTag: "a tag does not end"
        case .unbalanced(let name): "‘\(name)’ is not opened and closed in turn"
        case .delimiters: "delimiters come as a pair"
        case .name(let name): "‘\(name)’ is no name: 1 to \(Name.lengthMax) bytes"
        case .missing(let name): "there is no template ‘\(name)’"
        case .unknown(let name): "there is no constant ‘\(name)’"
        case .recursion(let name): "‘\(name)’ holds itself"
        }
        return template + (line.map { ":\($0)" } ?? "") + ": " + what
    }
}
