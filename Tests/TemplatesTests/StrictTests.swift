import HouseTesting
import Kernel
import Templates
import Testing

@Suite("Templates by our own rules") struct StrictTests {
    private func set(_ sources: [String: String]) throws -> TemplateSet {
        try TemplateSet(sources.mapValues { Array($0.utf8) }, rules: .strict(everywhere: ["page"]))
    }
    private func render(_ source: String, _ values: Fields, _ partials: [String: String] = [:]) throws -> String {
        String(decoding: try set(partials.merging(["main": source]) { $1 }).compile("main").render(values), as: UTF8.self)
    }

    @Test func `a name is looked up in the innermost values alone, and the page's from everywhere`() throws {
        let values: Fields = ["page": ["title": "P"] as Fields, "name": "outer", "items": [["name": "a"], ["other": "b"]] as [Fields]]
        #expect(try render("{{#items}}{{name}} {{page.title}};{{/items}}", values) == "a P;⟦name⟧ P;")
    }

    @Test func `a section over a flag or a text changes nothing inside`() throws {
        #expect(try render("{{#is}}{{name}}{{#name}}{{name}}{{/name}}{{/is}}", ["is": true, "name": "n"]) == "nn")
    }

    @Test func `what is absent, empty or false is left out, and what was never given shows itself`() throws {
        #expect(try render("[{{#a}}a{{/a}}{{^a}}-{{/a}}{{a}}]", ["a": nil]) == "[-]")
        #expect(try render("[{{#a}}a{{/a}}{{^a}}-{{/a}}{{a}}]", ["a": ""]) == "[-]")
        #expect(try render("[{{#a}}a{{/a}}{{^a}}-{{/a}}]", ["a": false]) == "[-]")
        #expect(try render("[{{#a}}a{{/a}}{{^a}}-{{/a}}]", ["a": [String]()]) == "[-]")
        #expect(try render("{{a}}{{#b.c}}x{{/b.c}}{{^d}}x{{/d}}", [:]) == "⟦a⟧⟦b.c⟧⟦d⟧")
    }

    @Test func `only markup is written as it is, and only where the template asks for it`() throws {
        let values: Fields = ["text": "<b>", "mark": "<i/>" as Markup]
        #expect(try render("{{text}}{{{text}}}{{&text}}", values) == "&lt;b&gt;&lt;b&gt;&lt;b&gt;")
        #expect(try render("{{mark}}{{{mark}}}{{&mark}}", values) == "&lt;i/&gt;<i/><i/>")
    }

    @Test func `markup escapes the texts that are put into it`() {
        let name = "\"><x a='&\u{301}'>\u{301}", number = 7
        let inner: Markup = "<b>\(name)</b>"
        #expect(inner.text == "<b>&quot;&gt;&lt;x a=&#39;&amp;\u{301}&#39;&gt;\u{301}</b>")
        #expect(("<a n=\"\(number)\">\(inner)</a>" as Markup).text == "<a n=\"7\">\(inner.text)</a>")
        #expect((inner + inner).text == inner.text + inner.text && [inner, inner].joined() == inner + inner)
    }

    @Test func `control characters have no place in a page`() throws {
        #expect(try render("{{a}}", ["a": "a\u{0}b\u{8}c\u{1B}[31m\u{7F}d\te\nf\rg"]) == "abc[31md\te\nf\rg")
    }

    @Test func `constants are written when the template is compiled`() throws {
        let constants = Constants(groups: ["t", "icon"]) { path in
            switch path {
            case "t.a.b": .text("<A>")
            case "icon.x": .markup("<svg/>")
            default: nil
            }
        }
        let compiled = try set(["main": "{{t.a.b}}|{{{t.a.b}}}|{{{icon.x}}}|{{icon.x}}"]).compile("main", constants: constants)
        #expect(String(decoding: compiled.render([:]), as: UTF8.self) == "&lt;A&gt;|&lt;A&gt;|<svg/>|&lt;svg/&gt;")
        for source in ["{{t.a.c}}", "{{#t.a.b}}{{/t.a.b}}", "\n{{{icon.y}}}"] {
            #expect(throws: TemplateFault.self) { try set(["main": source]).compile("main", constants: constants) }
        }
    }

    @Test(arguments: [
        ("{{a", 1, .openTag), ("x\n{{#a}}", 2, .unbalanced("a")), ("{{#a}}\n\n{{/b}}", 3, .unbalanced("b")), ("{{/a}}", 1, .unbalanced("a")), ("{{=<%}}=}}", 1, .delimiters),
        ("{{}}", 1, .name("")), ("{{a..b}}", 1, .name("a..b")), ("{{a234567890123456789012345}}", 1, .name("a234567890123456789012345")),
        ("\n{{> none}}", 2, .missing("none")), ("{{<none}}{{/none}}", 1, .missing("none")), ("{{> main}}", 1, .recursion("main")), ("{{<main}}{{/main}}", 1, .recursion("main")),
        (String(repeating: "{{#a}}", count: 100) + String(repeating: "{{/a}}", count: 100), 1, .unbalanced("a")),
    ] as [(String, Int, TemplateFault.Kind)])
    func `a template that cannot be used is found when it is compiled, with its line`(source: String, line: Int, kind: TemplateFault.Kind) throws {
        let fault = #expect(throws: TemplateFault.self) { try set(["main": source]).compile("main") }
        #expect(fault == TemplateFault(template: "main", line: line, kind: kind))
    }

    @Test func `templates that include each other in a circle are refused`() throws {
        let set = try set(["a": "{{> b}}", "b": "{{> c}}", "c": "\n{{> a}}", "d": "{{> e}}{{> e}}", "e": "e"])
        for name in ["a", "b", "c"] { #expect(throws: TemplateFault.self) { try set.compile(name) } }
        #expect(String(decoding: try set.compile("d").render([:]), as: UTF8.self) == "ee")
    }

    @Test func `a page is its parent with its own blocks, without empty lines of tags`() throws {
        let layout = "<html>\n{{$main}}{{/main}}\n</html>\n"
        #expect(try render("{{<layout}}{{$main}}\n<p>{{page.title}}</p>\n{{> part}}\n{{/main}}{{/layout}}\n", ["page": ["title": "T"] as Fields], ["layout": layout, "part": "<i>\n</i>\n"])
            == "<html>\n<p>T</p>\n<i>\n</i>\n</html>\n")
    }

    @Test func `of a name given twice the later counts, and the order stays`() {
        let merged = (["a": "1", "b": "2"] as Fields).merging(["a": "3", "c": "4"])
        guard case .text("3")? = merged["a"], case .text("2")? = merged["b"], case .text("4")? = merged["c"], merged["d"] == nil else {
            Issue.record("\(merged)")
            return
        }
    }
}
