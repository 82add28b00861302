import Decisions
import Definitions
import FEEL
import Foundation
import StateFolder
import Testing

/// Rules that a service shares with others: models in `decisions/` and beside its own.
@Suite("Shared decision models") struct SharedDecisionTests {
    private static let service = "services/sole-proprietor/"
    private static let model = "https://www.omg.org/spec/DMN/20230324/MODEL/"

    private static func shared(_ inside: String, namespace: String = "urn:shared") -> String {
        """
        <definitions xmlns="\(model)" name="shared" namespace="\(namespace)">
        <itemDefinition name="tAge"><typeRef>number</typeRef><allowedValues><text>[0..150]</text></allowedValues></itemDefinition>
        <inputData id="age" name="age"><variable name="age" typeRef="tAge"/></inputData>
        \(inside)
        </definitions>
        """
    }

    private static let adult = """
        <decision id="adult" name="adult"><variable name="adult" typeRef="boolean"/><informationRequirement><requiredInput href="#age"/></informationRequirement>
        <literalExpression><text>age &gt;= 18</text></literalExpression></decision>
        """

    /// Istmo, whose sole proprietor's rules import a shared model and decide once more by it.
    private static func files(_ shared: String?, location: String = "../../decisions/persons.dmn") throws -> [String: [UInt8]] {
        let path = service + "decision.dmn"
        var files = IstmoFolder.files
        var text = String(decoding: try #require(files[path]), as: UTF8.self)
        let head = try #require(text.range(of: "<inputData"))
        text.insert(contentsOf: "<import name=\"persons\" namespace=\"urn:shared\" locationURI=\"\(location)\" importType=\"\(model)\"/>\n", at: head.lowerBound)
        let end = try #require(text.range(of: "</definitions>"))
        text.insert(
            contentsOf: "<decision id=\"grown\" name=\"grown\"><variable name=\"grown\"/><informationRequirement><requiredDecision href=\"urn:shared#adult\"/></informationRequirement><literalExpression><text>persons.adult</text></literalExpression></decision>\n",
            at: end.lowerBound)
        files[path] = Array(text.utf8)
        if let shared { files["decisions/persons.dmn"] = Array(shared.utf8) }
        return files
    }

    @Test func `a service decides by a model that it shares, given its own facts`() throws {
        let (state, found) = IstmoFolder.read(try Self.files(Self.shared(Self.adult)))
        let decisions = try #require(state?.service("sole-proprietor"), "\(found)").decisions
        #expect(found.isEmpty, "\(found)")
        #expect(decisions.evaluate("grown", ["age": 17]).value == false)
        #expect(decisions.evaluate("grown", ["age": 18]).value == true)
        #expect(decisions.evaluate("grown", ["age": 200]).problems.first?.message.contains("[0..150]") == true)
    }

    @Test func `the version covers the shared model, and no other one`() throws {
        var files = try Self.files(Self.shared(Self.adult))
        let first = try #require(IstmoFolder.read(files).state?.service("sole-proprietor"))
        #expect(first.files.contains("decisions/persons.dmn"))
        files["decisions/persons.dmn"] = Array(Self.shared(Self.adult.replacingOccurrences(of: "18", with: "21")).utf8)
        let second = try #require(IstmoFolder.read(files).state?.service("sole-proprietor"))
        #expect(first.version != second.version)
        files["decisions/other.dmn"] = Array(Self.shared("", namespace: "urn:other").utf8)
        let (third, found) = IstmoFolder.read(files)
        #expect(third?.service("sole-proprietor")?.version == second.version)
        #expect(found == ["decisions/other.dmn:1:1: warning: nothing reads this file; rename it, put it in its folder, or delete it"])
    }

    @Test func `an older version is read back from its files alone`() throws {
        let files = try Self.files(Self.shared(Self.adult))
        let state = try #require(IstmoFolder.read(files).state)
        let service = try #require(state.service("sole-proprietor"))
        var diagnostics = Diagnostics()
        let own = files.filter { service.files.contains($0.key) }
        let again = ServiceDefinition.read("sole-proprietor", files: own, in: state, into: &diagnostics)
        #expect(diagnostics.all.isEmpty)
        #expect(again?.version == service.version)
    }

    @Test func `a model that is not there is a mistake of the import`() throws {
        let (state, found) = IstmoFolder.read(try Self.files(nil))
        #expect(state == nil)
        #expect(found.contains { $0.hasPrefix(Self.service + "decision.dmn:") && $0.contains("‘../../decisions/persons.dmn’") && $0.contains("is not there; put its file beside this one") }, "\(found)")
    }

    @Test func `a mistake in a shared model is reported in its own file, once`() throws {
        let (state, found) = IstmoFolder.read(try Self.files(Self.shared(Self.adult.replacingOccurrences(of: "age &gt;= 18", with: "agee &gt;= 18"))))
        #expect(state == nil)
        #expect(found.filter { $0.hasPrefix("decisions/persons.dmn:5:") && $0.contains("‘agee’") }.count == 1, "\(found)")
    }

    @Test func `what a shared model asks for must be a fact of the service`() throws {
        let inside = "<inputData id=\"h\" name=\"height\"><variable name=\"height\"/></inputData>" + Self.adult.replacingOccurrences(
            of: "<literalExpression>", with: "<informationRequirement><requiredInput href=\"#h\"/></informationRequirement><literalExpression>")
        let (_, found) = IstmoFolder.read(try Self.files(Self.shared(inside)))
        #expect(found.contains { $0.hasPrefix("decisions/persons.dmn:4:") && $0.contains("unknown fact ‘height’") }, "\(found)")
        let unused = Self.shared("<inputData id=\"h\" name=\"height\"><variable name=\"height\"/></inputData>" + Self.adult)
        #expect(IstmoFolder.read(try Self.files(unused)).found.isEmpty)
    }

    @Test func `a model beside the rules is imported, too`() throws {
        var files = try Self.files(nil, location: "persons.dmn")
        files[Self.service + "persons.dmn"] = Array(Self.shared(Self.adult).utf8)
        let (state, found) = IstmoFolder.read(files)
        #expect(found.isEmpty, "\(found)")
        #expect(state?.service("sole-proprietor")?.decisions.evaluate("grown", ["age": 30]).value == true)
    }
}
