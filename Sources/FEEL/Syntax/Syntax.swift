internal import Kernel

/// A node of the checked syntax tree. Names are already bound: to a slot of the local values, to the item of a filter,
/// or to a free name that the scope answers. Evaluation walks these nodes; nothing is looked up by text that the reader could settle.
package final class Node: Sendable {
    /// Where the node begins, in Unicode scalars from the start of the expression.
    let start: Int
    let kind: Kind
    /// The longest way down to a leaf; bounded by ``Limits/treeDepthMax``.
    let depth: Int

    init(_ kind: Kind, at start: Int, over children: [Node] = []) {
        self.kind = kind
        self.start = start
        var deepest = 0
        for child in children where child.depth > deepest { deepest = child.depth }
        depth = deepest + 1
    }

    /// The free name that the node is, in a filter unless the item has a member of that name.
    var freeName: String? {
        switch kind {
        case .free(let name): name
        case .itemMember(_, _, let otherwise): otherwise.freeName
        default: nil
        }
    }

    enum Kind: Sendable {
        case literal(Value)
        case local(slot: Int)
        case free(String)
        /// A bound name that is a built-in function's too, where it is called: a value that cannot be called does not hide the function.
        case shadowing(Builtin, slot: Int)
        /// A name inside filters: a member of the innermost item that has it, else what the name means outside.
        case itemMember(String, slots: [Int], otherwise: Node)
        case member(Node, String)
        case list([Node])
        case context([(key: String, value: Node)])
        case range(low: Node, lowIncluded: Bool, high: Node, highIncluded: Bool)
        /// `(< 5)`, `(!= 5)`
        case unaryRange(Relation, Node)
        case negate(Node)
        case arithmetic(Arithmetic, Node, Node)
        case comparison(Relation, Node, Node)
        case and(Node, Node)
        case or(Node, Node)
        case between(Node, low: Node, high: Node)
        case within(Node, tests: [Test])
        case instance(Node, of: TypeName)
        case conditional(Node, then: Node, otherwise: Node)
        case iteration(Iteration)
        case filter(Node, by: Node)
        case builtin(Builtin, [Node])
        case call(Node, [Node])
        case namedCall(Node, [(name: String, value: Node)])
        case function(Lambda)
        case external
    }

    enum Arithmetic: Sendable { case add, subtract, multiply, divide, power }

    /// `for`, `some` and `every`: iterators from the outside in, then what is said of each combination.
    final class Iteration: Sendable {
        enum Purpose: Sendable { case each, some, every }
        let purpose: Purpose
        let iterators: [Iterator]
        let body: Node

        init(_ purpose: Purpose, _ iterators: [Iterator], _ body: Node) {
            self.purpose = purpose
            self.iterators = iterators
            self.body = body
        }
    }

    struct Iterator: Sendable {
        let source: Node
        /// The far end of `for i in 1..9`.
        let end: Node?
    }

    final class Lambda: Sendable {
        let parameters: [Function.Parameter]
        let body: Node
        /// A function that is the value of a context entry may call itself by the entry's name.
        let name: String?
        /// The expression in which the function was written, in which its problems happen.
        let text: String

        init(_ parameters: [Function.Parameter], _ body: Node, name: String?, text: String) {
            self.parameters = parameters
            self.body = body
            self.name = name
            self.text = text
        }
    }
}

/// One of the tests that a value can meet: in a table's cell or after `in`.
package enum Test: Sendable {
    case any
    case relation(Relation, Node)
    /// A value to equal, a list or a range to be in.
    case value(Node)
    /// An expression that speaks of `?` itself, and says true or false.
    case condition(Node)
    case not([Test])
}

/// How two values are compared.
package enum Relation: Sendable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
}

/// A type as `instance of` and parameters name it.
package indirect enum TypeName: Hashable, Sendable {
    case any, null, boolean, number, string, date, time, dateTime, dayTime, yearMonth
    case list(TypeName)
    case range(TypeName)
    case context([Member])
    case function([TypeName], TypeName)
    /// A type that the model defines; what it admits is the scope's to say.
    case named(String)

    package struct Member: Hashable, Sendable {
        package let name: String
        package let type: TypeName

        package init(name: String, type: TypeName) {
            self.name = name
            self.type = type
        }
    }
}

/// A value that can be called.
package final class Function: Hashable, Sendable {
    package struct Parameter: Sendable {
        package let name: String
        package let type: TypeName?

        package init(name: String, type: TypeName?) {
            self.name = name
            self.type = type
        }
    }

    enum Body: Sendable {
        case builtin(Builtin)
        case lambda(Node.Lambda, captured: [Value])
        case host(HostFunction)
    }

    let body: Body

    init(_ body: Body) {
        self.body = body
    }

    /// A function that another engine answers, such as a model's business knowledge.
    package convenience init(_ host: HostFunction) {
        self.init(.host(host))
    }

    package static func == (one: Function, other: Function) -> Bool {
        if case .builtin(let left) = one.body, case .builtin(let right) = other.body { return left == right }
        return one === other
    }

    package func hash(into hasher: inout Hasher) {
        if case .builtin(let builtin) = body { hasher.combine(builtin) } else { hasher.combine(ObjectIdentifier(self)) }
    }
}

/// A function of another engine, such as a model's business knowledge.
package final class HostFunction: Sendable {
    package let parameters: [Function.Parameter]
    /// The function itself, so that it can call itself, and its arguments.
    package let call: @Sendable (Function, [Value], inout Evaluator) -> Value

    package init(parameters: [Function.Parameter], call: @escaping @Sendable (Function, [Value], inout Evaluator) -> Value) {
        self.parameters = parameters
        self.call = call
    }
}
