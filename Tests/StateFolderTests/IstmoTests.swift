import Definitions
import FEEL
import Foundation
import HouseTesting
import Kernel
import StateFolder
import Testing

@Suite("Istmo is a whole state")
struct IstmoTests {
    @Test func `the folder has no mistake and no warning`() {
        let (state, found) = IstmoFolder.read()
        #expect(found == [])
        #expect(state != nil)
    }

    @Test func `its parts are there`() throws {
        let state = try IstmoFolder.state()
        #expect(state.code == "IST" && state.languages == ["es", "en", "uk"] && state.mode == .demo && state.timeZone == "America/Panama")
        #expect(state.names["uk"] == "Республіка Істмо")
        #expect(state.colours == (a: "#0B5563", b: "#8E2F6B"))
        #expect(state.registers.map { $0.id } == ["address", "business", "driver", "person", "port"])
        #expect(state.people?.id == "person")
        #expect(state.register("address")?.person == .field("cedula"))
        #expect(state.register("port")?.isPublic == true)
        #expect(state.register("person")?.field("birth_date")?.type == .date)
        #expect(state.register("person")?.field("sex")?.label(of: "F", "en") == "Female")
        #expect(state.documents.map { $0.id } == ["driving-licence", "residence-certificate", "sole-proprietor-certificate"])
        #expect(state.body("data-protection")?.oversees == true)
        let service = try #require(state.service("sole-proprietor"))
        #expect(service.titles["es"] == "Inscribe tu empresa individual")
        #expect(service.who.map { $0.id } == ["adult", "cedula", "residence", "first"])
        #expect(service.who.map { $0.source } == [.register("person"), .register("person"), .register("address"), .register("business")])
        #expect(service.fee == nil && service.durationMinutes == 6)
        #expect(service.needs.map { service.text("needs.\($0)", "en") } == [
            "The name and the activity of your business.", "The date on which you start.", "An e-mail address where we can reach you.",
        ])
    }

    @Test func `a document reads its own fields and the holder's`() throws {
        let document = try #require(IstmoFolder.state().document("sole-proprietor-certificate"))
        #expect(document.fields.ofRow == ["number", "status", "trade_name", "activity", "cedula", "street", "township", "district", "start_date", "registered"])
        #expect(document.fields.ofHolder == ["given_names", "first_surname", "second_surname"])
        #expect(document.claim("given_names")?.names["uk"] == "Імена")
    }

    @Test func `every scenario comes out as it says`() throws {
        let service = try #require(IstmoFolder.state().service("sole-proprietor"))
        #expect(service.scenarios.count == 9)
        for scenario in service.scenarios { #expect(service.misses(of: scenario) == [], "\(scenario.id)") }
    }

    @Test func `a scenario that expects something else says what came out`() throws {
        let files = try IstmoFolder.changed("services/sole-proprietor/scenarios/granted.yaml", "    age: 34", "    age: 35")
        let service = try #require(IstmoFolder.read(files).state?.service("sole-proprietor"))
        let scenario = try #require(service.scenarios.first { $0.id == "granted" })
        #expect(service.misses(of: scenario) == ["the fact ‘age’ is 34, expected 35"])
    }

    @Test func `a grant's row fits its register`() throws {
        let state = try IstmoFolder.state()
        let service = try #require(state.service("sole-proprietor"))
        let register = try #require(state.register(service.register))
        for scenario in service.scenarios where scenario.expected.outcome == "grant" {
            let row = service.rehearse(scenario.known).row
            #expect(service.rowFaults(row, in: register, year: 2026) == [])
        }
    }

    @Test func `conditions are ticked, crossed or open`() throws {
        let service = try #require(IstmoFolder.state().service("sole-proprietor"))
        let expired = try #require(service.scenarios.first { $0.id == "refused-cedula-expired" })
        let states = service.rehearse(expired.known).conditions
        #expect(states.map { $0.isMet } == [true, false, true, true])
        // Nothing is known about somebody whose birth date is not.
        var unknown = expired.known
        unknown.applicant["birth_date"] = nil
        #expect(service.rehearse(unknown).conditions[0].isMet == nil)
        let text = ServiceDefinition.filled(service.text("condition.adult.met", "es"), ["age": "52"])
        #expect(text == "Tienes 52 años")
    }

    @Test func `the form's route follows the answers`() throws {
        let form = try #require(IstmoFolder.state().service("sole-proprietor")).form
        #expect(form.route([:]).map { $0.id } == ["name", "activity", "premises", "start", "contact"])
        #expect(form.route(["activity": "food"]).map { $0.id } == ["name", "activity", "permit", "premises", "start", "contact"])
        #expect(form.control(JSONPointer(tokens: ["street"]))?.control.prefill == Prefill(register: "address", field: "street"))
        #expect(form.page("activity")?.controls[0].option("food")?["en"] == "Prepared food")
    }

    @Test func `the version changes with any byte of the service, and with nothing else`() throws {
        let version = try #require(IstmoFolder.state().service("sole-proprietor")).version
        let text = try IstmoFolder.changed("services/sole-proprietor/texts/en.yaml", "answer: At once", "answer: Straight away")
        #expect(IstmoFolder.read(text).state?.service("sole-proprietor")?.version != version)
        let elsewhere = try IstmoFolder.changed("state.yaml", "mode: demo", "mode: demo ")
        #expect(IstmoFolder.read(elsewhere).state?.service("sole-proprietor")?.version == version)
    }

    @Test func `an older version of a service is read within the present state`() throws {
        let state = try IstmoFolder.state()
        var diagnostics = Diagnostics()
        let files = IstmoFolder.files.filter { $0.key.hasPrefix("services/sole-proprietor/") }
        let service = ServiceDefinition.read("sole-proprietor", files: files, in: state, into: &diagnostics)
        #expect(diagnostics.all.isEmpty)
        #expect(service?.version == state.service("sole-proprietor")?.version)
    }

    @Test func `rules speak of every action of the house, and cite laws and purposes that there are`() throws {
        let state = try IstmoFolder.state()
        #expect(Set(state.policies.filter { $0.effect == .permit }.flatMap { $0.actions }) == KnownActions.names)
        for rule in state.policies { #expect(state.law(rule.law) != nil && rule.purposes.allSatisfy { state.purpose($0) != nil }) }
        let own = try #require(state.policies.first { $0.id == "see-own-data" })
        func holds(_ person: Value) -> Value {
            own.when?.evaluate(Scope(["principal": ["person": person], "resource": ["person": "a"]])).value ?? .null
        }
        #expect(holds("a") == .boolean(true))
        #expect(holds("b") == .boolean(false))
        #expect(holds(.null) != .boolean(true))
    }
}

@Suite("The reference keeps step")
struct ReferenceTests {
    @Test func `Docs/state-folder.md names every action, resource and operation`() throws {
        let url = Repository.root.appendingPathComponent("Docs/state-folder.md")
        let text = try String(contentsOf: url, encoding: .utf8)
        for word in KnownActions.names.union(KnownActions.operations).union(KnownActions.resources) {
            #expect(text.contains("`\(word)`"), "\(word)")
        }
        for widget in ControlDefinition.Widget.allCases { #expect(text.contains("`\(widget.rawValue)`")) }
        for kind in PolicyDefinition.PrincipalKind.allCases { #expect(text.contains("`\(kind.rawValue)`")) }
    }
}

@Suite("A numbering makes keys and reads them back")
struct NumberingTests {
    @Test func `year and sequence`() throws {
        let numbering = try #require(Numbering("EI-{year}-{seq:5}"))
        #expect(numbering.key(year: 2026, number: 11807) == "EI-2026-11807")
        #expect(numbering.key(year: 2026, number: 7) == "EI-2026-00007")
        #expect(numbering.key(year: 2026, number: 123_456) == "EI-2026-123456")
        #expect(numbering.number(in: "EI-2024-00042")?.year == 2024)
        #expect(numbering.number(in: "EI-2024-00042")?.number == 42)
        #expect(numbering.number(in: "EX-2024-00042") == nil)
        #expect(numbering.number(in: "EI-2024-42") == nil)
        #expect(numbering.countsPerYear)
    }

    @Test(arguments: ["EI", "{seq}", "{seq:0}", "{seq:5}{seq:5}", "{year}{year}{seq:5}", "{month}-{seq:5}", "a}{seq:3}", "{seq:3"])
    func `what is no numbering`(text: String) {
        #expect(Numbering(text) == nil)
    }
}
