package import Kernel

/// A JSON Schema, compiled once, that judges instances.
///
/// **Shape**: at most `nodeLimit` subschemas, `documentLimit` documents and `depthLimit` levels. Judging takes at most
/// `stepLimit` steps and `evaluationDepthLimit` levels; an instance that needs more is refused with the keyword
/// `limit`. No schema and no instance makes it crash or hang.
/// **Standard**: JSON Schema 2020-12, core and validation.
package struct CompiledSchema: Sendable {
    /// The most subschemas of a schema and all that it refers to.
    package static let nodeLimit = 100_000
    /// The most documents that a schema may fetch.
    package static let documentLimit = 1_000
    /// The deepest nesting inside a schema document.
    package static let depthLimit = 200
    /// The most faults that `validate` lists.
    package static let faultLimit = 100
    /// The most subschemas and pattern steps that one judgement may take.
    package static let stepLimit = 10_000_000
    /// The deepest nesting of subschemas within subschemas while judging; the references count.
    package static let evaluationDepthLimit = 600

    let program: SchemaProgram
    private let peopleText: PeopleTextRule?

    /// **Throws**: the first fault found in the schema or in a document it refers to, with its place.
    package init(compiling schema: JSON, options: SchemaOptions = .standard) throws(SchemaError) {
        var compiler = SchemaCompiler(options)
        program = try compiler.compile(schema)
        peopleText = options.checksPeopleText ? PeopleTextRule(schema) : nil
    }

    /// Every fault of the instance, at most `faultLimit`; empty means valid.
    package func validate(_ instance: JSON) -> [SchemaFault] {
        if isValid(instance) { return [] }
        var machine = SchemaMachine(program, collects: true)
        var faults = machine.faults(of: instance)
        peopleText?.collect(instance, into: &faults)
        return faults
    }

    /// Whether the instance has no fault.
    package func isValid(_ instance: JSON) -> Bool {
        var machine = SchemaMachine(program, collects: false)
        return machine.isValid(instance) && peopleText?.holds(instance) ?? true
    }

    /// Every fault of the instance with a message that a citizen can read, in each language of the texts.
    package func faults(of instance: JSON) -> [Fault] {
        validate(instance).map { $0.fault }
    }
}

/// How a schema is read.
package struct SchemaOptions: Sendable {
    package enum Formats: Hashable, Sendable {
        /// `format` says something about a value and refuses none, unless the schema's own metaschema asserts formats.
        case annotated
        /// `format` refuses what does not fit.
        case asserted
    }

    package var formats: Formats
    /// The URI that the document's references are relative to.
    package var baseURI: String
    /// Whether a keyword or a format that the standard does not have is a fault, unless it begins with `x-`.
    package var refusesUnknown: Bool
    /// Whether every text of an instance has to be one that people can read: see `PeopleText`.
    package var checksPeopleText: Bool
    /// Finds a document by its absolute URI without fragment. The metaschemas of 2020-12 need no finding.
    package var resolve: @Sendable (String) -> JSON?

    package init(
        formats: Formats = .annotated, baseURI: String = "", refusesUnknown: Bool = false, checksPeopleText: Bool = false,
        resolve: @escaping @Sendable (String) -> JSON? = { _ in nil }
    ) {
        self.formats = formats
        self.baseURI = baseURI
        self.refusesUnknown = refusesUnknown
        self.checksPeopleText = checksPeopleText
        self.resolve = resolve
    }

    /// What the standard says.
    package static let standard = SchemaOptions()
    /// What a state's schemas are read with: formats refuse, and so does a misspelt keyword.
    package static let strict = SchemaOptions(formats: .asserted, refusesUnknown: true)
    /// What a state's records and applications are judged by: strict, and their texts are fit for people.
    package static let records = SchemaOptions(formats: .asserted, refusesUnknown: true, checksPeopleText: true)
}

/// Why a schema cannot be compiled.
package struct SchemaError: Error, Hashable, Sendable {
    /// The URI of the document; empty for one without.
    package var document: String
    /// The faulty place in the document.
    package var pointer: JSONPointer
    /// What is wrong and what to write instead, in English.
    package var reason: String

    package init(document: String = "", pointer: JSONPointer, reason: String) {
        self.document = document
        self.pointer = pointer
        self.reason = reason
    }
}
