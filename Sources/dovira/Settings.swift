import ArgumentParser
import Foundation

/// One configuration: the flag, then the environment, then the default.
struct Setting<Value: Sendable>: Sendable {
    let flag: Value?
    let variable: String
    let fallback: Value
    let read: @Sendable (String) -> Value?

    func resolved() throws -> Value {
        if let flag { return flag }
        guard let text = ProcessInfo.processInfo.environment[variable] else { return fallback }
        guard let value = read(text) else { throw ValidationError("\(variable)=\(text) cannot be read: mend it or unset it") }
        return value
    }
}

extension Setting where Value == String {
    init(_ flag: String?, _ variable: String, else fallback: String) {
        self.init(flag: flag, variable: variable, fallback: fallback) { $0 }
    }
}

extension Setting where Value == Int {
    init(_ flag: Int?, _ variable: String, else fallback: Int) {
        self.init(flag: flag, variable: variable, fallback: fallback) { Int($0) }
    }
}

extension Setting where Value == Bool {
    /// A flag that is absent says nothing.
    init(_ flag: Bool, _ variable: String) {
        self.init(flag: flag ? true : nil, variable: variable, fallback: false) { ["1": true, "true": true, "0": false, "false": false][$0] }
    }
}

/// Says a line at once, also where the output is a pipe.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
