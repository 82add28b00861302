package import FEEL

/// The logic of a decision, or of business knowledge, as something to look at: nested values, each an expression's own text or a table.
///
/// **Standard:** DMN 1.5, chapters 8 and 10.2.
package indirect enum DrawnLogic: Sendable {
    package struct Entry: Sendable {
        package let name: String
        package let logic: DrawnLogic
    }

    case literal(Expression)
    case table(DecisionTable)
    case context([Entry], result: DrawnLogic?)
    case invocation(String, [Entry])
    case list([DrawnLogic])
    case relation(columns: [String], rows: [[DrawnLogic]])
    case function(parameters: [String], DrawnLogic)
    case conditional(test: DrawnLogic, yes: DrawnLogic, no: DrawnLogic)
    case filter(DrawnLogic, match: DrawnLogic)
    case loop(Loop, variable: String, in: DrawnLogic, DrawnLogic)

    /// What the model gives in a way that is not run; only one that is read leniently has it.
    case missing

    package enum Loop: String, Hashable, Sendable { case each, every, some }

    init(_ boxed: Boxed) {
        switch boxed {
        case .literal(let expression, _): self = .literal(expression)
        case .table(let table): self = .table(table)
        case .context(let entries, let result): self = .context(DrawnLogic.entries(entries), result: result.map { DrawnLogic($0) })
        case .invocation(_, let called, let bindings): self = .invocation(called, DrawnLogic.entries(bindings))
        case .list(let items): self = .list(items.map { DrawnLogic($0) })
        case .relation(let columns, let rows): self = .relation(columns: columns.map { $0.name }, rows: rows.map { $0.map { DrawnLogic($0) } })
        case .function(let parameters, let body): self = .function(parameters: parameters.map { $0.name }, DrawnLogic(body))
        case .conditional(let test, let then, let otherwise): self = .conditional(test: DrawnLogic(test), yes: DrawnLogic(then), no: DrawnLogic(otherwise))
        case .filter(let list, let match): self = .filter(DrawnLogic(list), match: DrawnLogic(match))
        case .each(let variable, let list, _, let body): self = .loop(.each, variable: variable, in: DrawnLogic(list), DrawnLogic(body))
        case .quantified(let variable, let decisive, let list, _, let body):
            self = .loop(decisive ? .some : .every, variable: variable, in: DrawnLogic(list), DrawnLogic(body))
        case .typed(let inner, _, _): self.init(inner)
        case .refused: self = .missing
        }
    }

    private static func entries(_ entries: [(name: String, value: Boxed)]) -> [Entry] {
        entries.map { Entry(name: $0.name, logic: DrawnLogic($0.value)) }
    }
}

extension DecisionModel.Decision {
    /// The logic to look at; nil where the decision has none.
    package var drawn: DrawnLogic? { logic.map { DrawnLogic($0) } }
}

extension DecisionModel.KnowledgeModel {
    /// The body of the function to look at; nil where the model gives none.
    package var drawn: DrawnLogic? { logic.map { DrawnLogic($0) } }
}

extension DecisionTable.Output {
    /// What holds where no rule matches; nil where the table has no default.
    package var standardExpression: Expression? { standard }
}
