import Foundation
import Kernel
import Logging

/// Logs to standard error, one event a line: as words, or as JSON. Personal data have no place in it.
struct LineLog: LogHandler {
    let label: String
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let asJSON: Bool

    init(label: String, level: Logger.Level, asJSON: Bool) {
        self.label = label
        logLevel = level
        self.asJSON = asJSON
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let line: String
        if asJSON {
            var fields = ["\"at\":\(quoted(now()))", "\"level\":\(quoted(event.level.rawValue))", "\"event\":\(quoted(event.message.description))"]
            fields += all.map { "\(quoted($0.key)):\(quoted("\($0.value)"))" }
            line = "{\(fields.joined(separator: ","))}\n"
        } else {
            let pairs = all.map { " \($0.key)=\("\($0.value)".replacing("\n", with: " "))" }.joined()
            line = "\(now()) \(event.level.rawValue) \(event.message)\(pairs)\n"
        }
        FileHandle.standardError.write(Data(line.utf8))
    }

    private func now() -> String { Kernel.Clock.system.now().rfc3339 }
    private func quoted(_ text: String) -> String { JSON.string(text).text }
}
