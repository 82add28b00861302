import Definitions
import Kernel
import Processes
import Testing

/// Builds small BPMN files.
enum Drawings {
    static func process(_ inside: String) -> String {
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" xmlns:d=\"urn:dovira:bpmn:1\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n<process id=\"p\" name=\"Process\" isExecutable=\"true\">\n\(inside)\n</process>\n</definitions>"
    }

    static func flow(_ source: String, _ target: String, _ condition: String? = nil) -> String {
        let inside = condition.map { "<conditionExpression xsi:type=\"tFormalExpression\">\($0)</conditionExpression>" } ?? ""
        return "<sequenceFlow id=\"\(source)-\(target)\" sourceRef=\"\(source)\" targetRef=\"\(target)\">\(inside)</sequenceFlow>\n"
    }

    /// Decide; grant at once, refuse, or let an officer look, who may ask for another round.
    static let application = process(
        """
        <startEvent id="start"/>
        <exclusiveGateway id="again"/>
        <businessRuleTask id="rules" name="Eligibility" d:decision="eligibility"/>
        <exclusiveGateway id="outcome" name="Outcome?" default="outcome-refused"/>
        <userTask id="review" name="Look at the papers" d:group="registry/officer" d:form="review"/>
        <exclusiveGateway id="reviewed"/>
        <exclusiveGateway id="join"/>
        <serviceTask id="record" name="Record" d:operation="register.create" d:register="business"/>
        <endEvent id="granted" name="Granted"/>
        <endEvent id="refused" name="Refused"/>
        """ + flow("start", "again") + flow("again", "rules") + flow("rules", "outcome") + flow("outcome", "join", "outcome = \"granted\"")
            + flow("outcome", "review", "outcome = \"review\"") + flow("outcome", "refused") + flow("review", "reviewed")
            + flow("reviewed", "join", "approved") + flow("reviewed", "again", "not(approved)") + flow("join", "record") + flow("record", "granted"))

    static func read(_ text: String) -> (definition: ProcessDefinition?, diagnostics: [Diagnostic]) {
        var diagnostics = Diagnostics()
        guard let root = XMLReader.read(Array(text.utf8), path: "process.bpmn", into: &diagnostics) else { return (nil, diagnostics.all) }
        return (ProcessDefinition.read(root, into: &diagnostics), diagnostics.all)
    }

    static func machine(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> ProcessMachine {
        let (definition, diagnostics) = read(text)
        return ProcessMachine(try #require(definition, "\(diagnostics.map { $0.description })", sourceLocation: sourceLocation))
    }
}
