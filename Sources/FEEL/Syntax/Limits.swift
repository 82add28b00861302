/// What keeps any expression, however it was written, from running away. Reaching a limit is a syntax error at reading
/// or an explained null at evaluation, never a hang.
package enum Limits {
    /// Unicode scalars in one expression.
    package static let textMax = 65_536
    /// Brackets, calls and `if`s inside one another.
    package static let nestingMax = 96
    /// Levels that the reader enters for each Unicode scalar of the text, and so many more. Tests in parentheses may turn out to be a range, and
    /// `not(…)` a call, and are read again then: inside one another they would be read 2ⁿ times. Sound expressions stay below two.
    package static let readingsPerScalarMax = 16
    package static let readingsMin = 256
    /// Levels of the syntax tree (a chain of additions counts one level each).
    package static let treeDepthMax = 400
    /// Levels of evaluation, function calls included.
    package static let evaluationDepthMax = 1_200
    /// Bytes of its thread's stack that an evaluation may take before it calls another function. An optimised program needs less for all its
    /// levels; one that is built for debugging may not. Every thread has `dovira` give it 8 MB, and what one function's text takes at its
    /// deepest fits beside this.
    package static let stackBytesMax = 3 * 1_024 * 1_024
    /// Elements in a list that an expression makes.
    package static let listMax = 100_000
    /// Elements and members in a value that an expression makes, those inside others counted wherever they stand: `[a, a]` counts a twice.
    package static let valueSizeMax = 1_000_000
    /// Lists and contexts inside one another in such a value.
    package static let valueDepthMax = 300
    /// Unicode scalars in a string that an expression makes.
    package static let stringMax = 1_000_000
    /// Steps of one evaluation: nodes visited, elements looked at.
    package static let stepsMax = 5_000_000
    /// Steps of the conditions that guard one access, all together: they run while everyone else waits for the writer.
    package static let conditionStepsMax = 50_000
    /// Bytes of a text that a function looks through for one step.
    package static let bytesPerStep = 64
    /// Steps for each byte of a pattern, which is compiled where it is used.
    package static let stepsPerPatternByte = 4
    /// Problems kept by one evaluation; later ones are counted only.
    package static let problemsMax = 20
}
