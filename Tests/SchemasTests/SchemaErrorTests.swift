import Kernel
import Schemas
import Testing

@Suite("Schemas that cannot be compiled")
struct SchemaErrorTests {
    static let faulty: [(schema: String, pointer: String, says: String)] = [
        ("1", "", "a schema is an object"),
        (#"{"type": "strng"}"#, "/type", "did you mean 'string'?"),
        (#"{"type": []}"#, "/type", "at least one type"),
        (#"{"type": ["string", 1]}"#, "/type/1", "a type is one of"),
        (#"{"properties": {"a": {"minLength": -1}}}"#, "/properties/a/minLength", "whole number from 0 on"),
        (#"{"properties": {"a/b": {"maxLength": "5"}}}"#, "/properties/a~1b/maxLength", "whole number from 0 on"),
        (#"{"minimum": "5"}"#, "/minimum", "must be a number"),
        (#"{"multipleOf": 0}"#, "/multipleOf", "above 0"),
        (#"{"required": "a"}"#, "/required", "list of names"),
        (#"{"required": ["a", 1]}"#, "/required/1", "in quotation marks"),
        (#"{"required": ["a", "a"]}"#, "/required/1", "twice"),
        (#"{"enum": "a"}"#, "/enum", "list of values"),
        (#"{"uniqueItems": 1}"#, "/uniqueItems", "true or false"),
        (#"{"pattern": "a{2"}"#, "/pattern", "at character 2: the repetition is not closed"),
        (#"{"pattern": 1}"#, "/pattern", "in quotation marks"),
        (#"{"patternProperties": {"(": true}}"#, "/patternProperties/(", "'(' is not closed"),
        (#"{"format": "emial"}"#, "/format", "did you mean 'email'?"),
        (#"{"format": "cedula"}"#, "/format", "use 'pattern'"),
        (#"{"minlength": 1}"#, "/minlength", "did you mean 'minLength'?"),
        (#"{"propertys": {}}"#, "/propertys", "did you mean 'properties'?"),
        (#"{"widget": "text"}"#, "/widget", "begin with 'x-'"),
        (#"{"properties": []}"#, "/properties", "object of schemas"),
        (#"{"properties": {"a": "string"}}"#, "/properties/a", "a schema is an object"),
        (#"{"items": [{}]}"#, "/items", "'prefixItems'"),
        (#"{"not": 1}"#, "/not", "must be a schema"),
        (#"{"anyOf": []}"#, "/anyOf", "at least one schema"),
        (#"{"allOf": [{}, {"type": "x"}]}"#, "/allOf/1/type", "a type is one of"),
        (##"{"$ref": "#/$defs/b", "$defs": {"a": {}}}"##, "/$ref", "nothing at '/$defs/b'"),
        (##"{"$ref": "#b"}"##, "/$ref", "no anchor 'b'"),
        (##"{"$ref": "#%zz"}"##, "/$ref", "'%'"),
        (#"{"$ref": "other.json"}"#, "/$ref", "'other.json' cannot be found"),
        (#"{"$ref": 1}"#, "/$ref", "in quotation marks"),
        (#"{"$id": "a#b"}"#, "/$id", "no fragment"),
        (#"{"$defs": {"a": {"$id": "x"}, "b": {"$id": "x"}}}"#, "/$defs/b/$id", "already"),
        (#"{"$defs": {"a": {"$anchor": "x"}, "b": {"$anchor": "x"}}}"#, "/$defs/b/$anchor", "already"),
        (#"{"$anchor": "1"}"#, "/$anchor", "must be a name"),
        (#"{"$schema": "http://example.com/schema"}"#, "/$schema", "use 'https://json-schema.org/draft/2020-12/schema'"),
        (##"{"$ref": "#"}"##, "", "never end"),
        (##"{"$defs": {"a": {"anyOf": [{"type": "string"}, {"not": {"$ref": "#/$defs/a"}}]}}}"##, "/$defs/a", "never end"),
        (#"{"x-message": "Escribe"}"#, "/x-message", "texts by language"),
        (#"{"x-message": {"es": 1}}"#, "/x-message/es", "text in quotation marks"),
    ]

    @Test(arguments: faulty)
    func `the fault is named with its place`(_ schema: String, _ pointer: String, _ says: String) throws {
        let json = try JSON.parse(schema)
        let error = #expect(throws: SchemaError.self) { try CompiledSchema(compiling: json, options: .strict) }
        #expect(error?.pointer.text == pointer)
        #expect(error?.reason.contains(says) == true, "\(error?.reason ?? "")")
        #expect(error?.document == "")
    }

    @Test func `a fault in a fetched document names the document`() throws {
        let options = SchemaOptions { $0 == "https://example.com/b" ? ["properties": ["x": ["type": "nothing"]]] : nil }
        let error = #expect(throws: SchemaError.self) {
            try CompiledSchema(compiling: ["$id": "https://example.com/a", "$ref": "b"], options: options)
        }
        #expect(error?.document == "https://example.com/b")
        #expect(error?.pointer.text == "/properties/x/type")
    }

    @Test func `a vocabulary that the metaschema needs must be known`() throws {
        let options = SchemaOptions { uri in
            ["$id": .string(uri), "$vocabulary": ["https://json-schema.org/draft/2020-12/vocab/core": true, "https://example.com/v": true]]
        }
        let error = #expect(throws: SchemaError.self) {
            try CompiledSchema(compiling: ["$schema": "https://example.com/meta"], options: options)
        }
        #expect(error?.pointer.text == "/$schema")
    }

    @Test func `own words are allowed where they begin with x-`() throws {
        _ = try CompiledSchema(compiling: ["x-widget": "text", "title": "A", "$comment": "B"], options: .strict)
    }

    /// RFC 3986 section 5.4, normal and abnormal examples.
    static let references: [(reference: String, target: String)] = [
        ("g:h", "g:h"), ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"), ("/g", "http://a/g"), ("//g", "http://g"),
        ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"), (";x", "http://a/b/c/;x"), ("g;x?y", "http://a/b/c/g;x?y"), (".", "http://a/b/c/"),
        ("./", "http://a/b/c/"), ("..", "http://a/b/"), ("../", "http://a/b/"), ("../g", "http://a/b/g"), ("../..", "http://a/"), ("../../g", "http://a/g"),
        ("../../../g", "http://a/g"), ("/./g", "http://a/g"), ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."), (".g", "http://a/b/c/.g"),
        ("./../g", "http://a/b/g"), ("./g/.", "http://a/b/c/g/"), ("g/./h", "http://a/b/c/g/h"), ("g/../h", "http://a/b/c/h"),
        ("g;x=1/../y", "http://a/b/c/y"), ("http:g", "http:g"),
    ]

    @Test(arguments: references)
    func `a reference is resolved against its base`(_ reference: String, _ target: String) throws {
        // The resolver knows the expected URI alone, so that any other cannot be found.
        let options = SchemaOptions { $0 == target ? ["const": 7] : nil }
        let schema = try CompiledSchema(compiling: ["$id": "http://a/b/c/d;p?q", "$ref": .string(reference)], options: options)
        #expect(schema.isValid(7))
        #expect(!schema.isValid(8))
    }
}
