import Foundation

/// Measures the house beside a baseline of the same run, and prints one line of JSON for each benchmark. It asserts nothing:
/// a figure depends on the machine, the ratio says more.
@main
enum Benchmarks {
    /// In the order in which they run.
    static let all: [(name: String, what: String, run: @Sendable () throws -> Line)] = [
        ("document", "audited read of one's own document over HTTP, beside the same server's bare /hello", documentBenchmark),
        ("home", "home page of 90 citizens in turn, three documents and 150 entries of today each, beside the same server's bare /hello", homeBenchmark),
        ("gate", "durable use cases through the gate with their entries, beside the store's bare pattern", gateBenchmark),
        ("import", "load of a million synthetic people with their addresses and licences, beside bare rows", importBenchmark),
        ("issuance", "SD-JWT VC issued on one thread, beside the signatures of openssl", issuanceBenchmark),
        ("schema", "JSON Schema on an application of 15 fields, beside jsonschema-rs", schemaBenchmark),
        ("decisions", "a unique decision table of 10 rules and 3 inputs on one thread, beside SpiffWorkflow on the same rows", decisionsBenchmark),
        ("memory", "resident memory of the served demo, beside its limit", memoryBenchmark),
        ("browser", "one document checked in headless Chromium, beside a bare signature check there", browserBenchmark),
        ("sequencer", "log entries that get their place in the tree, beside the entries that the store takes", sequencerBenchmark),
    ]

    static func main() {
        let wanted = Array(CommandLine.arguments.dropFirst())
        if wanted.contains(where: { $0.hasPrefix("-") }) {
            print("usage: Benchmarks/run [NAME…]   without a name all of them")
            for benchmark in all { print("  \(benchmark.name.padding(toLength: 10, withPad: " ", startingAt: 0)) \(benchmark.what)") }
            return
        }
        if let unknown = wanted.first(where: { name in !all.contains { $0.name == name } }) {
            note("there is no benchmark '\(unknown)': Benchmarks/run --help names them")
            exit(64)
        }
        var hasFailed = false
        for benchmark in all where wanted.isEmpty || wanted.contains(benchmark.name) {
            note("\(benchmark.name): \(benchmark.what) …")
            do {
                FileHandle.standardOutput.write(Data((try benchmark.run().json(benchmark.name) + "\n").utf8))
            } catch {
                note("\(benchmark.name): \(error)")
                hasFailed = true
            }
        }
        exit(hasFailed ? 1 : 0)
    }
}

func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

/// One benchmark's figures.
struct Line {
    var ours: Double
    var unit: String
    /// What was measured beside it, if it could be.
    var baseline: Double?
    var baselineIs: String
    /// What issue or design ask of it, in words.
    var bar: String
    /// Further figures, in this order.
    var beside: [(String, Double)] = []

    func json(_ name: String) -> String {
        var members = ["\"benchmark\":\"\(name)\"", "\"ours\":\(figure(ours))", "\"unit\":\"\(unit)\""]
        members.append("\"baseline\":\(baseline.map(figure) ?? "null")")
        members.append("\"baselineIs\":\"\(baselineIs)\"")
        members.append("\"ratio\":\(baseline.map { figure(ours / $0) } ?? "null")")
        members.append("\"bar\":\"\(bar)\"")
        members += beside.map { "\"\($0.0)\":\(figure($0.1))" }
        return "{\(members.joined(separator: ","))}"
    }

    private func figure(_ value: Double) -> String {
        if value >= 100 { return String(Int(value.rounded())) }
        return String(format: value >= 10 ? "%.1f" : "%.3g", value)
    }
}
