import FEEL
import Testing

@Suite("The members that an expression asks for") struct PathTests {
    @Test func `members of free names are listed with their places, in the order of the text`() throws {
        let expression = try Expression(parsing: "count(registers. business[status = \"a.b\"]) > 0 and applicant.age >= 18")
        #expect(expression.paths == [
            Expression.Path(base: "registers", member: "business", offset: 17), Expression.Path(base: "applicant", member: "age", offset: 61),
        ])
    }

    @Test func `a member of a member, of a filtered list or of a text is nobody's path`() throws {
        #expect(try Expression(parsing: "a.b.c").paths.map { $0.member } == ["b"])
        #expect(try Expression(parsing: "xs[1].number").paths.isEmpty)
        #expect(try Expression(parsing: "\"applicant.age\"").paths.isEmpty)
    }

    @Test func `a name inside a filter is followed too`() throws {
        #expect(try Expression(parsing: "xs[owner = applicant.cedula]").paths.map { $0.base } == ["applicant"])
    }
}
