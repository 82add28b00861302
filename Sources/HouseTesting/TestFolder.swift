package import Foundation
import Synchronization

/// Lets in so many tests at once: all together they would hold thousands of open files, and a machine's every thread.
private enum Turnstile {
    static let most = 24
    @TaskLocal static var isInside = false

    private struct State {
        var inside = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private static let state = Mutex(State())

    static func enter() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isIn = state.withLock { state -> Bool in
                guard state.inside >= most else {
                    state.inside += 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isIn { continuation.resume() }
        }
    }

    /// Gives the place to whoever waits longest.
    static func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.inside -= 1
            return nil
        }
        next?.resume()
    }
}

/// A folder of its own for one test, removed after it. Tests with folders run so many at a time.
@discardableResult
package func withFolder<T>(_ body: (String) async throws -> T) async throws -> T {
    // A folder within a folder's test has its place already.
    guard !Turnstile.isInside else { return try await folder(body) }
    await Turnstile.enter()
    defer { Turnstile.leave() }
    return try await Turnstile.$isInside.withValue(true) { try await folder(body) }
}

private func folder<T>(_ body: (String) async throws -> T) async throws -> T {
    let folder = NSTemporaryDirectory() + "dovira-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

/// Waits for something that another task or process brings about.
package func eventually(within seconds: Double = Patience.seconds, _ condition: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return try await condition()
}

extension Repository {
    /// The folder of an example state.
    package static func example(_ name: String) -> URL { root.appendingPathComponent("Examples/\(name)") }

    /// An example's files as the pure reader wants them: of `records.csv` the presence alone.
    package static func exampleFiles(_ name: String) throws -> [String: [UInt8]] {
        let base = example(name).resolvingSymlinksInPath()
        var files: [String: [UInt8]] = [:]
        for path in FileManager.default.subpaths(atPath: base.path) ?? [] {
            var isFolder: ObjCBool = false
            let url = base.appendingPathComponent(path)
            guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), !isFolder.boolValue else { continue }
            files[path] = path.hasSuffix("records.csv") ? [] : [UInt8](try Data(contentsOf: url))
        }
        return files
    }
}
