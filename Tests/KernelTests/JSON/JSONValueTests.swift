import Kernel
import Testing

@Suite("JSON: values, objects and pointers") struct JSONValueTests {
    @Test func `literals make values`() {
        let value: JSON = ["a": [1, "x", true, false], "b": .null, "c": ["d": .number(Decimal128("0.5") ?? 0)]]
        #expect(value["a"]?[0]?.int == 1)
        #expect(value["a"]?[1]?.string == "x")
        #expect(value["a"]?[2]?.bool == true)
        #expect(value["a"]?[4] == nil)
        #expect(value["a"]?[-1] == nil)
        #expect(value["b"]?.isNull == true)
        #expect(value["c"]?["d"]?.number?.text == "0.5")
        #expect(value["c"]?["d"]?.int == nil)
        #expect(value["z"] == nil)
        #expect(JSON.string("x")["a"] == nil)
        #expect(value["a"]?["0"] == nil)
        #expect(value.array == nil)
        #expect(value["a"]?.object == nil)
    }

    @Test func `an object keeps its order through changes, small or large`() {
        for size in [3, 12, 13, 40] {
            var object = JSONObject()
            for number in 0..<size { object["k\(number)"] = .integer(number) }
            object["k1"] = "changed"
            object["k0"] = nil
            object["none"] = nil
            object["k0"] = "back"
            #expect(object.keys == (1..<size).map { "k\($0)" } + ["k0"])
            #expect(object["k1"] == "changed")
            #expect(object["k\(size - 1)"] == .integer(size - 1))
            #expect(object["k0"] == "back")
            #expect(object.count == size)
            #expect(object.map { $0.key } == object.keys)
        }
    }

    @Test func `objects are equal whatever their order`() {
        var left = JSONObject(), right = JSONObject()
        for number in 0..<30 { left["k\(number)"] = .integer(number) }
        for number in (0..<30).reversed() { right["k\(number)"] = .integer(number) }
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        right["k7"] = 8
        #expect(left != right)
        right["k7"] = nil
        right["k77"] = 7
        #expect(left != right)
    }

    /// RFC 6901 section 5.
    static let pointers: [(String, String)] = [
        ("/foo", "[\"bar\",\"baz\"]"), ("/foo/0", "\"bar\""), ("/", "0"), ("/a~1b", "1"), ("/c%d", "2"), ("/e^f", "3"), ("/g|h", "4"),
        ("/i\\j", "5"), ("/k\"l", "6"), ("/ ", "7"), ("/m~0n", "8"),
    ]

    @Test(arguments: pointers)
    func `the examples of the pointer standard`(text: String, value: String) throws {
        let document = try JSON.parse(
            #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#)
        let pointer = try #require(JSONPointer(text))
        #expect(document.value(at: pointer)?.text == value)
        #expect(pointer.text == text)
        #expect(document.value(at: .root) == document)
    }

    @Test(arguments: ["foo", "/a~", "/a~2", "/~", "#/a"])
    func `what is no pointer is refused`(text: String) {
        #expect(JSONPointer(text) == nil)
    }

    @Test(arguments: ["/foo/2", "/foo/-", "/foo/00", "/foo/01", "/foo/1e0", "/foo/+1", "/foo/bar", "/none", "/foo/0/x", "/foo/99999999999999999999"])
    func `a pointer to nothing finds nothing`(text: String) throws {
        let document: JSON = ["foo": ["bar", "baz"]]
        #expect(document.value(at: try #require(JSONPointer(text))) == nil)
    }

    @Test func `a pointer grows step by step`() {
        let pointer = JSONPointer.root.appending("a/b").appending(3).appending("~")
        #expect(pointer.text == "/a~1b/3/~0")
        #expect(JSONPointer(pointer.text) == pointer)
    }

    private func expectSet(_ document: inout JSON, _ pointer: String, _ value: JSON, _ expected: Bool) throws {
        let done = document.set(value, at: try #require(JSONPointer(pointer)))
        #expect(done == expected, "\(pointer)")
    }

    @Test func `setting makes what is missing on the way`() throws {
        var value = JSON.null
        try expectSet(&value, "/applicant/name", "Ana", true)
        try expectSet(&value, "/list", ["x"], true)
        try expectSet(&value, "/list/-", "y", true)
        try expectSet(&value, "/list/2", "z", true)
        try expectSet(&value, "/list/0", "first", true)
        try expectSet(&value, "/applicant/home/street", 1, true)
        #expect(value.text == #"{"applicant":{"name":"Ana","home":{"street":1}},"list":["first","y","z"]}"#)
        try expectSet(&value, "", true, true)
        #expect(value == true)
    }

    @Test(arguments: ["/list/5", "/list/x", "/name/first", "/list/0/deep", "/list/01"])
    func `setting where there is no way changes nothing`(text: String) throws {
        var value: JSON = ["name": "Ana", "list": ["x"]]
        let before = value
        try expectSet(&value, text, 1, false)
        #expect(value == before)
        #expect(value.text == before.text)
    }
}
