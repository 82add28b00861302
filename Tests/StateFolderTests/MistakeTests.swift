import Definitions
import StateFolder
import Testing

/// One mistake made in Istmo: `old` is replaced by `new`, in which 1️⃣ marks the place of the expected finding.
struct Mistake: CustomTestStringConvertible, Sendable {
    let path: String
    let old: String
    let new: String
    let message: String
    /// Where the finding stands in another file or at another place: the start of its line.
    let elsewhere: String?

    init(_ path: String, _ old: String, _ new: String, _ message: String, at elsewhere: String? = nil) {
        self.path = path
        self.old = old
        self.new = new
        self.message = message
        self.elsewhere = elsewhere
    }

    var testDescription: String { "\(path): \(message)" }

    static let state: [Mistake] = [
        Mistake("state.yaml", "mode: demo", "mode: 1️⃣demonstration", "‘mode’ cannot be ‘demonstration’; write one of ‘demo’, ‘live’"),
        Mistake("state.yaml", "time_zone:", "1️⃣time_zome:", "", at: "state.yaml:2:1: error: state.yaml lacks ‘time_zone’; did you mean it by ‘time_zome’?"),
        Mistake("state.yaml", "code: IST", "code: 1️⃣istmo", "‘code’ cannot be ‘istmo’; write two or three capital letters, such as IST"),
        Mistake("state.yaml", "\"#0B5563\"", "1️⃣\"#9BC5D3\"", "the contrast of #9BC5D3 on white is 1.8:1; choose a darker colour, at least 6.5:1"),
        Mistake("state.yaml", "\"#0B5563\"", "1️⃣teal", "‘teal’ is no colour; write it as \"#0B5563\""),
        Mistake("state.yaml", "emblem: emblem.svg", "emblem: emblem.svg\nweekend: [saturday, 1️⃣sundey]", "unknown day ‘sundey’; did you mean ‘sunday’?"),
        Mistake("state.yaml", "emblem: emblem.svg", "emblem: emblem.svg\nweekend: [sunday, 1️⃣sunday]", "the day ‘sunday’ stands twice"),
        Mistake("state.yaml", "2026-01-09", "1️⃣2026-02-30", "‘2026-02-30’ is no date; write it as 2026-11-03"),
        Mistake("state.yaml", "emblem.svg", "1️⃣emblen.svg", "the file ‘emblen.svg’ is missing; did you mean ‘emblem.svg’?"),
        Mistake("state.yaml", "  en: Republic of Istmo\n", "", "", at: "state.yaml:4:3: error: ‘names’ lacks the text in ‘en’; add it"),
        Mistake("state.yaml", "  en: Republic of Istmo", "  en: Republic of Istmo\n  1️⃣fr: République", "‘fr’ is no language of the state"),
        Mistake("emblem.svg", "<title>Istmo</title>", "1️⃣<script>alert(1)</script>", "an emblem may not hold ‘script’"),
        Mistake("emblem.svg", "<path fill=\"#0B5563\"", "<path 1️⃣onclick=\"x()\" fill=\"#0B5563\"", "an emblem may not hold the attribute ‘onclick’"),
        Mistake("bodies.yaml", "role: examiner}", "role: 1️⃣examinator}", "unknown role ‘examinator’; did you mean ‘examiner’?"),
        Mistake("bodies.yaml", "id: commerce-2", "id: 1️⃣commerce-1", "the officer ‘commerce-1’ stands twice"),
        Mistake("bodies.yaml", "oversees: true", "oversees: 1️⃣yes", "‘oversees’ must be true or false"),
    ]

    static let policies: [Mistake] = [
        Mistake("policies.yaml", "actions: [case.start]", "actions: [1️⃣case.strat]", "unknown action ‘case.strat’; did you mean ‘case.start’?"),
        Mistake("policies.yaml", "actions: [register.import]", "actions: [1️⃣register.imprt]", "unknown action ‘register.imprt’; did you mean ‘register.import’?"),
        Mistake("policies.yaml", "when: list contains(principal.roles, resource.role)", "when: list contains(1️⃣principle.roles, resource.role)",
                "FEEL: unknown name ‘principle’; did you mean ‘principal’?"),
        Mistake("policies.yaml", "when: list contains(principal.roles, resource.role)", "when: list contains(principal.1️⃣rolls, resource.role)",
                "FEEL: ‘principal’ has no ‘rolls’; did you mean ‘roles’?"),
        Mistake("policies.yaml", "when: list contains(principal.roles, resource.role)", "when: list contains(principal.roles, 1️⃣)", "FEEL: "),
        Mistake("policies.yaml", "roles: [data-protection/overseer]", "roles: [1️⃣data-protection/oversee]", "unknown role of ‘data-protection’ ‘oversee’"),
        Mistake("policies.yaml", "roles: [data-protection/overseer]", "roles: [1️⃣data-protecton/overseer]", "unknown body ‘data-protecton’; did you mean ‘data-protection’?"),
        Mistake("policies.yaml", "purposes: [oversight]", "purposes: [1️⃣oversigth]", "unknown purpose ‘oversigth’; did you mean ‘oversight’?"),
        Mistake("policies.yaml", "    law: ley-5-2022-art-3", "    law: 1️⃣ley-5-2022-art-33", "unknown law ‘ley-5-2022-art-33’; did you mean"),
        Mistake("policies.yaml", "    effect: forbid", "    effect: 1️⃣forbit", "‘effect’ cannot be ‘forbit’; did you mean ‘forbid’?"),
        Mistake("policies.yaml", "resources: [session]", "resources: [1️⃣register/persn]", "unknown register ‘persn’; did you mean ‘person’?"),
        Mistake("policies.yaml", "- id: sign-in", "- id: 1️⃣load-registers", "the rule ‘load-registers’ stands twice"),
        Mistake("policies.yaml", "    principals: [overseer]\n    roles", "    1️⃣principal: [overseer]\n    roles", "",
                at: "error: a rule lacks ‘principals’; did you mean it by ‘principal’?"),
    ]

    static let registers: [Mistake] = [
        Mistake("registries/person/registry.yaml", "key: cedula", "key: 1️⃣cedla", "unknown field ‘cedla’; did you mean ‘cedula’?"),
        Mistake("registries/person/registry.yaml", "body: civil-registry", "body: 1️⃣civil-registri", "unknown body ‘civil-registri’; did you mean ‘civil-registry’?"),
        Mistake("registries/person/registry.yaml", "  birth_date:\n", "  1️⃣birthdate:\n", "unknown field ‘birthdate’; did you mean ‘birth_date’?"),
        Mistake("registries/person/registry.yaml", "      F: {es: Mujer, en: Female, uk: Жіноча}\n", "", "", at: "error: ‘values’ lacks ‘F’; schema.json allows it, so it needs words"),
        Mistake("registries/person/registry.yaml", "    names: {es: Sexo, en: Sex, uk: Стать}", "    names: 1️⃣{es: Sexo, en: Sex}", "‘names’ lacks the text in ‘uk’; add it"),
        Mistake("registries/address/registry.yaml", "person: {field: cedula}", "person: {field: 1️⃣cedul}", "unknown field ‘cedul’; did you mean ‘cedula’?"),
        Mistake("registries/address/registry.yaml", "person: {field: cedula}", "person: {field: cedula}\npublic: 1️⃣true", "a register about people cannot be public"),
        Mistake("registries/address/registry.yaml", "person: {field: cedula}", "person: self", "", at: "registries/person/registry.yaml:8:9: error: ‘address’ is the register of people already"),
        Mistake("registries/business/registry.yaml", "numbering: \"EI-{year}-{seq:5}\"", "numbering: 1️⃣\"EI-{yaer}-{seq:5}\"", "‘EI-{yaer}-{seq:5}’ is no numbering"),
        Mistake("registries/business/registry.yaml", "once_per: [cedula]", "once_per: [1️⃣cedul]", "unknown field ‘cedul’; did you mean ‘cedula’?"),
        Mistake("registries/business/registry.yaml", "once_per: [cedula]", "once_per: [cedula, 1️⃣email]", "‘email’ must be required by schema.json"),
        Mistake("registries/business/registry.yaml", "once_per: [cedula]", "once_per: [cedula, 1️⃣cedula]", "the field ‘cedula’ stands twice"),
        Mistake("registries/business/registry.yaml", "once_per: [cedula]", "once_per: 1️⃣[]", "‘once_per’ is empty"),
        Mistake("registries/business/registry.yaml", "once_per: [cedula]\nwhile: {status: active}", "while: 1️⃣{status: active}", "‘while’ belongs to ‘once_per’"),
        Mistake("registries/business/registry.yaml", "while: {status: active}", "while: {status: 1️⃣activ}", "unknown value of ‘status’ ‘activ’; did you mean ‘active’?"),
        Mistake("registries/business/registry.yaml", "while: {status: active}", "while: {1️⃣state: active}", "unknown field ‘state’"),
        Mistake("registries/business/registry.yaml", "while: {status: active}", "while: {trade_name: 1️⃣[a]}", "‘trade_name’ is never a list by schema.json"),
        Mistake("registries/person/schema.json", "\"format\": \"date\" },\n    \"civil_status\"", "\"formt\": 1️⃣\"date\" },\n    \"civil_status\"", "schema: "),
        Mistake("registries/person/schema.json", "\"nationality\": {\n      \"description\": \"Three letters as in ISO 3166-1; IST is the republic itself\",\n      \"type\": \"string\",",
                "\"nationality\": 1️⃣{\n      \"description\": \"Three letters as in ISO 3166-1; IST is the republic itself\",\n      \"type\": \"object\",",
                "‘nationality’ must be text, an enumeration of texts, integer, number or boolean"),
    ]

    static let documents: [Mistake] = [
        Mistake("documents/driving-licence/document.yaml", "register: driver", "register: 1️⃣drivers", "unknown register ‘drivers’; did you mean ‘driver’?"),
        Mistake("documents/driving-licence/document.yaml", "field: person.birth_date", "field: 1️⃣person.birthdate", "unknown field of ‘person’ ‘birthdate’; did you mean ‘birth_date’?"),
        Mistake("documents/driving-licence/document.yaml", "face: [given_names,", "face: [1️⃣given_name,", "unknown claim ‘given_name’; did you mean ‘given_names’?"),
        Mistake("documents/driving-licence/document.yaml", "cover: a", "cover: 1️⃣d", "‘cover’ cannot be ‘d’"),
        Mistake("documents/driving-licence/document.yaml", "expires: expires", "expires: 1️⃣categories", "‘expires’ must name a date; ‘categories’ is text"),
        Mistake("documents/driving-licence/document.yaml", "validity_months: 12", "validity_months: 1️⃣12.5", "‘validity_months’ must be a whole number from 1 to 600"),
        Mistake("documents/driving-licence/document.yaml", "- {name: issued}", "- {name: 1️⃣exp, field: issued}", "the claim ‘exp’ belongs to the credential format itself"),
        Mistake("documents/driving-licence/document.yaml", "- {name: issued}", "- {name: 1️⃣aka_vcts, field: issued}", "the claim ‘aka_vcts’ belongs to the credential format itself"),
        Mistake("documents/driving-licence/document.yaml", "- {name: issued}", "- {name: issued}\n  - {name: 1️⃣issued}", "the claim ‘issued’ stands twice"),
        Mistake("documents/driving-licence/document.yaml", "vct: urn:dovira:ist:driving-licence:1", "vct: 1️⃣urn:dovira:ist:residence-certificate:1", "",
                at: "documents/residence-certificate/document.yaml:7:6: error: the document ‘driving-licence’ has this ‘vct’ already"),
        Mistake("documents/driving-licence/document.yaml", "register: driver", "register: 1️⃣port", "the rows of ‘port’ are nobody's"),
        Mistake("documents/sole-proprietor-certificate/document.yaml", "when: status = \"active\"", "when: 1️⃣state = \"active\"", "FEEL: unknown name ‘state’; did you mean"),
    ]

    static let service: [Mistake] = [
        Mistake("services/sole-proprietor/service.yaml", "law: ley-14-2024\n", "law: 1️⃣ley-14-2042\n", "unknown law ‘ley-14-2042’; did you mean ‘ley-14-2024’?"),
        Mistake("services/sole-proprietor/service.yaml", "minutes: 6", "minutes: 1️⃣0", "‘minutes’ must be a whole number from 1 to 600"),
        Mistake("services/sole-proprietor/service.yaml", "fee: none", "fee: none\nanswer_within: {days: 1️⃣0}", "‘days’ must be a whole number from 1 to 365"),
        Mistake("services/sole-proprietor/service.yaml", "fee: none", "fee: none\nanswer_within: {days: 5, count: 1️⃣week}", "‘count’ cannot be ‘week’"),
        Mistake("services/sole-proprietor/service.yaml", "fee: none", "fee: 1️⃣12", "‘fee’ must be an amount of PAB; write none, or an amount in quotes such as \"12.00\""),
        Mistake("services/sole-proprietor/service.yaml", "fee: none", "fee: 1️⃣\"12.5\"", "‘fee’ must be an amount of PAB"),
        Mistake("services/sole-proprietor/service.yaml", "  business: [number, status]", "  business: [number, 1️⃣state]", "unknown field of ‘business’ ‘state’; did you mean ‘status’?"),
        Mistake(
            "services/sole-proprietor/decision.dmn", "<knowledgeSource id=\"ley-14-2024-art-7\"",
            "<knowledgeSource id=\"1️⃣ley-14-2024-art-55\" name=\"?\"/><knowledgeSource id=\"ley-14-2024-art-7\"",
            "the source ‘ley-14-2024-art-55’ is no law of policies.yaml and does not say where it can be read; add a locationURI, or name a law; did you mean ‘ley-14-2024-art-5’?"),
        Mistake("services/sole-proprietor/service.yaml", "date(applicant.birth_date), today", "date(applicant.1️⃣civil_status), today", "FEEL: ‘applicant’ has no ‘civil_status’"),
        Mistake("services/sole-proprietor/service.yaml", "count(registers.address) > 0", "count(registers.1️⃣adress) > 0", "FEEL: ‘registers’ has no ‘adress’; did you mean ‘address’?"),
        Mistake("services/sole-proprietor/service.yaml", "    value: application.activity", "    value: application.1️⃣activty", "FEEL: ‘application’ has no ‘activty’; did you mean ‘activity’?"),
        Mistake("services/sole-proprietor/service.yaml", "when: age >= 18", "when: 1️⃣aged >= 18", "FEEL: unknown name ‘aged’; did you mean ‘age’?"),
        Mistake("services/sole-proprietor/service.yaml", "decision: sole-proprietor", "decision: 1️⃣sole-propietor", "unknown decision ‘sole-propietor’; did you mean ‘sole-proprietor’?"),
        Mistake("services/sole-proprietor/service.yaml", "  document: sole-proprietor-certificate", "  document: 1️⃣driving-licence", "the document ‘driving-licence’ is made from ‘driver’"),
        Mistake("services/sole-proprietor/service.yaml", "    registered: today\n", "", "", at: "error: the register ‘business’ requires ‘registered’; add it to the row"),
        Mistake("services/sole-proprietor/service.yaml", "    cedula: applicant.cedula", "    1️⃣number: today\n    cedula: applicant.cedula", "the register numbers ‘number’ itself; delete this line"),
        Mistake("services/sole-proprietor/service.yaml", "  days: 30", "  1️⃣dayss: 30", "", at: "error: the appeal lacks ‘days’; did you mean it by ‘dayss’?"),
        Mistake("services/sole-proprietor/form.json", "\"/postal_code\"", "1️⃣\"/post_code\"", "‘/post_code’ is outside schema.json; did you mean ‘/postal_code’?"),
        Mistake("services/sole-proprietor/form.json", "\"pointer\": \"/start_date\",\n          \"widget\": \"date\"", "\"pointer\": \"/start_date\",\n          \"widget\": 1️⃣\"text\"",
                "the widget ‘text’ does not fit ‘start_date’; write ‘date’"),
        Mistake("services/sole-proprietor/form.json", "\"field\": \"postal_code\"", "\"field\": 1️⃣\"since\"", "the service does not say that it reads ‘address.since’; add it to ‘reads’ in service.yaml"),
        Mistake("services/sole-proprietor/form.json", "\"crafts\": {", "1️⃣\"craft\": {", "unknown value ‘craft’; did you mean ‘crafts’?"),
        Mistake("services/sole-proprietor/form.json", "application.activity in", "application.1️⃣email in", "FEEL: ‘application’ has no ‘email’"),
        Mistake("services/sole-proprietor/form.json", "\"id\": \"premises\"", "\"id\": 1️⃣\"permit\"", "the page ‘permit’ stands twice"),
        Mistake("services/sole-proprietor/form.json", "{ \"es\": \"Fecha de inicio\", \"en\": \"Start date\", \"uk\": \"Дата початку\" }", "1️⃣{ \"es\": \"Fecha de inicio\" }",
                "‘label’ lacks the text in ‘en’ and in ‘uk’; add it"),
        Mistake("services/sole-proprietor/process.bpmn", "d:decision=\"sole-proprietor\"", "d:decision=\"1️⃣sole-propietor\"", "unknown decision ‘sole-propietor’; did you mean ‘sole-proprietor’?"),
        Mistake("services/sole-proprietor/process.bpmn", "commerce-registry/registrar", "1️⃣commerce-registry/clerk", "unknown role of ‘commerce-registry’ ‘clerk’"),
        Mistake("services/sole-proprietor/process.bpmn", "d:operation=\"register.create\"", "d:operation=\"1️⃣register.creat\"", "unknown operation ‘register.creat’; did you mean ‘register.create’?"),
        Mistake("services/sole-proprietor/decision.dmn", "<inputData id=\"in_lives\" name=\"lives_here\"><variable name=\"lives_here\"", "<inputData id=\"in_lives\" 1️⃣name=\"lives_there\"><variable name=\"lives_here\"",
                "unknown fact ‘lives_there’"),
        Mistake("services/sole-proprietor/decision.dmn", "<text>ley-14-2024-art-6</text>", "<text>1️⃣ley-14-2024-art-66</text>", "unknown law ‘ley-14-2024-art-66’; did you mean"),
        Mistake("services/sole-proprietor/decision.dmn", "<text>Each person may have only one active sole proprietorship.</text>", "1️⃣<text></text>", "the rule lacks its ‘en’; the citizen reads it"),
        Mistake("services/sole-proprietor/decision.dmn", "<text>&lt; 18</text>", "<text>&lt; 1️⃣&lt; 18</text>", ""),
        Mistake("services/sole-proprietor/decision.dmn", "<rule id=\"granted\">\n        <inputEntry><text>&gt;= 18</text>", "1️⃣<rule id=\"granted\">\n        <inputEntry><text>&gt;= 17</text>",
                "rules 1 and 6 both match for Age = 17, Identity card valid = true, Resides in Istmo = true, Already registered = false, Needs a municipal permit = false, and say different things (hit policy UNIQUE); narrow one of them"),
        Mistake("services/sole-proprietor/texts/en.yaml", "answer: At once\n", "", "", at: "services/sole-proprietor/texts/en.yaml:1:1: error: the text ‘answer’ is missing in ‘en’; texts/es.yaml has it in line 3"),
        Mistake("services/sole-proprietor/texts/en.yaml", "    met: You are {age}", "    met: 1️⃣You are {years}", "the text names other values than in ‘es’, which names {age}"),
        Mistake("services/sole-proprietor/texts/en.yaml", "answer: At once", "answer: At once\nanwser: 1️⃣At once", "texts/es.yaml has no text ‘anwser’"),
        Mistake("services/sole-proprietor/texts/es.yaml", "  supply: Entrega", "  suply: 1️⃣Entrega", "", at: "nothing shows the text ‘task.suply’; did you mean ‘task.supply’?"),
        Mistake("services/sole-proprietor/scenarios/granted.yaml", "  rule: granted", "  rule: 1️⃣grant", "unknown rule ‘grant’; did you mean ‘granted’?"),
        Mistake("services/sole-proprietor/scenarios/granted.yaml", "  reaches: granted", "  reaches: 1️⃣reviw", "unknown task or end ‘reviw’; did you mean ‘review’?"),
        Mistake("services/sole-proprietor/scenarios/granted.yaml", "  sex: F", "  sex: 1️⃣X", "the register ‘person’ could not hold this row: /sex fails ‘enum’"),
        Mistake("services/sole-proprietor/scenarios/granted.yaml", "  trade_name: Tejidos Quintero\n  activity: crafts\n  street", "  1️⃣tradename: Tejidos Quintero\n  activity: crafts\n  street",
                "unknown property ‘tradename’; did you mean ‘trade_name’?"),
    ]
}

@Suite("Every mistake is found at its place, with what to write instead")
struct MistakeTests {
    @Test(arguments: Mistake.state + Mistake.policies + Mistake.registers + Mistake.documents + Mistake.service)
    func `a mistake`(_ mistake: Mistake) throws {
        let files = try IstmoFolder.changed(mistake.path, mistake.old, mistake.new)
        // Markers are taken out of the whole file, so that their places are those of the file.
        let marked = Marked(String(decoding: try #require(files[mistake.path]), as: UTF8.self))
        var clean = files
        clean[mistake.path] = marked.bytes
        let (state, found) = IstmoFolder.read(clean)
        #expect(state == nil)
        if let elsewhere = mistake.elsewhere {
            #expect(found.contains { $0.contains(elsewhere) }, "\(found)")
        } else {
            let start = marked.place(1, in: mistake.path) + "error: "
            #expect(found.contains { $0.hasPrefix(start) && $0.contains(mistake.message) }, "expected \(start)\(mistake.message), found \(found)")
        }
    }

    @Test func `several are found at once, in all files, in order`() throws {
        var files = IstmoFolder.files
        for mistake in [Mistake.state[0], Mistake.policies[1], Mistake.registers[4], Mistake.documents[3], Mistake.service[1]] {
            files[mistake.path] = Marked(String(decoding: try #require(try IstmoFolder.changed(mistake.path, mistake.old, mistake.new)[mistake.path]), as: UTF8.self)).bytes
        }
        let found = IstmoFolder.read(files).found
        #expect(found.map { $0.split(separator: ":")[0] } == [
            "documents/driving-licence/document.yaml", "policies.yaml", "registries/person/registry.yaml", "services/sole-proprietor/service.yaml", "state.yaml",
        ], "\(found)")
    }

    @Test func `missing files are named`() {
        var files = IstmoFolder.files
        for path in ["registries/driver/records.csv", "services/sole-proprietor/texts/uk.yaml", "documents/driving-licence/document.yaml"] { files[path] = nil }
        files["documents/driving-licence/documnt.yaml"] = IstmoFolder.files["documents/driving-licence/document.yaml"]
        #expect(IstmoFolder.read(files).found == [
            "documents/driving-licence/document.yaml:1:1: error: the file is missing; it holds the document's source register and claims; did you mean it by ‘documnt.yaml’?",
            "registries/driver/records.csv:1:1: error: the file is missing; it holds the first records: write it with a header row at least, or write ‘records: false’ in registry.yaml",
            "services/sole-proprietor/texts/uk.yaml:1:1: error: the file is missing; it holds the service's texts in ‘uk’",
        ])
    }

    @Test func `an empty folder says what a state is`() {
        #expect(IstmoFolder.read([:]).found == ["state.yaml:1:1: error: the file is missing; it holds the state's code, names, languages and colours"])
    }

    @Test func `a file that nothing reads is a warning`() {
        var files = IstmoFolder.files
        files["exchange.yml"] = []
        #expect(IstmoFolder.read(files).found == ["exchange.yml:1:1: warning: nothing reads this file; rename it, put it in its folder, or delete it"])
    }

    /// A change to Istmo's rules that leaves the folder a state; `marked` is the line of the warning, with 1️⃣ at its place.
    struct Doubt: CustomTestStringConvertible, Sendable {
        let old: String
        let new: String
        let marked: String
        let message: String
        var testDescription: String { message }
    }

    static let rules = "services/sole-proprietor/decision.dmn"

    @Test(arguments: [
        Doubt(old: "<text>&lt; 18</text>", new: "<text>&lt; 17</text>", marked: "    1️⃣<decisionTable hitPolicy=\"UNIQUE\">",
              message: "no rule for Age = 17, a case of Age [17..18); add a rule or a default output"),
        Doubt(old: "<inputEntry><text>-</text></inputEntry>\n        <outputEntry><text>false", new: "<inputEntry><text>\"other\"</text></inputEntry>\n        <outputEntry><text>false", marked: "    1️⃣<decisionTable hitPolicy=\"FIRST\">",
              message: "no rule for Activity = any text other than \"food\", \"repair\", \"transport\", \"other\"; add a rule or a default output"),
        Doubt(old: "<rule id=\"cedula-expired\">\n        <inputEntry><text>&gt;= 18</text>", new: "<rule id=\"cedula-expired\">\n        <inputEntry><text>&gt;= 17</text>", marked: "      1️⃣<rule id=\"cedula-expired\">",
              message: "rules 1 and 2 both match for Age = 17, Identity card valid = false, but only one may (hit policy UNIQUE), even where they say the same: nothing would be decided"),
        Doubt(old: "<text>&lt; 18</text>", new: "<text>even(?)</text>", marked: "<text>1️⃣even(?)</text>",
              message: "not provable: cell ‘even(?)’ is no value, range or comparison"),
    ])
    func `what is not proven of a table is a warning`(_ doubt: Doubt) throws {
        let files = try IstmoFolder.changed(Self.rules, doubt.old, doubt.new)
        let text = String(decoding: try #require(files[Self.rules]), as: UTF8.self)
        let marked = Marked(text.replacing(doubt.marked.replacing("1️⃣", with: ""), with: doubt.marked, maxReplacements: 1))
        let (state, found) = IstmoFolder.read(files)
        #expect(state != nil, "\(found)")
        let start = marked.place(1, in: Self.rules) + "warning: " + doubt.message
        #expect(found.contains { $0.hasPrefix(start) }, "expected \(start), found \(found)")
        #expect(!found.contains { $0.contains(": error: ") }, "\(found)")
    }

    @Test func `a live state has no officers and no demonstration people in its folder`() throws {
        let found = IstmoFolder.read(try IstmoFolder.changed("state.yaml", "mode: demo", "mode: live")).found
        #expect(found.count { $0.contains("officers stand in bodies.yaml in a demonstration only") } == 6)
        #expect(found.count { $0.contains("‘demo_people’ has no place in mode: live") } == 1)
        #expect(found.count == 7)
    }

    @Test func `one broken file gives one message, not a hundred`() throws {
        for path in ["bodies.yaml", "policies.yaml", "registries/person/registry.yaml", "registries/business/schema.json"] {
            var files = IstmoFolder.files
            files[path] = Array("[".utf8)
            let found = IstmoFolder.read(files).found
            #expect(found.count <= 2, "\(path): \(found)")
            #expect(found.allSatisfy { $0.hasPrefix(path) }, "\(found)")
        }
    }

    @Test func `whatever is done to the files, reading ends with words`() throws {
        // A fixed sequence of damage: cuts, doublings, swaps and stray bytes in every definition file.
        var seed: UInt64 = 20_261_124
        func chance(_ count: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((seed >> 33) % UInt64(max(count, 1)))
        }
        let paths = IstmoFolder.files.keys.filter { !$0.hasSuffix(".csv") && !$0.hasSuffix(".md") && !$0.hasSuffix(".txt") }.sorted()
        let stray: [UInt8] = Array("{}[]<>&*\"':-#|,\n\t\u{0}!?=".utf8) + [0xFF, 0xC3]
        for round in 0..<150 {
            var files = IstmoFolder.files
            let path = paths[round % paths.count]
            var bytes = try #require(files[path])
            for _ in 0...chance(3) {
                let at = chance(bytes.count)
                switch chance(4) {
                case 0: bytes.removeSubrange(at..<min(bytes.count, at + 1 + chance(40)))
                case 1: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 1 + chance(60))], at: at)
                case 2 where !bytes.isEmpty: bytes[min(at, bytes.count - 1)] = stray[chance(stray.count)]
                default: bytes.insert(stray[chance(stray.count)], at: at)
                }
            }
            files[path] = bytes
            let (state, found) = IstmoFolder.read(files)
            #expect(state != nil || found.contains { $0.contains(": error: ") }, "\(path)")
        }
    }
}
