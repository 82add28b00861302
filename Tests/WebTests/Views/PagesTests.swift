import Foundation
import Kernel
import Testing
import Web

@Suite("Every page, in every language") struct PagesTests {
    static let languages = ["es", "en", "uk"]
    let pages: Pages

    init() throws { pages = try Pages(look: Fixtures.look) }

    private func all(_ language: String) -> [(name: String, html: String)] { Fixtures(language: language).pages(pages) }

    @Test(arguments: languages) func `renders with every text and every slot`(language: String) {
        for (name, html) in all(language) {
            #expect(!html.contains("⟦"), "\(name): \(html.firstMatch(of: #/⟦[^⟧]*⟧/#).map { String($0.0) } ?? "")")
            #expect(html.contains("<html lang=\"\(language)\">"), "\(name)")
            #expect(!html.contains("{{") && !html.contains("Optional("), "\(name)")
        }
    }

    @Test(arguments: languages) func `keeps a strict Content-Security-Policy`(language: String) {
        for (name, html) in all(language) {
            #expect(html.firstMatch(of: #/<[^>]*\s(style|on[a-z]+)\s*=/#) == nil, "\(name)")
            #expect(!html.contains("<style"), "\(name)")
            #expect(html.matches(of: #/<script(?![^>]*\ssrc="\/assets\/)/#).isEmpty, "\(name)")
            #expect(html.matches(of: #/(?:src|href|action)="(https?:|\/\/)/#).isEmpty, "\(name)")
        }
    }

    @Test(arguments: languages) func `closes each tag that it opens`(language: String) {
        for (name, html) in all(language) { #expect(TagBalance.fault(html) == nil, "\(name): \(TagBalance.fault(html) ?? "")") }
    }

    @Test(arguments: languages) func `has one first heading, unique ids, and labels and descriptions that exist`(language: String) {
        for (name, html) in all(language) {
            let shown = html.replacing(#/<template[^>]*>.*?<\/template>/#.dotMatchesNewlines(), with: "")
            #expect(shown.matches(of: #/<h1[ >]/#).count == 1, "\(name)")
            let ids = shown.matches(of: #/\sid="([^"]*)"/#).map { String($0.1) }
            #expect(Set(ids).count == ids.count, "\(name) \(ids)")
            for match in shown.matches(of: #/\s(?:for|aria-labelledby|aria-describedby)="([^"]*)"/#) {
                for id in match.1.split(separator: " ") { #expect(ids.contains(String(id)), "\(name): \(id)") }
            }
            for match in shown.matches(of: #/href="#([^"]*)"/#) { #expect(ids.contains(String(match.1)), "\(name): #\(match.1)") }
        }
    }

    @Test(arguments: languages) func `a crowd at the door is not told as a store that only reads`(language: String) throws {
        let words = pages.words(Fixtures(language: language).chrome())
        let (crowd, reading) = (FaultView(status: 503, isCrowded: true), FaultView(status: 503))
        let chrome = Fixtures(language: language).chrome()
        #expect(crowd.title(words) != reading.title(words) && !pages.render(crowd, chrome: chrome).contains(reading.title(words)))
        #expect(pages.render(crowd, chrome: chrome).contains(words("fault.adviceCrowd")))
        for code in ["form.no-room", "work.queue", "quota.spent"] { #expect(words.text("refusal.\(code)", ["seconds": "7"])?.contains("7") == true) }
    }

    @Test(arguments: languages) func `labels every field, and sends the token with every form that changes something`(language: String) throws {
        for (name, html) in all(language) {
            for match in html.matches(of: #/<(?:input|select|textarea)(?![^>]*type="hidden")[^>]*\sid="([^"]*)"/#) {
                #expect(html.contains("for=\"\(match.1)\"") || name == "welcome", "\(name): \(match.1)")
            }
            for match in html.matches(of: #/<form method="post".*?<\/form>/#.dotMatchesNewlines()) where !html.contains("/sign-in\">") {
                #expect(match.0.contains("name=\"csrf\" value=\"token-of-the-fixture\""), "\(name)")
            }
        }
    }

    @Test(arguments: languages) func `with faults begins its title with the word, and its main part with the summary`(language: String) throws {
        let word = pages.words(Fixtures(language: language).chrome())("page.error")
        for (name, html) in all(language) {
            let title = try #require(html.firstMatch(of: #/<title>([^<]*)<\/title>/#)).1
            #expect(title.hasPrefix(word) == html.contains("class=\"faults\""), "\(name)")
            if name.hasSuffix("-faults") { #expect(title.hasPrefix(word), "\(name)") }
        }
        let html = pages.render(Fixtures(language: language).faultyQuestion, chrome: Fixtures(language: language).chrome())
        // In the order of the fields, whatever the order of the faults; the same wording beside the field.
        let summary = try #require(html.firstMatch(of: #/<div class="faults".*?<\/div>/#.dotMatchesNewlines())).0
        #expect(summary.matches(of: #/href="#([^"]*)"/#).map { String($0.1) } == ["f1", "f2"])
        for match in summary.matches(of: #/<a href="[^"]*">([^<]*)<\/a>/#) { #expect(html.ranges(of: match.1).count == 2) }
        #expect(html.contains("value=\"0412\""))
    }

    @Test func `every template is rendered by some page or included by one`() throws {
        let templates = try Bundled.templates()
        var reached: Set<String> = Set([
            WelcomeView.template, SignInView.template, HomeView.template, DocumentsView.template, DocumentView.template, ServicesView.template, ServiceStartView.template, RegisterView.template, QuestionView.template,
            TaskListView.template, CheckAnswersView.template, DryRunView.template, ConfirmationView.template, CaseView.template, AccessView.template, VerifyView.template, QueueView.template, ReviewView.template,
            OversightView.template, FaultView.template, RulesView.template, RuleView.template,
        ])
        var waiting = Array(reached)
        while let name = waiting.popLast() {
            let text = try #require(templates[name], "\(name)")
            for match in text.matches(of: #/\{\{[<>]\s*([a-z-]+)\s*\}\}/#) where reached.insert(String(match.1)).inserted { waiting.append(String(match.1)) }
        }
        #expect(reached == Set(templates.keys))
    }

    @Test func `only drawings go into a page unescaped`() throws {
        let drawn: Set = ["pattern", "emblem", "mark", "deadlineMark", "faultMark", "missingMark", "portrait", "qr", "wave", "bar", "open", "graph", "box", "tick", "cross", "half", "square", "chrome.emblem"]
        for (name, text) in try Bundled.templates() {
            for match in text.matches(of: #/\{\{\{\s*([^}\s]+)\s*\}\}\}|\{\{&\s*([^}\s]+)/#) {
                let slot = String(match.1 ?? match.2 ?? "")
                #expect(drawn.contains(slot) || slot.hasPrefix("icon."), "\(name): \(slot)")
            }
        }
    }

    @Test func `what a reader typed is escaped`() {
        let html = pages.render(Fixtures(language: "es").nothingFound, chrome: Fixtures(language: "es").chrome())
        #expect(html.contains("submarino &lt;script&gt;") && !html.contains("submarino <script>"))
        var question = Fixtures(language: "es").question
        question.controls[0].values = ["\"><img src=x onerror=alert(1)>"]
        #expect(!pages.render(question, chrome: Fixtures(language: "es").chrome()).contains("<img"))
    }

    @Test func `a text area gives back exactly what was typed`() throws {
        let typed = "\n  first line\n\n  second & <third>\n"
        let question = QuestionView(service: "s", question: "q", controls: [Control(name: "/t", label: "l", kind: .textarea, values: [typed])], action: "/a", back: nil)
        let html = pages.render(question, chrome: Fixtures(language: "en").chrome())
        let inside = try #require(html.firstMatch(of: #/<textarea[^>]*>(.*?)<\/textarea>/#.dotMatchesNewlines())).1
        // HTML drops one line break after the opening tag.
        #expect(inside.dropFirst().replacing("&amp;", with: "&").replacing("&lt;", with: "<").replacing("&gt;", with: ">") == typed)
        #expect(inside.first == "\n")
    }

    @Test func `a date asks for day, month and year, and keeps what was typed even when it is none`() {
        let question = QuestionView(
            service: "s", question: "q", controls: [Control(name: "/d", label: "l", kind: .date, values: ["20x6-13-"])], faults: [FieldFault(field: "/d", message: "m")], action: "/a", back: nil)
        let html = pages.render(question, chrome: Fixtures(language: "en").chrome())
        for (part, value) in [("day", ""), ("month", "13"), ("year", "20x6")] { #expect(html.contains("name=\"/d-\(part)\" value=\"\(value)\""), "\(part)") }
        #expect(html.contains("<a href=\"#f0-day\">m</a>"))
    }

    @Test func `a hint on one field is not shown on the next`() {
        let question = QuestionView(
            service: "s", question: "q", controls: [Control(name: "/a", label: "a", hint: "only here", kind: .yesNo), Control(name: "/b", label: "b", kind: .textarea)], action: "/x", back: nil)
        #expect(pages.render(question, chrome: Fixtures(language: "en").chrome()).ranges(of: "only here").count == 1)
    }

    @Test func `a refusal leads with what failed, then the remedy, then the appeal`() throws {
        let html = pages.render(Fixtures(language: "en").confirmation(Fixtures(language: "en").refused), chrome: Fixtures(language: "en").chrome())
        let order = ["Your card expired on 2 Nov 2026</b>", "You are 34 years old", "Whoever has a valid card", "Renew the card", "Appeal this decision", "free of charge"]
        let places = try order.map { try #require(html.range(of: $0)?.lowerBound, "\($0)") }
        #expect(places == places.sorted())
    }

    @Test func `a missing number is drawn as a gap, where it is missing`() throws {
        let html = pages.render(Fixtures(language: "en").access(), chrome: Fixtures(language: "en").chrome())
        let gap = try #require(html.range(of: "1 entry is missing here.")?.lowerBound)
        #expect(try #require(html.range(of: "data-n=\"4\"")?.lowerBound) < gap)
        #expect(gap < (try #require(html.range(of: "data-n=\"2\"")?.lowerBound)))
        #expect(html.ranges(of: "class=\"gap\"").count == 1)
    }

    @Test func `an empty list says so and leads on`() {
        for (view, link) in [("home-empty", "/services"), ("documents-empty", "/services"), ("services-none", "/services")] {
            let html = all("en").first { $0.name == view }?.html ?? ""
            #expect(html.contains("class=\"empty\""), "\(view)")
            #expect(html.firstMatch(of: #/class="empty">[^<]*<a href="([^"]*)"/#).map { String($0.1) } == link, "\(view)")
        }
    }

    @Test func `every address of the language switch comes back to the page`() {
        let html = pages.render(Fixtures(language: "es").home, chrome: Fixtures(language: "es").chrome(path: "/my-data?show=all"))
        #expect(html.contains("/language?to=uk&amp;back=%2Fmy-data%3Fshow%3Dall"))
        #expect(html.contains("lang=\"uk\""))
    }

    @Test func `an unknown status is shown as a failure of ours`() {
        #expect(FaultView(status: 418).status == 500)
        for status in FaultView.statuses { #expect(FaultView(status: status).status == status) }
    }

    @Test(arguments: [
        ("es", "home"), ("es", "signin"), ("es", "start"), ("es", "question"), ("es", "question-faults"), ("es", "check"), ("es", "rule"), ("uk", "rules"), ("es", "confirmation-refused"), ("es", "document"), ("en", "case-open"), ("en", "access"), ("en", "verify"), ("en", "verdict-0"),
        ("en", "queue"), ("en", "review"), ("en", "oversight"), ("uk", "home"), ("uk", "services"), ("uk", "dryrun-refused"), ("uk", "tasks"), ("uk", "fault-500"),
    ])
    func `reads as it was reviewed`(language: String, name: String) throws {
        let html = try #require(all(language).first { $0.name == name }).html
        try expectSnapshot(html, "\(language)-\(name).html")
    }
}

/// Just enough of HTML's grammar to find a tag that is not closed, or closed in the wrong order.
enum TagBalance {
    private static let empty: Set = ["meta", "link", "input", "br", "img", "hr"]

    static func fault(_ html: String) -> String? {
        var open: [String] = []
        for match in html.matches(of: #/<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:"[^"]*"|[^">])*)>/#) {
            let name = String(match.2)
            if empty.contains(name) || match.3.hasSuffix("/") { continue }
            if match.1.isEmpty { open.append(name) } else if open.popLast() != name { return "</\(name)> closes something else" }
        }
        return open.isEmpty ? nil : "<\(open[open.count - 1])> is not closed"
    }
}
