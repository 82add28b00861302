internal import Definitions

/// Reads a file's head and, before it, the files that it imports.
///
/// **Standard:** DMN 1.5, 6.3.3.
extension ModelReader {
    /// Files that one model may come to rest on.
    static let modulesMax = 100
    /// Imports inside imports.
    static let importDepthMax = 32

    /// Loads the model and all that it imports; nil, with an error, where that cannot be.
    mutating func load(_ root: XMLNode) -> Int? {
        var underWay: [String] = []
        return load(root, idPrefix: "", namePrefix: "", &underWay)
    }

    private mutating func load(_ root: XMLNode, idPrefix: String, namePrefix: String, _ underWay: inout [String]) -> Int? {
        guard root.name == "definitions" else {
            error("‘\(root.name)’ is no DMN model; its root element is ‘definitions’", at: root)
            return nil
        }
        guard ModelReader.namespaces.contains(root.namespace) else {
            error("the namespace ‘\(root.namespace)’ is none of DMN 1.2 to 1.5; write xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\"", at: root)
            return nil
        }
        checkLanguage(of: root)
        if strictness == .strict { ModelGrammar.check(root, &diagnostics) }
        let index = modules.count
        modules.append(Module(root: root, idPrefix: idPrefix, namePrefix: namePrefix, types: TypeReader(keyPrefix: idPrefix)))
        underWay.append(root.path)
        defer { underWay.removeLast() }
        for node in root.children("import") {
            guard let target = load(import: node, of: index, &underWay) else { continue }
            modules[index].imports.append((node["name"] ?? "", target))
        }
        var types = modules[index].types
        types.collect(root, importing: modules[index].imports.map { ($0.prefix, modules[$0.module].types) }, strictness, &diagnostics)
        modules[index].types = types
        return index
    }

    private mutating func load(import node: XMLNode, of importer: Int, _ underWay: inout [String]) -> Int? {
        let kind = node.attribute("importType")
        if let kind, !ModelReader.namespaces.contains(kind.value), !kind.value.lowercased().contains("/dmn/") {
            error("imports of the kind ‘\(kind.value)’ cannot be read; import DMN models, with importType=\"https://www.omg.org/spec/DMN/20230324/MODEL/\"", at: kind, of: node)
            return nil
        }
        guard let namespace = node["namespace"], !namespace.isEmpty else {
            error("an import names the ‘namespace’ of the model; add it", at: node)
            return nil
        }
        let prefix = node["name"] ?? ""
        if modules[importer].imports.contains(where: { $0.prefix == prefix }) {
            error(prefix.isEmpty ? "two imports without a name; give each its ‘name’" : "two imports have the name ‘\(prefix)’; rename one", at: node)
            return nil
        }
        let location = node["locationURI"] ?? ""
        guard let root = library.file(importedBy: node.path, location: location, namespace: namespace) else {
            let there = library.files.compactMap { $0["namespace"] }
            let what = location.isEmpty ? "a model of the namespace ‘\(namespace)’" : "the model ‘\(location)’ of the namespace ‘\(namespace)’"
            error("\(what) is not there; put its file beside this one\(there.isEmpty ? "" : Nearest.advice(for: namespace, among: there))", at: node)
            return nil
        }
        if underWay.contains(root.path) {
            error("‘\(root.path)’ imports itself\(root.path == node.path ? "" : ", through ‘\(node.path)’"); remove one of the imports", at: node)
            return nil
        }
        guard root["namespace"] == namespace else {
            let attribute = node.attribute("namespace")
            diagnostics.error("‘\(root.path)’ has the namespace ‘\(root["namespace"] ?? "")’, not ‘\(namespace)’; write that here", at: attribute?.position ?? node.position, in: node.path)
            return nil
        }
        // What two files import is one model, with one value for each of its inputs.
        if let known = modules.firstIndex(where: { $0.root.path == root.path }) { return known }
        guard modules.count < ModelReader.modulesMax, underWay.count < ModelReader.importDepthMax else {
            error("more than \(ModelReader.modulesMax) files, or \(ModelReader.importDepthMax) inside one another, are imported; join some", at: node)
            return nil
        }
        return load(root, idPrefix: namespace + "#", namePrefix: prefix.isEmpty ? modules[importer].namePrefix : modules[importer].namePrefix + prefix + ".", &underWay)
    }

    /// FEEL is the one language here.
    mutating func checkLanguage(of node: XMLNode) {
        guard let attribute = node.attribute("expressionLanguage"), !attribute.value.isEmpty else { return }
        let language = attribute.value.lowercased()
        guard !language.hasSuffix("feel/"), !language.hasSuffix("feel") else { return }
        error("the expression language ‘\(attribute.value)’ cannot be read; write the expression in FEEL and leave the attribute out", at: attribute, of: node)
    }
}
