import Foundation
import Kernel

/// Measures one part of the house in its own process, and prints one line of JSON: the figures of `Benchmarks/run`, which
/// measures the baselines beside them.
///
/// **Shape** `bench gate STATE-FOLDER DATA-FOLDER CLIENTS SECONDS` · `bench import STATE-FOLDER DATA-FOLDER` · `bench sequencer DATA-FOLDER ENTRIES` ·
/// `bench issuance SECONDS` · `bench schema SECONDS` · `bench decisions ROUNDS`
@main
struct MeasuringProgram {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            let figures: JSONObject
            switch (arguments.first, arguments.count) {
            case ("gate", 5):
                figures = try await GateBenchmark(
                    folder: arguments[1], data: arguments[2], clients: number(arguments[3]), seconds: number(arguments[4])
                ).run()
            case ("import", 3): figures = try await importBenchmark(folder: arguments[1], data: arguments[2])
            case ("sequencer", 3):
                figures = try await sequencerBenchmark(data: arguments[1], entries: number(arguments[2]))
            case ("issuance", 2): figures = try issuanceBenchmark(lasting: .seconds(number(arguments[1])))
            case ("schema", 2): figures = try schemaBenchmark(lasting: .seconds(number(arguments[1])))
            case ("decisions", 2): figures = try decisionBenchmark(rounds: number(arguments[1]))
            default:
                say(
                    "usage: bench gate STATE-FOLDER DATA-FOLDER CLIENTS SECONDS | bench import STATE-FOLDER DATA-FOLDER | "
                        + "bench sequencer DATA-FOLDER ENTRIES | bench issuance SECONDS | bench schema SECONDS | bench decisions ROUNDS")
                exit(64)
            }
            say(JSON.object(figures).text)
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func number(_ text: String) throws -> Int {
        guard let value = Int(text), value > 0 else { throw Unfit(text: "'\(text)' is no number above 0") }
        return value
    }

    private static func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }
}

/// What stops a benchmark.
struct Unfit: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}

extension JSON {
    /// A figure, without a fraction that means nothing.
    static func figure(_ value: Double) -> JSON { .number(Decimal128(Int(value.rounded()))) }
    static func figure(_ value: Int) -> JSON { .number(Decimal128(value)) }
}

extension Duration {
    var inSeconds: Double { self / .seconds(1) }
}

/// Time that this process has computed, in all its threads.
func computedSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}
