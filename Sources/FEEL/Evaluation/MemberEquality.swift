/// The commonest condition there is, `a.b = c.d`: whether two members of free names are equal.
///
/// It is answered from the two values alone, so that whoever knows them need not first put everything that a condition could
/// speak of into contexts. What it answers is what ``Expression/evaluate(_:)`` answers.
package struct MemberEquality: Sendable {
    /// A member of a free name.
    package struct Member: Hashable, Sendable {
        package let base: String
        package let name: String
    }
    package let one: Member
    package let other: Member

    /// Nil where the expression says anything else, or more.
    package init?(_ expression: Expression) {
        guard case .comparison(.equal, let left, let right) = expression.root.kind, let one = Self.member(left), let other = Self.member(right)
        else { return nil }
        self.one = one
        self.other = other
    }

    private static func member(_ node: Node) -> Member? {
        guard case .member(let source, let name) = node.kind, case .free(let base) = source.kind else { return nil }
        return Member(base: base, name: name)
    }

    /// FEEL's own equality of the two; nil where it is unknown.
    package func holds(_ one: Value, _ other: Value) -> Bool? {
        if case .string(let left) = one, case .string(let right) = other { return Texts.equal(left, right) }
        return Evaluator(Scope()).equal(one, other)
    }
}
