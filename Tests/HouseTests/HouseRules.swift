import Foundation
import HouseTesting
import Testing

/// What stays true of the whole house. It reads text, so it finds names, not meanings: enough to stop a slip.
@Suite("The house keeps its rules")
struct HouseRules {
    /// Target → what it may import of ours, lowest floor first.
    static let floors: [[String]] = [
        ["Kernel"],
        ["Credentials", "Definitions", "Messages", "Population", "FEEL", "Schemas", "Templates", "Storage"],
        ["Decisions", "Processes", "Audit", "BrowserCore"],
        ["StateFolder", "HouseTesting", "Fuzzing"],
        ["Gate"],
        ["Registry", "Oversight"],
        ["Identity", "Issuance"],
        ["Services"],
        ["Web"],
        ["Wiring"],
        ["dovira", "Conformance", "Bench", "StateTesting"],
    ]
    static let pure: Set<String> = [
        "Kernel", "Credentials", "Definitions", "Messages", "Population", "FEEL", "Schemas", "Templates", "Decisions", "Processes", "StateFolder",
        "BrowserCore",
    ]
    static let impureModules: Set<String> = ["Foundation", "Dispatch", "GRDB", "Crypto", "Hummingbird", "NIOCore", "Logging"]
    /// What serves tests and measurements alone: it looks behind the gate, and is no part of what is served.
    static let forTests: Set<String> = ["HouseTesting", "Fuzzing", "StateTesting", "StorageProbe", "Bench"]
    /// Outside module → the targets that may import it.
    static let importers: [String: Set<String>] = [
        "Hummingbird": ["Web"], "HummingbirdTLS": ["Web"], "CZlib": ["Web"], "GRDB": ["Storage"], "GRDBSQLite": ["Storage"],
        "Yams": ["Definitions"], "ArgumentParser": ["dovira"],
    ]

    struct Source {
        let path: String
        let target: String
        let text: String
        var imports: [String] {
            text.split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ")
                guard let index = words.firstIndex(of: "import"), index <= 1, index + 1 < words.count, !line.hasPrefix("//") else { return nil }
                return String(words[words.index(before: words.endIndex)])
            }
        }
        /// The text without comments and strings, so that speaking of a thing is not doing it.
        var code: String {
            text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                let plain = line.replacing(#/"(?:\\.|[^"\\])*"/#, with: "\"\"")
                return plain.firstRange(of: "//").map { String(plain[..<$0.lowerBound]) } ?? String(plain)
            }.joined(separator: "\n")
        }
    }

    let sources: [Source]

    init() throws {
        sources = try Repository.swiftFiles(below: "Sources").map { path, text in
            Source(path: path, target: String(path.split(separator: "/")[1]), text: text)
        }
        try #require(sources.count > 100, "the sources were not found")
    }

    private func floor(_ target: String) -> Int? { Self.floors.firstIndex { $0.contains(target) } }

    @Test func `every target has its floor, and imports go downward only`() {
        let ours = Set(sources.map(\.target))
        for target in ours where target != "StorageProbe" {
            #expect(floor(target) != nil, "\(target) has no floor in this list")
        }
        for source in sources {
            guard let own = floor(source.target) else { continue }
            for imported in source.imports {
                guard let below = floor(imported) else { continue }
                #expect(below < own, "\(source.path) imports \(imported), which is not below \(source.target)")
            }
        }
    }

    @Test func `pure targets import pure targets only`() {
        for source in sources where Self.pure.contains(source.target) {
            for imported in source.imports where !(source.target == "Definitions" && imported == "Yams") {
                #expect(!Self.impureModules.contains(imported), "\(source.path) imports \(imported)")
            }
        }
    }

    @Test func `each outside dependency has its one importer`() {
        for source in sources {
            for imported in source.imports {
                guard let allowed = Self.importers[imported] else { continue }
                #expect(allowed.contains(source.target), "\(source.path) imports \(imported)")
            }
        }
    }

    @Test func `pages are written by the strict rules alone`() {
        // By those of the specification a template could write a text as it is.
        for source in sources where !["Templates", "HouseTesting"].contains(source.target) {
            #expect(!source.code.contains("rules: .specification"), "\(source.path)")
        }
    }

    @Test func `no type bears its target's name`() {
        for source in sources where !Self.forTests.contains(source.target) {
            let declaration = try? Regex(#"(struct|class|enum|actor|protocol) \#(source.target)\b[^.]"#)
            if let declaration { #expect(source.code.firstMatch(of: declaration) == nil, "\(source.path)") }
        }
    }

    @Test func `people's data are reached through the gate alone`() {
        for source in sources where !Self.forTests.union(["Gate", "Storage"]).contains(source.target) {
            #expect(!source.code.contains("store.write"), "\(source.path) writes beside the gate")
            #expect(source.code.firstMatch(of: #/\.write(Together)?\s*\{\s*\(\s*transaction/#) == nil, "\(source.path) writes beside the gate")
        }
    }

    @Test func `a principal is made by Identity alone`() {
        for source in sources where source.target != "Identity" {
            #expect(source.code.firstMatch(of: #/\bPrincipal\(/#) == nil, "\(source.path) makes a principal")
        }
    }

    @Test func `a grant is made by the policy alone`() {
        for source in sources where source.path != "Sources/Gate/Policy.swift" {
            #expect(source.code.firstMatch(of: #/\bGrant\(/#) == nil, "\(source.path) makes a grant")
        }
    }

    @Test func `SQL in a room names its own tables only`() {
        let rooms: [String: String] = [
            "Registry": "registry", "Identity": "identity", "Issuance": "issuance", "Services": "services", "Audit": "audit", "Gate": "gate",
        ]
        for source in sources {
            guard let own = rooms[source.target] else { continue }
            for room in rooms.values where room != own {
                let named = try? Regex(#"(FROM|INTO|UPDATE|JOIN|TABLE|ON)\s+\#(room)_[a-z]"#)
                if let named { #expect(source.text.firstMatch(of: named) == nil, "\(source.path) names a table of \(room)") }
            }
        }
        for source in sources where ["Web", "Wiring", "dovira", "StateFolder"].contains(source.target) {
            #expect(source.text.firstMatch(of: #/"(SELECT|INSERT|UPDATE|DELETE) /#) == nil, "\(source.path) holds SQL")
        }
    }

    /// Lists of sealed rows are held to nothing. Who decides on what they say, on their number or on their being none, asks through the grant
    /// (`RowReader`), which cannot be asked without holding rows, or the tables as a whole, to the log.
    @Test func `rooms list sealed rows only to show them, each place with its reason`() {
        let lists = [
            "Sources/Registry/RegisterTable.swift": (2, "whom a search of an officer's queue leads to; the highest number of a year, once the whole was asked for"),
            "Sources/Services/Cases/CasePaper.swift": (1, "the papers that an applicant's page lists"),
            "Sources/Services/Cases/CaseRecord.swift": (3, "lines of the applicant's lists and of the officers' queue"),
            "Sources/Services/Reviewing/TaskQueue.swift": (2, "the officers' queue and its length"),
            "Sources/Issuance/Issuing/DueDocuments.swift": (1, "what may be due; storing asks again"),
        ]
        for source in sources where !Self.forTests.union(["Audit", "Storage"]).contains(source.target) {
            let count = source.code.matches(of: #/transaction\.list(First|Each)?\(/#).count
            #expect(count == lists[source.path]?.0 ?? 0, "\(source.path): ask through the grant, or say here why a list is enough")
        }
    }

    @Test func `time and chance come from Kernel`() {
        for source in sources where source.target != "Kernel" && source.target != "HouseTesting" {
            #expect(source.code.firstMatch(of: #/\bDate\(\)|\bUUID\(\)|SystemRandomNumberGenerator|\.random\(in/#) == nil, "\(source.path)")
        }
    }

    /// A day is the state's. Where UTC stands in for a zone that is not known yet, the reader of folders says so, and it alone.
    @Test func `days are reckoned in the state's zone, never in UTC`() {
        for source in sources where source.target != "Kernel" && !Self.forTests.contains(source.target) {
            #expect(!source.code.contains("TimeZoneRules.utc"), "\(source.path) reckons in UTC")
            // Words that are the same at every moment hold no day.
            #expect(source.target == "StateFolder" || source.path == "Sources/Web/Views/Page.swift" || source.code.firstMatch(of: #/\?\? \.utc\b|zone: \.utc\b/#) == nil, "\(source.path) falls back to UTC")
        }
    }

    /// Conditions of policies, forms, services, documents, processes and tables come in through three doors, and no other language stands beside FEEL.
    @Test func `expressions are read by FEEL alone, and in the readers alone`() {
        let doors: Set<String> = ["Sources/StateFolder/Reading/Folder.swift", "Sources/Processes/ProcessReader.swift"]
        for source in sources where source.target != "FEEL" && !Self.forTests.contains(source.target) {
            #expect(source.code.firstMatch(of: #/\b(NSExpression|NSPredicate|JSContext|JavaScriptCore)\b/#) == nil, "\(source.path) evaluates another language")
            guard source.code.firstMatch(of: #/\b(Expression|UnaryTests)\(parsing:/#) != nil else { continue }
            #expect(source.target == "Decisions" || doors.contains(source.path), "\(source.path) reads expressions beside the readers")
        }
    }

    /// Where a stranger's text becomes a key or is compared, it is by its bytes: Swift's `String` takes time that grows with the square of a run of
    /// marks, and calls equal what the standards call two.
    @Test func `readers of strangers' bytes have no key of text, and compare no text as Swift does`() {
        let readers = ["Sources/Credentials/", "Sources/Kernel/JSON/", "Sources/Definitions/", "Sources/BrowserCore/", "Sources/Schemas/Run/"]
        // Languages of a list or a message, whose form is checked, and the parameters of a message.
        let known = ["Sources/Schemas/Run/SchemaMachine.swift"]
        for source in sources where readers.contains(where: { source.path.hasPrefix($0) }) && !known.contains(source.path) {
            #expect(source.code.firstMatch(of: #/\[String:|Set<String>|Dictionary<String,/#) == nil, "\(source.path) has a key of text")
        }
        // In documents every name and value is a stranger's.
        for source in sources where source.path.hasPrefix("Sources/Credentials/") || source.path.hasPrefix("Sources/Kernel/JSON/") {
            let compared = source.code.split(separator: "\n").first { line in
                // Of a type that compares its parts itself, as the names of an issuer in its languages.
                !line.contains("left.") && line.contains(#/\b(name|key|iss|vct|text|token|digest|audience|keyID|code)\??(\.string)? (==|!=) (?!nil)/#)
            }
            #expect(compared == nil, "\(source.path) compares text as Swift does")
        }
    }

    /// Swift compares and hashes text by meaning, in a time that grows with the square of a run of combining marks; what strangers send is kept
    /// and compared by its bytes (`ByteString`), and never by characters.
    @Test func `what strangers send is keyed and compared by bytes`() {
        let doors = sources.filter { source in
            source.target == "Messages" || source.path.hasPrefix("Sources/Web/Server/") || source.path.hasPrefix("Sources/Web/Traffic/")
        }
        #expect(doors.count > 15)
        for source in doors {
            #expect(source.code.firstMatch(of: #/\[(?:String|Substring|Character)\s*:\s*[A-Z\[]|\bSet<(?:String|Substring|Character)>/#) == nil, "\(source.path)")
            #expect(source.code.firstMatch(of: #/\b(?:Character|localizedCaseInsensitiveContains|isNewline|isWhitespace\)|queryParameters)\b/#) == nil, "\(source.path)")
            #expect(source.code.firstMatch(of: #/\.(?:hasPrefix|hasSuffix|firstRange\(of:|components\(separatedBy)/#) == nil, "\(source.path)")
        }
    }

    @Test func `nothing is left for later`() throws {
        let marks = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK"]
        for folder in ["Sources", "Tests"] {
            for (path, text) in try Repository.swiftFiles(below: folder) {
                for mark in marks { #expect(!text.contains(mark), "\(path) says \(mark)") }
            }
        }
    }
}
