/// A reader, together with what it promises for any bytes whatever.
///
/// The fuzzer feeds it millions of inputs (`Fuzz/run`); the unit tests feed it the kept ones (`Fuzz/Corpus`). One drive, two places.
package struct FuzzTarget: Sendable {
    package let name: String
    /// Bytes of the longest input that is tried; what the reader is meant for fits well.
    package let lengthMax: Int
    /// The promise that these bytes broke, in words; nil where all were kept. A crash or a hang breaks the first promise of all.
    package let finding: @Sendable (_ bytes: [UInt8]) -> String?

    package static let all: [FuzzTarget] = [
        FuzzTarget(name: "feel", lengthMax: 1_024, finding: feel), FuzzTarget(name: "dmn", lengthMax: 8_192, finding: dmn),
        FuzzTarget(name: "json", lengthMax: 2_048, finding: json), FuzzTarget(name: "xml", lengthMax: 4_096, finding: xml),
        FuzzTarget(name: "csv", lengthMax: 2_048, finding: csv), FuzzTarget(name: "yaml", lengthMax: 2_048, finding: yaml),
        FuzzTarget(name: "pattern", lengthMax: 256, finding: pattern), FuzzTarget(name: "schema", lengthMax: 4_096, finding: schema),
        FuzzTarget(name: "bpmn", lengthMax: 8_192, finding: bpmn), FuzzTarget(name: "credential", lengthMax: 4_096, finding: credential),
        FuzzTarget(name: "note", lengthMax: 4_096, finding: note), FuzzTarget(name: "form", lengthMax: 4_096, finding: form),
        FuzzTarget(name: "multipart", lengthMax: 4_096, finding: multipart), FuzzTarget(name: "header", lengthMax: 1_024, finding: header),
        FuzzTarget(name: "cookie", lengthMax: 1_024, finding: cookie), FuzzTarget(name: "query", lengthMax: 2_048, finding: query),
        FuzzTarget(name: "pasted", lengthMax: ProcessorBar.bytesMax, finding: pasted),
        FuzzTarget(name: "csv-header", lengthMax: ProcessorBar.bytesMax, finding: csvHeader),
    ]

    package static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}
