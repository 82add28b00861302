import Kernel
import Schemas
import Testing

@Suite("Schemas and instances that want too much")
struct SchemaLimitTests {
    @Test func `at most a hundred faults are listed`() throws {
        let schema = try CompiledSchema(compiling: ["items": ["type": "string"]])
        let instance = JSON.array([JSON](repeating: 1, count: 5_000))
        #expect(schema.validate(instance).count == CompiledSchema.faultLimit)
    }

    @Test func `a loop through the dynamic scope ends`() throws {
        // The reference leads to the outermost schema, which leads back for the same value; only judging can find that out.
        let text = ##"""
            {"$id": "https://example.com/a", "$dynamicAnchor": "node", "$ref": "b",
             "$defs": {"b": {"$id": "b", "$dynamicRef": "#node", "$defs": {"n": {"$dynamicAnchor": "node"}}}}}
            """##
        let schema = try CompiledSchema(compiling: try JSON.parse(text))
        #expect(!schema.isValid(1))
        #expect(schema.validate(1).map { $0.keyword } == ["limit"])
    }

    @Test func `a chain of references is followed without recursion`() throws {
        var definitions = JSONObject()
        for number in 0..<20_000 { definitions["d\(number)"] = ["items": ["$ref": .string("#/$defs/d\(number + 1)")]] }
        definitions["d20000"] = ["type": "string"]
        let schema = try CompiledSchema(compiling: ["$ref": "#/$defs/d0", "$defs": .object(definitions)])
        #expect(schema.isValid([[[]]]))
    }

    @Test func `a chain of references that is too long for a judgement refuses`() throws {
        var definitions = JSONObject()
        for number in 0..<2_000 { definitions["d\(number)"] = ["$ref": .string("#/$defs/d\(number + 1)")] }
        definitions["d2000"] = true
        let schema = try CompiledSchema(compiling: ["$ref": "#/$defs/d0", "$defs": .object(definitions)])
        #expect(!schema.isValid(1))
        #expect(schema.validate(1).map { $0.keyword } == ["limit"])
    }

    @Test func `doubling at each step ends at the step limit`() throws {
        var definitions = JSONObject()
        for number in 0..<40 {
            let next: JSON = ["$ref": .string("#/$defs/d\(number + 1)")]
            definitions["d\(number)"] = ["allOf": [next, next]]
        }
        definitions["d40"] = true
        let schema = try CompiledSchema(compiling: ["$ref": "#/$defs/d0", "$defs": .object(definitions)])
        #expect(!schema.isValid(1))
    }

    @Test func `a search without an answer never lets a value pass`() throws {
        let evil: JSON = ["pattern": "^(?:(a*)(a*)(a*)(a*)\\1\\2\\3\\4)*b$"]
        let text = JSON.string(String(repeating: "a", count: 60))
        #expect(try !CompiledSchema(compiling: evil).isValid(text))
        #expect(try !CompiledSchema(compiling: ["not": evil]).isValid(text))
        #expect(try !CompiledSchema(compiling: ["if": evil, "else": true]).isValid(text))
        #expect(try !CompiledSchema(compiling: ["oneOf": [evil, true]]).isValid(text))
        #expect(try CompiledSchema(compiling: evil).validate(text).map { $0.keyword } == ["limit"])
    }

    @Test func `a format reads no more of a long text than it needs`() throws {
        let formats = [
            "date", "date-time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "uri", "iri", "uri-template", "uuid",
            "json-pointer", "regex",
        ]
        for format in formats {
            let schema = try CompiledSchema(compiling: ["format": .string(format)], options: .strict)
            for piece in ["\u{660}", "a.", "(a", "1:", "P1", "a@", "{", "%"] {
                _ = schema.isValid(.string(String(repeating: piece, count: 200_000)))
            }
        }
    }

    @Test func `an instance as deep as the reader allows is judged by the metaschema`() throws {
        let metaschema = try CompiledSchema(compiling: ["$ref": "https://json-schema.org/draft/2020-12/schema"])
        var text = "true"
        for _ in 0..<63 { text = #"{"properties":{"a":"# + text + "}}" }
        let deep = try JSON.parse(text)
        #expect(metaschema.isValid(deep))
        _ = try CompiledSchema(compiling: deep)
    }

    @Test func `a schema nested beyond the limit is refused`() throws {
        var schema: JSON = true
        for _ in 0...CompiledSchema.depthLimit { schema = ["not": schema] }
        let deep = schema
        #expect(throws: SchemaError.self) { try CompiledSchema(compiling: deep) }
    }

    @Test func `documents that lead to ever new ones are stopped`() throws {
        let options = SchemaOptions { uri in ["$ref": .string(uri + "x")] }
        let error = #expect(throws: SchemaError.self) { try CompiledSchema(compiling: ["$ref": "http://a/"], options: options) }
        #expect(error?.reason.contains("more than \(CompiledSchema.documentLimit) documents") == true)
    }
}

@Suite("Random schemas")
struct SchemaPropertyTests {
    /// Whatever is compiled judges without a crash, and its two ways of judging agree.
    @Test(arguments: 0..<6)
    func `any JSON compiles or is refused, and both ways of judging agree`(_ seed: Int) {
        var generator = SampleGenerator(seed: UInt64(seed))
        var compiled = 0
        for _ in 0..<1_500 {
            let schema = Self.schema(3, &generator)
            do throws(SchemaError) {
                let judge = try CompiledSchema(compiling: schema, options: SchemaOptions(formats: .asserted))
                compiled += 1
                for _ in 0..<8 {
                    let instance = Self.value(3, &generator)
                    let faults = judge.validate(instance)
                    #expect(judge.isValid(instance) == faults.isEmpty, "\(schema.text) on \(instance.text)")
                    #expect(faults.count <= CompiledSchema.faultLimit)
                }
            } catch {
                #expect(!error.reason.isEmpty)
                #expect(schema.value(at: error.pointer) != nil, "\(error) in \(schema.text)")
            }
        }
        #expect(compiled > 300)
    }

    @Test func `what a schema says and what its opposite says never both hold`() throws {
        var generator = SampleGenerator(seed: 99)
        for _ in 0..<1_500 {
            let schema = Self.schema(2, &generator)
            // One that refers to its own root means something else inside another schema.
            if schema.text.contains("Ref") || schema.text.contains("$ref") { continue }
            guard let plain = try? CompiledSchema(compiling: schema), let opposite = try? CompiledSchema(compiling: ["not": schema]),
                let twice = try? CompiledSchema(compiling: ["not": ["not": schema]]),
                let wrapped = try? CompiledSchema(compiling: ["$ref": "#/$defs/a", "$defs": ["a": schema]])
            else { continue }
            for _ in 0..<6 {
                let instance = Self.value(2, &generator)
                let isValid = plain.isValid(instance)
                #expect(opposite.isValid(instance) == !isValid, "\(schema.text) on \(instance.text)")
                #expect(twice.isValid(instance) == isValid)
                #expect(wrapped.isValid(instance) == isValid)
            }
        }
    }

    private static let names = ["a", "b", "é", "a/b"]

    private static func value(_ depth: Int, _ generator: inout SampleGenerator) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 10 : 6), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .integer(Int.random(in: -3...6, using: &generator))
        case 3: return (try? JSON.parse("\(Int.random(in: 0...30, using: &generator)).5")) ?? .null
        case 4, 5: return .string(["", "a", "ab", "é", "2027-01-01", "a@b.pa"].randomElement(using: &generator) ?? "")
        case 6, 7:
            var items: [JSON] = []
            for _ in 0..<Int.random(in: 0...3, using: &generator) { items.append(value(depth - 1, &generator)) }
            return .array(items)
        default:
            var members = JSONObject()
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                members[names.randomElement(using: &generator) ?? "a"] = value(depth - 1, &generator)
            }
            return .object(members)
        }
    }

    private static func schema(_ depth: Int, _ generator: inout SampleGenerator) -> JSON {
        if depth == 0 || Int.random(in: 0..<8, using: &generator) == 0 { return .bool(Int.random(in: 0..<4, using: &generator) > 0) }
        var members = JSONObject()
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let keyword = keywords.randomElement(using: &generator) ?? "type"
            members[keyword] = argument(keyword, depth - 1, &generator)
        }
        return .object(members)
    }

    private static let keywords = [
        "type", "type", "enum", "const", "minLength", "maxLength", "pattern", "format", "minimum", "exclusiveMaximum", "multipleOf", "minItems",
        "maxItems", "uniqueItems", "minContains", "required", "minProperties", "dependentRequired", "items", "contains", "additionalProperties",
        "propertyNames", "unevaluatedItems", "unevaluatedProperties", "not", "if", "then", "else", "prefixItems", "allOf", "anyOf", "oneOf",
        "properties", "patternProperties", "dependentSchemas", "$defs", "$ref", "$dynamicRef", "$anchor", "$dynamicAnchor", "$id",
    ]

    private static func argument(_ keyword: String, _ depth: Int, _ generator: inout SampleGenerator) -> JSON {
        // Now and then something that does not belong there.
        if Int.random(in: 0..<40, using: &generator) == 0 { return value(2, &generator) }
        switch keyword {
        case "type": return ["string", "integer", "number", "object", "array", "null", "boolean"].randomElement(using: &generator) ?? "null"
        case "enum": return [value(1, &generator), value(1, &generator)]
        case "const": return value(1, &generator)
        case "pattern": return ["^a", "b$", "é", "^[a-z]*$", "("].randomElement(using: &generator) ?? ""
        case "format": return ["date", "email", "uuid", "regex"].randomElement(using: &generator) ?? ""
        case "uniqueItems": return true
        case "required": return [.string(names.randomElement(using: &generator) ?? "")]
        case "dependentRequired": return ["a": ["b"]]
        case "$ref": return ["#", "#/$defs/a", "#/properties/a", "#x"].randomElement(using: &generator) ?? ""
        case "$dynamicRef": return ["#x", "#"].randomElement(using: &generator) ?? ""
        case "$anchor", "$dynamicAnchor": return "x"
        case "$id": return ["http://a/b", "c"].randomElement(using: &generator) ?? ""
        case "allOf", "anyOf", "oneOf", "prefixItems": return [schema(depth, &generator), schema(depth, &generator)]
        case "properties", "dependentSchemas", "$defs": return ["a": schema(depth, &generator), "é": schema(depth, &generator)]
        case "patternProperties": return ["^[ab]": schema(depth, &generator)]
        case "minLength", "maxLength", "minimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "minContains", "minProperties":
            return .integer(Int.random(in: 0...3, using: &generator))
        default: return schema(depth, &generator)
        }
    }
}

/// The same random numbers on every run (SplitMix64).
private struct SampleGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
