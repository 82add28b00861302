import Decisions
import Definitions
import Processes

/// A service's `decision.dmn`: the model, and what the state folder asks of it beyond the standard.
struct ServiceDecisions {
    let model: DecisionModel?
    /// What is proven of the model's tables.
    let proofs: [ObjectIdentifier: TableProof]

    /// Every input is a fact of the service; every rule has its sentence in every language and the law that it rests on.
    ///
    /// The model may import the other models of its service's folder, and those that services share in `decisions/`.
    init(_ path: String, facts: [String], _ folder: inout Folder) {
        guard let root = folder.xml(path, for: "the rules, as DMN decision tables") else {
            model = nil
            proofs = [:]
            return
        }
        let library = folder.models(beside: path)
        var checking = Folder([:], zones: folder.zones, diagnostics: Diagnostics())
        checking.languages = folder.languages
        checking.laws = folder.laws
        model = DecisionModel.read(root, into: &checking.diagnostics, library: library)
        for path in model?.imports ?? library.files.map({ $0.path }) { folder.noteUse(of: path) }
        Self.check(root, facts, of: nil, &checking)
        if let model {
            if folder.proves { model.prove(into: &checking.diagnostics) }
            // Of a shared model, the service gives what its own decisions ask for.
            let asked = Set(model.decisions.filter { !$0.isImported }.flatMap { model.inputs(of: $0.id) }.map { $0.plainName })
            for file in library.files where model.imports.contains(file.path) { Self.check(file, facts, of: asked, &checking) }
        }
        proofs = model?.prove(into: &checking.diagnostics) ?? [:]
        // Services share files: one mistake, one message.
        let known = Set(folder.diagnostics.all)
        for diagnostic in checking.diagnostics.all where !known.contains(diagnostic) { folder.diagnostics.add(diagnostic) }
    }

    private static func check(_ root: XMLNode, _ facts: [String], of asked: Set<String>?, _ folder: inout Folder) {
        for input in root.children("inputData") {
            guard let name = input["name"], asked?.contains(name) ?? true else { continue }
            folder.check(name, "fact", among: facts, at: input.attribute("name")?.position ?? input.position, in: root.path)
        }
        for source in root.children("knowledgeSource") {
            guard let id = source["id"], (source["locationURI"] ?? "").isEmpty, let laws = folder.laws, !laws.contains(id) else { continue }
            folder.diagnostics.error(
                "the source ‘\(id)’ is no law of policies.yaml and does not say where it can be read; add a locationURI, or name a law"
                    + Nearest.advice(for: id, among: laws), at: source.attribute("id")?.position(ofCharacter: 0) ?? source.position, in: root.path)
        }
        for decision in root.children("decision") {
            for table in decision.children("decisionTable") { check(table, &folder) }
        }
    }

    private static func check(_ table: XMLNode, _ folder: inout Folder) {
        let columns = table.children("annotation").map { $0["name"] ?? "" }
        // A table that gives no outcome to a citizen (the one that another decision builds on) needs no sentences.
        guard table.children("output").contains(where: { $0["name"] == "outcome" }) else { return }
        let missing = (folder.languages + ["law"]).filter { !columns.contains($0) }
        if !missing.isEmpty {
            let written = missing.map { "<annotation name=\"\($0)\"/>" }.joined()
            folder.diagnostics.error("the table explains itself in no column " + missing.map { "‘\($0)’" }.joined(separator: ", ") + "; add \(written) and an entry to each rule",
                                     at: table.position, in: table.path)
        }
        for rule in table.children("rule") {
            for (index, entry) in rule.children("annotationEntry").enumerated() where index < columns.count {
                let node = entry.child("text") ?? entry
                let (text, offset) = node.trimmedText
                if text.isEmpty, folder.languages.contains(columns[index]) || columns[index] == "law" {
                    folder.diagnostics.error("the rule lacks its ‘\(columns[index])’; the citizen reads it", at: node.position, in: node.path)
                } else if columns[index] == "law" {
                    folder.check(text, "law", among: folder.laws, at: node.position(ofCharacter: offset), in: node.path)
                }
            }
        }
    }
}

/// A service's `process.bpmn`: the process, and its references into the state folder.
struct ServiceProcess {
    static let namespace = "urn:dovira:bpmn:1"
    /// The ends that a case can have.
    static let ends: Set<String> = ["granted", "refused"]

    let definition: ProcessDefinition?
    private(set) var userTasks: [String] = []
    /// Identifiers of tasks and ends, for scenarios.
    private(set) var elements: Set<String> = []

    init(_ path: String, decisions: [String]?, makesDocument: Bool, _ folder: inout Folder) {
        guard let root = folder.xml(path, for: "the course of a case, as a BPMN process") else { definition = nil; return }
        definition = ProcessDefinition.read(root, zones: folder.zones, into: &folder.diagnostics)
        for process in root.children("process") {
            for element in process.children {
                guard let id = element["id"] else { continue }
                switch element.name {
                case "businessRuleTask":
                    if let decision = element.attribute("decision", namespace: Self.namespace) {
                        folder.check(decision.value, "decision", among: decisions, at: decision.position(ofCharacter: 0), in: path)
                    }
                case "userTask":
                    userTasks.append(id)
                    elements.insert(id)
                    folder.checkFieldName(id, at: element.attribute("id")?.position ?? element.position, in: path)
                    if let group = element.attribute("group", namespace: Self.namespace), group.value != "applicant" {
                        folder.checkRole(group.value, at: group.position(ofCharacter: 0), in: path)
                    }
                case "serviceTask":
                    if let operation = element.attribute("operation", namespace: Self.namespace),
                       folder.check(operation.value, "operation", among: KnownActions.operations, at: operation.position(ofCharacter: 0), in: path),
                       operation.value == "document.issue", !makesDocument {
                        folder.diagnostics.error("the service names no document to issue; write ‘document’ under ‘outcome’ in service.yaml",
                                                 at: operation.position(ofCharacter: 0), in: path)
                    }
                case "endEvent":
                    elements.insert(id)
                    let attribute = element.attribute("id")
                    folder.check(id, "end", among: Self.ends, at: attribute?.position(ofCharacter: 0) ?? element.position, in: path)
                default: break
                }
            }
        }
    }
}
