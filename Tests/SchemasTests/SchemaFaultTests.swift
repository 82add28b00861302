import Kernel
import Schemas
import Testing

@Suite("Faults of an instance")
struct SchemaFaultTests {
    private func faults(_ schema: String, _ instance: String, _ options: SchemaOptions = .strict) throws -> [SchemaFault] {
        try CompiledSchema(compiling: try JSON.parse(schema), options: options).validate(try JSON.parse(instance))
    }

    static let cases: [(schema: String, instance: String, faults: [String])] = [
        (#"{"type": "string"}"#, "1", ["type at '' by '/type'"]),
        (#"{"type": "integer"}"#, "1.5", ["type at '' by '/type'"]),
        (#"{"properties": {"a": {"minLength": 2}, "b": {"minimum": 3}}}"#, #"{"b": 1, "a": "é"}"#,
         ["minimum at '/b' by '/properties/b/minimum'", "minLength at '/a' by '/properties/a/minLength'"]),
        (#"{"required": ["a", "b"]}"#, #"{"b": 1}"#, ["required at '/a' by '/required'"]),
        (#"{"properties": {"p": {"required": ["x/y"]}}}"#, #"{"p": {}}"#, ["required at '/p/x~1y' by '/properties/p/required'"]),
        (#"{"dependentRequired": {"a": ["b", "c"]}}"#, #"{"a": 1, "c": 1}"#, ["dependentRequired at '/b' by '/dependentRequired'"]),
        (#"{"properties": {"a": true}, "additionalProperties": false}"#, #"{"a": 1, "z": 2}"#, ["additionalProperties at '/z' by '/additionalProperties'"]),
        (#"{"properties": {"a": false}}"#, #"{"a": 1}"#, ["false at '/a' by '/properties/a'"]),
        (#"{"properties": {"a": {"type": "string"}}, "unevaluatedProperties": false}"#, #"{"a": 1, "z": 2}"#,
         ["type at '/a' by '/properties/a/type'", "unevaluatedProperties at '/z' by '/unevaluatedProperties'"]),
        (#"{"propertyNames": {"maxLength": 1}}"#, #"{"ab": 1}"#, ["propertyNames at '/ab' by '/propertyNames'"]),
        (#"{"items": {"type": "number"}}"#, #"[1, "a", 2, "b"]"#, ["type at '/1' by '/items/type'", "type at '/3' by '/items/type'"]),
        (#"{"prefixItems": [true], "items": false}"#, "[1, 2]", ["items at '/1' by '/items'"]),
        (#"{"uniqueItems": true}"#, "[1, 2, 1.0]", ["uniqueItems at '/2' by '/uniqueItems'"]),
        (#"{"contains": {"const": 1}}"#, "[2]", ["contains at '' by '/contains'"]),
        (#"{"contains": true, "maxContains": 1}"#, "[2, 3]", ["maxContains at '' by '/maxContains'"]),
        (##"{"$ref": "#/$defs/a", "$defs": {"a": {"enum": [1]}}}"##, "2", ["enum at '' by '/$defs/a/enum'"]),
        (#"{"not": {"type": "string"}}"#, #""a""#, ["not at '' by '/not'"]),
        (#"{"anyOf": [{"type": "string"}, {"minimum": 5}]}"#, "3", ["minimum at '' by '/anyOf/1/minimum'"]),
        (#"{"anyOf": [{"minimum": 9}, {"minimum": 5}]}"#, "3", ["anyOf at '' by '/anyOf'"]),
        (#"{"oneOf": [{"minimum": 1}, {"minimum": 2}]}"#, "3", ["oneOf at '' by '/oneOf'"]),
        (#"{"oneOf": [{"properties": {"k": {"const": "a"}, "n": {"type": "number"}}}, {"properties": {"k": {"const": "b"}}, "required": ["m"]}]}"#,
         #"{"k": "b", "n": "x"}"#, ["required at '/m' by '/oneOf/1/required'"]),
        (#"{"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": false}"#, #"{"a": 1}"#, ["required at '/b' by '/then/required'"]),
        (#"{"format": "date"}"#, #""2027-02-29""#, ["format at '' by '/format'"]),
        (#"{"minProperties": 1}"#, "{}", ["minProperties at '' by '/minProperties'"]),
        (#"{"allOf": [{"minimum": 2}, {"multipleOf": 2}]}"#, "1", ["minimum at '' by '/allOf/0/minimum'", "multipleOf at '' by '/allOf/1/multipleOf'"]),
    ]

    @Test(arguments: cases)
    func `each fault has its field and its keyword's place`(_ schema: String, _ instance: String, _ expected: [String]) throws {
        let found = try faults(schema, instance)
        #expect(found.map { "\($0.keyword) at '\($0.field.text)' by '\($0.schema)'" } == expected)
    }

    @Test func `a fault in another document names it`() throws {
        let options = SchemaOptions { $0 == "https://example.com/b" ? ["properties": ["x": ["type": "string"]]] : nil }
        let found = try faults(#"{"$ref": "https://example.com/b"}"#, #"{"x": 1}"#, options)
        #expect(found.map { $0.schema } == ["https://example.com/b#/properties/x/type"])
    }

    @Test func `names and texts are compared by code points`() throws {
        // é as one character and as two.
        #expect(try faults(#"{"const": "\u00e9"}"#, #""e\u0301""#).count == 1)
        #expect(try faults(#"{"enum": ["\u00e9"]}"#, #""e\u0301""#).count == 1)
        #expect(try faults(#"{"required": ["\u00e9"]}"#, #"{"e\u0301": 1}"#).count == 1)
        #expect(try faults(#"{"const": {"\u00e9": 1}}"#, #"{"e\u0301": 1}"#).count == 1)
        #expect(try faults(#"{"uniqueItems": true}"#, #"["\u00e9", "e\u0301"]"#).isEmpty)
        #expect(try faults(#"{"maxLength": 1}"#, #""e\u0301""#).count == 1)
        #expect(try faults(#"{"maxLength": 1}"#, #""🐲""#).isEmpty)
    }

    @Test func `many names keep their bits apart`() throws {
        var properties = JSONObject()
        var required: [JSON] = []
        var instance = JSONObject()
        for number in 0..<200 {
            properties["field\(number)"] = ["type": "integer"]
            if number % 2 == 1 { required.append(.string("field\(number)")) }
            instance["field\(199 - number)"] = .integer(number)
        }
        let schema = try CompiledSchema(
            compiling: ["properties": .object(properties), "required": .array(required), "additionalProperties": false])
        #expect(schema.isValid(.object(instance)))
        for number in [1, 63, 65, 127, 129, 199] {
            var less = instance
            less["field\(number)"] = nil
            #expect(schema.validate(.object(less)).map { $0.field.text } == ["/field\(number)"])
            less["field\(number)"] = "text"
            #expect(schema.validate(.object(less)).map { $0.keyword } == ["type"])
        }
        instance["field150"] = nil
        #expect(schema.isValid(.object(instance)))
    }

    @Test func `unevaluated members are told apart beyond 64`() throws {
        var instance = JSONObject()
        for number in 0..<150 { instance["a\(number)"] = 1 }
        let schema = try CompiledSchema(compiling: ["patternProperties": ["^a": true], "unevaluatedProperties": false])
        #expect(schema.isValid(.object(instance)))
        instance["b"] = 1
        #expect(schema.validate(.object(instance)).map { $0.field.text } == ["/b"])
    }
}

@Suite("Messages for citizens")
struct SchemaTextTests {
    private func messages(_ schema: String, _ instance: String) throws -> [String] {
        let compiled = try CompiledSchema(compiling: try JSON.parse(schema), options: .strict)
        return compiled.faults(of: try JSON.parse(instance)).map { $0.message["es"] + " | " + $0.message["en"] + " | " + $0.message["uk"] }
    }

    static let cases: [(schema: String, instance: String, message: String)] = [
        (#"{"required": ["a"]}"#, "{}", "Escribe este dato | Enter this | Введіть ці дані"),
        (#"{"minLength": 1}"#, #""""#, "Escribe este dato | Enter this | Введіть ці дані"),
        (#"{"format": "date"}"#, #""""#, "Escribe este dato | Enter this | Введіть ці дані"),
        (#"{"type": "string"}"#, "null", "Escribe este dato | Enter this | Введіть ці дані"),
        (#"{"minLength": 3}"#, #""a""#, "Escribe al menos 3 caracteres | Enter at least 3 characters | Введіть щонайменше 3 символи"),
        (#"{"maxLength": 1}"#, #""ab""#, "Escribe como máximo 1 carácter | Enter at most 1 character | Введіть щонайбільше 1 символ"),
        (#"{"minLength": 11}"#, #""a""#, "Escribe al menos 11 caracteres | Enter at least 11 characters | Введіть щонайменше 11 символів"),
        (#"{"minLength": 21}"#, #""a""#, "Escribe al menos 21 caracteres | Enter at least 21 characters | Введіть щонайменше 21 символ"),
        (#"{"maxItems": 2}"#, "[1,2,3]", "Indica como máximo 2 elementos | Give at most 2 entries | Вкажіть щонайбільше 2 записи"),
        (#"{"minimum": 0.5}"#, "0", "Escribe un número que sea 0.5 o más | Enter a number that is 0.5 or more | Введіть число, не менше ніж 0.5"),
        (#"{"type": ["integer", "null"]}"#, #""a""#, "Escribe un número entero | Enter a whole number | Введіть ціле число"),
        (#"{"enum": ["a", "b"]}"#, #""c""#, "Elige una de las opciones | Choose one of the options | Виберіть один із варіантів"),
        (#"{"const": true}"#, "false", "Marca esta casilla para continuar | Tick this box to continue | Поставте тут позначку, щоб продовжити"),
        (#"{"multipleOf": 0.01}"#, "0.001",
         "Escribe un número con dos decimales como máximo | Enter a number with at most two decimal places | Введіть число щонайбільше з двома знаками після коми"),
        (#"{"pattern": "^a", "x-message": {"es": "Empieza por a", "en": "Begin with a"}}"#, #""b""#,
         "Empieza por a | Begin with a | Введіть ці дані в потрібному форматі"),
        (#"{"pattern": "^a", "minLength": 3, "x-message": {"es": "Empieza por a"}}"#, #""""#, "Escribe este dato | Enter this | Введіть ці дані"),
    ]

    @Test(arguments: cases)
    func `a fault says what to do`(_ schema: String, _ instance: String, _ message: String) throws {
        #expect(try messages(schema, instance).first == message)
    }

    @Test func `every keyword and format has words in every language`() throws {
        let keywords = [
            "required", "dependentRequired", "type", "minLength", "maxLength", "pattern", "enum", "const", "minimum", "maximum", "exclusiveMinimum",
            "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains", "minProperties",
            "maxProperties", "additionalProperties", "unevaluatedProperties", "propertyNames", "unevaluatedItems", "items", "false", "not", "anyOf",
            "oneOf", "limit",
        ]
        let formats = [
            "date", "time", "date-time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "uri", "uri-reference",
            "iri", "iri-reference", "uri-template", "uuid", "json-pointer", "relative-json-pointer", "regex",
        ]
        let types = ["string", "integer", "number", "boolean", "object", "array", "string,array"]
        var faults = keywords.map { SchemaFault(instance: .root, keyword: $0, schema: "", parameters: ["limit": "5"]) }
        faults += formats.map { SchemaFault(instance: .root, keyword: "format", schema: "", parameters: ["format": $0]) }
        faults += types.map { SchemaFault(instance: .root, keyword: "type", schema: "", parameters: ["expected": $0]) }
        for fault in faults {
            let message = SchemaTexts.message(for: fault)
            #expect(Set(message.values.keys) == Set(SchemaTexts.languages))
            for (language, text) in message.values {
                #expect(!text.isEmpty && !text.contains("{") && !text.contains("  "), "\(language): \(fault)")
            }
            #expect(Set(message.values.values).count == SchemaTexts.languages.count, "\(fault)")
        }
    }

    @Test func `a fault is shown with its field and code`() throws {
        let schema = try CompiledSchema(compiling: ["properties": ["email": ["format": "email"]]], options: .strict)
        let fault = try #require(schema.faults(of: ["email": "maria"]).first)
        #expect(fault.pointer == "/email")
        #expect(fault.code == "schema.format")
        #expect(fault.parameters == ["format": "email"])
    }
}
