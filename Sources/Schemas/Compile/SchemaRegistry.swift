import Kernel

/// A place in one of the documents.
struct SchemaLocation: Hashable, Sendable {
    var document: Int
    var pointer: JSONPointer

    func appending(_ token: String) -> SchemaLocation {
        SchemaLocation(document: document, pointer: pointer.appending(token))
    }
}

/// The documents that a schema is made of, their resources (`$id`) and anchors.
///
/// **Standard**: JSON Schema 2020-12 core, sections 8.2 and 9.
struct SchemaRegistry {
    struct Found {
        var location: SchemaLocation
        var value: JSON
        var resource: Int
    }

    struct Resource {
        var uri: String
        var root: Found
        var dialect: SchemaDialect
        var anchors: [String: Found] = [:]
        var dynamicAnchors: [String: Found] = [:]
    }

    struct Document {
        var uri: String
        var root: JSON
        /// The resources by their root.
        var resources: [JSONPointer: Int] = [:]
    }

    private(set) var documents: [Document] = []
    private(set) var resources: [Resource] = []
    private var resourceNumbers: [String: Int] = [:]
    private var dialects: [String: SchemaDialect] = [:]
    private let resolve: @Sendable (String) -> JSON?
    /// The subschemas of the first document, in its order.
    private(set) var subschemas: [Found] = []

    init(resolve: @escaping @Sendable (String) -> JSON?) {
        self.resolve = resolve
    }

    func error(_ location: SchemaLocation, _ reason: String) -> SchemaError {
        SchemaError(document: documents[location.document].uri, pointer: location.pointer, reason: reason)
    }

    // MARK: Documents

    /// Takes a document in; its root resource.
    mutating func add(_ root: JSON, uri: String) throws(SchemaError) -> Int {
        let number = documents.count
        guard number < CompiledSchema.documentLimit else {
            throw SchemaError(
                document: uri, pointer: .root, reason: "the schema refers to more than \(CompiledSchema.documentLimit) documents")
        }
        documents.append(Document(uri: uri, root: root))
        let location = SchemaLocation(document: number, pointer: .root)
        var own = uri
        if let id = try identifier(root, location) { own = URIReference(id).resolved(against: URIReference(uri)).text }
        let resource = try open(root, location, uri: own, dialect: .standard)
        if resourceNumbers[uri] == nil { resourceNumbers[uri] = resource }
        try scan(root, location, resource, depth: 0)
        return resource
    }

    /// The `$id` of a schema, without its empty fragment.
    private func identifier(_ value: JSON, _ location: SchemaLocation) throws(SchemaError) -> String? {
        guard let id = value["$id"] else { return nil }
        guard let text = id.string else { throw error(location.appending("$id"), "'$id' must be a URI in quotation marks") }
        var reference = URIReference(text)
        guard reference.fragment == nil || reference.fragment == "" else {
            throw error(location.appending("$id"), "'$id' must have no fragment; use '$anchor'")
        }
        reference.fragment = nil
        return reference.text
    }

    private mutating func open(
        _ value: JSON, _ location: SchemaLocation, uri: String, dialect inherited: SchemaDialect
    ) throws(SchemaError) -> Int {
        let number = resources.count
        if resourceNumbers[uri] != nil, !uri.isEmpty {
            // A document may be fetched under two names; within what is known already, the first stays.
            if resources[resourceNumbers[uri] ?? 0].root.location.document == location.document {
                throw error(location.appending("$id"), "another subschema has the '$id' '\(uri)' already")
            }
        } else {
            resourceNumbers[uri] = number
        }
        let dialect = try dialect(of: value, location, inherited)
        resources.append(
            Resource(uri: uri, root: Found(location: location, value: value, resource: number), dialect: dialect))
        documents[location.document].resources[location.pointer] = number
        return number
    }

    private mutating func scan(
        _ value: JSON, _ location: SchemaLocation, _ inherited: Int, depth: Int
    ) throws(SchemaError) {
        guard depth <= CompiledSchema.depthLimit else {
            throw error(location, "subschemas are nested deeper than \(CompiledSchema.depthLimit)")
        }
        var resource = inherited
        if depth > 0, case .object = value, let id = try identifier(value, location) {
            let uri = URIReference(id).resolved(against: URIReference(resources[inherited].uri)).text
            resource = try open(value, location, uri: uri, dialect: resources[inherited].dialect)
        }
        let found = Found(location: location, value: value, resource: resource)
        if location.document == 0 {
            guard subschemas.count < CompiledSchema.nodeLimit else {
                throw error(location, "there are more than \(CompiledSchema.nodeLimit) subschemas")
            }
            subschemas.append(found)
        }
        guard case .object(let members) = value else { return }
        for keyword in ["$anchor", "$dynamicAnchor"] {
            guard let anchor = members[keyword] else { continue }
            guard let name = anchor.string, Self.isAnchor(name) else {
                throw error(location.appending(keyword), "'\(keyword)' must be a name: a letter or '_', then letters, digits, '-', '_', '.'")
            }
            if let other = resources[resource].anchors[name], other.location != location {
                throw error(location.appending(keyword), "another subschema has the anchor '\(name)' already")
            }
            resources[resource].anchors[name] = found
            if keyword == "$dynamicAnchor" { resources[resource].dynamicAnchors[name] = found }
        }
        for (keyword, part) in members {
            guard let shape = SchemaKeywords.shape(keyword) else { continue }
            let place = location.appending(keyword)
            switch (shape, part) {
            case (.one, .object), (.one, .bool):
                try scan(part, place, resource, depth: depth + 1)
            case (.list, .array(let items)):
                for (index, item) in items.enumerated() {
                    try scan(item, place.appending(String(index)), resource, depth: depth + 1)
                }
            case (.map, .object(let entries)), (.dependencies, .object(let entries)):
                for (name, entry) in entries {
                    if case .array = entry { continue }
                    try scan(entry, place.appending(name), resource, depth: depth + 1)
                }
            default: break
            }
        }
    }

    private static func isAnchor(_ name: String) -> Bool {
        guard let first = name.utf8.first else { return false }
        switch first {
        case 0x41...0x5A, 0x61...0x7A, 0x5F: break
        default: return false
        }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
            default: false
            }
        }
    }

    // MARK: Dialects

    private mutating func dialect(
        of value: JSON, _ location: SchemaLocation, _ inherited: SchemaDialect
    ) throws(SchemaError) -> SchemaDialect {
        guard let named = value["$schema"] else { return inherited }
        let place = location.appending("$schema")
        guard let text = named.string else { throw error(place, "'$schema' must be a URI in quotation marks") }
        var reference = URIReference(text)
        if reference.fragment == "" { reference.fragment = nil }
        let uri = reference.text
        if let known = SchemaDialect.published(uri) ?? dialects[uri] { return known }
        guard let metaschema = Metaschemas.document(uri) ?? resolve(uri) else {
            throw error(place, "the metaschema '\(uri)' cannot be found; use '\(SchemaDialect.uri)'")
        }
        guard let vocabularies = metaschema["$vocabulary"]?.object else { return .standard }
        var dialect = SchemaDialect(hasApplicators: false, hasUnevaluated: false, hasValidation: false)
        for (vocabulary, isNeeded) in vocabularies where !dialect.insert(vocabulary) && isNeeded == .bool(true) {
            throw error(place, "the metaschema needs the vocabulary '\(vocabulary)', which is not known here")
        }
        dialects[uri] = dialect
        return dialect
    }

    // MARK: References

    /// What a reference leads to, and the anchor by which it does.
    mutating func target(
        of reference: String, from resource: Int, at place: SchemaLocation
    ) throws(SchemaError) -> (found: Found, anchor: String?) {
        var uri = URIReference(reference).resolved(against: URIReference(resources[resource].uri))
        let fragment = uri.fragment ?? ""
        uri.fragment = nil
        let number = try self.resource(uri.text, at: place)
        guard !fragment.isEmpty else { return (resources[number].root, nil) }
        guard let decoded = URIReference.percentDecoded(fragment) else {
            throw error(place, "'#\(fragment)' has a '%' that is not followed by a byte of UTF-8")
        }
        if decoded.utf8.first == 0x2F {
            guard let pointer = JSONPointer(decoded), let found = self.found(pointer, below: number) else {
                throw error(place, "there is nothing at '\(decoded)' in \(name(of: number))")
            }
            return (found, nil)
        }
        guard let found = resources[number].anchors[decoded] else {
            throw error(place, "there is no anchor '\(decoded)' in \(name(of: number))")
        }
        return (found, decoded)
    }

    private func name(of resource: Int) -> String {
        resources[resource].uri.isEmpty ? "this schema" : "'\(resources[resource].uri)'"
    }

    private mutating func resource(_ uri: String, at place: SchemaLocation) throws(SchemaError) -> Int {
        if let number = resourceNumbers[uri] { return number }
        guard let document = Metaschemas.document(uri) ?? resolve(uri) else {
            throw error(place, "the schema '\(uri)' cannot be found")
        }
        return try add(document, uri: uri)
    }

    /// Follows a pointer from a resource's root, minding the resources it passes.
    private func found(_ pointer: JSONPointer, below resource: Int) -> Found? {
        let root = resources[resource].root
        guard let value = root.value.value(at: pointer) else { return nil }
        let document = documents[root.location.document]
        let tokens = root.location.pointer.tokens + pointer.tokens
        var owner = resource
        for length in root.location.pointer.tokens.count...tokens.count {
            if let inner = document.resources[JSONPointer(tokens: Array(tokens[..<length]))] { owner = inner }
        }
        return Found(
            location: SchemaLocation(document: root.location.document, pointer: JSONPointer(tokens: tokens)), value: value,
            resource: owner)
    }
}
