import Definitions
package import FEEL
package import Kernel

/// One thing that a document says.
package struct ClaimDefinition: Hashable, Sendable {
    package let name: String
    /// As written: a field of the source register, or `person.<field>` for a field of the holder.
    package let field: String
    package let names: LocalText
    package let type: FieldDefinition.FieldType
    /// Words for the values of an enumeration.
    package let values: [String: LocalText]
    /// Whether the holder chooses to show it; otherwise it is always shown.
    package let disclosable: Bool

    package var isOfHolder: Bool { field.hasPrefix("person.") }
    /// The field without `person.`.
    package var fieldName: String { isOfHolder ? String(field.dropFirst(7)) : field }
}

/// A reason for which a document can be revoked.
package struct RevocationGround: Hashable, Sendable {
    package let id: String
    package let names: LocalText
    package let law: String
}

/// A signed document that is made from a register's row.
package struct DocumentDefinition: Sendable {
    package enum Cover: String, CaseIterable, Hashable, Sendable { case a, b, c }

    package let id: String
    package let names: LocalText
    package let body: String
    package let register: String
    /// The type of the credential: a URI.
    package let vct: String
    package let claims: [ClaimDefinition]
    package let validityMonths: Int
    /// The register's field with the last day for which the record itself holds, where it has one.
    package let expiryField: String?
    /// The register's field with the document's number.
    package let number: String
    package let cover: Cover
    /// Names of the claims on the card's face, in order.
    package let face: [String]
    /// Whether it shows the holder's picture.
    package let hasPortrait: Bool
    /// FEEL over the row's fields: which rows give a document.
    package let when: Expression?
    package let revocation: [RevocationGround]

    package func claim(_ name: String) -> ClaimDefinition? { claims.first { $0.name == name } }

    /// The fields that making the document reads: of the source register's row, and of the holder in the person register.
    package var fields: (ofRow: [String], ofHolder: [String]) {
        var ofRow = [number], ofHolder: [String] = []
        if let expiryField { ofRow.append(expiryField) }
        if let when { ofRow += when.names.sorted() }
        for claim in claims { if claim.isOfHolder { ofHolder.append(claim.fieldName) } else { ofRow.append(claim.fieldName) } }
        var seen: Set<String> = []
        return (ofRow.filter { seen.insert($0).inserted }, ofHolder)
    }

    static let claimsMax = 60

    static func readAll(_ folder: inout Folder) -> [DocumentDefinition] {
        var documents: [DocumentDefinition] = [], isWhole = true, types: [String: String] = [:]
        for id in folder.folders(in: "documents") {
            folder.checkIdentifier(id, "a document", at: .start, in: "documents/\(id)/document.yaml")
            guard let (document, vct) = read(id, &folder) else { isWhole = false; continue }
            if let other = types.updateValue(id, forKey: document.vct) {
                folder.diagnostics.error("the document ‘\(other)’ has this ‘vct’ already; give each type its own", at: vct)
            }
            documents.append(document)
        }
        if isWhole { folder.documents = Dictionary(uniqueKeysWithValues: documents.map { ($0.id, $0) }) }
        return documents
    }

    private static func read(_ id: String, _ folder: inout Folder) -> (DocumentDefinition, vct: Node)? {
        guard let node = folder.yaml("documents/\(id)/document.yaml", for: "the document's source register and claims"),
              var reader = MappingReader(node, "the document", into: &folder.diagnostics) else { return nil }
        let names = folder.localText("names", of: &reader)
        let bodyNode = reader.node("body", into: &folder.diagnostics)
        let body = bodyNode.flatMap { MappingReader.text($0, "body", into: &folder.diagnostics) }
        if let body, let bodyNode { folder.check(body, "body", among: folder.bodies?.keys, at: bodyNode) }
        let registerNode = reader.node("register", into: &folder.diagnostics)
        let registerID = registerNode.flatMap { MappingReader.text($0, "register", into: &folder.diagnostics) }
        if let registerID, let registerNode, folder.check(registerID, "register", among: folder.registers?.keys, at: registerNode) {
            if folder.registers?[registerID]?.person == PersonLink.none {
                folder.diagnostics.error("the rows of ‘\(registerID)’ are nobody's, so nobody can hold the document; choose a register about people", at: registerNode)
            }
        }
        let source = registerID.flatMap { folder.registers?[$0] }
        let fieldNames = source.map { $0.fields.map { $0.name } }
        let vctNode = reader.node("vct", into: &folder.diagnostics)
        let vct = vctNode.flatMap { MappingReader.text($0, "vct", into: &folder.diagnostics) }
        if let vct, let vctNode, !(vct.hasPrefix("urn:") || vct.hasPrefix("https://")) || vct.contains(where: { $0.isWhitespace }) {
            folder.diagnostics.error("‘vct’ must be a URI that begins with urn: or https://, such as urn:istmo:driving-licence:1", at: vctNode)
        }
        func field(_ key: String, isRequired: Bool) -> String? {
            guard let node = isRequired ? reader.node(key, into: &folder.diagnostics) : reader.optionalNode(key),
                  let name = MappingReader.text(node, key, into: &folder.diagnostics) else { return nil }
            guard folder.check(name, "field of ‘\(registerID ?? "")’", among: fieldNames, at: node) else { return nil }
            if key == "expires", let field = source?.field(name), field.type != .date {
                folder.diagnostics.error("‘expires’ must name a date; ‘\(name)’ is \(field.type.rawValue)", at: node)
            }
            return name
        }
        let number = field("number", isRequired: true)
        let expires = field("expires", isRequired: false)
        let months = reader.integer("validity_months", in: 1...600, into: &folder.diagnostics)
        let cover = reader.choice("cover", of: Cover.self, into: &folder.diagnostics)
        let hasCondition = reader.has("when")
        let when = folder.optionalExpression("when", of: &reader, Folder.Vocabulary(members: Dictionary(uniqueKeysWithValues: (fieldNames ?? []).map { ($0, .any) }), isOpen: fieldNames == nil))
        let (claims, claimNames) = Self.claims(&reader, source, &folder)
        var face: [String] = []
        if reader.node("face", into: &folder.diagnostics) != nil {
            for (name, item) in reader.texts("face", into: &folder.diagnostics) {
                if folder.check(name, "claim", among: claimNames, at: item) { face.append(name) }
            }
        }
        let hasPortrait = reader.flag("portrait", default: false, into: &folder.diagnostics)
        let grounds = Self.grounds(&reader, &folder)
        reader.finish(into: &folder.diagnostics)
        guard let names, let body, let registerID, let vct, let vctNode, let number, let months, let cover, !hasCondition || when != nil else { return nil }
        return (DocumentDefinition(
            id: id, names: names, body: body, register: registerID, vct: vct, claims: claims, validityMonths: months, expiryField: expires, number: number,
            cover: cover, face: face, hasPortrait: hasPortrait, when: when, revocation: grounds), vctNode)
    }

    private static func claims(_ reader: inout MappingReader, _ source: RegisterDefinition?, _ folder: inout Folder) -> ([ClaimDefinition], names: [String]) {
        guard let list = reader.node("claims", into: &folder.diagnostics) else { return ([], []) }
        var claims: [ClaimDefinition] = [], names: [String] = [], lines: [String: Int] = [:]
        let people = folder.registers?.values.first { $0.person == .isPerson }
        for item in reader.list("claims", into: &folder.diagnostics) {
            guard var claim = MappingReader(item, "a claim", into: &folder.diagnostics) else { continue }
            let nameNode = claim.node("name", into: &folder.diagnostics)
            let name = nameNode.flatMap { MappingReader.text($0, "name", into: &folder.diagnostics) }
            let fieldNode = claim.optionalNode("field") ?? nameNode
            let field = fieldNode.flatMap { MappingReader.text($0, "field", into: &folder.diagnostics) }
            let disclosable = claim.flag("disclosable", default: true, into: &folder.diagnostics)
            let words = folder.optionalLocalText("names", of: &claim)
            claim.finish(into: &folder.diagnostics)
            guard let name, let nameNode, let field, let fieldNode else { continue }
            names.append(name)
            folder.checkFieldName(name, at: nameNode)
            if Self.reserved.contains(name) {
                folder.diagnostics.error("the claim ‘\(name)’ belongs to the credential format itself; choose another name", at: nameNode)
            }
            if let line = lines.updateValue(nameNode.position.line, forKey: name) {
                folder.diagnostics.error("the claim ‘\(name)’ stands twice (first in line \(line)); keep one", at: nameNode)
            }
            let isOfHolder = field.hasPrefix("person.")
            let register = isOfHolder ? people : source
            let plain = isOfHolder ? String(field.dropFirst(7)) : field
            guard let register else { continue }
            guard folder.check(plain, "field of ‘\(register.id)’", among: register.fields.map { $0.name }, at: fieldNode), let definition = register.field(plain) else { continue }
            claims.append(ClaimDefinition(name: name, field: field, names: words ?? definition.names, type: definition.type, values: definition.values, disclosable: disclosable))
        }
        if list.items?.isEmpty == true { folder.diagnostics.error("a document without claims says nothing; name at least one", at: list) }
        if claims.count > Self.claimsMax { folder.diagnostics.error("a document may have at most \(Self.claimsMax) claims", at: list) }
        return (claims, names)
    }

    /// Claims that RFC 7519, RFC 9901 and SD-JWT VC give a meaning of their own.
    package static let reserved: Set<String> = [
        "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "vct", "vct#integrity", "aka_vcts", "cnf", "status", "_sd", "_sd_alg", "...", "sd_hash",
    ]

    private static func grounds(_ reader: inout MappingReader, _ folder: inout Folder) -> [RevocationGround] {
        var grounds: [RevocationGround] = []
        for item in reader.list("revocation", into: &folder.diagnostics) {
            guard var ground = MappingReader(item, "a ground for revocation", into: &folder.diagnostics) else { continue }
            let idNode = ground.node("id", into: &folder.diagnostics)
            let names = folder.localText("names", of: &ground)
            let lawNode = ground.node("law", into: &folder.diagnostics)
            ground.finish(into: &folder.diagnostics)
            guard let idNode, let id = MappingReader.text(idNode, "id", into: &folder.diagnostics), let lawNode,
                  let law = MappingReader.text(lawNode, "law", into: &folder.diagnostics) else { continue }
            folder.checkIdentifier(id, "a ground", at: idNode)
            folder.check(law, "law", among: folder.laws, at: lawNode)
            if grounds.contains(where: { $0.id == id }) { folder.diagnostics.error("the ground ‘\(id)’ stands twice; keep one", at: idNode) }
            grounds.append(RevocationGround(id: id, names: names ?? [:], law: law))
        }
        return grounds
    }
}
