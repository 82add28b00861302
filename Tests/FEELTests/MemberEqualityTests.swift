import FEEL
import Testing

@Suite("An equality of two members") struct MemberEqualityTests {
    @Test func `it answers what evaluation answers, for values of every kind`() throws {
        let expression = try Expression(parsing: "resource.person = principal.person")
        let equality = try #require(MemberEquality(expression))
        #expect(equality.one.base == "resource" && equality.one.name == "person")
        #expect(equality.other.base == "principal" && equality.other.name == "person")
        let values: [Value] = [
            .null, "", "ana", "Ana", "e\u{301}", "\u{e9}", 1, true, ["ana"], [], ["ana": 1],
        ]
        for one in values {
            for other in values {
                let scope = Scope(["resource": .context(context(one)), "principal": .context(context(other))])
                #expect(Value(truth: equality.holds(one, other)) == expression.evaluate(scope).value, "\(one) = \(other)")
            }
        }
    }

    private func context(_ value: Value) -> Context {
        var context = Context()
        context["person"] = value
        return context
    }

    @Test(arguments: [
        "a.b != c.d", "a.b = \"x\"", "a = c.d", "a.b = c", "a.b.c = d.e", "a.b = c.d and true", "not(a.b = c.d)", "a.b < c.d", "a[1].b = c.d",
    ])
    func `any other expression is none`(text: String) throws {
        #expect(MemberEquality(try Expression(parsing: text)) == nil)
    }
}
