import Decisions
import FEEL
import Kernel
import Testing

/// Three decisions over three inputs, with law, knowledge and a table that refuses: what the tests of traces ask.
enum TracedGraph {
    static let text = text()

    /// - Parameters:
    ///   - years: the body of the knowledge model.
    ///   - adult: the age that the last table asks for.
    ///   - extra: further elements.
    static func text(
        years: String = "years and months duration(from, to).years", adult: String = "18", typeWords: String = "\"8\", \"9\"", law: String = "Ley 7, artículo 3",
        type: String = "date", extra: String = "", notes: String = ""
    ) -> String {
        Models.definitions(
            """
            <itemDefinition name="tProvince"><typeRef>string</typeRef><allowedValues><text>\(typeWords)</text></allowedValues></itemDefinition>
            <inputData id="birth" name="birth date"><variable name="birth date" typeRef="\(type)"/></inputData>
            <inputData id="province" name="province"><variable name="province" typeRef="tProvince"/></inputData>
            <inputData id="fines" name="fines"><variable name="fines" typeRef="number"/></inputData>
            <inputData id="unused" name="unused"><variable name="unused"/></inputData>
            <knowledgeSource id="act" name="Ley 7" locationURI="https://example.org/7"><type>ley</type></knowledgeSource>
            <knowledgeSource id="article" name="\(law)" locationURI="https://example.org/7#3"><authorityRequirement><requiredAuthority href="#act"/></authorityRequirement></knowledgeSource>
            <knowledgeSource id="code" name="Código Civil, artículo 34"/>
            <businessKnowledgeModel id="years" name="whole years"><variable name="whole years"/><encapsulatedLogic><formalParameter name="from" typeRef="date"/>
              <formalParameter name="to" typeRef="date"/><literalExpression><text>\(years)</text></literalExpression></encapsulatedLogic>
              <authorityRequirement><requiredAuthority href="#code"/></authorityRequirement></businessKnowledgeModel>
            <decision id="age" name="age"><variable name="age" typeRef="number"/><informationRequirement><requiredInput href="#birth"/></informationRequirement>
              <knowledgeRequirement><requiredKnowledge href="#years"/></knowledgeRequirement>
              <literalExpression><text>whole years(birth date, today())</text></literalExpression></decision>
            <decision id="resident" name="resident"><variable name="resident"/>\(notes)
              <informationRequirement><requiredInput href="#province"/></informationRequirement>
              <decisionTable><input label="province"><inputExpression typeRef="string"><text>province</text></inputExpression></input><output name="resident"/>
                <rule id="here"><inputEntry><text>"8"</text></inputEntry><outputEntry><text>true</text></outputEntry></rule>
                <rule id="there"><inputEntry><text>"9"</text></inputEntry><outputEntry><text>false</text></outputEntry></rule></decisionTable></decision>
            <decision id="licence" name="licence"><variable name="licence"/><informationRequirement><requiredDecision href="#age"/></informationRequirement>
              <informationRequirement><requiredDecision href="#resident"/></informationRequirement><informationRequirement><requiredInput href="#fines"/></informationRequirement>
              <authorityRequirement><requiredAuthority href="#article"/></authorityRequirement>
              <decisionTable hitPolicy="UNIQUE">
                <input label="age"><inputExpression typeRef="number"><text>age</text></inputExpression></input>
                <input label="resident"><inputExpression><text>resident</text></inputExpression></input>
                <input label="fines"><inputExpression><text>fines</text></inputExpression></input>
                <output name="outcome"/><output name="fee"/>
                <annotation name="es"/><annotation name="en"/><annotation name="law"/>
                <rule id="granted"><inputEntry><text>&gt;= \(adult)</text></inputEntry><inputEntry><text>true</text></inputEntry><inputEntry><text>&lt; 3</text></inputEntry>
                  <outputEntry><text>"grant"</text></outputEntry><outputEntry><text>12.5 + fines</text></outputEntry>
                  <annotationEntry><text>Usted cumple.</text></annotationEntry><annotationEntry><text>You qualify.</text></annotationEntry><annotationEntry><text>art. 3</text></annotationEntry></rule>
                <rule id="minor"><inputEntry><text>[0..\(adult))</text></inputEntry><inputEntry><text>-</text></inputEntry><inputEntry><text>-</text></inputEntry>
                  <outputEntry><text>"refuse"</text></outputEntry><outputEntry><text>0</text></outputEntry>
                  <annotationEntry><text>Es menor.</text></annotationEntry><annotationEntry><text>You are under age.</text></annotationEntry><annotationEntry><text>art. 3.1</text></annotationEntry></rule>
              </decisionTable></decision>
            \(extra)
            """)
    }

    static let facts = DecisionModel.Facts(today: CalendarDate("2026-01-31"))
    static let inputs: [String: Value] = ["birth date": "1990-05-01", "province": "8", "fines": 1]
    static let origins: [String: JSON] = ["birth date": ["register": "person", "record": "8-123-45"], "province": ["register": "address", "record": "77"]]

    static func model(_ text: String = text) throws -> DecisionModel { try Models.model(text) }

    static func trace(
        _ inputs: [String: Value] = inputs, of decision: String = "licence", facts: DecisionModel.Facts = facts, text: String = text
    ) throws -> DecisionTrace {
        try model(text).trace(decision, inputs, facts: facts, origins: origins)
    }
}
