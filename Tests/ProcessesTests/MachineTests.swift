import Kernel
import Processes
import Testing

@Suite("Process machine") struct MachineTests {
    @Test func `a case runs from start to end, one command at a time`() throws {
        var machine = try Drawings.machine(Drawings.application)
        #expect(machine.receive(.started(variables: ["case": "A1"])) == [.decide(element: "rules", decision: "eligibility")])
        #expect(machine.waitingAt == "rules")
        #expect(
            machine.receive(.decided(element: "rules", outputs: ["outcome": "granted"]))
                == [.callService(element: "record", operation: "register.create", parameters: ["register": "business"])])
        #expect(machine.receive(.serviceCompleted(element: "record", outputs: ["number": "B-1"])) == [.complete(endElement: "granted", name: "Granted")])
        #expect(machine.isEnded)
        #expect(machine.variables == ["case": "A1", "outcome": "granted", "number": "B-1"])
    }

    @Test func `the default flow is taken when no condition is true`() throws {
        for outcome in ["\"other\"", "null", "3"] {
            var machine = try Drawings.machine(Drawings.application)
            _ = machine.receive(.started(variables: [:]))
            #expect(machine.receive(.decided(element: "rules", outputs: ["outcome": try JSON.parse(outcome)])) == [.complete(endElement: "refused", name: "Refused")])
        }
    }

    @Test func `an officer decides, or sends it round again`() throws {
        var machine = try Drawings.machine(Drawings.application)
        _ = machine.receive(.started(variables: [:]))
        let task = ProcessCommand.createTask(element: "review", name: "Look at the papers", group: "registry/officer", form: "review")
        #expect(machine.receive(.decided(element: "rules", outputs: ["outcome": "review"])) == [task])
        #expect(machine.receive(.taskCompleted(element: "review", outputs: ["approved": false])) == [.decide(element: "rules", decision: "eligibility")])
        #expect(machine.receive(.decided(element: "rules", outputs: ["outcome": "review"])) == [task])
        #expect(machine.receive(.taskCompleted(element: "review", outputs: ["approved": true])).count == 1)
        #expect(machine.waitingAt == "record")
    }

    // Process-3
    @Test func `a gateway without a true condition and a default is an incident, and the token is kept`() throws {
        var machine = try Drawings.machine(Drawings.application)
        _ = machine.receive(.started(variables: [:]))
        _ = machine.receive(.decided(element: "rules", outputs: ["outcome": "review"]))
        guard case .incident(element: "reviewed", let reason)? = machine.receive(.taskCompleted(element: "review", outputs: [:])).first else {
            Issue.record("no incident")
            return
        }
        #expect(reason.contains("no default flow"))
        #expect(machine.waitingAt == "reviewed")
        let kept = try #require(ProcessMachine(machine.definition, state: machine.state))
        #expect(kept.incidentReason == reason)
        #expect(machine.receive(.retried(element: "reviewed", variables: [:])).count == 1)
        #expect(machine.incidentReason != nil)
        #expect(machine.receive(.retried(element: "reviewed", variables: ["approved": true])) == [.callService(element: "record", operation: "register.create", parameters: ["register": "business"])])
        #expect(machine.incidentReason == nil)
    }

    @Test func `a failed service is an incident that can be retried`() throws {
        var machine = try Drawings.machine(Drawings.application)
        _ = machine.receive(.started(variables: [:]))
        let call = machine.receive(.decided(element: "rules", outputs: ["outcome": "granted"]))
        #expect(machine.receive(.serviceFailed(element: "record", reason: "down")) == [.incident(element: "record", reason: "down")])
        #expect(machine.receive(.retried(element: "record", variables: [:])) == call)
        #expect(machine.receive(.retried(element: "record", variables: [:])) == [.refused(element: "record", .notWaiting)])
        #expect(machine.receive(.serviceCompleted(element: "record", outputs: [:])) == [.complete(endElement: "granted", name: "Granted")])
    }

    // Process-2
    @Test func `events that do not fit are refused and change nothing`() throws {
        var machine = try Drawings.machine(Drawings.application)
        func refused(_ event: ProcessEvent, _ element: String, _ reason: ProcessRefusal, sourceLocation: SourceLocation = #_sourceLocation) {
            let before = machine.state
            #expect(machine.receive(event) == [.refused(element: element, reason)], sourceLocation: sourceLocation)
            #expect(machine.state == before, sourceLocation: sourceLocation)
        }
        refused(.taskCompleted(element: "review", outputs: [:]), "review", .notStarted)
        _ = machine.receive(.started(variables: [:]))
        refused(.started(variables: ["x": 1]), "start", .alreadyStarted)
        refused(.decided(element: "nowhere", outputs: [:]), "nowhere", .unknownElement)
        refused(.taskCompleted(element: "review", outputs: ["approved": true]), "review", .notWaiting)
        refused(.taskCompleted(element: "rules", outputs: [:]), "rules", .wrongKind)
        refused(.serviceCompleted(element: "rules", outputs: [:]), "rules", .wrongKind)
        refused(.retried(element: "rules", variables: [:]), "rules", .notWaiting)
        _ = machine.receive(.decided(element: "rules", outputs: ["outcome": "refused"]))
        refused(.decided(element: "rules", outputs: [:]), "rules", .ended)
        refused(.started(variables: [:]), "start", .ended)
        refused(.serviceFailed(element: "record", reason: "x"), "record", .ended)
    }

    @Test func `the state is small, holds no definition, and comes back`() throws {
        var machine = try Drawings.machine(Drawings.application)
        _ = machine.receive(.started(variables: ["case": "A1"]))
        let state = machine.state
        #expect(state.canonical == "{\"at\":\"rules\",\"phase\":\"running\",\"process\":\"p\",\"v\":1,\"variables\":{\"case\":\"A1\"}}")
        var restored = try #require(ProcessMachine(machine.definition, state: try JSON.parse(state.canonical)))
        #expect(restored.receive(.decided(element: "rules", outputs: ["outcome": "granted"])) == machine.receive(.decided(element: "rules", outputs: ["outcome": "granted"])))
        #expect(restored.state == machine.state)
    }

    @Test(arguments: [
        "{}", "[]", "{\"v\":2,\"process\":\"p\",\"phase\":\"running\",\"at\":\"rules\",\"variables\":{}}", "{\"v\":1,\"process\":\"q\",\"phase\":\"running\",\"at\":\"rules\",\"variables\":{}}",
        "{\"v\":1,\"process\":\"p\",\"phase\":\"running\",\"at\":\"gone\",\"variables\":{}}", "{\"v\":1,\"process\":\"p\",\"phase\":\"ended\",\"at\":\"rules\",\"variables\":{}}",
        "{\"v\":1,\"process\":\"p\",\"phase\":\"running\",\"at\":\"outcome\",\"variables\":{}}", "{\"v\":1,\"process\":\"p\",\"phase\":\"running\",\"at\":\"rules\"}",
    ]) func `a state that is none of this process is refused`(text: String) throws {
        let machine = try Drawings.machine(Drawings.application)
        #expect(ProcessMachine(machine.definition, state: try JSON.parse(text)) == nil)
    }

    // Process-1
    @Test func `whatever events come, there is one token or an end`() throws {
        let definition = try Drawings.machine(Drawings.application).definition
        var state: UInt64 = 0xB9
        func roll(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        let elements = definition.elements.map { $0.id } + ["nowhere"]
        var ended = 0
        for _ in 0..<2_000 {
            var machine = ProcessMachine(definition)
            for _ in 0..<30 {
                let element = roll(3) == 0 ? elements[roll(elements.count)] : machine.waitingAt ?? elements[roll(elements.count)]
                let outputs: JSONObject = [["outcome": "granted"], ["outcome": "review"], ["approved": true], ["approved": false], [:]][roll(5)]
                let event: ProcessEvent = [
                    .started(variables: [:]), .decided(element: element, outputs: outputs), .taskCompleted(element: element, outputs: outputs),
                    .serviceCompleted(element: element, outputs: outputs), .serviceFailed(element: element, reason: "x"), .retried(element: element, variables: outputs),
                ][roll(6)]
                let commands = machine.receive(event)
                #expect(commands.count == 1)
                machine = try #require(ProcessMachine(definition, state: machine.state))
                if machine.isEnded { break }
            }
            if machine.isEnded { ended += 1 }
        }
        #expect(ended > 100)
    }
}
