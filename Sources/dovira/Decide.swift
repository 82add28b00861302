import ArgumentParser
import Decisions
import Definitions
import FEEL
import Foundation
import Kernel
import StateFolder
import Wiring

struct Decide: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Asks a state's rules: what a decision says to given inputs, by which rule and why. Recomputes an account that was kept.",
        discussion: """
            The input is a JSON object of the decision's inputs by name, such as {"age": 17}; or the account of a decision as its applicant
            downloads it: then it is decided again from that account alone, and compared.
            Status: 1 when an account comes out otherwise or the folder has a mistake, 64 when what was given cannot be decided.
            """)

    @Argument(help: "The state's folder: it holds state.yaml.") var folder: String
    @Argument(help: "The decision's id, with its service where that is not clear: sole-proprietor/needs-permit.") var decision: String
    @Argument(help: "The file with the inputs or with an account, or - for standard input.") var input: String
    @Flag(help: "Print the whole account as canonical JSON and nothing else: what sha256sum says of it is its hash.") var trace = false
    @Option(help: "The day on which it is decided, and whose law applies. (default: today)") var on: String?
    @Option(help: "The language of the rules' sentences. (default: the state's first)") var language: String?

    /// An account holds every cell of every table that was asked.
    private static let bytesMax = 64 * 1_024 * 1_024

    func run() throws {
        let state = try CheckedState.read(try StateFiles.read(folder), folder: folder)
        let service = try service(in: state)
        let json = try given()
        if json["format"] != nil {
            try recompute(json, service, state)
        } else {
            let account = try decide(json, service, state)
            if trace { print(account) } else { show(account, state) }
        }
    }

    // MARK: What is asked

    private var parts: [String] { decision.split(separator: "/", maxSplits: 1).map(String.init) }
    private var decisionID: String { parts.last ?? decision }

    /// The service whose rules hold the decision.
    private func service(in state: StateDefinition) throws -> ServiceDefinition {
        if parts.count == 2, state.service(parts[0]) == nil {
            throw ValidationError("there is no service '\(parts[0])'\(Nearest.advice(for: parts[0], among: state.services.map(\.id)))")
        }
        let services = parts.count == 2 ? state.services.filter { $0.id == parts[0] } : state.services
        let found = services.filter { $0.decisions.version(of: decisionID) != nil }
        switch found.count {
        case 1: return found[0]
        case 0:
            let known = services.flatMap { $0.decisions.decisions.map(\.id) }
            throw ValidationError("there is no decision '\(decisionID)'\(Nearest.advice(for: decisionID, among: known))")
        default:
            let full = found.map { "\($0.id)/\(decisionID)" }.joined(separator: ", ")
            throw ValidationError("'\(decisionID)' is a decision of several services: write one of \(full)")
        }
    }

    private func given() throws -> JSON {
        let bytes = try GivenFile.read(input, bytesMax: Self.bytesMax, tooLarge: "larger than \(Self.bytesMax / 1_048_576) MB")
        do throws(JSONError) {
            return try JSON.parse(bytes)
        } catch {
            throw ValidationError("\(input == "-" ? "standard input" : input):\(error.message)")
        }
    }

    private func day() throws -> CalendarDate? {
        guard let on else { return nil }
        guard let date = CalendarDate(on) else { throw ValidationError("'\(on)' is no date: write it as 2026-01-31") }
        return date
    }

    // MARK: Deciding

    private func decide(_ json: JSON, _ service: ServiceDefinition, _ state: StateDefinition) throws -> DecisionTrace {
        guard let members = json.object else { throw ValidationError("\(input): the inputs are an object, such as {\"age\": 17}") }
        let known = service.decisions.inputNames(of: decisionID)
        var inputs: [String: Value] = [:]
        for (name, value) in members {
            guard known.contains(name) else {
                throw ValidationError("\(input): '\(decisionID)' has no input '\(name)'\(Nearest.advice(for: name, among: known))")
            }
            inputs[name] = Value(json: value)
        }
        for name in known where inputs[name] == nil { say("note: the input '\(name)' is missing, so it is unknown") }
        let now = Clock.system.now()
        let date = try day()
        let facts = DecisionModel.Facts(
            today: date ?? service.today(at: now), now: date == nil ? DateTime(now, in: service.zone) : nil, zones: state.zones)
        var account = service.decisions.trace(decisionID, inputs, facts: facts)
        account.seeking = service.hoped(of: decisionID)
        return account
    }

    private func recompute(_ json: JSON, _ service: ServiceDefinition, _ state: StateDefinition) throws {
        if on != nil { throw ValidationError("an account says itself on which day it was decided: leave --on out") }
        if let stored = json["decision"]?.string, stored != decisionID {
            throw ValidationError("\(input): this is the account of '\(stored)', not of '\(decisionID)'")
        }
        let result: DecisionTrace.Recomputation
        do throws(DecisionTrace.Unreadable) {
            result = try DecisionTrace.recompute(json, with: service.decisions, zones: state.zones)
        } catch {
            throw ValidationError("\(input): \(error)")
        }
        if trace { print(result.again) } else { show(result.again, state) }
        guard !result.isSame else { return say("the same as before: sha256 \(result.stored.hex)") }
        say("otherwise than before: sha256 \(result.stored.hex) then, \(result.recomputed.hex) now")
        for change in result.versions {
            say("  the decision '\(change.decision)' has changed since: version \(change.stored) then, \(change.now.map(\.hex) ?? "none") now")
        }
        for difference in result.differences {
            say("  \(difference.pointer): \(difference.stored?.text ?? "nothing") then, \(difference.recomputed?.text ?? "nothing") now")
        }
        throw ExitCode(1)
    }

    // MARK: Saying

    /// Without a line's end, so that the hash of the output is the account's.
    private func print(_ account: DecisionTrace) { FileHandle.standardOutput.write(Data(account.json.canonicalBytes)) }

    /// A line about what was given, which may be anybody's text.
    private func tell(_ line: String) { Swift.print(TerminalText.escaped(line)) }

    private func say(_ line: String) { FileHandle.standardError.write(Data((TerminalText.escaped(line) + "\n").utf8)) }

    private func show(_ account: DecisionTrace, _ state: StateDefinition) {
        let language = language ?? state.languages[0]
        for row in account.outcome.rows {
            for name in row.keys.sorted() { tell("\(name): \(row[name]?.innerText ?? "")") }
        }
        switch account.outcome.status {
        case .decided: break
        case .standard: tell("no rule matches: these are the table's defaults")
        case .noRule: tell("no rule matches")
        case .failed(let message): tell("undecided: \(message)")
        }
        for matched in account.outcome.matched {
            let law = matched.rule.annotation("law").map { id in ", \(state.law(id)?.names[language] ?? id)" } ?? ""
            tell("rule \(matched.place + 1) (\(matched.rule.id))\(law)")
            if let sentence = matched.rule.annotation(language) { tell("  \(sentence)") }
        }
        for input in account.inputs {
            tell("  \(input.name): \(input.given == nil ? "unknown" : input.value.innerText)")
        }
        if let nearest = account.nearestTold {
            tell("nearest rule: \(nearest.place + 1) (\(nearest.rule.id))")
            for cell in nearest.failing {
                let value = cell.answer == .unknown ? "unknown" : cell.value.innerText
                tell("  \(cell.input) is \(value); the rule asks for \(cell.test)")
            }
        }
        for problem in account.outcome.problems { tell("problem: \(problem.message)") }
        tell("sha256 \(account.digest.hex)")
    }
}
