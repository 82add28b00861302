import ArgumentParser
import Definitions
import Foundation
import Kernel
import StateFolder
import Wiring

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks a state's folder and reports every mistake at its place, like a compiler.",
        discussion: "Ends with status 1 when there is an error.")

    @Argument(help: "The state's folder: it holds state.yaml.") var folder: String

    func run() throws {
        let files = try StateFiles.read(folder)
        var diagnostics = Diagnostics()
        let state = StateDefinition.read(files, zones: ZoneFile.all, into: &diagnostics)
        CheckedState.print(diagnostics, folder: folder)
        guard let state, !diagnostics.hasErrors else { throw ExitCode(1) }
        print(
            """
            \(state.names[state.languages[0]]): \(state.registers.count) registers, \(state.documents.count) documents, \
            \(state.services.count) services, \(state.policies.count) rules in \(state.languages.joined(separator: ", ")): no errors
            """)
    }
}

/// A state folder that was read without an error.
enum CheckedState {
    static func read(_ files: [String: [UInt8]], folder: String) throws -> StateDefinition {
        var diagnostics = Diagnostics()
        let state = StateDefinition.read(files, zones: ZoneFile.all, into: &diagnostics)
        print(diagnostics, folder: folder)
        guard let state, !diagnostics.hasErrors else { throw ExitCode(1) }
        return state
    }

    static func print(_ diagnostics: Diagnostics, folder: String) {
        let base = folder.hasSuffix("/") ? folder : folder + "/"
        for diagnostic in diagnostics.all { FileHandle.standardError.write(Data((TerminalText.escaped("\(base)\(diagnostic.description)") + "\n").utf8)) }
    }
}
