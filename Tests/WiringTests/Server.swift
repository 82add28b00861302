import Foundation
import HouseTesting
import Kernel
import StateTesting

#if canImport(Glibc)
import Glibc
#endif

/// The real program, serving a small Istmo on free loopback ports from a folder of its own.
final class Server: @unchecked Sendable {
    let root: String
    let data: String
    let port: Int
    let operationsPort: Int
    private var process: Process?

    static let withoutQuotas = ["--quota-session", "--quota-person", "--quota-address", "--quota-whole", "--quota-open", "--quota-connects", "--quota-sign-ins"].flatMap { [$0, "0"] }
    static var program: String? { Programs.built("dovira") }
    var state: String { root + "/istmo" }
    var outputPath: String { root + "/output" }
    var complaintPath: String { root + "/complaint" }
    var output: String { (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? "" }
    var complaint: String { (try? String(contentsOfFile: complaintPath, encoding: .utf8)) ?? "" }
    var client: HTTPClient { HTTPClient(port: port) }
    var operations: HTTPClient { HTTPClient(port: operationsPort) }
    var isRunning: Bool { process?.isRunning ?? false }

    init(root: String, data: String? = nil) throws {
        self.root = root
        self.data = data ?? root + "/data"
        port = try FreePort.find()
        operationsPort = try FreePort.find()
        if !FileManager.default.fileExists(atPath: root + "/istmo") { _ = try ExampleFolder(at: root + "/istmo") }
    }

    /// Runs a body with a server's folder; whatever still runs after it is killed.
    static func with<T>(data: String? = nil, _ body: (Server) async throws -> T) async throws -> T {
        try await withFolder { (root) async throws in
            let server = try Server(root: root, data: data)
            defer { server.kill() }
            return try await body(server)
        }
    }

    /// Starts the program and returns once it answers; how long that took.
    ///
    /// - Parameter flags: what is given beside the addresses. Without any, quotas are off: these tests press harder than people do.
    @discardableResult
    func start(_ flags: [String] = Server.withoutQuotas, environment: [String: String] = [:], isTLS: Bool = false) async throws -> Duration {
        let began = ContinuousClock.now
        for path in [outputPath, complaintPath] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Server.program ?? "")
        process.arguments = [
            "serve", state, "--data", data, "--port", "\(port)", "--operations-port", "\(operationsPort)", "--log-level", "warning",
        ] + flags
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { _, new in new }.merging(environment) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: outputPath)
        process.standardError = FileHandle(forWritingAtPath: complaintPath)
        try process.run()
        self.process = process
        let isUp = try await eventually {
            if !process.isRunning { return true }
            return isTLS ? operations.get("/readyz")?.status == 200 : client.get("/hello")?.status == 200
        }
        guard isUp, process.isRunning else { throw Unready("the server does not serve: \(complaint)") }
        return ContinuousClock.now - began
    }

    func kill() {
        guard let process, process.isRunning else { return }
        _ = Glibc.kill(process.processIdentifier, SIGKILL)
        // No signal ends a process sooner, so this wait is short.
        process.waitUntilExit()
    }

    /// Asks the program to end, and gives its exit status.
    func stop() async -> Int32 {
        guard let process else { return -1 }
        _ = Glibc.kill(process.processIdentifier, SIGTERM)
        // One that does not end is killed, which its status then shows.
        if (try? await eventually { !process.isRunning }) != true { kill() }
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }
}

enum FreePort {
    /// A loopback port that nobody listens on now.
    static func find() throws -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0 }
        }
        guard isBound else { throw Unready("no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}

/// A client as plain as can be: one connection for each request, blocking, and an answer only when the whole of it came.
struct HTTPClient: Sendable {
    struct Answer: Sendable {
        let status: Int
        let headers: [(name: String, value: String)]
        let body: String
        func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    }

    let port: Int
    var cookie: String?
    var csrf: String?
    /// Further header lines, each with its line break.
    var headers = ""
    static let patienceSeconds = Int(Patience.seconds)

    init(port: Int) { self.port = port }

    func get(_ path: String) -> Answer? { request("GET", path, nil) }

    func post(_ path: String, _ fields: [(String, String)] = []) -> Answer? {
        var fields = fields
        if let csrf { fields.append(("csrf", csrf)) }
        let allowed = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~")
        return request(
            "POST", path,
            fields.map { "\($0.0)=\($0.1.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")" }.joined(separator: "&"))
    }

    /// Signs in and keeps the session and its form token; nil where that failed.
    func signedIn(_ kind: String = "person", as key: String) -> HTTPClient? {
        var client = self
        guard let answer = post("/sign-in", [(kind, key)]), answer.status == 303,
            let cookie = answer.header("set-cookie")?.split(separator: ";").first
        else { return nil }
        client.cookie = String(cookie)
        guard let page = client.get("/services"), let found = page.body.firstMatch(of: #/name="csrf" value="([^"]+)"/#) else { return nil }
        client.csrf = String(found.output.1)
        return client
    }

    /// Nil where the connection was refused or broke before the whole answer had come.
    func request(_ method: String, _ path: String, _ form: String?) -> Answer? {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\nAccept-Language: en\r\n"
        if let cookie { head += "Cookie: \(cookie)\r\n" }
        head += headers
        if let form { head += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: \(form.utf8.count)\r\n" }
        return exchange(Array((head + "\r\n" + (form ?? "")).utf8)).flatMap { HTTPClient.answer($0, isHead: method == "HEAD") }
    }

    /// A form in parts, of a type and a length of its own.
    func post(_ path: String, parts: [UInt8], boundary: String = "b") -> Answer? {
        var head = "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\nAccept-Language: en\r\n"
        if let cookie { head += "Cookie: \(cookie)\r\n" }
        head += headers + "Content-Type: multipart/form-data; boundary=\(boundary)\r\nContent-Length: \(parts.count)\r\n\r\n"
        return exchange(Array(head.utf8) + parts).flatMap { HTTPClient.answer($0) }
    }

    /// Whatever bytes; the answer is read until the server closes.
    func raw(_ text: String) -> Answer? { exchange(Array(text.utf8)).flatMap { HTTPClient.answer($0) } }

    func exchange(_ request: [UInt8]) -> [UInt8]? {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return nil }
        defer { close(socket) }
        var limit = timeval(tv_sec: HTTPClient.patienceSeconds, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = FreePort.loopback(port)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
        }
        guard isConnected else { return nil }
        var sent = 0
        while sent < request.count {
            let count = request[sent...].withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            // Who is answered before all is sent may be closed: what came is read.
            guard count > 0 else { break }
            sent += count
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count >= 0 else { return answer.isEmpty ? nil : answer }
            if count == 0 { return answer }
            answer += buffer[..<count]
        }
    }

    private static func answer(_ bytes: [UInt8], isHead: Bool = false) -> Answer? {
        let blank = Array("\r\n\r\n".utf8)
        guard let end = bytes.firstRange(of: blank) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first, let status = Int(first.split(separator: " ").dropFirst().first ?? "") else { return nil }
        let headers = lines.dropFirst().map { line -> (name: String, value: String) in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (parts[0].lowercased(), parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
        }
        let body = bytes[end.upperBound...]
        if !isHead, let length = headers.first(where: { $0.name == "content-length" }).flatMap({ Int($0.value) }), body.count < length { return nil }
        return Answer(status: status, headers: headers, body: String(decoding: body, as: UTF8.self))
    }
}

/// Blocking work off the tasks' threads.
func onThread<T: Sendable>(_ body: @escaping @Sendable () -> T) async -> T {
    await withCheckedContinuation { continuation in
        Thread { continuation.resume(returning: body()) }.start()
    }
}
