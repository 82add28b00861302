import Kernel
import Services
import StateFolder
import StateTesting
import Testing
import Web
import Wiring

@Suite("The public page of a rule") struct RulePageTests {
    static let path = "services/sole-proprietor/decision.dmn"

    /// The page's view and its HTML, of the example with one part of its rules replaced.
    ///
    /// - Parameter isFirst: reads the main table from the top, so that rules that overlap are no mistake.
    private func page(_ language: String, replacing part: String? = nil, with other: String = "", isFirst: Bool = false) async throws -> (view: RuleView, html: String) {
        try await TestState.with(isLoaded: false, change: { (example) in
            if let part { try example.replace(part, with: other, in: RulePageTests.path) }
            if isFirst { try example.replace("hitPolicy=\"UNIQUE\"", with: "hitPolicy=\"FIRST\"", in: RulePageTests.path) }
        }) { (state) in
            let portal = state.open.portal
            let words = Words(portal.pages.texts, language: language, now: TestState.start, zone: portal.zone)
            let view = portal.rule(try portal.services.service("sole-proprietor"), words)
            let chrome = Chrome(
                language: language, languages: portal.state.languages, stateName: "Istmo", path: "/rules/sole-proprietor", now: TestState.start, zone: portal.zone)
            return (view, portal.pages.render(view, chrome: chrome))
        }
    }

    private static func table(_ view: RuleView, _ anchor: String) throws -> RuleTable {
        guard case .table(let table)? = view.sections.first(where: { $0.anchor == anchor })?.logic else { throw Missing(what: anchor) }
        return table
    }

    struct Missing: Error { let what: String }

    @Test func `what decides comes first, and each cell is in the reader's words beside the rule's`() async throws {
        let (view, html) = try await page("en")
        #expect(view.question == "May the person be registered as a sole proprietor?")
        #expect(view.sections.map(\.anchor) == ["decision-sole-proprietor", "decision-needs-permit"])
        let table = try RulePageTests.table(view, "decision-sole-proprietor")
        #expect(table.inputs.map(\.label) == ["Age", "Identity card valid", "Resides in Istmo", "Already registered", "Municipal permit needed"])
        #expect(table.lines[1].cells.map(\.words) == ["18 or more", "No", nil, nil, nil])
        #expect(table.lines[1].cells.map(\.isAny) == [false, false, true, true, true])
        #expect(table.lines[1].cells[0].code == ">= 18")
        #expect(table.lines[4].outputs.map(\.words) == ["A person decides"])
        #expect(table.lines[0].sentence == "A person who has reached the age of eighteen may register.")
        #expect(table.lines[0].law?.text == "Act 14 of 2024, article 5, point 1")
        let permit = try RulePageTests.table(view, "decision-needs-permit")
        #expect(permit.lines[0].cells[0].words == "Prepared food, Repair workshop or Haulage and goods transport")
        // A rule that asks for nothing says so.
        #expect(permit.lines[1].cells[0].words == "any")
        #expect(html.contains("href=\"#decision-needs-permit\"") && html.contains("href=\"#fact-age\""))
    }

    @Test func `facts are those of the rule and those that they are found from, with their sources`() async throws {
        let (view, _) = try await page("uk")
        #expect(view.facts.map(\.name) == ["age", "cedula_expires", "cedula_valid", "lives_here", "registered_as", "is_registered", "activity"])
        #expect(view.facts.first?.label == "Вік")
        #expect(view.facts.first?.sourceAddress == "/registers/person")
        #expect(view.facts.last?.source == nil)
    }

    @Test(arguments: [
        ("&lt; 18", "menos de 18", "less than 18", "менше ніж 18"), ("&lt;= 18", "18 o menos", "18 or less", "18 або менше"), ("&gt; 18.5", "más de 18,5", "more than 18.5", "більше ніж 18,5"),
        ("&gt;= 18", "18 o más", "18 or more", "18 або більше"), ("[18..64]", "de 18 a 64", "from 18 to 64", "від 18 до 64"),
        ("[18..65)", "al menos 18 y menos de 65", "at least 18 and less than 65", "щонайменше 18 і менше ніж 65"),
        ("(17..64]", "más de 17 y como mucho 64", "more than 17 and at most 64", "більше ніж 17 і щонайбільше 64"), ("18", "18", "18", "18"), ("18, 20, 80", "18, 20 u 80", "18, 20 or 80", "18, 20 або 80"),
        ("not(18, 20)", "todo menos 18 o 20", "anything but 18 or 20", "будь-що, крім 18 або 20"), ("null", "sin dato", "not known", "невідомо"),
    ])
    func `tests of numbers are said as people say them`(cell: String, es: String, en: String, uk: String) async throws {
        for (language, words) in [("es", es), ("en", en), ("uk", uk)] {
            let (view, _) = try await page(language, replacing: "&lt; 18", with: cell, isFirst: true)
            #expect(try RulePageTests.table(view, "decision-sole-proprietor").lines[0].cells[0].words == words)
        }
    }

    @Test func `what only an expression says is left to it`() async throws {
        let (view, html) = try await page("es", replacing: "&lt; 18", with: "? * 2 &lt; 36 and is_registered", isFirst: true)
        let cell = try RulePageTests.table(view, "decision-sole-proprietor").lines[0].cells[0]
        #expect(cell.words == nil && cell.code == "? * 2 < 36 and is_registered")
        #expect(html.contains("<code class=\"code\">? * 2 &lt; 36 and is_registered</code>"))
    }

    @Test func `the file is handed out as it was written, and its hash is on the page`() async throws {
        try await TestState.with(isLoaded: false) { (state) in
            let service = try state.services.service("sole-proprietor")
            let words = Words(state.open.portal.pages.texts, language: "en", now: TestState.start, zone: state.open.portal.zone)
            let view = state.open.portal.rule(service, words)
            let file = try #require(service.decisionFiles.first)
            #expect(view.files.map(\.hash) == [SHA256.hash(file.bytes)] && view.files.map(\.bytes) == [file.bytes.count])
            #expect(view.files.map(\.address) == ["/rules/sole-proprietor/decision.dmn"])
            #expect(view.version == service.version && view.isCurrent)
            #expect(file.bytes.starts(with: Array("<?xml".utf8)))
        }
    }

    @Test func `what is proven of a table stands under it, and what is not`() async throws {
        for (language, words) in [("es", "Demostrado: cada caso tiene su regla"), ("en", "Proven: every case has its rule, and no two rules contradict"), ("uk", "Доведено: для кожного випадку є правило")] {
            let (view, html) = try await page(language)
            #expect(try RulePageTests.table(view, "decision-needs-permit").proof?.isProven == true)
            #expect(html.contains(words))
        }
        let (view, _) = try await page("en", replacing: "&lt; 18", with: "&lt; 17")
        let proof = try #require(RulePageTests.table(view, "decision-sole-proprietor").proof)
        #expect(proof.isProven == false)
        #expect(proof.text.hasPrefix("There is a case without a rule: Age: 17"), "\(proof.text)")
        #expect(proof.text.hasSuffix("Proven: no two rules contradict each other."))
    }

    @Test func `a table of many rules shows the first of them and says how many there are`() async throws {
        let rules = (0..<RuleTable.linesMax).map { "<rule><inputEntry><text>\"\($0)\"</text></inputEntry><outputEntry><text>true</text></outputEntry></rule>" }.joined()
        let (view, html) = try await page("en", replacing: "<rule id=\"permit-no\">", with: rules + "<rule id=\"permit-no\">")
        let table = try RulePageTests.table(view, "decision-needs-permit")
        #expect(table.lines.count == RuleTable.linesMax && table.count == RuleTable.linesMax + 2)
        #expect(html.contains("500 of 502 rules are shown"))
    }

    @Test func `a rule of many parts is told as a list, and the page says why`() async throws {
        let many = (0..<300).map { "<decision id=\"extra-\($0)\" name=\"extra_\($0)\"><variable name=\"extra_\($0)\"/><literalExpression><text>\($0)</text></literalExpression></decision>" }.joined()
        let (view, html) = try await page("en", replacing: "</definitions>", with: many + "</definitions>")
        #expect(view.picture == nil && view.legend.isEmpty)
        #expect(html.contains("too many for one picture") && html.contains("href=\"#decision-extra-299\""))
    }
}
