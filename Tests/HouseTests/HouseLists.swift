import Audit
import Definitions
import Foundation
import Gate
import HouseTesting
import Kernel
import Registry
import StateFolder
import Storage
import Testing
import Web
import Wiring

/// What the house consists of, enumerated: what is added without its counterpart is found.
@Suite("Every part of the house has its counterpart")
struct HouseLists {
    static let files = try? Repository.exampleFiles("Istmo")

    private func state() throws -> StateDefinition {
        var diagnostics = Diagnostics()
        let state = StateDefinition.read(try #require(Self.files), into: &diagnostics)
        return try #require(state, "\(diagnostics.all.map(\.description))")
    }

    // MARK: Routes and actions

    @Test func `every route has its entrance, and the policies speak of all that it leads to`() throws {
        let policy = Policy(try state().policies, sources: [])
        #expect(Route.all.count > 30)
        for route in Route.all {
            let name = "\(route.method.rawValue) \(route.path)"
            for action in route.actions { #expect(policy.knows(action), "\(name): no policy speaks of \(action.name)") }
            if route.entrance != .everyone, route.actions.isEmpty {
                // Only pages that ask something before anybody's data are touched.
                #expect(route.method == .get, "\(name) does something for somebody and names no action")
            }
        }
        let names = Route.all.map { "\($0.method.rawValue) \($0.path)" }
        #expect(Set(names).count == names.count, "a route stands twice")
    }

    @Test func `what a page shows is read, and only a form changes anything`() {
        for route in Route.all where route.method == .get {
            for action in route.actions { #expect(action.effect == .reads, "GET \(route.path) leads to \(action.name), which changes something") }
        }
    }

    @Test func `an entrance is for those whom a policy permits`() throws {
        let rules = try state().policies
        for route in Route.all {
            let kind: PolicyDefinition.PrincipalKind
            switch route.entrance {
            case .everyone: continue
            case .citizen: kind = .citizen
            case .officer: kind = .officer
            case .overseer: kind = .overseer
            }
            for action in route.actions {
                let permits = rules.contains { $0.effect == .permit && $0.actions.contains(action.name) && $0.principals.contains(kind) }
                #expect(permits, "\(route.path) lets in a \(kind.rawValue), whom no rule permits \(action.name)")
            }
        }
    }

    /// The actions that the sources declare: name and effect.
    private func declaredActions() throws -> [String: Set<String>] {
        var declared: [String: Set<String>] = [:]
        for (path, text) in try Repository.swiftFiles(below: "Sources") where !path.contains("Testing/") {
            for found in text.matches(of: #/static (?:let|var) action\b[^\n]*?Action\.(reads|changes)\("([^"]+)"\)/#) {
                declared[String(found.output.2), default: []].insert(String(found.output.1))
            }
        }
        return declared
    }

    @Test func `every use case's action is known to the policies' vocabulary, with what it does, and no other is`() throws {
        let declared = try declaredActions()
        let known = Dictionary(uniqueKeysWithValues: KnownActions.all.map { ($0.name, $0.effect == .reads ? "reads" : "changes") })
        #expect(declared.count > 15)
        for (name, effects) in declared {
            #expect(known[name] != nil, "\(name) is an action that no policy can name")
            #expect(effects == [known[name] ?? ""], "\(name) does one thing and is known for another")
        }
        for name in known.keys { #expect(declared[name] != nil, "\(name) is known and no use case has it") }
    }

    @Test func `every use case that the sources declare has an action, a resource and a purpose that the example knows`() throws {
        let purposes = Set(try state().purposes.map(\.id))
        var count = 0
        for (path, text) in try Repository.swiftFiles(below: "Sources") where !path.contains("Testing/") {
            for found in text.matches(of: #/Purpose\("([^"]+)"/#) {
                #expect(purposes.contains(String(found.output.1)), "\(path): the purpose \(found.output.1) has no words in policies.yaml")
                count += 1
            }
        }
        #expect(count > 15)
    }

    @Test func `every rule of the example names actions, purposes and laws with words in its languages`() throws {
        let state = try state()
        for language in state.languages {
            for purpose in state.purposes { #expect(purpose.names.values[language] != nil, "\(purpose.id) in \(language)") }
            for law in state.laws { #expect(law.names.values[language] != nil, "\(law.id) in \(language)") }
        }
    }

    // MARK: Refusals

    @Test func `every refusal has its words in every language`() throws {
        var codes: Set<String> = []
        for (path, text) in try Repository.swiftFiles(below: "Sources") where !path.contains("Testing/") && !path.contains("StorageProbe") {
            for found in text.matches(of: #/Refusal\(\s*\.[a-zA-Z]+,\s*"([^"]+)"/#) { codes.insert(String(found.output.1)) }
        }
        codes.remove(#"\(resource.kind).not-found"#)
        codes.formUnion(["case.not-found", "document.not-found", "task.not-found"])
        // Told to whoever loads registers, by the line of the file; and the bare page of a failure has words of its own.
        codes.subtract(["import.key-taken", "import.once-taken", "import.unknown-person", "failure"])
        #expect(codes.count > 30)
        for language in ["es", "en", "uk"] {
            let path = "Sources/Web/Texts/\(language).json"
            let texts = try JSON.parse([UInt8](Data(contentsOf: Repository.root.appendingPathComponent(path))))
            let missing = codes.filter { texts["refusal"]?[$0] == nil }.sorted()
            #expect(missing == [], "\(path)")
        }
    }

    // MARK: Public reading

    private static let queries = PublicLog.queries + ImportMark.queries

    @Test func `every public query reads tables that are declared public, and no other`() async throws {
        var publicTables: Set<String> = []
        for migration in OpenState.migrations {
            for step in migration.steps { if case .createTable(let name, _, _, _, true, _) = step { publicTables.insert(name) } }
        }
        #expect(Set(Self.queries.map(\.name)).count == Self.queries.count)
        for query in Self.queries {
            #expect(Set(query.tables).isSubset(of: publicTables), "\(query.name)")
            for found in query.sql.matches(of: #/(?:FROM|JOIN)\s+([a-z_]+)/#) {
                #expect(query.tables.contains(String(found.output.1)), "\(query.name) reads \(found.output.1) and does not say so")
            }
        }
        let declared = try Repository.swiftFiles(below: "Sources").filter { !$0.path.hasPrefix("Sources/Storage") }
            .reduce(0) { $0 + $1.text.matches(of: #/\bPublicQuery\(/#).count }
        #expect(declared == Self.queries.count, "a public query is not in the list of its room")
    }

    @Test func `every public query runs on a fresh store`() async throws {
        try await withFolder { (folder) async throws in
            let store = try SQLiteStore(folder: folder, migrations: OpenState.migrations, limits: .patient)
            for query in Self.queries {
                let places = Set(query.sql.matches(of: #/\$(\d+)/#).map { $0.output.1 }).count
                _ = try await store.publicView.query(query, (0..<places).map { _ in .integer(0) })
            }
            await store.close()
        }
    }

    // MARK: Migrations

    @Test func `migrations bear their rooms' names and make their rooms' tables alone`() {
        var seen: Set<String> = []
        for migration in OpenState.migrations {
            #expect(seen.insert(migration.id).inserted, "\(migration.id) stands twice")
            #expect(migration.id.hasPrefix(migration.room + "-"))
            for step in migration.steps {
                let table: String
                switch step {
                case .createTable(let name, _, _, _, _, _): table = name
                case .createIndex(_, let on, _, _, _): table = on
                case .addColumn(_, let to): table = to
                case .dropIndex(let name), .dropTable(let name): table = name
                case .sql: continue
                }
                #expect(table.hasPrefix(migration.room + "_"), "\(migration.id) touches \(table)")
            }
        }
    }

    @Test func `the log seals every table, or it is named as one that it does not`() {
        let sealed = OpenState.sealed()
        for migration in OpenState.migrations {
            for step in migration.steps {
                guard case .createTable(let name, let columns, _, _, _, _) = step, !sealed.isUnsealed(name) else { continue }
                guard let table = sealed.table(name) else {
                    Issue.record("\(name) is neither sealed nor named as unsealed")
                    continue
                }
                #expect(Set(table.key).isSubset(of: columns.map(\.name)), "\(name) has another key")
            }
        }
    }

    /// Fills every table with a row that fits its columns.
    private func fill(_ store: SQLiteStore) async throws -> [String: Int] {
        try await store.write { (transaction: borrowing Transaction) in
            var counts: [String: Int] = [:]
            let tables = try transaction.query(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'storage%' AND name NOT LIKE 'sqlite%'"
            ).map { try $0.text(0) }
            for table in tables {
                let columns = try transaction.query("SELECT name, type FROM pragma_table_info('\(table)')")
                let values: [SQLValue] = try columns.map { column in
                    let type = try column.text(1)
                    return type.contains("INT") ? 1 : type.contains("BLOB") ? .blob([1]) : "{}"
                }
                let places = values.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
                try transaction.execute("INSERT INTO \(table) VALUES (\(places)) ON CONFLICT DO NOTHING", values)
                counts[table] = try transaction.query("SELECT COUNT(*) FROM \(table)")[0].int(0)
            }
            return counts
        }
    }

    @Test func `every migration has met old rows`() async throws {
        let all = OpenState.migrations
        for count in 1...all.count {
            try await withFolder { (folder) async throws in
                let old = try SQLiteStore(folder: folder, migrations: Array(all.prefix(count)), limits: .patient)
                let before = try await fill(old)
                await old.close()
                #expect(before.values.allSatisfy { $0 > 0 } && !before.isEmpty, "\(before)")
                let new = try SQLiteStore(folder: folder, migrations: all, limits: .patient)
                for (table, rows) in before {
                    let after = try await new.write { (transaction: borrowing Transaction) in
                        try transaction.query("SELECT COUNT(*) FROM \(table)")[0].int(0)
                    }
                    #expect(after == rows, "\(table) lost rows after \(all[count - 1].id)")
                }
                await new.close()
                // And a start with nothing to do.
                await (try SQLiteStore(folder: folder, migrations: all, limits: .patient)).close()
            }
        }
    }

    // MARK: Papers

    @Test func `the papers name no file that is not there`() throws {
        let root = Repository.root
        var papers = ["README.md"].filter { FileManager.default.fileExists(atPath: root.appendingPathComponent($0).path) }
        for folder in ["Docs", "Examples", "Benchmarks"] {
            for case let name as String in FileManager.default.enumerator(atPath: root.appendingPathComponent(folder).path) ?? .init()
            where name.hasSuffix(".md") && !name.contains(".build") { papers.append(folder + "/" + name) }
        }
        #expect(papers.count >= 2)
        for paper in papers {
            let url = root.appendingPathComponent(paper)
            let text = try String(contentsOf: url, encoding: .utf8)
            var named = text.matches(of: #/\]\(([^)#\s]+)(?:#[^)]*)?\)/#).map { String($0.output.1) }
                .filter { !$0.contains("://") && !$0.hasPrefix("mailto:") }
                .map { url.deletingLastPathComponent().appendingPathComponent($0).path }
            // What stands in code marks and begins with a folder of the house; places in angle or curly brackets are patterns.
            named += text.matches(of: #/`((?:Sources|Tests|Docs|Examples|Scripts|Benchmarks|Fuzz)\/[^`\s<>{}*…]+)`/#).map {
                root.appendingPathComponent(String($0.output.1)).path
            }
            for path in named { #expect(FileManager.default.fileExists(atPath: path), "\(paper) names \(path.replacing(root.path, with: ""))") }
        }
    }

    @Test func `every command that the papers give is one that the program has`() throws {
        let commands = try Repository.swiftFiles(below: "Sources/dovira").flatMap { file in
            file.text.matches(of: #/commandName: "([a-z]+)"/#).map { String($0.output.1) }
        }
        let known = Set(commands + ["serve", "check", "decide", "verify"])
        for folder in ["Docs", "Examples", "."] {
            let base = Repository.root.appendingPathComponent(folder)
            for name in (try? FileManager.default.contentsOfDirectory(atPath: base.path)) ?? [] where name.hasSuffix(".md") {
                let text = try String(contentsOf: base.appendingPathComponent(name), encoding: .utf8)
                for found in text.matches(of: #/(?:^|`|\$ |    )dovira ([a-z]+)/#.anchorsMatchLineEndings()) {
                    #expect(known.contains(String(found.output.1)), "\(name) gives ‘dovira \(found.output.1)’")
                }
            }
        }
    }
}
