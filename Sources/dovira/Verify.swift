import ArgumentParser
import Credentials
import Foundation
import Kernel
import Web

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks a document with no network, against a trust list that you have.",
        discussion: """
            The trust list is what a state publishes under /.well-known/dovira-trust.json.
            Status: 0 valid, 1 changed, 2 expired or not yet valid, 3 unknown issuer, 4 malformed.
            """)

    @Argument(help: "The document's file (SD-JWT VC), or - for standard input.") var file: String
    @Option(help: "The trust list's file.") var trust: String
    @Option(help: "The language of the names. (default: es)") var language = "es"
    /// A document with a photograph stays under it.
    private static let bytesMax = 512 * 1_024

    func run() throws {
        let list = try TrustList(json: JSON.parse(try read(trust)))
        let token = String(decoding: try read(file), as: UTF8.self).filter { !$0.isWhitespace }
        let check = DocumentCheck(token, trust: list, now: Clock.system.now())
        switch check.verdict(check.signatureChecks.map(SignatureAnswers.verify)) {
        case .valid(let document):
            print("valid")
            show(document)
        case .changed: try refuse("changed: what it says is not what was signed", 1)
        case .expired(let document):
            show(document)
            try refuse("expired: ask for a new one", 2)
        case .notYetValid(let document):
            show(document)
            try refuse("not yet valid", 2)
        case .unknownIssuer(let issuer): try refuse("signed by an unknown issuer: \(issuer) is not in the trust list", 3)
        case .malformed(let reason): try refuse("malformed: \(reason)", 4)
        }
    }

    private func read(_ path: String) throws -> [UInt8] {
        try GivenFile.read(path, bytesMax: Self.bytesMax, tooLarge: "larger than \(Self.bytesMax / 1_024) kB: no document is")
    }

    private func show(_ document: CheckedDocument) {
        print("  issuer: \(document.issuerName[language])")
        for (name, value) in document.claims { print("  \(name): \(value.string ?? value.text)") }
    }

    private func refuse(_ text: String, _ status: Int32) throws {
        print(text)
        throw ExitCode(status)
    }
}
