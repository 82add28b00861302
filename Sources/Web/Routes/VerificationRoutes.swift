internal import Credentials
internal import Crypto
internal import Gate
package import Kernel
internal import Messages
internal import StateFolder

extension Route {
    /// Checking a document: in the visitor's own browser; here only when that browser runs no script.
    static let verification: [Route] = [
        .get("/verify", .everyone) { visit in .page(try visit.portal.verifyPage(visit)) },
        .post("/verify", .everyone) { visit in
            let form = try await visit.form(upTo: Portal.credentialFormBytesMax)
            let uploaded = form.file("file").map { DocumentText.token($0.bytes) } ?? ""
            let token = uploaded.isEmpty ? DocumentText.token(form["document"]?.text ?? "") : uploaded
            guard !token.isEmpty else {
                let words = visit.portal.pages.words(visit.portal.chrome(visit, workspace: nil))
                return .page(
                    try visit.portal.verifyPage(visit, faults: [FieldFault(field: "document", message: words("refusal.verify.empty"))]),
                    status: 422)
            }
            return .page(try visit.portal.verifyPage(visit, result: visit.portal.verify(token, visit)))
        },
        .get(OpenFiles.trustList, .everyone) { visit in
            .text(try visit.portal.trust.published(at: visit.now).text, type: "application/json", maxAge: 300)
        },
        .get(OpenFiles.stateKey, .everyone) { visit in .text(visit.portal.trust.stateKeyFile, type: "application/jwk+json", maxAge: 300) },
    ]
}

extension Portal {
    /// The longest text that is read as a document, and the form around it.
    fileprivate static let credentialFormBytesMax = DocumentText.byteCountMax + 16 * 1_024

    fileprivate func verifyPage(_ visit: Visit, faults: [FieldFault] = [], result: VerifyView.Result? = nil) throws -> VerifyView {
        let published = try trust.published(at: visit.now)
        let kinds = state.documents.map { document in
            VerifyView.Kind(
                vct: document.vct, title: document.names[visit.language], number: document.numberClaim,
                claims: document.claims.map { ($0.name, $0.names[visit.language]) },
                values: Dictionary(
                    document.claims.map { ($0.name, state.field(of: $0, in: document)?.labels(visit.language) ?? [:]) },
                    uniquingKeysWith: { first, _ in first }))
        }
        return VerifyView(
            result: result, faults: faults, trustList: published.text, stateKey: trust.stateKey, trustAsOf: published.list.issued ?? visit.now,
            kinds: kinds, timeZone: state.timeZone)
    }

    /// The same pure check that the browser runs; swift-crypto answers its questions. It leaves no trace: nothing is stored.
    fileprivate func verify(_ token: String, _ visit: Visit) throws -> VerifyView.Result {
        let list = try trust.list(at: visit.now)
        let check = DocumentCheck(token, trust: list, now: visit.now)
        let answers = check.signatureChecks.map(SignatureAnswers.verify)
        let verdict = check.verdict(answers)
        let document = verdict.document
        let definition = document.flatMap { document in state.documents.first { $0.vct.hasSameBytes(as: document.vct) } }
        return VerifyView.Result(
            verdict: VerifyView.Result.Verdict(verdict, at: visit.now), document: definition?.names[visit.language],
            number: definition.flatMap { document?.claims[$0.numberClaim]?.string }, rows: rows(document, definition, visit),
            issuer: document.map { $0.issuerName[visit.language] },
            signed: document.map { document in
                VerifyView.Result.Signed(
                    kind: definition == nil ? document.vct : nil, issuedAt: document.issuedAt, expiresAt: document.expiresAt,
                    hasStatus: document.hasStatus, shownTo: document.presentation.map { ($0.audience.text, $0.madeAt) })
            },
            checkedAt: visit.now, isListStale: list.isStale(at: visit.now))
    }

    private func rows(_ document: CheckedDocument?, _ definition: DocumentDefinition?, _ visit: Visit) -> [ValueRow] {
        guard let document else { return [] }
        guard let definition else {
            return document.claims.map { ValueRow(label: $0.key, value: Shown($0.value, nil, visit.language)) }
        }
        return definition.claims.compactMap { claim in
            document.claims[claim.name].map { value in
                ValueRow(label: claim.names[visit.language], value: Shown(value, state.field(of: claim, in: definition), visit.language))
            }
        }
    }
}

extension VerifyView.Result.Verdict {
    fileprivate init(_ verdict: Verdict, at now: Instant) {
        self =
            switch verdict {
            case .valid: .valid
            case .unchecked: .unchecked
            case .changed: .changed
            case .expired(let document): .expired(document.expiresAt ?? now)
            case .notYetValid(let document): .notYetValid(document.validFrom ?? now)
            case .notEntitled: .notEntitled
            case .otherAudience: .otherAudience
            case .unknownIssuer(let issuer): .unknownIssuer(issuer)
            case .malformed(let reason): .malformed(reason, about: MalformedReason(code: reason).rawValue)
            }
    }
}

extension DocumentDefinition {
    /// The claim that says the document's number.
    fileprivate var numberClaim: String { claims.first { !$0.isOfHolder && $0.fieldName == number }?.name ?? number }
}

/// Answers the pure core's questions with swift-crypto.
package enum SignatureAnswers {
    package static func verify(_ check: SignatureCheck) -> Bool {
        switch check.algorithm {
        case .es256:
            guard let key = try? P256.Signing.PublicKey(x963Representation: check.key),
                let signature = try? P256.Signing.ECDSASignature(rawRepresentation: check.signature)
            else { return false }
            return key.isValidSignature(signature, for: check.message)
        case .ed25519:
            guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: check.key) else { return false }
            return key.isValidSignature(check.signature, for: check.message)
        }
    }
}
