import Decisions
import Foundation
import HouseTesting
#if canImport(FoundationXML)
import FoundationXML
#endif
import Templates
import Testing

@Suite("Requirement graphs drawn") struct GraphDrawingTests {
    typealias Node = RequirementGraph.Node
    typealias Edge = RequirementGraph.Edge

    static let text = Models.definitions(
        """
        <inputData id="age" name="age"><variable name="age" typeRef="number"/></inputData>
        <inputData id="income" name="yearly income"><variable name="yearly income" typeRef="number"/></inputData>
        <knowledgeSource id="act" name="Act 14 of 2024, article 5"/>
        <businessKnowledgeModel id="rate" name="rate"><variable name="rate"/><encapsulatedLogic><formalParameter name="sum" typeRef="number"/>
          <literalExpression><text>sum * 0.07</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
        <decision id="grown" name="grown up"><variable name="grown up"/><informationRequirement><requiredInput href="#age"/></informationRequirement>
          <authorityRequirement><requiredAuthority href="#act"/></authorityRequirement><literalExpression><text>age >= 18</text></literalExpression></decision>
        <decision id="tax" name="tax &lt;due&gt; &amp; &quot;owed&quot;"><variable name="tax"/><informationRequirement><requiredDecision href="#grown"/></informationRequirement>
          <informationRequirement><requiredInput href="#income"/></informationRequirement><knowledgeRequirement><requiredKnowledge href="#rate"/></knowledgeRequirement>
          <literalExpression><text>if grown up then rate(yearly income) else 0</text></literalExpression></decision>
        """)

    static let words = GraphPicture.Words(
        title: "How the decisions hang together", description: "“tax” needs “grown up”.",
        kinds: [.input: "Data", .decision: "Decision", .knowledge: "Calculation", .source: "Law", .service: "Service"])

    @Test func `a model's graph holds all that there is, and what rests on what`() throws {
        let graph = RequirementGraph(try Models.model(GraphDrawingTests.text))
        #expect(graph.nodes.map { $0.id } == ["grown", "tax", "rate", "age", "income", "act"])
        #expect(graph.requirements(of: "tax", .information).map { $0.id } == ["grown", "income"])
        #expect(graph.requirements(of: "tax", .knowledge).map { $0.id } == ["rate"])
        #expect(graph.requirements(of: "grown", .authority).map { $0.label } == ["Act 14 of 2024, article 5"])
    }

    @Test func `edges to nowhere, to oneself and twice the same are left out`() {
        let nodes = [Node(id: "a", label: "a", kind: .decision), Node(id: "b", label: "b", kind: .input)]
        let edge = Edge(from: "b", to: "a", relation: .information)
        let graph = RequirementGraph(nodes: nodes, edges: [edge, edge, Edge(from: "a", to: "a", relation: .knowledge), Edge(from: "c", to: "a", relation: .authority)])
        #expect(graph.edges == [edge])
    }

    /// Graphs of every size and density, from a seed; one in four with circles.
    static func graph(_ seed: Int) -> RequirementGraph {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let count = 1 + next(seed % 10 == 0 ? 120 : 25)
        let kinds = RequirementGraph.Kind.allCases, relations = RequirementGraph.Relation.allCases
        let nodes = (0..<count).map { Node(id: "n\($0)", label: String(repeating: "word_\($0) ", count: 1 + next(9)), kind: kinds[next(kinds.count)]) }
        let edges = (0..<next(2 * count + 1)).map { _ -> Edge in
            var (from, to) = (next(count), next(count))
            if seed % 4 != 0, from > to { swap(&from, &to) }
            return Edge(from: "n\(from)", to: "n\(to)", relation: relations[next(relations.count)])
        }
        return RequirementGraph(nodes: nodes, edges: edges)
    }

    @Test(arguments: 0..<60) func `no two nodes overlap, and all lie within the picture`(seed: Int) throws {
        let graph = GraphDrawingTests.graph(seed)
        let layout = try #require(GraphLayout(graph))
        #expect(layout.boxes.map { $0.node } == graph.nodes)
        for (place, box) in layout.boxes.enumerated() {
            #expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= layout.width && box.y + box.height <= layout.height)
            #expect(box.height >= 44 && box.lines.count * 18 < box.height && box.lines.count <= 6)
            for other in layout.boxes[(place + 1)...] {
                let isApart = box.x + box.width <= other.x || other.x + other.width <= box.x || box.y + box.height <= other.y || other.y + other.height <= box.y
                #expect(isApart, "\(box.node.id) and \(other.node.id)")
            }
        }
    }

    @Test(arguments: 0..<60) func `every edge is a line from the one node to the other that crosses none`(seed: Int) throws {
        let graph = GraphDrawingTests.graph(seed)
        let layout = try #require(GraphLayout(graph))
        #expect(layout.lines.map { $0.edge } == graph.edges)
        let boxes = Dictionary(uniqueKeysWithValues: layout.boxes.map { ($0.node.id, $0) })
        for line in layout.lines {
            let from = try #require(boxes[line.edge.from]), to = try #require(boxes[line.edge.to])
            let first = line.points[0], last = line.points[line.points.count - 1]
            #expect(first.x == from.x || first.x == from.x + from.width)
            #expect(last.x == to.x || last.x == to.x + to.width)
            #expect(from.y <= first.y && first.y <= from.y + from.height)
            #expect(to.y <= last.y && last.y <= to.y + to.height)
            #expect(line.points.count % 2 == 0)
            // Bends lie between the columns; where a line passes a column it runs level, and over no node.
            for step in stride(from: 1, to: line.points.count - 1, by: 2) {
                let (enter, leave) = (line.points[step], line.points[step + 1])
                #expect(enter.y == leave.y)
                for box in layout.boxes where min(enter.x, leave.x) < box.x + box.width && box.x < max(enter.x, leave.x) {
                    #expect(enter.y < box.y || enter.y > box.y + box.height, "\(line.edge) over \(box.node.id)")
                }
            }
        }
    }

    @Test func `what is needed stands left of what needs it`() throws {
        let layout = try #require(GraphLayout(RequirementGraph(try Models.model(GraphDrawingTests.text))))
        let x = Dictionary(uniqueKeysWithValues: layout.boxes.map { ($0.node.id, $0.x) })
        for line in layout.lines { #expect(try #require(x[line.edge.from]) < (try #require(x[line.edge.to]))) }
        // Two columns fit a screen of 320 px with its gutters; three do on any larger phone's width turned.
        #expect(layout.width == 3 * 120 + 2 * 44 + 4)
    }

    @Test func `lines that need not cross do not`() throws {
        // Four decisions, each with one input, named against their order.
        let nodes = (0..<4).map { Node(id: "d\($0)", label: "d", kind: .decision) } + (0..<4).map { Node(id: "i\($0)", label: "i", kind: .input) }
        let layout = try #require(GraphLayout(RequirementGraph(nodes: nodes, edges: (0..<4).map { Edge(from: "i\(3 - $0)", to: "d\($0)", relation: .information) })))
        for line in layout.lines { #expect(line.points[0].y == line.points[1].y) }
    }

    @Test func `a circle is drawn, with one of its lines going back`() throws {
        let nodes = ["a", "b", "c"].map { Node(id: $0, label: $0, kind: .source) }
        let edges = [("a", "b"), ("b", "c"), ("c", "a")].map { Edge(from: $0, to: $1, relation: .authority) }
        let layout = try #require(GraphLayout(RequirementGraph(nodes: nodes, edges: edges)))
        #expect(layout.lines.count { $0.points[0].x > $0.points[$0.points.count - 1].x } == 1)
    }

    @Test func `beyond the limits there is no picture`() {
        func chain(_ count: Int) -> RequirementGraph {
            RequirementGraph(
                nodes: (0..<count).map { Node(id: "\($0)", label: "x", kind: .decision) },
                edges: (1..<max(count, 1)).map { Edge(from: "\($0 - 1)", to: "\($0)", relation: .information) })
        }
        #expect(GraphLayout(RequirementGraph(nodes: [], edges: [])) == nil)
        #expect(GraphLayout(chain(GraphLayout.nodesMax)) != nil)
        #expect(GraphLayout(chain(GraphLayout.nodesMax + 1)) == nil)
        let many = (0..<60).map { Node(id: "\($0)", label: "x", kind: .decision) }
        let all = many.flatMap { one in many.compactMap { other in Int(one.id)! < Int(other.id)! ? Edge(from: one.id, to: other.id, relation: .information) : nil } }
        #expect(GraphLayout(RequirementGraph(nodes: many, edges: Array(all.prefix(GraphLayout.edgesMax + 1)))) == nil)
        // Few enough nodes and edges, but each edge passes half of a long chain.
        let long = chain(GraphLayout.nodesMax)
        let jumps = (0..<150).map { Edge(from: "\($0)", to: "\($0 + 150)", relation: .authority) }
        #expect(GraphLayout(RequirementGraph(nodes: long.nodes, edges: long.edges + jumps)) == nil)
    }

    @Test func `the same graph gives the same picture`() throws {
        for seed in 0..<20 {
            let one = try #require(GraphLayout(GraphDrawingTests.graph(seed))), other = try #require(GraphLayout(GraphDrawingTests.graph(seed)))
            #expect(GraphPicture(one, GraphDrawingTests.words).svg(id: "g") == GraphPicture(other, GraphDrawingTests.words).svg(id: "g"))
        }
    }

    @Test func `names are escaped in texts, titles and addresses`() throws {
        let evil = "</title><script>alert('1')</script>\"&\u{1}\n"
        let nodes = RequirementGraph.Kind.allCases.map { Node(id: evil + $0.rawValue, label: evil, kind: $0, address: "#\"><b>") }
        let layout = try #require(GraphLayout(RequirementGraph(nodes: nodes, edges: [])))
        let svg = GraphPicture(layout, .init(title: evil, description: evil, kinds: [.input: evil])).svg(id: "\"><i>").text
        for part in ["<script", "</title><s", "\"><b>", "\"><i>", "\u{1}"] { #expect(!svg.contains(part), "\(part)") }
        #expect(svg.contains("&lt;/title&gt;&lt;script&gt;"))
        let parser = XMLParser(data: Data(svg.utf8))
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
    }

    @Test func `a picture without links is an image, with links a group`() throws {
        let graph = RequirementGraph(try Models.model(GraphDrawingTests.text))
        let plain = GraphPicture(try #require(GraphLayout(graph)), GraphDrawingTests.words).svg(id: "g").text
        #expect(plain.contains("role=\"img\"") && !plain.contains("<a "))
        let linked = graph.renamed { if $0.kind == .decision { $0.address = "#\($0.id)" } }
        let svg = GraphPicture(try #require(GraphLayout(linked)), GraphDrawingTests.words).svg(id: "g").text
        #expect(svg.contains("role=\"group\"") && svg.contains("href=\"#grown\"") && svg.contains("href=\"#tax\""))
        try expectSnapshot(svg, "graph.svg")
    }

    @Test func `long labels are broken, and what has no room ends in an ellipsis`() throws {
        func lines(_ label: String) throws -> [String] {
            try #require(GraphLayout(RequirementGraph(nodes: [Node(id: "a", label: label, kind: .decision)], edges: []))).boxes[0].lines
        }
        #expect(try lines("Identity card valid") == ["Identity card", "valid"])
        #expect(try lines("is_registered_already_here") == ["is_registered_", "already_here"])
        #expect(try lines("Зареєстрованийпідприємецьвіддавна").count == 3)
        #expect(try lines(String(repeating: "word ", count: 90)).count == 6)
        #expect(try lines(String(repeating: "word ", count: 90))[5].hasSuffix("…"))
        #expect(try lines("") == [])
    }
}

/// Compares with a kept text, or keeps it when `DOVIRA_RECORD=1`.
func expectSnapshot(_ text: String, _ name: String, file: String = #filePath, sourceLocation: SourceLocation = #_sourceLocation) throws {
    if let difference = try KeptText.difference(text, name, beside: file) { Issue.record("\(difference)", sourceLocation: sourceLocation) }
}
