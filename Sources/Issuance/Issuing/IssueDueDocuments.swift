import Audit
import Credentials
package import Gate
package import Kernel
package import Registry
package import StateFolder

/// The errand `documents.refresh`: looks what is due, signs it outside any transaction, stores it.
///
/// A crash after signing loses only the signature: the errand runs again and signs anew. A document that cannot be signed does not hold up
/// the others: they are stored, and the errand fails with its name.
package struct IssueDueDocuments: ErrandHandler {
    package let kind = "documents.refresh"
    private let issuer: DocumentIssuer
    private let definitions: [DocumentDefinition]
    private let registers: Registers
    private let zone: TimeZoneRules
    private let principal: Principal
    /// Told when a case waited for the documents: services go on from there.
    private let onStored: @Sendable (Errand, Platform) async throws -> Void

    package init(
        issuer: DocumentIssuer, definitions: [DocumentDefinition], registers: Registers, zone: TimeZoneRules, as principal: Principal,
        onStored: @escaping @Sendable (Errand, Platform) async throws -> Void
    ) {
        self.issuer = issuer
        self.definitions = definitions
        self.registers = registers
        self.zone = zone
        self.principal = principal
        self.onStored = onStored
    }

    package func perform(_ errand: Errand, on platform: Platform) async throws {
        guard let person = errand.payload["person"]?.string else { throw IssuanceFault.noPerson(errand.id) }
        let drafts = try await platform.perform(
            DueDocuments(person: person, definitions: definitions, registers: registers, zone: zone), as: principal)
        var signed: [StoreDocuments.Signed] = []
        var failed: [(type: String, error: any Error)] = []
        for draft in drafts {
            // One draft that cannot be signed takes no other along: a bad row of one register leaves her other documents hers.
            do {
                if let fault = draft.fault { throw fault }
                let credential = try issuer.sign(draft, at: platform.clock.now(), platform.randomness)
                signed.append(StoreDocuments.Signed(draft: draft, credential: credential))
            } catch { failed.append((draft.type, error)) }
        }
        if !signed.isEmpty { _ = try await platform.perform(StoreDocuments(signed, for: person, errand: errand.id), as: principal) }
        // A case goes on once its own document is there, whatever became of the others.
        let awaited = errand.payload["document"]?.string
        if let own = failed.first(where: { $0.type == awaited }) { throw own.error }
        try await onStored(errand, platform)
        if let other = failed.first { throw other.error }
    }
}

/// Turns a draft into a signed SD-JWT VC, in the name of the body that issues it.
package struct DocumentIssuer: Sendable {
    package let keys: IssuerKeys
    private let definitions: [String: DocumentDefinition]

    package init(keys: IssuerKeys, definitions: [DocumentDefinition]) {
        self.keys = keys
        self.definitions = Dictionary(definitions.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package func sign(_ draft: DraftDocument, at now: Instant, _ randomness: Randomness) throws -> String {
        guard let definition = definitions[draft.type] else { throw IssuanceFault.unknownDocument(draft.type) }
        var shown = JSONObject()
        var disclosable: [(name: String, value: JSON)] = []
        for claim in definition.claims {
            guard let value = draft.claims[claim.name] else { continue }
            if claim.disclosable { disclosable.append((claim.name, value)) } else { shown[claim.name] = value }
        }
        let credential: CredentialDraft
        let keyID = try keys.keyID(definition.body)
        do throws(CredentialFault) {
            credential = try CredentialDraft(
                issuer: keys.issuer(definition.body), vct: definition.vct, issuedAt: now, expiresAt: draft.expiresAt,
                alwaysShown: shown, disclosable: disclosable, kid: keyID, randomness: randomness)
        } catch {
            throw IssuanceFault.cannotBeSigned(document: definition.id, reason: error.rawValue)
        }
        return credential.signed(try keys.sign(credential.signingInput, for: definition.body))
    }
}
