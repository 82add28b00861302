import Definitions
import Foundation
import HouseTesting
import Kernel
import Processes
import Testing

@Suite("Reading BPMN") struct ReaderTests {
    struct Fault: CustomTestStringConvertible, Sendable {
        let text: String
        let words: [String]
        init(_ text: String, _ words: String...) {
            self.text = text
            self.words = words
        }
        var testDescription: String { words.joined(separator: ", ") }
    }

    private static let user = "<userTask id=\"t\" d:group=\"applicant\"/>"
    private static let plain = "<startEvent id=\"s\"/>\(user)<endEvent id=\"e\"/>" + Drawings.flow("s", "t") + Drawings.flow("t", "e")
    private static func gateway(_ attributes: String, _ flows: String, marker: String = "") -> String {
        Drawings.process("<startEvent id=\"s\"/>\(marker)<exclusiveGateway id=\"g\" \(attributes)/><endEvent id=\"e\"/><endEvent id=\"f\"/>" + Drawings.flow("s", "g") + flows)
    }

    @Test(arguments: [
        Fault(Drawings.process(plain + "1️⃣<parallelGateway id=\"x\"/>"), "‘parallelGateway’ cannot be run"),
        Fault(Drawings.process(plain + "1️⃣<scriptTask id=\"x\"/>"), "‘scriptTask’ cannot be run"),
        Fault(Drawings.process(plain + "1️⃣<subProcess id=\"x\"/>"), "‘subProcess’ cannot be run"),
        Fault(Drawings.process(plain + "1️⃣<boundaryEvent id=\"x\" attachedToRef=\"t\"/>"), "‘boundaryEvent’ cannot be run"),
        Fault(Drawings.process("<startEvent id=\"s\">1️⃣<timerEventDefinition/></startEvent>\(user)<endEvent id=\"e\"/>" + Drawings.flow("s", "t") + Drawings.flow("t", "e")), "‘timerEventDefinition’ inside ‘startEvent’"),
        Fault(Drawings.process("<startEvent id=\"s\"/><userTask id=\"t\" d:group=\"applicant\">1️⃣<multiInstanceLoopCharacteristics/></userTask><endEvent id=\"e\"/>" + Drawings.flow("s", "t") + Drawings.flow("t", "e")), "‘multiInstanceLoopCharacteristics’"),
        Fault(Drawings.process("<startEvent id=\"s\"/><userTask id=\"t\" d:group=\"applicant\" 1️⃣startQuantity=\"2\"/><endEvent id=\"e\"/>" + Drawings.flow("s", "t") + Drawings.flow("t", "e")), "startQuantity=\"2\""),
        Fault(Drawings.process("<startEvent id=\"s\"/><userTask id=\"t\" d:group=\"applicant\" 1️⃣assigne=\"x\"/><endEvent id=\"e\"/>" + Drawings.flow("s", "t") + Drawings.flow("t", "e")), "‘assigne’"),
        Fault(Drawings.process("<startEvent id=\"s\"/><userTask id=\"t\" d:group=\"applicant\" 1️⃣d:from=\"x\"/><endEvent id=\"e\"/>" + Drawings.flow("s", "t") + Drawings.flow("t", "e")), "‘from’", "‘form’"),
        Fault(Drawings.process("<startEvent id=\"s\"/>1️⃣<userTask id=\"t\"/><endEvent id=\"e\"/>" + Drawings.flow("s", "t") + Drawings.flow("t", "e")), "d:group"),
        Fault(Drawings.process("<startEvent id=\"s\"/>1️⃣<userTask id=\"t\" d:group=\"officer\"/><endEvent id=\"e\"/>" + Drawings.flow("s", "t") + Drawings.flow("t", "e")), "body/role"),
        Fault(Drawings.process("<startEvent id=\"s\"/>1️⃣<serviceTask id=\"t\"/><endEvent id=\"e\"/>" + Drawings.flow("s", "t") + Drawings.flow("t", "e")), "d:operation"),
        Fault(Drawings.process("<startEvent id=\"s\"/>1️⃣<businessRuleTask id=\"t\"/><endEvent id=\"e\"/>" + Drawings.flow("s", "t") + Drawings.flow("t", "e")), "d:decision"),
        Fault(Drawings.process(plain + "1️⃣" + user.replacing("\"t\"", with: "\"lost\"") + Drawings.flow("lost", "lost2") + "<endEvent id=\"lost2\"/>"), "never reached"),
        Fault(Drawings.process("<startEvent id=\"s\"/>1️⃣\(user)<endEvent id=\"e\"/>" + Drawings.flow("s", "t")), "no flow leaves ‘t’"),
        Fault(Drawings.process("<startEvent id=\"s\"/>1️⃣\(user)<endEvent id=\"e\"/><endEvent id=\"f\"/>" + Drawings.flow("s", "t") + Drawings.flow("t", "e") + Drawings.flow("t", "f")), "2 flows leave"),
        Fault(gateway("default=\"g-e\"", Drawings.flow("g", "e") + Drawings.flow("g", "f", "x").replacing("\"f\"", with: "\"e\"").replacing("g-f", with: "gf")).replacing("<endEvent id=\"e\"/>", with: "1️⃣<endEvent id=\"e\"/>"), "2 flows enter ‘e’"),
        Fault(Drawings.process("<startEvent id=\"s\"/>\(user)<endEvent id=\"e\"/>" + Drawings.flow("s", "t") + "1️⃣" + Drawings.flow("t", "e", "x")), "leaves no gateway"),
        Fault(gateway("", "", marker: "1️⃣"), "no flow leaves the gateway"),
        Fault(gateway("", Drawings.flow("g", "e", "x") + "1️⃣" + Drawings.flow("g", "f")), "has no condition"),
        Fault(gateway("1️⃣default=\"g-ee\"", Drawings.flow("g", "e") + Drawings.flow("g", "f", "x")), "‘g-ee’", "‘g-e’"),
        Fault(gateway("default=\"g-e\"", "1️⃣" + Drawings.flow("g", "e", "x") + Drawings.flow("g", "f", "x")), "default flow ‘g-e’ has a condition"),
        Fault(gateway("default=\"g-e\"", Drawings.flow("g", "e") + Drawings.flow("g", "f", "x 1️⃣)")), "does not fit here"),
        Fault(Drawings.process(plain + "<sequenceFlow id=\"z\" sourceRef=\"t\" 1️⃣targetRef=\"ee\"/>"), "‘ee’, which is not there"),
        Fault(Drawings.process("<startEvent id=\"s\"><outgoing>s-t</outgoing>1️⃣<outgoing>nix</outgoing></startEvent>\(user)<endEvent id=\"e\"/>" + Drawings.flow("s", "t") + Drawings.flow("t", "e")), "no flow ‘nix’"),
        Fault(Drawings.process("<startEvent id=\"s\"/>1️⃣<startEvent id=\"s2\"/>\(user)<endEvent id=\"e\"/>" + Drawings.flow("s", "t") + Drawings.flow("t", "e")), "one startEvent"),
        Fault(Drawings.process(user).replacing("<process", with: "1️⃣<process"), "no startEvent"),
        Fault(Drawings.process("<startEvent id=\"s\"/>").replacing("<process", with: "1️⃣<process"), "no endEvent"),
        Fault(Drawings.process(plain.replacing("id=\"e\"", with: "id=\"e\"") + "1️⃣<endEvent id=\"e\"/>"), "used twice"),
        Fault(Drawings.process("<startEvent id=\"s\"/>1️⃣<exclusiveGateway id=\"a\"/><exclusiveGateway id=\"b\" default=\"b-e\"/><endEvent id=\"e\"/>" + Drawings.flow("s", "a") + Drawings.flow("a", "b") + Drawings.flow("b", "a", "x") + Drawings.flow("b", "e")), "gateways alone"),
        Fault(Drawings.process("<startEvent id=\"s\"/><exclusiveGateway id=\"a\"/><exclusiveGateway id=\"b\" default=\"b-e\"/>1️⃣\(user)<userTask id=\"u\" d:group=\"applicant\"/><exclusiveGateway id=\"c\"/><endEvent id=\"e\"/>" + Drawings.flow("s", "b") + Drawings.flow("b", "c", "x") + Drawings.flow("b", "e") + Drawings.flow("c", "t") + Drawings.flow("t", "a") + Drawings.flow("a", "u") + Drawings.flow("u", "c")), "no end is reached"),
        Fault("1️⃣<definitions/>", "no BPMN model"), Fault("1️⃣<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"/>", "no ‘process’"),
        Fault("<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\">1️⃣<collaboration/></definitions>", "‘collaboration’"),
    ]) func `what cannot be run is refused with place and mend`(fault: Fault) throws {
        let parts = fault.text.split(separator: "1️⃣", maxSplits: 1, omittingEmptySubsequences: false)
        try #require(parts.count == 2)
        let line = parts[0].count { $0 == "\n" } + 1
        let column = (parts[0].split(separator: "\n", omittingEmptySubsequences: false).last ?? "").unicodeScalars.count + 1
        let (definition, diagnostics) = Drawings.read(String(parts[0] + parts[1]))
        #expect(definition == nil)
        let found = diagnostics.first { diagnostic in
            diagnostic.severity == .error && fault.words.allSatisfy { diagnostic.message.contains($0) } && diagnostic.position == Position(line: line, column: column)
        }
        #expect(found != nil, "wanted \(line):\(column), got \(diagnostics.map { $0.description })")
    }

    @Test func `a gateway without a default is a warning, and the process runs`() throws {
        let (definition, diagnostics) = Drawings.read(Drawings.application)
        #expect(definition != nil)
        #expect(diagnostics.map { $0.severity } == [.warning])
        #expect(diagnostics[0].message.contains("‘reviewed’ has no default"))
        #expect(definition?.names == ["outcome", "approved"])
    }

    @Test func `drawings and documentation are passed over, extensions warned of`() throws {
        let text = Drawings.process("<documentation>x</documentation><textAnnotation id=\"n\"><text>y</text></textAnnotation>" + ReaderTests.plain.replacing("<endEvent id=\"e\"/>", with: "<endEvent id=\"e\"><extensionElements><x:listener xmlns:x=\"urn:x\"/></extensionElements></endEvent>"))
            .replacing("</process>", with: "</process><di:BPMNDiagram xmlns:di=\"urn:di\"><di:parallelGateway/></di:BPMNDiagram>")
        let (definition, diagnostics) = Drawings.read(text)
        #expect(definition != nil)
        #expect(diagnostics.map { $0.severity } == [.warning])
    }

    @Test func `files that break the rules of BPMN are refused`() throws {
        guard SharedData.isPresent else {
            print("skipped: betsy's processes are not beside this repository; set DOVIRA_SHARED")
            return
        }
        let folder = try SharedData.url("conformance/bpmn-betsy/bpmn_constraints")
        var refused = 0
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted() where name.hasSuffix(".bpmn") {
            // Their encoding and their XPath would be reason enough; without these the elements themselves must be.
            let text = String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
                .replacing("windows-1252", with: "UTF-8").replacing("expressionLanguage=\"http://www.w3.org/1999/XPath\"", with: "")
            let (definition, diagnostics) = Drawings.read(text)
            #expect(definition == nil, "\(name)")
            #expect(diagnostics.contains { $0.severity == .error && $0.position.line > 0 }, "\(name)")
            if definition == nil { refused += 1 }
        }
        #expect(refused == 301)
    }

    @Test func `random mutations of a process neither crash nor hang`() {
        var state: UInt64 = 0xB9A
        func roll(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        let seed = Array(Drawings.application.utf8)
        var readable = 0
        for _ in 0..<4_000 {
            var bytes = seed
            for _ in 0...roll(2) {
                let place = roll(bytes.count)
                switch roll(3) {
                case 0: bytes[place] = UInt8(roll(96) + 32)
                case 1: bytes.removeSubrange(place..<min(place + roll(30) + 1, bytes.count))
                default: bytes.insert(contentsOf: bytes[place..<min(place + roll(60), bytes.count)], at: roll(bytes.count))
                }
            }
            let (definition, diagnostics) = Drawings.read(String(decoding: bytes, as: UTF8.self))
            guard let definition else {
                #expect(diagnostics.contains { $0.severity == .error })
                continue
            }
            readable += 1
            var machine = ProcessMachine(definition)
            _ = machine.receive(.started(variables: [:]))
            _ = machine.receive(.decided(element: "rules", outputs: ["outcome": "granted"]))
        }
        #expect(readable > 100)
    }
}
