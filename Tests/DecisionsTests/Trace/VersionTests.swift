import Decisions
import Kernel
import Testing

@Suite("Versions of decisions") struct VersionTests {
    private func version(_ decision: String = "licence", _ text: String = TracedGraph.text) throws -> Digest {
        try #require(try TracedGraph.model(text).decision(decision)).version
    }

    @Test func `the same text has the same version`() throws {
        #expect(try version() == version())
    }

    struct Change: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let text: String
        /// Those of age, resident and licence whose version changes.
        let changed: [String]
    }

    private static func replacing(_ old: String, _ new: String) -> String {
        let parts = TracedGraph.text.split(separator: old, maxSplits: 1, omittingEmptySubsequences: false)
        precondition(parts.count == 2, "‘\(old)’ is not in the model")
        return parts[0] + new + parts[1]
    }

    @Test(arguments: [
        Change(testDescription: "knowledge", text: TracedGraph.text(years: "1 + years and months duration(from, to).years"), changed: ["age", "licence"]),
        Change(testDescription: "a cell of its own", text: TracedGraph.text(adult: "21"), changed: ["licence"]),
        Change(testDescription: "its law", text: TracedGraph.text(law: "Ley 8, artículo 3"), changed: ["licence"]),
        Change(testDescription: "the law of its law", text: replacing("<type>ley</type>", "<type>decreto</type>"), changed: ["licence"]),
        Change(testDescription: "the law of its knowledge", text: replacing("artículo 34\"", "artículo 35\""), changed: ["age", "licence"]),
        Change(testDescription: "the allowed values of an input's type", text: TracedGraph.text(typeWords: "\"8\", \"9\", \"10\""), changed: ["resident", "licence"]),
        Change(testDescription: "the type of an input", text: TracedGraph.text(type: "Any"), changed: ["age", "licence"]),
        Change(testDescription: "a rule of a decision that it needs", text: replacing("<text>false</text>", "<text>null</text>"), changed: ["resident", "licence"]),
        Change(testDescription: "an annotation", text: replacing("You qualify.", "You do."), changed: ["licence"]),
        Change(testDescription: "the name of an input", text: replacing("name=\"unused\"><variable name=\"unused\"", "name=\"idle\"><variable name=\"idle\""), changed: []),
        Change(testDescription: "another decision", text: TracedGraph.text(extra: "<decision id=\"x\" name=\"x\"><variable name=\"x\"/><literalExpression><text>1</text></literalExpression></decision>"), changed: []),
        Change(
            testDescription: "the diagram",
            text: TracedGraph.text(extra: "<di:DMNDI xmlns:di=\"https://www.omg.org/spec/DMN/20230324/DMNDI/\"><di:DMNDiagram id=\"licence\"/></di:DMNDI>"), changed: []),
        Change(testDescription: "a comment and blanks", text: TracedGraph.text(notes: "\n  <!-- who lives here? -->\n\n"), changed: []),
        Change(testDescription: "a description", text: TracedGraph.text(notes: "<description>who lives here?</description>"), changed: []),
        Change(testDescription: "blanks around an expression", text: TracedGraph.text(years: "  years and months duration(from, to).years\n"), changed: []),
        Change(testDescription: "another type", text: TracedGraph.text(extra: "<itemDefinition name=\"tOther\"><typeRef>string</typeRef></itemDefinition>"), changed: []),
    ]) func `changes with what a decision rests on, and with nothing else`(change: Change) throws {
        let before = try TracedGraph.model(), after = try TracedGraph.model(change.text)
        let changed = ["age", "resident", "licence"].filter { before.decision($0)?.version != after.decision($0)?.version }
        #expect(changed == change.changed)
    }

    @Test func `types that are made of one another are told whole, and in circles too`() throws {
        func text(_ street: String) -> String {
            Models.definitions(
                """
                <itemDefinition name="tPerson"><itemComponent name="home"><typeRef>tAddress</typeRef></itemComponent><itemComponent name="parent"><typeRef>tPerson</typeRef></itemComponent></itemDefinition>
                <itemDefinition name="tAddress"><itemComponent name="\(street)"><typeRef>string</typeRef></itemComponent></itemDefinition>
                <inputData id="i" name="p"><variable name="p" typeRef="tPerson"/></inputData>
                <decision id="d" name="d"><variable name="d"/><informationRequirement><requiredInput href="#i"/></informationRequirement><literalExpression><text>p.home</text></literalExpression></decision>
                """)
        }
        #expect(try version("d", text("street")) == version("d", text("street")))
        #expect(try version("d", text("street")) != version("d", text("road")))
    }

    @Test func `the form over which it is a hash is the documented one`() throws {
        let text = Models.definitions("<decision id=\"d\" name=\"d\"><variable name=\"d\"/>\n  <literalExpression><text> 1 + 1 </text></literalExpression></decision>")
        let form: JSON = [
            "format": "dovira-decision-version-v1", "law": [], "requires": [], "types": [],
            "element": [
                "decision", ["id": "d", "name": "d"], "",
                [["variable", ["name": "d"], "", []], ["literalExpression", [:], "", [["text", [:], "1 + 1", []]]]],
            ],
        ]
        #expect(try version("d", text) == SHA256.hash(form.canonicalBytes))
    }

    @Test func `a long chain of decisions is hashed in one pass`() throws {
        func text(_ first: String) -> String {
            var text = "<decision id=\"d0\" name=\"d0\"><variable name=\"d0\"/><literalExpression><text>\(first)</text></literalExpression></decision>"
            for index in 1..<100 {
                text += "<decision id=\"d\(index)\" name=\"d\(index)\"><variable name=\"d\(index)\"/>"
                for other in 0..<index { text += "<informationRequirement><requiredDecision href=\"#d\(other)\"/></informationRequirement>" }
                text += "<literalExpression><text>d\(index - 1) + 1</text></literalExpression></decision>"
            }
            return Models.definitions(text)
        }
        #expect(try version("d99", text("1")) != version("d99", text("2")))
    }
}
