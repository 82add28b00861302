import Kernel
import Testing

@Suite("Local texts and refusals") struct RefusalTests {
    @Test func `a text falls back to another language and is empty only when all are`() {
        let text: LocalText = ["en": "Licence", "es": "Licencia", "de": "Schein"]
        #expect(text["en"] == "Licence")
        #expect(text["uk"] == "Licencia")
        #expect(LocalText(["uk": "Посвідчення", "en": ""])["en"] == "Посвідчення")
        #expect(LocalText(["fr": "Permis", "de": "Schein"])["es"] == "Schein")
        #expect(LocalText([:])["es"] == "")
        #expect(LocalText([:]).isEmpty)
        #expect(LocalText(["es": ""]).isEmpty)
        #expect(!text.isEmpty)
    }

    @Test func `a refusal says what, why and where`() {
        let fault = Fault(pointer: "/name", code: "form.missing", message: ["en": "Enter your name"])
        let refusal = Refusal(.invalid, "form.faults", parameters: ["count": "1"], faults: [fault], reasons: ["service/opening"])
        #expect(refusal.kind == .invalid)
        #expect(refusal.faults.first?.message["en"] == "Enter your name")
        #expect(refusal == Refusal(.invalid, "form.faults", parameters: ["count": "1"], faults: [fault], reasons: ["service/opening"]))
        #expect(refusal != Refusal(.forbidden, "form.faults"))
    }
}
