import Foundation

/// The demo, served by the real program on a free port of this machine, with a citizen signed in who holds a document.
final class ServedDemo {
    private let process = Process()
    let address: String
    private(set) var cookie = ""
    private(set) var document = ""

    init(data: String) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: Built.dovira)
        process.arguments = ["serve", Built.state, "--data", data, "--port", "0", "--operations-port=-1", "--log-level", "error"]
        // One citizen from one address asks for more than people do.
        for quota in ["session", "person", "address", "whole", "open", "connects", "sign-ins"] {
            process.arguments! += ["--quota-\(quota)", "0"]
        }
        process.arguments! += ["--work-per-address", "0"]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        // Read to the line that names the citizens' page; what comes later is drained.
        var text = ""
        var found: String?
        while found == nil {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw Unfit("the server ended before it was open: \(text.suffix(300))") }
            text += String(decoding: data, as: UTF8.self)
            found = text.split(separator: "\n").first { $0.contains("citizens") && $0.hasSuffix("/") }.map(String.init)
        }
        output.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
        address = String(found!.split(separator: " ").last!.dropLast())
        try signIn()
    }

    /// Ctrl-C, and the wait for its clean end.
    func end() {
        process.interrupt()
        process.waitUntilExit()
    }

    /// The cookie of a citizen's new session.
    func signIn(_ key: some StringProtocol) throws -> String {
        let answer = try run("curl", ["-s", "-i", "-d", "person=\(key)", address + "/sign-in"])
        guard let session = answer.firstMatch(of: #/[Ss]et-[Cc]ookie: ([^;]+)/#) else { throw Unfit("nobody was signed in as \(key)") }
        return String(session.1)
    }

    private func signIn() throws {
        let page = try run("curl", ["-s", address + "/sign-in"])
        guard let key = page.firstMatch(of: #/name="person" value="([^"]+)"|value="([^"]+)"[^>]*name="person"/#).flatMap({ $0.1 ?? $0.2 }) else {
            throw Unfit("the sign-in page names nobody")
        }
        cookie = try signIn(key)
        let documents = try run("curl", ["-s", "-H", "Cookie: \(cookie)", address + "/api/me/documents"])
        guard let id = documents.firstMatch(of: #/"id":"([^"]+)"/#) else { throw Unfit("the citizen has no document: \(documents.prefix(200))") }
        document = String(id.1)
    }

    struct Load {
        var requests = 0.0
        var seconds = 0.0
        var computed = 0.0
        var median = ""
        var perSecond: Double { requests / seconds }
        /// What the server computed for one request.
        var microseconds: Double { computed / requests * 1e6 }
    }

    /// Asks for one path over 64 kept connections, as one citizen, and adds to the load.
    func ask(_ path: String, seconds: Int, into load: inout Load) throws {
        try ask(path, ["-c64", "-d\(seconds)s", "-H", "Cookie: \(cookie)"], into: &load)
    }

    /// Asks for one path with these flags of wrk beside, and adds to the load.
    func ask(_ path: String, _ flags: [String], into load: inout Load) throws {
        let before = computedSeconds
        let text = try run("wrk", ["-t1", "--latency"] + flags + [address + path])
        guard let count = text.firstMatch(of: #/([0-9]+) requests in ([0-9.]+)s/#), let requests = Double(count.1), let took = Double(count.2) else {
            throw Unfit("wrk gave no figure: \(text.prefix(300))")
        }
        guard !text.contains("Non-2xx"), !text.contains("Socket errors") else { throw Unfit("\(path) was not answered: \(text)") }
        load.requests += requests
        load.seconds += took
        load.computed += computedSeconds - before
    }

    private var computedSeconds: Double {
        let text = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)) ?? ""
        let fields = (text.split(separator: ")").last ?? "").split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// A line of `/proc/…/status` in megabytes: `VmRSS`, `VmHWM`.
    func megabytes(_ name: String) throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") } ?? ""
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count > 1, let kilobytes = Double(words[1]) else { throw Unfit("\(name) is missing") }
        return kilobytes / 1_024
    }
}
