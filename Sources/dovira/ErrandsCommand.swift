import ArgumentParser
import Gate
import Kernel
import Wiring

struct ErrandsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "errands", abstract: "Shows the work that is done after a request, and lets what was given up be tried anew.",
        subcommands: [ListErrands.self, RetryErrand.self])
}

struct ListErrands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the errands that wait or were given up: id, state, attempts, since when, kind, subject, last error.",
        discussion: "Works beside the running server and without one. Names no person; a subject is a case's or a person's identifier.")

    @Argument(help: "The data folder.") var data: String

    func run() async throws {
        let errands = try await ErrandDesk.list(data)
        for errand in errands {
            print(
                "\(errand.id)  \(errand.state)  \(errand.attempts)  \(errand.createdAt.rfc3339)  \(errand.kind)  \(errand.subject)  \(errand.lastError ?? "-")")
        }
        print("\(errands.count) errands\(errands.count == ErrandList.listMax ? " or more" : ""), \(errands.count { $0.state == "given-up" }) given up")
    }
}

struct RetryErrand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Lets an errand be tried anew at once, with all its attempts.",
        discussion: "The running server is asked; without one the data folder is changed itself.")

    @Argument(help: "The data folder.") var data: String
    @Argument(help: "The errand's id, or `all` for every one that was given up.") var id: String

    func run() async throws {
        try await ErrandDesk.retry(id, in: data)
        print(id == ErrandDesk.all ? "what was given up is tried anew" : "\(id) is tried anew")
    }
}
