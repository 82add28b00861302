import Foundation

private let rounds = 3
private let citizens = 90
private let entriesToday = 150
/// Of the citizen with a long history, and of the one with a short one.
private let manyEntries = 100_000, fewEntries = 10

func homeBenchmark() throws -> Line {
    try withTemporaryFolder { folder in
        let demo = try ServedDemo(data: folder + "/data")
        defer { demo.end() }
        let people = try holdersOfThree().prefix(citizens + 2)
        guard people.count == citizens + 2 else { throw Unfit("only \(people.count) people hold three documents") }
        let cookies = try people.map { try demo.signIn($0) }
        let script = folder + "/turns.lua"
        try turns(of: Array(cookies.prefix(citizens))).write(toFile: script, atomically: true, encoding: .utf8)
        // Every look at a page is an entry.
        try look(demo, ["-c16", "-s", script], until: citizens * entriesToday)
        let (long, short) = (cookies[citizens], cookies[citizens + 1])
        try look(demo, ["-c64", "-H", "Cookie: \(long)"], until: manyEntries)
        for _ in 0..<fewEntries { _ = try run("curl", ["-s", "-o", "/dev/null", "-H", "Cookie: \(short)", demo.address + "/"]) }

        var hello = ServedDemo.Load(), home = ServedDemo.Load(), packed = ServedDemo.Load()
        for _ in 0..<rounds {
            try demo.ask("/hello", ["-c16", "-d3s"], into: &hello)
            try demo.ask("/", ["-c16", "-d3s", "-s", script], into: &home)
            try demo.ask("/", ["-c16", "-d3s", "-s", script, "-H", "Accept-Encoding: gzip", "-H", "Sec-Fetch-Site: same-origin"], into: &packed)
        }
        // The short history is asked a handful of times alone, or it would grow long.
        func seconds(_ path: String, _ cookie: String) throws -> Double {
            let times = try (0..<9).map { _ in
                try run("curl", ["-s", "-o", "/dev/null", "-w", "%{time_total}", "-H", "Cookie: \(cookie)", demo.address + path])
            }
            return times.compactMap { Double($0) }.sorted()[4]
        }
        let pages = try ["/", "/my-data", "/services"].map { (try seconds($0, long), try seconds($0, short)) }
        let page = try run("curl", ["-s", "-H", "Cookie: \(cookies[0])", demo.address + "/"])
        let gzip = try run(
            "curl", ["-s", "-o", "/dev/null", "-w", "%{size_download}", "-H", "Cookie: \(cookies[0])", "-H", "Accept-Encoding: gzip", "-H", "Sec-Fetch-Site: none", demo.address + "/"])
        return Line(
            ours: home.perSecond, unit: "pages/s", baseline: hello.perSecond, baselineIs: "GET /hello of the same server", bar: "ratio of at least 0.14",
            beside: [
                ("serverMicroseconds", home.microseconds), ("helloMicroseconds", hello.microseconds), ("packedPerSecond", packed.perSecond), ("packedMicroseconds", packed.microseconds),
                ("bytes", Double(page.utf8.count)), ("packedBytes", Double(gzip) ?? 0), ("longToShortHome", pages[0].0 / pages[0].1), ("longToShortMyData", pages[1].0 / pages[1].1),
                ("longToShortServices", pages[2].0 / pages[2].1),
            ])
    }
}

/// Asks until so many pages were given.
private func look(_ demo: ServedDemo, _ flags: [String], until count: Int) throws {
    var load = ServedDemo.Load()
    while load.requests < Double(count) { try demo.ask("/", flags + ["-d1s"], into: &load) }
}

/// The identity numbers of those who have a business and drive: they hold three documents.
private func holdersOfThree() throws -> [String] {
    func column(_ register: String) throws -> [String] {
        let lines = try String(contentsOfFile: Built.state + "/registries/\(register)/records.csv", encoding: .utf8).split(separator: "\n")
        guard let place = lines.first?.split(separator: ",").firstIndex(of: "cedula") else { throw Unfit("\(register) names no cedula") }
        // The identity number stands before any text in quotes.
        return lines.dropFirst().map { String($0.split(separator: ",", omittingEmptySubsequences: false)[place]) }
    }
    let drivers = Set(try column("driver"))
    return try column("business").filter(drivers.contains)
}

/// A script of wrk that lends each request the next citizen's cookie.
private func turns(of cookies: [String]) -> String {
    """
    local cookies = {\(cookies.map { "\"\($0)\"" }.joined(separator: ", "))}
    local turn = 0
    request = function()
        turn = turn % #cookies + 1
        wrk.headers["Cookie"] = cookies[turn]
        return wrk.format("GET")
    end

    """
}
