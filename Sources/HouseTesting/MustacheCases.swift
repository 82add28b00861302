package import Kernel
internal import Templates

/// The published tests of Mustache: does our answer agree with the case?
package enum MustacheCases {
    /// The files of tests that the renderer is held to. Lambdas and dynamic names are left out on purpose.
    package static let files = ["comments", "delimiters", "interpolation", "inverted", "partials", "sections", "optional-inheritance"]

    package static func tests(_ file: JSON) -> [JSON] { file["tests"]?.array ?? [] }
    package static func name(_ item: JSON) -> String { item["name"]?.string ?? "" }

    /// What was written in place of what was expected; nil where it is the same, byte for byte.
    package static func fault(_ item: JSON) -> String? {
        var sources: [String: [UInt8]] = ["": Array((item["template"]?.string ?? "").utf8)]
        for (name, text) in item["partials"]?.object ?? JSONObject() { sources[name] = Array((text.string ?? "").utf8) }
        do {
            let page = try TemplateSet(sources, rules: .specification).compile("").render(value(item["data"] ?? .null))
            return page.elementsEqual((item["expected"]?.string ?? "").utf8) ? nil : "writes ‘\(String(decoding: page, as: UTF8.self))’"
        } catch { return "\(error)" }
    }

    private static func value(_ json: JSON) -> Value {
        switch json {
        case .null: .nothing
        case .bool(let flag): .flag(flag)
        case .number(let number): .text(number.text)
        case .string(let text): .text(text)
        case .array(let items): .list(items.map(value))
        case .object(let members): .fields(Fields(members.compactMap { member in Name(member.key.utf8).map { ($0, value(member.value)) } }))
        }
    }
}
