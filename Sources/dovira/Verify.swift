import ArgumentParser
import Credentials
import Foundation
import Kernel
import Web

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks a document with no network, against a trust list that you have.",
        discussion: """
            The trust list is what a state publishes under /.well-known/dovira-trust.json. It says which issuers may sign which kinds of \
            document, and bears the state's signature. Take the state's key (shown on its page /verify) once, from a source that you trust, \
            and give it with --state-key each time: then a list that somebody else made is refused. Without it the list is trusted as you give \
            it, and a line says so.

            Status:
              0  valid
              1  changed: it says something else than was signed
              2  expired, or not yet valid
              3  signed by an issuer who is not in the list
              4  malformed: no document that can be read
              5  signed by an issuer who may not issue this kind of document, or made out to somebody else
              6  valid as far as can be told, but not everything was checked: the list is out of date, the document can be withdrawn (that is not \
            looked up), or it was proved by its holder to somebody else
              7  the document's file is missing, cannot be read or is larger than 1 MB
              8  the trust list is missing, cannot be read, is not signed, or is not signed by the state's key
              64 the command was not understood
            """)

    @Argument(help: "The document's file (SD-JWT VC), or - for standard input.") var file: String
    @Option(help: "The trust list's file.") var trust: String
    @Option(help: "The thumbprint of the state's key: the list must be signed by it.") var stateKey: String?
    @Flag(
        help: """
            Takes a list without a signature, as you made it or as earlier versions published it. Where it binds an issuer to no kinds of \
            document, that issuer may sign any kind.
            """)
    var unsignedList = false
    @Option(help: "The language of the names. (default: es)") var language = "es"

    func validate() throws {
        if unsignedList, stateKey != nil { throw ValidationError("--unsigned-list takes a list without a signature: leave out --state-key") }
    }

    func run() throws {
        let now = Clock.system.now()
        let list = try trustList()
        let text: [UInt8]
        do { text = try GivenFile.read(file, bytesMax: DocumentText.byteCountMax, tooLarge: "larger than 1 MB: no document is") } catch {
            throw ending(.documentMissing, "\(error)")
        }
        let check = DocumentCheck(DocumentText.token(text), trust: list, now: now)
        let verdict = check.verdict(check.signatureChecks.map(SignatureAnswers.verify))
        let isStale = list.isStale(at: now)
        var lines: [String] = []
        let status: Status
        switch verdict {
        case .valid:
            status = isStale ? .unchecked : .valid
            lines.append(isStale ? "valid by a list that is out of date" : "valid")
        case .unchecked:
            status = .unchecked
            lines.append("checked in part: signed well and in its time, but not everything was checked")
        case .changed:
            status = .changed
            lines.append("changed: what it says is not what was signed")
        case .expired:
            status = .outOfTime
            lines.append("expired: ask for a new one")
        case .notYetValid(let document):
            status = .outOfTime
            lines.append("not yet valid" + (document.validFrom.map { ": only from \(Self.day($0)) on" } ?? ""))
        case .notEntitled:
            status = .notEntitled
            lines.append("not accepted: the list does not name this issuer for documents of this kind")
        case .otherAudience:
            status = .notEntitled
            lines.append("not accepted: it was made out to somebody else")
        case .unknownIssuer(let issuer):
            status = .unknownIssuer
            lines.append("signed by an unknown issuer: \(Self.shown(issuer)) is not in the trust list")
        case .malformed(let reason):
            status = .malformed
            lines.append("malformed: \(reason)")
        }
        if let document = verdict.document { lines += told(document) }
        if isStale, let expires = list.expires { lines.append("  note: the trust list ought to have been renewed on \(Self.day(expires))") }
        print(lines.joined(separator: "\n"))
        guard status == .valid else { throw ExitCode(status.rawValue) }
    }

    /// What a good signature covers, and what was not looked at.
    private func told(_ document: CheckedDocument) -> [String] {
        var lines = ["  type: \(Self.shown(document.vct))", "  issuer: \(Self.shown(document.issuerName[language])) (\(Self.shown(document.issuer)))"]
        lines.append("  issued: \(document.issuedAt.map(Self.day) ?? "it does not say")")
        lines.append("  valid until: \(document.expiresAt.map { Self.day($0.adding(seconds: -1)) } ?? "it has no end")")
        for (name, value) in document.claims { lines.append("  \(Self.shown(name)): \(Self.shown(value.string ?? value.text))") }
        if document.hasStatus { lines.append("  not checked: whether it was withdrawn; the document says that it can be") }
        if let presentation = document.presentation {
            lines.append(
                "  not checked: who shows it; the holder's signature is good, but made for \(Self.shown(presentation.audience.text)) on \(Self.day(presentation.madeAt))")
        }
        return lines
    }

    private func trustList() throws -> TrustList {
        let json: JSON, list: TrustList
        do {
            let bytes = try GivenFile.read(
                trust, bytesMax: TrustList.json.byteCountMax, tooLarge: "larger than \(TrustList.json.byteCountMax >> 20) MB: no trust list is")
            json = try JSON.parse(bytes, limits: TrustList.json)
            list = try TrustList(json: json, takesUnboundIssuers: unsignedList)
        } catch let fault as JSONError { throw ending(.listUnusable, "\(trust): \(fault.message)")
        } catch let fault as TrustList.Fault { throw ending(.listUnusable, "\(trust): \(Self.advice(fault))")
        } catch { throw ending(.listUnusable, "\(error)") }
        for key in list.skippedKeys {
            warn("key \(key.place + 1) of \(Self.shown(key.issuer.text)) is not used: of another kind, for another use, withdrawn, or secret")
        }
        if unsignedList {
            warn("the trust list is taken without a signature, because of --unsigned-list")
            if list.hasUnboundIssuers { warn("the list binds some issuers to no kinds of document: their keys sign any kind") }
            return list
        }
        let signed: SignedTrustList
        do throws(SignedTrustList.Fault) { signed = try SignedTrustList(json: json, list: list, stateKey: stateKey) } catch {
            throw ending(.listUnusable, "\(trust): \(Self.advice(error))")
        }
        guard SignatureAnswers.verify(signed.signatureCheck) else {
            throw ending(.listUnusable, "\(trust): the list was changed after it was signed; fetch it again")
        }
        if stateKey == nil {
            warn("the trust list is taken as you gave it, signed by \(signed.stateKey); with --state-key a list of anybody else is refused")
        }
        return list
    }

    private static func advice(_ fault: TrustList.Fault) -> String {
        switch fault {
        case .kindsMissing:
            "the list binds an issuer to no kinds of document (\(fault.rawValue)): fetch a newer one, or give --unsigned-list to let its keys sign any kind"
        default: "not a trust list (\(fault.rawValue))"
        }
    }

    private static func advice(_ fault: SignedTrustList.Fault) -> String {
        switch fault {
        case .unsigned: "the list bears no signature: fetch the state's own, or give --unsigned-list to take it as it is"
        case .otherKey: "the list is signed by another key than --state-key names"
        case .signatureUnreadable, .undated: "the list's signature cannot be read (\(fault.rawValue)): fetch it again"
        }
    }

    /// Text of others, fit for a terminal.
    private static func shown(_ text: String) -> String { TerminalText.escaped(text) }

    private static func day(_ instant: Instant) -> String { instant.rfc3339 }

    private func warn(_ text: String) { FileHandle.standardError.write(Data("warning: \(text)\n".utf8)) }

    enum Status: Int32 {
        case valid = 0, changed = 1, outOfTime = 2, unknownIssuer = 3, malformed = 4, notEntitled = 5, unchecked = 6, documentMissing = 7, listUnusable = 8
    }

    /// Why nothing was checked: said on standard error, with the status for it.
    private func ending(_ status: Status, _ text: String) -> ExitCode {
        FileHandle.standardError.write(Data("error: \(TerminalText.escaped(text))\n".utf8))
        return ExitCode(status.rawValue)
    }
}
