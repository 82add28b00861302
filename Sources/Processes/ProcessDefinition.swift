package import Definitions
package import FEEL
package import Kernel

/// A process as it is run: read from BPMN once, checked, never changed.
///
/// **Shape:** one start, one token, ends; user, service and business-rule tasks; exclusive gateways with FEEL conditions.
/// **Standard:** BPMN 2.0.2 (ISO/IEC 19510), chapter 10, of which this is a named part: everything else is refused at load.
package struct ProcessDefinition: Sendable {
    package struct Element: Sendable {
        package let id: String
        package let name: String
        package let kind: Kind
        package let position: Position
        /// Places in ``flows``, in the order of the file.
        package let outgoing: [Int]
    }

    package enum Kind: Hashable, Sendable {
        case start
        case end
        /// Work of a person: `body/role`, or `applicant`.
        case userTask(group: String, form: String?)
        /// Work of the platform, such as `register.create`; the other attributes of our namespace are its parameters.
        case serviceTask(operation: String, parameters: JSONObject)
        case businessRuleTask(decision: String)
        /// The place in ``flows`` of the flow that is taken when no condition is true.
        case exclusiveGateway(standard: Int?)
    }

    package struct Flow: Sendable {
        package let id: String
        package let name: String
        /// Places in ``elements``.
        package let source: Int
        package let target: Int
        package let condition: Expression?
        package let position: Position
    }

    package let id: String
    package let name: String
    /// The file that it was read from.
    package let path: String
    package let elements: [Element]
    package let flows: [Flow]
    let start: Int
    private let places: [String: Int]

    init(id: String, name: String, path: String, elements: [Element], flows: [Flow], start: Int) {
        self.id = id
        self.name = name
        self.path = path
        self.elements = elements
        self.flows = flows
        self.start = start
        var places: [String: Int] = [:]
        for (place, element) in elements.enumerated() { places[element.id] = place }
        self.places = places
    }

    package func element(_ id: String) -> Element? { place(of: id).map { elements[$0] } }

    func place(of id: String) -> Int? { places[id] }

    /// The names of the variables that conditions read.
    package var names: Set<String> {
        var names: Set<String> = []
        for flow in flows { names.formUnion(flow.condition?.names ?? []) }
        return names
    }
}
