import ArgumentParser

/// The one program: serves a state, checks its folder, verifies documents and the log.
@main
struct Dovira: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dovira",
        abstract: "A self-hostable digital state: registers, services and documents from a folder of files.",
        version: Version.text,
        subcommands: [Serve.self, Check.self, TestCommand.self, Decide.self, Verify.self, AuditCommand.self, ErrandsCommand.self, PopulationCommand.self])

    static func main() async {
        StackRoom.prepare()
        await main(nil)
    }
}

enum Version {
    static let text = "0.1.0"
}
