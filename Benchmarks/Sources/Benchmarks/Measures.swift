import Foundation

/// Rounds in which ours and the baseline take turns, so that a busy moment of the machine meets both.
private let rounds = 3

func documentBenchmark() throws -> Line {
    try withTemporaryFolder { folder in
        let demo = try ServedDemo(data: folder + "/data")
        defer { demo.end() }
        var hello = ServedDemo.Load(), document = ServedDemo.Load(), page = ServedDemo.Load()
        var warming = ServedDemo.Load()
        try demo.ask("/api/me/documents/" + demo.document, seconds: 2, into: &warming)
        for _ in 0..<rounds {
            try demo.ask("/hello", seconds: 3, into: &hello)
            try demo.ask("/api/me/documents/" + demo.document, seconds: 3, into: &document)
        }
        try demo.ask("/", seconds: 3, into: &page)
        return Line(
            ours: document.perSecond, unit: "requests/s", baseline: hello.perSecond, baselineIs: "GET /hello of the same server", bar: "ratio of at least 0.35",
            beside: [
                ("serverMicroseconds", document.microseconds), ("helloMicroseconds", hello.microseconds), ("homePagePerSecond", page.perSecond),
                ("syncMicroseconds", try syncMicroseconds(folder)),
            ])
    }
}

func gateBenchmark() throws -> Line {
    try withTemporaryFolder { folder in
        let seconds = "5", clients = "64"
        let ours = try figures(Built.bench, ["gate", Built.state, folder + "/gate", clients, seconds])
        let bare = try figures(Built.storageProbe, ["bench", folder + "/bare", clients, seconds])
        let (changes, reads) = (try ours.part("changes"), try ours.part("reads"))
        return Line(
            ours: try changes.number("perSecond"), unit: "use cases/s", baseline: try bare.number("perSecond"),
            baselineIs: "the same store, a fact and an entry for each, without gate", bar: "at least 20000 a second",
            beside: [
                ("readsPerSecond", try reads.number("perSecond")), ("changeMicroseconds", try changes.number("computedMicroseconds")),
                ("readMicroseconds", try reads.number("computedMicroseconds")), ("syncMicroseconds", try syncMicroseconds(folder)),
            ])
    }
}

func importBenchmark() throws -> Line {
    try withTemporaryFolder { folder in
        let state = folder + "/Istmo"
        try FileManager.default.copyItem(atPath: Built.state, toPath: state)
        try run(Built.dovira, ["population", "--count", "1000000", "--into", state + "/registries"])
        let ours = try figures(Built.bench, ["import", state, folder + "/data"])
        let bare = try figures(Built.storageProbe, ["bulk", folder + "/bare", "500000"])
        return Line(
            ours: try ours.number("peoplePerSecond"), unit: "rows/s", baseline: try bare.number("perSecond"),
            baselineIs: "bare rows with a line of the log each, not read from a file", bar: "at least 50000 a second, memory flat",
            beside: [
                ("rowsPerSecond", try ours.number("rowsPerSecond")), ("rows", try ours.number("rows")),
                ("megabytesAtTenth", try ours.number("megabytesAtTenth")), ("megabytesAtEnd", try ours.number("megabytesAtEnd")),
                ("megabytesMax", try ours.number("megabytesMax")),
            ])
    }
}

func issuanceBenchmark() throws -> Line {
    var ours = 0.0, baseline = 0.0, bytes = 0.0
    for _ in 0..<rounds {
        let figures = try figures(Built.bench, ["issuance", "1"])
        ours = max(ours, try figures.number("issuedPerSecond"))
        bytes = try figures.number("bytes")
        let speed = try run("openssl", ["speed", "-seconds", "1", "ecdsap256"])
        guard let line = speed.split(separator: "\n").last(where: { $0.contains("nistp256") }), let value = line.split(separator: " ").dropLast().last,
            let signed = Double(value)
        else { throw Unfit("openssl gave no figure") }
        baseline = max(baseline, signed)
    }
    return Line(
        ours: ours, unit: "documents/s", baseline: baseline, baselineIs: "openssl speed ecdsap256, signatures", bar: "ratio of at least 0.6",
        beside: [("bytes", bytes)])
}

func schemaBenchmark() throws -> Line {
    let ours = try figures(Built.bench, ["schema", "1"])
    let peer = try? withTemporaryFolder { folder in
        try ours.text("schema").write(toFile: folder + "/schema.json", atomically: false, encoding: .utf8)
        try ours.text("application").write(toFile: folder + "/application.json", atomically: false, encoding: .utf8)
        let script = """
            import json, sys, time, jsonschema_rs
            folder = sys.argv[1]
            validator = jsonschema_rs.Draft202012Validator(json.load(open(folder + "/schema.json")), validate_formats=True)
            application = json.load(open(folder + "/application.json"))
            assert validator.is_valid(application)
            best = 0
            for _ in range(3):
                count, start = 0, time.perf_counter()
                while time.perf_counter() - start < 1:
                    for _ in range(1000): validator.is_valid(application)
                    count += 1000
                best = max(best, count / (time.perf_counter() - start))
            print(json.dumps({"perSecond": best}))
            """
        return try figures(Built.python, ["-c", script, folder]).number("perSecond")
    }
    return Line(
        ours: try ours.number("validPerSecond"), unit: "applications/s", baseline: peer,
        baselineIs: "jsonschema-rs from Python, its reading of the object included", bar: "at least 200000 a second",
        beside: [("faultyPerSecond", try ours.number("faultyPerSecond"))])
}

/// Ours and the peer decide in rounds that take turns, by the time that each process has computed; the medians are compared.
func decisionsBenchmark() throws -> Line {
    var ours: [Figures] = []
    var peer: [Double] = []
    try withTemporaryFolder { folder in
        let rows = folder + "/rows.json"
        for _ in 0..<rounds {
            let measured = try figures(Built.bench, ["decisions", "3"])
            ours.append(measured)
            try JSONSerialization.data(withJSONObject: measured.members["rows"] ?? []).write(to: URL(fileURLWithPath: rows))
            // It asserts that it gives our answers on every row; a peer that differs, or is not there, has no figure.
            do {
                peer.append(try figures(Built.python, [Built.peers + "/spiff_table.py", rows, "3"]).number("perSecond"))
            } catch {
                note("decisions: SpiffWorkflow gave no figure (\(error)); ours is measured alone")
            }
        }
    }
    func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
    let names = [
        "preparedPerSecond", "tracedPerSecond", "tracedJSONPerSecond", "tracedJSONHashedPerSecond", "largePlainPerSecond", "comparisonPerSecond", "membershipPerSecond",
        "pathPerSecond", "arithmeticPerSecond", "functionPerSecond", "datePerSecond", "quantifiedPerSecond", "plainAllocations", "preparedAllocations", "tracedAllocations",
        "comparisonAllocations", "membershipAllocations", "pathAllocations", "arithmeticAllocations", "functionAllocations", "dateAllocations", "quantifiedAllocations",
    ]
    return Line(
        ours: median(try ours.map { try $0.number("plainPerSecond") }), unit: "evaluations/s", baseline: peer.isEmpty ? nil : median(peer),
        baselineIs: "SpiffWorkflow 3.2.0 (PyPI), the same table and rows", bar: "at least 500000 a second plain, 200000 with the account",
        beside: try names.map { name in (name, median(try ours.map { try $0.number(name) })) })
}

func memoryBenchmark() throws -> Line {
    try withTemporaryFolder { folder in
        let demo = try ServedDemo(data: folder + "/data")
        defer { demo.end() }
        let opened = try demo.megabytes("VmRSS")
        var load = ServedDemo.Load()
        for path in ["/api/me/documents/" + demo.document, "/", "/documents", "/hello"] { try demo.ask(path, seconds: 2, into: &load) }
        return Line(
            ours: try demo.megabytes("VmRSS"), unit: "MB after a load", baseline: 200, baselineIs: "the limit", bar: "under 200 MB",
            beside: [("whenOpened", opened), ("max", try demo.megabytes("VmHWM"))])
    }
}

func sequencerBenchmark() throws -> Line {
    try withTemporaryFolder { folder in
        let ours = try figures(Built.bench, ["sequencer", folder + "/log", "200000"])
        let bare = try figures(Built.storageProbe, ["bench", folder + "/bare", "64", "3"])
        return Line(
            ours: try ours.number("numberedPerSecond"), unit: "entries/s", baseline: try bare.number("perSecond"),
            baselineIs: "entries that the bare store takes", bar: "well above 1, so that the log keeps up",
            beside: [("verifiedPerSecond", try ours.number("verifiedPerSecond"))])
    }
}
