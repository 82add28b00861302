import ArgumentParser
import Kernel
import StateFolder
import Wiring

struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Plays a state's scenarios: what each service answers to the applicants that its designer wrote down.",
        discussion: "Ends with status 1 when a scenario ends otherwise than it says.")

    @Argument(help: "The state's folder: it holds state.yaml.") var folder: String

    func run() throws {
        let state = try CheckedState.read(try StateFiles.read(folder), folder: folder)
        var passed = 0
        var failed = 0
        for service in state.services {
            for scenario in service.scenarios {
                let misses = service.misses(of: scenario)
                if misses.isEmpty { passed += 1 } else { failed += 1 }
                for miss in misses { print(TerminalText.escaped("\(scenario.path): \(miss)")) }
            }
        }
        print("\(passed) passed, \(failed) failed")
        guard failed == 0 else { throw ExitCode(1) }
    }
}
