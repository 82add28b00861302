import Definitions
import Testing

@Suite("XML becomes elements that know their place")
struct XMLTests {
    private func read(_ text: String) -> (node: XMLNode?, found: [String]) {
        var diagnostics = Diagnostics()
        let node = XMLReader.read(Array(text.utf8), path: "a.xml", into: &diagnostics)
        return (node, diagnostics.all.map { $0.description })
    }

    @Test func `namespaces, references, sections and places`() throws {
        let source = Marked("""
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- a comment -->
            <a xmlns="urn:x" xmlns:d="urn:d" k="1 &lt; 2" d:k='ї'>
              1️⃣<d:b>uno &amp; 2️⃣dos<![CDATA[ <3️⃣tres> ]]></d:b>
              <b/>
            </a>
            """)
        let (node, found) = read(source.text)
        #expect(found.isEmpty)
        let root = try #require(node)
        #expect(root.name == "a" && root.namespace == "urn:x")
        #expect(root["k"] == "1 < 2" && root["k", namespace: "urn:d"] == "ї" && root.attributes.count == 2)
        #expect(root.children.map { $0.namespace } == ["urn:d", "urn:x"])
        let child = try #require(root.child("b", namespace: "urn:d"))
        #expect(child.text == "uno & dos <tres> ")
        func place(_ position: Position) -> String { "a.xml:\(position.line):\(position.column): " }
        #expect(place(child.position) == source.place(1, in: "a.xml"))
        #expect(place(child.position(ofCharacter: 6)) == source.place(2, in: "a.xml"))
        #expect(place(child.position(ofCharacter: 11)) == source.place(3, in: "a.xml"))
    }

    @Test func `line ends are line feeds and places stay exact`() throws {
        let source = Marked("<a>x\r\n  1️⃣y</a>")
        let node = try #require(read(source.text).node)
        #expect(node.text == "x\n  y")
        let position = node.position(ofCharacter: 4)
        #expect("a.xml:\(position.line):\(position.column): " == source.place(1, in: "a.xml"))
        #expect(node.trimmedText.text == "x\n  y")
    }

    @Test(arguments: [
        ("1️⃣<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "a document type is not read"),
        ("<a>1️⃣&x;</a>", "the entity ‘&x;’ is not read"),
        ("<a>1️⃣&#0;</a>", "is no character"),
        ("<a>b 1️⃣& c</a>", "write &amp;"),
        ("<a><b>1️⃣</a></b>", "</a> stands where </b> is expected (opened in line 1)"),
        ("1️⃣<a><b/>", "the element ‘a’ does not end"),
        ("<a k=\"1\" 1️⃣k=\"2\"/>", "the attribute ‘k’ stands twice"),
        ("<a xmlns:p=\"u\" xmlns:q=\"u\" p:k=\"1\" 1️⃣q:k=\"2\"/>", "stands twice"),
        ("<1️⃣p:a/>", "the prefix ‘p’ is not declared"),
        ("<a/>1️⃣<b/>", "the root element ends before this"),
        ("1️⃣</a>", "the root element is expected here"),
        ("<!-- x -->1️⃣<![CDATA[x]]>", "a document type is not read"),
        ("1️⃣hello", "text stands before the root element"),
        ("<a k=1️⃣1/>", "must stand in quotes"),
        ("<a k=\"1️⃣<\"/>", "write &lt;"),
        ("<a>1️⃣]]></a>", "]]> may not stand in text"),
        ("<a><!-- x 1️⃣-- y --></a>", "-- may not stand within a comment"),
        ("1️⃣<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>", "the encoding ‘iso-8859-1’ is not read"),
        ("<a>1️⃣<!ELEMENT b></a>", "a document type or declaration is not read"),
    ])
    func `faults are placed and mended`(marked: String, message: String) {
        let source = Marked(marked)
        let (node, found) = read(source.text)
        #expect(node == nil)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix(source.place(1, in: "a.xml") + "error: ") == true, "\(found)")
        #expect(found.first?.contains(message) == true, "\(found)")
    }

    @Test func `depth and attributes are limited`() {
        #expect(read(String(repeating: "<a>", count: 100_000)).found.first?.contains("nested deeper than 64") == true)
        let attributes = (0...XMLReader.attributesMax).map { " k\($0)=\"\"" }.joined()
        #expect(read("<a\(attributes)/>").found.first?.contains("more than 100 attributes") == true)
    }
}
