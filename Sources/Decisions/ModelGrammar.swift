internal import Definitions

/// Which elements and attributes DMN 1.2 to 1.5 know, and where. What changes no decision (diagrams, notes, owners, extensions of modelling tools) is
/// passed over; what is not known here could change one, and is an error.
///
/// **Standard:** DMN15.xsd, with what DMN 1.2 to 1.4 had besides.
enum ModelGrammar {
    /// Elements without any bearing on a decision; what is in them is not looked at.
    static let ignored: Set<String> = [
        "description", "extensionElements", "textAnnotation", "association", "group", "artifact", "elementCollection", "performanceIndicator",
        "organizationUnit", "businessContextElement",
    ]

    /// The boxed expressions.
    static let expressions: Set<String> = [
        "literalExpression", "decisionTable", "context", "invocation", "list", "relation", "functionDefinition", "conditional", "filter", "for", "some",
        "every",
    ]

    private struct Element {
        let attributes: Set<String>
        let children: Set<String>
        /// Whether an expression may stand in it.
        let holds: Bool

        init(_ attributes: Set<String> = [], _ children: Set<String> = [], holds: Bool = false) {
            self.attributes = attributes
            self.children = children
            self.holds = holds
        }
    }

    private static let informationItem = Element(["name", "typeRef"])
    private static let reference = Element(["href"])
    private static let text = Element()
    private static let tests = Element(["expressionLanguage", "typeRef"], ["text"])
    private static let literal = Element(["expressionLanguage", "typeRef"], ["text", "importedValues"])
    private static let item = Element(
        ["name", "typeLanguage", "isCollection"], ["typeRef", "allowedValues", "typeConstraint", "itemComponent", "functionItem"])
    private static let function = Element(["kind", "typeRef"], ["formalParameter", "variable"], holds: true)
    private static let child = Element(["typeRef"], holds: true)

    private static let elements: [String: Element] = [
        "definitions": Element(
            ["name", "expressionLanguage", "typeLanguage", "namespace", "exporter", "exporterVersion"],
            ["import", "itemDefinition", "decision", "businessKnowledgeModel", "decisionService", "inputData", "knowledgeSource"]),
        "import": Element(["name", "namespace", "locationURI", "importType"]),
        "itemDefinition": item, "itemComponent": item,
        "functionItem": Element(["outputTypeRef"], ["parameters"]), "parameters": informationItem,
        "allowedValues": tests, "typeConstraint": tests, "typeRef": text, "text": text,
        "inputData": Element(["name", "href"], ["variable"]),
        "knowledgeSource": Element(["name", "locationURI"], ["authorityRequirement", "type", "owner"]),
        "type": text, "owner": reference,
        "decision": Element(
            ["name"],
            [
                "question", "allowedAnswers", "variable", "informationRequirement", "knowledgeRequirement", "authorityRequirement", "supportedObjective",
                "impactedPerformanceIndicator", "decisionMaker", "decisionOwner", "usingProcess", "usingTask",
            ], holds: true),
        "question": text, "allowedAnswers": text, "supportedObjective": reference, "impactedPerformanceIndicator": reference, "decisionMaker": reference,
        "decisionOwner": reference, "usingProcess": reference, "usingTask": reference,
        "variable": informationItem,
        "informationRequirement": Element([], ["requiredInput", "requiredDecision"]),
        "knowledgeRequirement": Element([], ["requiredKnowledge"]),
        "authorityRequirement": Element([], ["requiredAuthority", "requiredDecision", "requiredInput"]),
        "requiredInput": reference, "requiredDecision": reference, "requiredKnowledge": reference, "requiredAuthority": reference,
        "businessKnowledgeModel": Element(["name"], ["variable", "encapsulatedLogic", "knowledgeRequirement", "authorityRequirement"]),
        "encapsulatedLogic": function, "functionDefinition": function, "formalParameter": informationItem,
        "decisionService": Element(["name"], ["variable", "outputDecision", "encapsulatedDecision", "inputDecision", "inputData"]),
        "outputDecision": reference, "encapsulatedDecision": reference, "inputDecision": reference,
        "literalExpression": literal, "importedValues": Element(["name", "namespace", "locationURI", "importType", "expressionLanguage"], ["importedElement"]),
        "importedElement": text,
        "invocation": Element(["typeRef"], ["binding"], holds: true), "binding": Element([], ["parameter"], holds: true), "parameter": informationItem,
        "context": Element(["typeRef"], ["contextEntry"]), "contextEntry": Element([], ["variable"], holds: true),
        "relation": Element(["typeRef"], ["column", "row"]), "column": informationItem, "row": Element(["typeRef"], holds: true),
        "list": Element(["typeRef"], holds: true),
        "conditional": Element(["typeRef"], ["if", "then", "else"]), "if": child, "then": child, "else": child,
        "filter": Element(["typeRef"], ["in", "match"]), "in": child, "match": child,
        "for": Element(["typeRef", "iteratorVariable"], ["in", "return"]), "return": child,
        "some": Element(["typeRef", "iteratorVariable"], ["in", "satisfies"]), "every": Element(["typeRef", "iteratorVariable"], ["in", "satisfies"]),
        "satisfies": child,
        "decisionTable": Element(
            ["hitPolicy", "aggregation", "preferredOrientation", "outputLabel", "typeRef"], ["input", "output", "annotation", "rule"]),
        "input": Element([], ["inputExpression", "inputValues"]), "inputExpression": literal, "inputValues": tests,
        "output": Element(["name", "typeRef"], ["outputValues", "defaultOutputEntry"]), "outputValues": tests, "defaultOutputEntry": literal,
        "annotation": Element(["name"]), "rule": Element([], ["inputEntry", "outputEntry", "annotationEntry"]), "inputEntry": tests,
        "outputEntry": literal, "annotationEntry": Element([], ["text"]),
    ]

    /// Reports every element and attribute below a root that DMN does not know at its place.
    static func check(_ root: XMLNode, _ diagnostics: inout Diagnostics) {
        var waiting = [root]
        while let node = waiting.popLast() {
            guard let element = elements[node.name] else { continue }
            for attribute in node.attributes where attribute.namespace.isEmpty && attribute.name != "id" && attribute.name != "label" {
                if element.attributes.contains(attribute.name) { continue }
                diagnostics.error(
                    "‘\(node.name)’ has no attribute ‘\(attribute.name)’\(Nearest.advice(for: attribute.name, among: (element.attributes.union(["id", "label"])).sorted())); remove it, or give it the prefix of its tool",
                    at: attribute.position, in: node.path)
            }
            for child in node.children where child.namespace == root.namespace && !ignored.contains(child.name) {
                if element.children.contains(child.name) || element.holds && expressions.contains(child.name) {
                    waiting.append(child)
                    continue
                }
                let known = element.children.union(element.holds ? expressions : [])
                let mend = known.isEmpty ? "; remove it" : Nearest.advice(for: child.name, among: known.sorted())
                diagnostics.error("‘\(child.name)’ cannot be read in ‘\(node.name)’\(mend)", at: child.position, in: child.path)
            }
        }
    }
}
