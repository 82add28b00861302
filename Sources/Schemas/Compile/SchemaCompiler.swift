import Kernel

/// Turns a schema and the documents that it refers to into a program.
///
/// Subschemas are numbered when they are first needed and compiled from a list of waiting ones, so that no chain of
/// references, however long, is followed by recursion.
struct SchemaCompiler {
    private var registry: SchemaRegistry
    private let options: SchemaOptions
    private var numbers: [SchemaLocation: Int32] = [:]
    private var waiting: [(number: Int32, found: SchemaRegistry.Found)] = []

    private var nodes: [SchemaNode] = []
    private var places: [SchemaPlace] = []
    /// The nodes that judge the same value as a node does, to find schemas that refer to themselves for ever.
    private var inPlace: [[Int32]] = []
    private var locations: [SchemaLocation] = []
    private var code: [SchemaInstruction] = []
    private var bounds: [Decimal128] = []
    private var values: [JSON] = []
    private var tables: [NameTable] = []
    private var patterns: [Pattern] = []
    private var objects: [ObjectRules] = []
    private var arrays: [ArrayRules] = []
    private var lists: [Int32] = []
    private var dynamicNames: [String] = []
    private var dynamicTargets: [[Int32: Int32]] = []

    init(_ options: SchemaOptions) {
        self.options = options
        registry = SchemaRegistry(resolve: options.resolve)
    }

    mutating func compile(_ schema: JSON) throws(SchemaError) -> SchemaProgram {
        var base = URIReference(options.baseURI)
        base.fragment = nil
        let resource = try registry.add(schema, uri: base.text)
        let first = try number(of: registry.resources[resource].root)
        // Every subschema of the document is read, so that its faults are found even where nothing refers to it.
        for found in registry.subschemas { _ = try number(of: found) }
        repeat {
            while let next = waiting.popLast() { try compile(next.number, next.found) }
            try collectDynamicTargets()
        } while !waiting.isEmpty
        try refuseCircles()
        return SchemaProgram(
            nodes: nodes, code: code, numbers: bounds, values: values, tables: tables, patterns: patterns, objects: objects,
            arrays: arrays, lists: lists, dynamicTargets: dynamicTargets, places: places, root: first)
    }

    // MARK: Nodes

    private mutating func number(of found: SchemaRegistry.Found) throws(SchemaError) -> Int32 {
        if let number = numbers[found.location] { return number }
        guard nodes.count < CompiledSchema.nodeLimit else {
            throw registry.error(found.location, "there are more than \(CompiledSchema.nodeLimit) subschemas")
        }
        let number = Int32(nodes.count)
        numbers[found.location] = number
        nodes.append(SchemaNode(resource: Int32(found.resource)))
        inPlace.append([])
        locations.append(found.location)
        var text = found.location.pointer.text
        if found.location.document > 0 { text = registry.documents[found.location.document].uri + "#" + text }
        places.append(SchemaPlace(text: text))
        waiting.append((number, found))
        return number
    }

    /// The node of a subschema that lies below another.
    private mutating func child(_ value: JSON, _ location: SchemaLocation, of parent: SchemaRegistry.Found) throws(SchemaError) -> Int32 {
        let resource = registry.documents[location.document].resources[location.pointer] ?? parent.resource
        return try number(of: SchemaRegistry.Found(location: location, value: value, resource: resource))
    }

    /// For each name that is looked up, every resource that declares it; new documents may have come in.
    private mutating func collectDynamicTargets() throws(SchemaError) {
        for (index, name) in dynamicNames.enumerated() {
            for (resource, declared) in registry.resources.enumerated() {
                guard let found = declared.dynamicAnchors[name] else { continue }
                dynamicTargets[index][Int32(resource)] = try number(of: found)
            }
        }
    }

    /// A schema that leads back to itself without going down in the value would never end.
    private func refuseCircles() throws(SchemaError) {
        enum Visit { case none, open, done }
        var visits = [Visit](repeating: .none, count: nodes.count)
        for start in nodes.indices where visits[start] == .none {
            var path: [(node: Int, next: Int)] = [(start, 0)]
            visits[start] = .open
            while let (node, next) = path.last {
                guard next < inPlace[node].count else {
                    visits[node] = .done
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let target = Int(inPlace[node][next])
                switch visits[target] {
                case .none:
                    visits[target] = .open
                    path.append((target, 0))
                case .open:
                    throw registry.error(
                        locations[target], "this schema refers to itself for the same value, so judging it would never end")
                case .done: break
                }
            }
        }
    }

    // MARK: One subschema

    private mutating func compile(_ number: Int32, _ found: SchemaRegistry.Found) throws(SchemaError) {
        let index = Int(number)
        let members: JSONObject
        switch found.value {
        case .bool(let isTrue):
            nodes[index].isFalse = !isTrue
            if !isTrue { nodes[index].types = 0 }
            return
        case .object(let object): members = object
        default: throw registry.error(found.location, "a schema is an object, true or false")
        }
        if options.refusesUnknown, found.location.document == 0 { try refuseUnknown(members, found.location) }
        try refuseMisshapen(members, found.location)
        places[index].ownMessage = try ownMessage(members, found.location)

        let dialect = registry.resources[found.resource].dialect
        var part = Part(number: number, found: found, members: members, dialect: dialect)
        let types = dialect.hasValidation ? try self.types(part) : SchemaTypes.all
        let strings = try self.strings(part)
        let numbers = try self.numeric(part)
        let arrays = try self.array(part)
        let objects = try self.object(&part)
        var common = dialect.hasValidation ? try self.choices(part) : []
        try self.references(&part, &common)
        try self.applicators(&part, &common)

        var node = nodes[index]
        node.types = types
        if dialect.hasUnevaluated {
            node.unevaluatedItems = try one("unevaluatedItems", part)
            node.unevaluatedProperties = try one("unevaluatedProperties", part)
        }
        node.start = Int32(code.count)
        code += strings
        node.stringEnd = Int32(code.count)
        code += numbers
        node.numberEnd = Int32(code.count)
        code += arrays
        node.arrayEnd = Int32(code.count)
        code += objects
        node.objectEnd = Int32(code.count)
        code += common
        node.end = Int32(code.count)
        nodes[index] = node
        inPlace[index] = part.inPlace
    }

    private struct Part {
        var number: Int32
        var found: SchemaRegistry.Found
        var members: JSONObject
        var dialect: SchemaDialect
        var inPlace: [Int32] = []
    }

    private func refuseUnknown(_ members: JSONObject, _ location: SchemaLocation) throws(SchemaError) {
        for keyword in members.keys where !SchemaKeywords.all.contains(keyword) && !keyword.utf8.starts(with: "x-".utf8) {
            let nearest = SchemaKeywords.nearest(to: keyword, among: SchemaKeywords.all)
            throw registry.error(
                location.appending(keyword),
                "unknown keyword '\(keyword)'" + (nearest.map { ": did you mean '\($0)'?" } ?? "; words of your own begin with 'x-'"))
        }
    }

    /// The shapes of the keywords that hold subschemas; the subschemas themselves are read by `child`.
    private func refuseMisshapen(_ members: JSONObject, _ location: SchemaLocation) throws(SchemaError) {
        for (keyword, value) in members {
            guard let shape = SchemaKeywords.shape(keyword) else { continue }
            switch (shape, value) {
            case (.one, .object), (.one, .bool), (.map, .object), (.dependencies, .object): break
            case (.list, .array(let items)) where !items.isEmpty: break
            case (.one, .array) where keyword == "items": 
                throw registry.error(location.appending(keyword), "'items' is one schema; a schema for each place is 'prefixItems'")
            case (.one, _): throw registry.error(location.appending(keyword), "'\(keyword)' must be a schema: an object, true or false")
            case (.list, _): throw registry.error(location.appending(keyword), "'\(keyword)' must be a list of at least one schema")
            case (.map, _), (.dependencies, _): throw registry.error(location.appending(keyword), "'\(keyword)' must be an object of schemas")
            }
        }
    }

    private func ownMessage(_ members: JSONObject, _ location: SchemaLocation) throws(SchemaError) -> LocalText? {
        guard let message = members["x-message"] else { return nil }
        var texts: [String: String] = [:]
        guard let languages = message.object, !languages.isEmpty else {
            throw registry.error(location.appending("x-message"), "'x-message' must be an object of texts by language, such as {\"es\": \"…\"}")
        }
        for (language, text) in languages {
            guard let text = text.string else {
                throw registry.error(location.appending("x-message").appending(language), "a message must be a text in quotation marks")
            }
            texts[language] = text
        }
        return LocalText(texts)
    }

    private func error(_ keyword: String, _ part: Part, _ reason: String) -> SchemaError {
        registry.error(part.found.location.appending(keyword), reason)
    }

    // MARK: Values of keywords

    private func count(_ keyword: String, _ part: Part) throws(SchemaError) -> Int? {
        guard part.dialect.hasValidation, let value = part.members[keyword] else { return nil }
        guard let number = value.number, number.isInteger, !number.isNegative else {
            throw error(keyword, part, "'\(keyword)' must be a whole number from 0 on")
        }
        return number.int ?? Int.max
    }

    private func names(_ value: JSON, _ location: SchemaLocation, _ keyword: String) throws(SchemaError) -> [String] {
        guard let items = value.array else { throw registry.error(location, "'\(keyword)' must be a list of names") }
        var names: [String] = []
        for (index, item) in items.enumerated() {
            guard let name = item.string else {
                throw registry.error(location.appending(String(index)), "a name must be a text in quotation marks")
            }
            guard !names.contains(where: { StrictJSON.areEqual($0, name) }) else {
                throw registry.error(location.appending(String(index)), "'\(name)' stands in the list twice")
            }
            names.append(name)
        }
        return names
    }

    private mutating func one(_ keyword: String, _ part: Part) throws(SchemaError) -> Int32 {
        guard let value = part.members[keyword] else { return -1 }
        return try child(value, part.found.location.appending(keyword), of: part.found)
    }

    private mutating func list(_ keyword: String, _ part: Part) throws(SchemaError) -> [Int32] {
        guard let items = part.members[keyword]?.array else { return [] }
        var numbers: [Int32] = []
        let location = part.found.location.appending(keyword)
        for (index, item) in items.enumerated() {
            numbers.append(try child(item, location.appending(String(index)), of: part.found))
        }
        return numbers
    }

    private mutating func pattern(_ text: String, _ location: SchemaLocation) throws(SchemaError) -> Pattern {
        do {
            return try Pattern(text)
        } catch {
            throw registry.error(location, "the pattern '\(text)' is wrong at character \(error.offset + 1): \(error.reason)")
        }
    }

    // MARK: Assertions

    private func types(_ part: Part) throws(SchemaError) -> UInt8 {
        guard let type = part.members["type"] else { return SchemaTypes.all }
        let location = part.found.location.appending("type")
        let known = ["string", "integer", "number", "boolean", "object", "array", "null"]
        func mask(_ value: JSON, _ place: SchemaLocation) throws(SchemaError) -> UInt8 {
            guard let name = value.string, let mask = SchemaTypes.mask(named: name) else {
                let nearest = value.string.flatMap { SchemaKeywords.nearest(to: $0, among: known) }
                throw registry.error(
                    place, nearest.map { "unknown type: did you mean '\($0)'?" } ?? "a type is one of " + known.joined(separator: ", "))
            }
            return mask
        }
        guard let items = type.array else { return try mask(type, location) }
        guard !items.isEmpty else { throw registry.error(location, "'type' must name at least one type") }
        var types: UInt8 = 0
        for (index, item) in items.enumerated() { types |= try mask(item, location.appending(String(index))) }
        return types
    }

    private mutating func strings(_ part: Part) throws(SchemaError) -> [SchemaInstruction] {
        var code: [SchemaInstruction] = []
        if let least = try count("minLength", part), least > 0 {
            code.append(SchemaInstruction(operation: .minLength, a: Int32(clamping: least)))
        }
        if let most = try count("maxLength", part), most < Int32.max {
            code.append(SchemaInstruction(operation: .maxLength, a: Int32(most)))
        }
        if let value = part.members["format"] {
            guard let name = value.string else { throw error("format", part, "'format' must be a name in quotation marks") }
            if options.formats == .asserted || part.dialect.assertsFormats {
                if let format = SchemaFormat(named: name) {
                    code.append(SchemaInstruction(operation: .format, a: Int32(format.rawValue)))
                } else if options.refusesUnknown {
                    let nearest = SchemaKeywords.nearest(to: name, among: SchemaFormat.names)
                    throw error(
                        "format", part,
                        "unknown format '\(name)'" + (nearest.map { ": did you mean '\($0)'?" } ?? "; use 'pattern' with 'x-message'"))
                }
            }
        }
        if part.dialect.hasValidation, let value = part.members["pattern"] {
            guard let text = value.string else { throw error("pattern", part, "'pattern' must be a text in quotation marks") }
            code.append(SchemaInstruction(operation: .pattern, a: Int32(patterns.count)))
            patterns.append(try pattern(text, part.found.location.appending("pattern")))
        }
        return code
    }

    private mutating func numeric(_ part: Part) throws(SchemaError) -> [SchemaInstruction] {
        guard part.dialect.hasValidation else { return [] }
        var code: [SchemaInstruction] = []
        let operations: [(String, SchemaInstruction.Operation)] = [
            ("minimum", .minimum), ("maximum", .maximum), ("exclusiveMinimum", .exclusiveMinimum),
            ("exclusiveMaximum", .exclusiveMaximum), ("multipleOf", .multipleOf),
        ]
        for (keyword, operation) in operations {
            guard let value = part.members[keyword] else { continue }
            guard let bound = value.number else { throw error(keyword, part, "'\(keyword)' must be a number") }
            if operation == .multipleOf, bound.isNegative || bound.isZero {
                throw error(keyword, part, "'multipleOf' must be above 0")
            }
            code.append(SchemaInstruction(operation: operation, a: Int32(bounds.count)))
            bounds.append(bound)
        }
        return code
    }

    private mutating func choices(_ part: Part) throws(SchemaError) -> [SchemaInstruction] {
        var code: [SchemaInstruction] = []
        if let value = part.members["const"] {
            code.append(SchemaInstruction(operation: .constant, a: Int32(values.count)))
            values.append(value)
        }
        if let value = part.members["enum"] {
            guard let items = value.array else { throw error("enum", part, "'enum' must be a list of values") }
            var names: [String] = []
            for item in items { if let name = item.string { names.append(name) } }
            if names.count == items.count, !names.isEmpty, names.count <= NameTable.countLimit {
                code.append(SchemaInstruction(operation: .oneName, a: Int32(tables.count)))
                tables.append(NameTable(names))
            } else {
                code.append(SchemaInstruction(operation: .oneValue, a: Int32(values.count), b: Int32(items.count)))
                values += items
            }
        }
        return code
    }

    // MARK: Arrays and objects

    private mutating func array(_ part: Part) throws(SchemaError) -> [SchemaInstruction] {
        let prefix = part.dialect.hasApplicators && part.dialect.hasPrefixItems ? try list("prefixItems", part) : []
        let items = part.dialect.hasApplicators ? try one("items", part) : -1
        let contains = part.dialect.hasApplicators ? try one("contains", part) : -1
        let containsLeast = try count("minContains", part) ?? 1
        let containsMost = try count("maxContains", part) ?? Int.max
        let least = try count("minItems", part) ?? 0
        let most = try count("maxItems", part) ?? Int.max
        var isUnique = false
        if part.dialect.hasValidation, let value = part.members["uniqueItems"] {
            guard let flag = value.bool else { throw error("uniqueItems", part, "'uniqueItems' must be true or false") }
            isUnique = flag
        }
        guard !prefix.isEmpty || items >= 0 || contains >= 0 || least > 0 || most < Int.max || isUnique else { return [] }
        arrays.append(
            ArrayRules(
                prefix: prefix, items: items, contains: contains, containsLeast: containsLeast, containsMost: containsMost,
                least: least, most: most, isUnique: isUnique))
        return [SchemaInstruction(operation: .array, a: Int32(arrays.count - 1))]
    }

    private struct MemberDraft {
        var rules = ObjectRules.Member()
        var dependentNames: [String] = []
    }

    private mutating func object(_ part: inout Part) throws(SchemaError) -> [SchemaInstruction] {
        let location = part.found.location
        var names: [String] = []
        // Keyed by bytes: to Swift canonically equivalent names are one.
        var drafts: [[UInt8]: MemberDraft] = [:]
        func note(_ name: String, _ change: (inout MemberDraft) -> Void) {
            if drafts[Array(name.utf8)] == nil { names.append(name) }
            change(&drafts[Array(name.utf8), default: MemberDraft()])
        }

        if part.dialect.hasApplicators, let properties = part.members["properties"]?.object {
            for (name, value) in properties {
                let node = try child(value, location.appending("properties").appending(name), of: part.found)
                note(name) { $0.rules.node = node }
            }
        }
        if part.dialect.hasValidation, let value = part.members["required"] {
            for name in try self.names(value, location.appending("required"), "required") {
                note(name) { $0.rules.isRequired = true }
            }
        }
        try noteDependents(&part) { name, dependents, node in
            note(name) { draft in
                draft.dependentNames += dependents
                if node >= 0 { draft.rules.dependentNode = node }
            }
            for dependent in dependents { note(dependent) { _ in } }
        }

        var patterns: [(pattern: Pattern, node: Int32)] = []
        if part.dialect.hasApplicators, let entries = part.members["patternProperties"]?.object {
            for (text, value) in entries {
                let place = location.appending("patternProperties").appending(text)
                patterns.append((try pattern(text, place), try child(value, place, of: part.found)))
            }
        }
        let additional = part.dialect.hasApplicators ? try one("additionalProperties", part) : -1
        let propertyNames = part.dialect.hasApplicators ? try one("propertyNames", part) : -1
        let least = try count("minProperties", part) ?? 0
        let most = try count("maxProperties", part) ?? Int.max
        guard !names.isEmpty || !patterns.isEmpty || additional >= 0 || propertyNames >= 0 || least > 0 || most < Int.max else {
            return []
        }
        guard names.count <= NameTable.countLimit else {
            throw registry.error(location, "there are more than \(NameTable.countLimit) names of members")
        }
        // Required names come first, so that their bits nearly always fit one word.
        var ordered: [String] = []
        for name in names where names.count > 64 && drafts[Array(name.utf8)]?.rules.isRequired == true { ordered.append(name) }
        for name in names where names.count <= 64 || drafts[Array(name.utf8)]?.rules.isRequired != true { ordered.append(name) }
        var positions: [[UInt8]: Int32] = [:]
        for (position, name) in ordered.enumerated() { positions[Array(name.utf8)] = Int32(position) }
        var members: [ObjectRules.Member] = []
        for name in ordered {
            let draft = drafts[Array(name.utf8)] ?? MemberDraft()
            var rules = draft.rules
            for dependent in draft.dependentNames { rules.dependents.append(positions[Array(dependent.utf8)] ?? 0) }
            members.append(rules)
        }
        objects.append(
            ObjectRules(
                names: NameTable(ordered), members: members, patterns: patterns, additional: additional,
                propertyNames: propertyNames, least: least, most: most))
        return [SchemaInstruction(operation: .object, a: Int32(objects.count - 1))]
    }

    /// `dependentRequired`, `dependentSchemas` and their older form `dependencies`.
    private mutating func noteDependents(
        _ part: inout Part, _ note: (String, [String], Int32) -> Void
    ) throws(SchemaError) {
        let location = part.found.location
        if part.dialect.hasValidation, let value = part.members["dependentRequired"] {
            guard let entries = value.object else {
                throw error("dependentRequired", part, "'dependentRequired' must be an object of lists of names")
            }
            for (name, list) in entries {
                note(name, try names(list, location.appending("dependentRequired").appending(name), "dependentRequired"), -1)
            }
        }
        for keyword in ["dependentSchemas", "dependencies"] {
            guard part.dialect.hasApplicators, let entries = part.members[keyword]?.object else { continue }
            for (name, value) in entries {
                let place = location.appending(keyword).appending(name)
                if keyword == "dependencies", case .array = value {
                    note(name, try names(value, place, keyword), -1)
                } else {
                    let node = try child(value, place, of: part.found)
                    part.inPlace.append(node)
                    note(name, [], node)
                }
            }
        }
    }

    // MARK: Applicators

    private mutating func references(_ part: inout Part, _ code: inout [SchemaInstruction]) throws(SchemaError) {
        if let value = part.members["$ref"] {
            guard let text = value.string else { throw error("$ref", part, "'$ref' must be a URI in quotation marks") }
            let place = part.found.location.appending("$ref")
            let node = try number(of: try registry.target(of: text, from: part.found.resource, at: place).found)
            part.inPlace.append(node)
            code.append(SchemaInstruction(operation: .reference, a: node))
        }
        if let value = part.members["$dynamicRef"] {
            guard let text = value.string else { throw error("$dynamicRef", part, "'$dynamicRef' must be a URI in quotation marks") }
            let place = part.found.location.appending("$dynamicRef")
            let target = try registry.target(of: text, from: part.found.resource, at: place)
            let node = try number(of: target.found)
            guard let name = target.anchor,
                registry.resources[target.found.resource].dynamicAnchors[name]?.location == target.found.location
            else {
                part.inPlace.append(node)
                code.append(SchemaInstruction(operation: .reference, a: node))
                return
            }
            var index = dynamicNames.firstIndex(of: name)
            if index == nil {
                index = dynamicNames.count
                dynamicNames.append(name)
                dynamicTargets.append([:])
            }
            code.append(SchemaInstruction(operation: .dynamicReference, a: Int32(index ?? 0), b: node))
        }
    }

    private mutating func applicators(_ part: inout Part, _ code: inout [SchemaInstruction]) throws(SchemaError) {
        guard part.dialect.hasApplicators else { return }
        let operations: [(String, SchemaInstruction.Operation)] = [("allOf", .allOf), ("anyOf", .anyOf), ("oneOf", .oneOf)]
        for (keyword, operation) in operations {
            let numbers = try list(keyword, part)
            guard !numbers.isEmpty else { continue }
            code.append(SchemaInstruction(operation: operation, a: Int32(lists.count), b: Int32(numbers.count)))
            lists += numbers
            part.inPlace += numbers
        }
        let not = try one("not", part)
        if not >= 0 {
            code.append(SchemaInstruction(operation: .not, a: not))
            part.inPlace.append(not)
        }
        let condition = try one("if", part)
        let then = try one("then", part)
        let otherwise = try one("else", part)
        if condition >= 0 {
            code.append(SchemaInstruction(operation: .conditional, a: condition, b: then, c: otherwise))
            part.inPlace.append(condition)
            if then >= 0 { part.inPlace.append(then) }
            if otherwise >= 0 { part.inPlace.append(otherwise) }
        }
    }
}
