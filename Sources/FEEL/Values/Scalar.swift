/// The types that a value's kind alone settles, so that most values are seen to fit without more ado.
package enum Scalar: UInt8, Sendable {
    case boolean, number, string, date, dayTime, yearMonth

    /// Nil for types that look further than at the kind.
    package init?(_ type: TypeName) {
        switch type {
        case .boolean: self = .boolean
        case .number: self = .number
        case .string: self = .string
        case .date: self = .date
        case .dayTime: self = .dayTime
        case .yearMonth: self = .yearMonth
        default: return nil
        }
    }

    /// Whether the value is of the type; null is not.
    package func holds(_ value: Value) -> Bool {
        switch (self, value) {
        case (.boolean, .boolean), (.number, .number), (.string, .string), (.date, .date), (.dayTime, .dayTime), (.yearMonth, .yearMonth): true
        default: false
        }
    }
}
