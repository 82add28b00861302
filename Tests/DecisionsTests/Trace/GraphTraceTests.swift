import Decisions
import FEEL
import Kernel
import Testing

@Suite("Traces of requirement graphs") struct GraphTraceTests {
    @Test func `each decision of the graph is in the account, in the order in which it was made`() throws {
        let trace = try TracedGraph.trace()
        #expect(trace.accounts.map { $0.decision.id } == ["age", "resident", "licence"])
        #expect(trace.asked?.decision.id == "licence")
        #expect(trace.account("age")?.value == 35)
        #expect(trace.account("resident")?.matched.map { $0.rule.id } == ["here"])
        #expect(trace.outcome.matched.map { $0.rule.id } == ["granted"])
    }

    @Test func `a decision that two others need is made, and told, once`() throws {
        let text = Models.definitions(
            """
            <decision id="a" name="a"><variable name="a"/><literalExpression><text>1</text></literalExpression></decision>
            <decision id="b" name="b"><variable name="b"/><informationRequirement><requiredDecision href="#a"/></informationRequirement><literalExpression><text>a + 1</text></literalExpression></decision>
            <decision id="c" name="c"><variable name="c"/><informationRequirement><requiredDecision href="#a"/></informationRequirement><informationRequirement><requiredDecision href="#b"/></informationRequirement><literalExpression><text>a + b</text></literalExpression></decision>
            """)
        #expect(try TracedGraph.trace([:], of: "c", text: text).accounts.map { $0.decision.id } == ["a", "b", "c"])
    }

    @Test func `the outcome is the one that deciding without an account gives`() throws {
        for inputs in [TracedGraph.inputs, ["birth date": "2010-01-01"], [:], ["birth date": "x", "province": "10", "fines": "y"]] {
            let outcome = try TracedGraph.model().evaluate("licence", inputs, facts: TracedGraph.facts)
            let traced = try TracedGraph.trace(inputs).outcome
            #expect(traced.value == outcome.value)
            #expect(traced.status == outcome.status)
            #expect(traced.problems == outcome.problems)
            #expect(traced.matched.map { $0.place } == outcome.matched.map { $0.place })
        }
    }

    @Test func `the law is the decision's own, that of its knowledge, and what these rest on`() throws {
        let trace = try TracedGraph.trace()
        #expect(trace.sources.map { $0.id } == ["article", "act"])
        #expect(trace.account("age")?.decision.sources.map { $0.id } == ["code"])
        #expect(trace.json["law"]?[0] == ["id": "article", "name": "Ley 7, artículo 3", "location": "https://example.org/7#3"])
        #expect(trace.json["law"]?[1]?["type"] == "ley")
    }

    @Test func `the law of today is applied unless the caller names a day`() throws {
        #expect(try TracedGraph.trace().json["lawDate"] == "2026-01-31")
        var facts = TracedGraph.facts
        facts.law = CalendarDate("2025-06-30")
        let trace = try TracedGraph.trace(facts: facts)
        #expect(trace.lawDate == CalendarDate("2025-06-30"))
        #expect(trace.json["lawDate"] == "2025-06-30")
        #expect(trace.json["today"] == "2026-01-31")
        #expect(try TracedGraph.trace(facts: .init()).json["lawDate"] == nil)
    }

    @Test func `inputs tell their origin, what was given, and what the model took it for`() throws {
        let inputs = try TracedGraph.trace().json["inputs"]
        #expect(
            inputs == [
                "birth date": [
                    "value": "1990-05-01", "type": "date", "given": ["value": "1990-05-01"], "origin": ["register": "person", "record": "8-123-45"],
                ],
                "province": ["value": "8", "origin": ["register": "address", "record": "77"]], "fines": ["value": 1, "origin": "given"],
            ])
    }

    @Test func `what was not given is missing, not null`() throws {
        let inputs = try TracedGraph.trace(["birth date": "1990-05-01", "province": nil]).json["inputs"]
        #expect(inputs?["fines"] == ["value": .null, "missing": true])
        #expect(inputs?["province"]?["missing"] == nil)
        #expect(inputs?["province"]?["origin"] == ["register": "address", "record": "77"])
    }

    @Test func `inputs that the decision does not need are no part of its account`() throws {
        let trace = try TracedGraph.trace(["province": "8", "unused": 7, "fines": 2], of: "resident")
        #expect(trace.inputs.map { $0.name } == ["province"])
        #expect(trace.accounts.count == 1)
    }

    @Test func `a value that does not fit is kept as it was given`() throws {
        let json = try TracedGraph.trace(["birth date": "31/01/2008", "province": "8", "fines": 1]).json
        #expect(json["inputs"]?["birth date"]?["value"] == .null)
        #expect(json["inputs"]?["birth date"]?["given"] == ["value": "31/01/2008"])
        #expect(json["problems"]?[0]?["input"] == "birth date")
    }

    @Test func `outputs are told by name, and the value with its exact type`() throws {
        let json = try TracedGraph.trace().json
        #expect(json["outputs"] == [["outcome": "grant", "fee": .number(Decimal128("13.5")!)]])
        #expect(json["type"] == ["context": [["key": "outcome"], ["key": "fee", "type": "number"]]])
        #expect(json["hitPolicy"] == "U")
        #expect(json["status"] == "decided")
    }

    @Test func `steps inside a context and an invocation are told`() throws {
        let text = Models.definitions(
            """
            <businessKnowledgeModel id="b" name="twice"><variable name="twice"/><encapsulatedLogic><formalParameter name="n"/><literalExpression><text>n * 2</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
            <decision id="d" name="d"><variable name="d"/><knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement><context>
              <contextEntry><variable name="first"/><literalExpression><text>3</text></literalExpression></contextEntry>
              <contextEntry><variable name="called"/><invocation><literalExpression><text>twice</text></literalExpression><binding><parameter name="n"/><literalExpression><text>first + 1</text></literalExpression></binding></invocation></contextEntry>
              <contextEntry><literalExpression><text>called + 1</text></literalExpression></contextEntry>
            </context></decision>
            """)
        let trace = try TracedGraph.trace([:], of: "d", text: text)
        #expect(trace.asked?.steps.map { $0.name } == ["first", "n", "called"])
        #expect(trace.asked?.steps.map { $0.value } == [3, 4, 8])
        #expect(trace.json["logic"] == "context")
        #expect(trace.json["value"] == 9)
    }

    private static func knowledgeTable(_ expression: String) -> String {
        Models.definitions(
            """
            <businessKnowledgeModel id="b" name="fee"><variable name="fee"/><encapsulatedLogic><formalParameter name="n"/><decisionTable><input label="size"><inputExpression><text>n</text></inputExpression></input><output/><annotation name="en"/>
              <rule id="small"><inputEntry><text>&lt; 10</text></inputEntry><outputEntry><text>1</text></outputEntry><annotationEntry><text>Small.</text></annotationEntry></rule>
              <rule id="large"><inputEntry><text>&gt;= 10</text></inputEntry><outputEntry><text>5</text></outputEntry><annotationEntry><text>Large.</text></annotationEntry></rule></decisionTable></encapsulatedLogic></businessKnowledgeModel>
            <decision id="d" name="d"><variable name="d"/><knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement><literalExpression><text>\(expression)</text></literalExpression></decision>
            """)
    }

    @Test func `tables inside knowledge bring their rules and sentences`() throws {
        let trace = try TracedGraph.trace([:], of: "d", text: Self.knowledgeTable("fee(3) + fee(12)"))
        #expect(trace.asked?.tables.map { $0.table.name } == ["fee", "fee"])
        #expect(trace.json["tables"]?[1]?["matched"]?[0]?["annotations"] == ["en": "Large."])
        #expect(trace.json["tables"]?[0]?["cells"] == [["yes"], ["no"]])
        #expect(trace.json["expression"] == "fee(3) + fee(12)")
    }

    @Test func `an account of thousands of tables is cut, and says so`() throws {
        let trace = try TracedGraph.trace([:], of: "d", text: Self.knowledgeTable("sum(for i in 1..3000 return fee(i))"))
        #expect(trace.asked?.tables.count == DecisionTrace.tablesMax)
        #expect(trace.json["cut"] == true)
        #expect(trace.outcome.value == 14_964)
    }

    private static let service = Models.definitions(
        """
        <inputData id="i" name="size"><variable name="size" typeRef="number"/></inputData><inputData id="j" name="rate"><variable name="rate"/></inputData>
        <decision id="base" name="base"><variable name="base"/><informationRequirement><requiredInput href="#i"/></informationRequirement><literalExpression><text>size * 2</text></literalExpression></decision>
        <decision id="given" name="given"><variable name="given"/><informationRequirement><requiredInput href="#j"/></informationRequirement><literalExpression><text>rate + 1</text></literalExpression></decision>
        <decision id="price" name="price"><variable name="price"/><informationRequirement><requiredDecision href="#base"/></informationRequirement>
          <informationRequirement><requiredDecision href="#given"/></informationRequirement><literalExpression><text>base + given</text></literalExpression></decision>
        <decisionService id="s" name="pricing"><variable name="pricing"/><outputDecision href="#price"/><encapsulatedDecision href="#base"/><inputDecision href="#given"/><inputData href="#i"/></decisionService>
        <decision id="all" name="all"><variable name="all"/><knowledgeRequirement><requiredKnowledge href="#s"/></knowledgeRequirement><literalExpression><text>for x in 1..CALLS return pricing(x, 10)</text></literalExpression></decision>
        """)

    private static func service(calls: Int) -> String { service.split(separator: "CALLS").joined(separator: String(calls)) }

    @Test func `a decision service is an account of the decisions inside it`() throws {
        let trace = try TracedGraph.trace(["size": 4, "given": 3], of: "s", text: Self.service(calls: 1))
        #expect(trace.outcome.value == 11)
        #expect(trace.accounts.map { $0.decision.id } == ["base", "price"])
        #expect(trace.asked == nil)
        let json = trace.json
        #expect(json["logic"] == "decision service")
        #expect(json["inputs"] == ["size": ["value": 4, "origin": "given"], "given": ["value": 3, "origin": "given"]])
        #expect(json["outputs"] == [["pricing": 11]])
        #expect(json["version"]?.string == trace.version?.hex)
        #expect(json["decisions"]?.array?.count == 2)
    }

    @Test func `an account of a service is recomputed, too`() throws {
        let text = Self.service(calls: 1)
        for inputs: [String: Value] in [["size": 4, "given": 3], ["given": 3], [:], ["size": "x", "given": nil]] {
            let trace = try TracedGraph.trace(inputs, of: "pricing", text: text)
            let again = try DecisionTrace.recompute(try JSON.parse(trace.json.canonical), with: try Models.model(text))
            #expect(again.isSame, "\(again.differences)")
        }
        let changed = text.split(separator: "size * 2").joined(separator: "size * 3")
        let again = try DecisionTrace.recompute(try TracedGraph.trace(["size": 4, "given": 3], of: "s", text: text).json, with: try Models.model(changed))
        #expect(again.versions.map { $0.decision } == ["s", "base", "price"])
    }

    @Test func `decisions inside a service that a decision calls say within which`() throws {
        let trace = try TracedGraph.trace([:], of: "all", text: Self.service(calls: 2))
        #expect(trace.outcome.value == [12, 14])
        #expect(trace.accounts.map { $0.decision.id } == ["base", "price", "base", "price", "all"])
        #expect(trace.accounts.map { $0.within } == ["all", "all", "all", "all", nil])
        #expect(trace.json["decisions"]?[2]?["within"] == "all")
        #expect(trace.json["decisions"]?[2]?["value"] == 4)
    }

    @Test func `thousands of calls of a service are cut, and say so`() throws {
        let trace = try TracedGraph.trace([:], of: "all", text: Self.service(calls: 3_000))
        #expect(trace.accounts.count == DecisionTrace.accountsMax + 1)
        #expect(trace.asked?.decision.id == "all")
        #expect(trace.json["decisionsCut"] == true)
        #expect(trace.asked?.value.list?.count == 3_000)
    }

    @Test func `a decision that is not there is an account of that`() throws {
        let json = try TracedGraph.trace(of: "licencia").json
        #expect(json["status"] == "failed")
        #expect(json["message"]?.string?.contains("‘licencia’") == true)
        #expect(json["cells"] == nil)
    }

    @Test func `a whole account reads as it is kept`() throws {
        try expectKept(try TracedGraph.trace().json, "granted.json")
        try expectKept(try TracedGraph.trace(["birth date": "1990-05-01", "fines": 1]).json, "unknown.json")
    }
}
