import HouseTesting
import Kernel
import Templates
import Testing

@Suite("The specification of Mustache", .enabled(if: SharedData.isPresent, "the shared conformance data is not here"))
struct SpecificationTests {
    /// Blocks of a parent are not indented anew: no template of ours needs it.
    static let leftOut: Set<String> = [
        "Standalone parent", "Standalone block", "Block reindentation", "Intrinsic indentation", "Nested block reindentation",
    ]

    @Test(arguments: [
        ("comments", 12), ("delimiters", 14), ("interpolation", 42), ("inverted", 22), ("partials", 12), ("sections", 34), ("optional-inheritance", 27),
    ])
    func `every test writes what is expected`(file: String, count: Int) throws {
        let tests = MustacheCases.tests(try SharedData.json("conformance/mustache/\(file).json"))
        #expect(tests.count == count)
        for item in tests where file != "optional-inheritance" || !Self.leftOut.contains(MustacheCases.name(item)) {
            let fault = MustacheCases.fault(item)
            #expect(fault == nil, "\(file): \(MustacheCases.name(item))")
        }
    }

    @Test func `every file of the core is run`() {
        #expect(MustacheCases.files == ["comments", "delimiters", "interpolation", "inverted", "partials", "sections", "optional-inheritance"])
    }
}
