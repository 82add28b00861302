/// What a model consists of and what rests on what: the value that a requirement diagram is drawn from.
///
/// **Standard:** DMN 1.5, chapter 6.
package struct RequirementGraph: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable { case input, decision, knowledge, source, service }

    package enum Relation: String, Hashable, Sendable, CaseIterable {
        /// Data or another decision's result goes in.
        case information
        /// A function is called.
        case knowledge
        /// A law, a policy or a person stands behind it.
        case authority
        /// A decision is one of those that a service answers with.
        case part
    }

    package struct Node: Hashable, Sendable {
        package let id: String
        package var label: String
        package let kind: Kind
        /// Where the node leads to, as an `href`; nil leads nowhere.
        package var address: String?

        package init(id: String, label: String, kind: Kind, address: String? = nil) {
            self.id = id
            self.label = label
            self.kind = kind
            self.address = address
        }
    }

    /// `to` needs, or rests on, `from`.
    package struct Edge: Hashable, Sendable {
        package let from: String
        package let to: String
        package let relation: Relation

        package init(from: String, to: String, relation: Relation) {
            self.from = from
            self.to = to
            self.relation = relation
        }
    }

    package private(set) var nodes: [Node]
    package let edges: [Edge]

    /// - Parameter edges: those that lead from or to no node, lead a node to itself or stand twice are left out.
    package init(nodes: [Node], edges: [Edge]) {
        let known = Set(nodes.map { $0.id })
        var seen: Set<Edge> = []
        self.nodes = nodes
        self.edges = edges.filter { $0.from != $0.to && known.contains($0.from) && known.contains($0.to) && seen.insert($0).inserted }
    }

    /// The whole model: decisions in the file's order, then what they need.
    package init(_ model: DecisionModel) {
        var nodes: [Node] = [], edges: [Edge] = []
        for decision in model.decisions {
            nodes.append(Node(id: decision.id, label: decision.name, kind: .decision))
            for id in decision.requiredInputs { edges.append(Edge(from: id, to: decision.id, relation: .information)) }
            for id in decision.requiredDecisions { edges.append(Edge(from: id, to: decision.id, relation: .information)) }
            for id in decision.requiredKnowledge { edges.append(Edge(from: id, to: decision.id, relation: .knowledge)) }
            for source in decision.sources { edges.append(Edge(from: source.id, to: decision.id, relation: .authority)) }
        }
        for knowledge in model.knowledge {
            nodes.append(Node(id: knowledge.id, label: knowledge.name, kind: .knowledge))
            for id in knowledge.requiredKnowledge { edges.append(Edge(from: id, to: knowledge.id, relation: .knowledge)) }
            for source in knowledge.sources { edges.append(Edge(from: source.id, to: knowledge.id, relation: .authority)) }
        }
        for service in model.services {
            nodes.append(Node(id: service.id, label: service.name, kind: .service))
            for id in service.outputs { edges.append(Edge(from: id, to: service.id, relation: .part)) }
        }
        for input in model.inputs { nodes.append(Node(id: input.id, label: input.name, kind: .input)) }
        for source in model.sources { nodes.append(Node(id: source.id, label: source.name, kind: .source)) }
        self.init(nodes: nodes, edges: edges)
    }

    /// The same graph with other labels and addresses: a reader's words, a page's anchors.
    package func renamed(_ rename: (inout Node) -> Void) -> RequirementGraph {
        var graph = self
        for place in graph.nodes.indices { rename(&graph.nodes[place]) }
        return graph
    }

    /// What a node needs directly, by relation, in the model's order.
    package func requirements(of id: String, _ relation: Relation) -> [Node] {
        let needed = Set(edges.filter { $0.to == id && $0.relation == relation }.map { $0.from })
        return needed.isEmpty ? [] : nodes.filter { needed.contains($0.id) }
    }
}
