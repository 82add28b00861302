import Gate
import Identity
import Kernel
import Registry
import StateTesting
import Storage
import Testing
import Wiring

@Suite("Registers are loaded in chunks, once, and every person reads of it")
struct ImportTests {
    @Test func `each person has a line in the one entry of her chunk`() async throws {
        try await TestState.with { (state) async throws in
            #expect(try await state.count("registry_person") == 9)
            let imports = try await state.entries(about: "").filter { $0["action"] == "register.import" }
            // person, address, business, driver, port: one chunk each; ports are about nobody and have no lines.
            #expect(imports.count == 5)
            #expect(imports.compactMap { $0["lines"]?.int }.sorted() == [1, 5, 9, 9])
            let adult = try await state.record(TestState.adult)
            let hers = try await state.entries(about: adult)
            #expect(hers.compactMap { $0["records"]?[0]?["register"]?.string }.sorted() == ["address", "driver", "person"])
            #expect(hers.allSatisfy { $0["purpose"] == "register-import" && $0["law"] == "ley-81-2021-art-6" && $0["outcome"] == "done" })
            #expect(hers.allSatisfy { $0["records"]?[0]?["record"] == "" }, "an entry that many may read names no record")
        }
    }

    @Test func `a second load finds nothing to do`() async throws {
        try await TestState.with { (state) async throws in
            let entries = try await state.count("audit_entries")
            try await state.load()
            try await state.reopen()
            try await state.load()
            #expect(try await state.count("registry_person") == 9)
            #expect(try await state.count("audit_entries") == entries)
        }
    }

    /// The first rows of the people's file, as a load writes them before it dies.
    private func loadFirst(_ count: Int, _ state: TestState) async throws {
        let people = try state.registers["person"]
        let path = state.folder + "/registries/person/records.csv"
        let lines = try Lines.of(path)
        let header = lines[0]
        let rows = lines.dropFirst().prefix(count).map { values -> ImportRows.ImportedRow in
            var data = JSONObject()
            for (name, value) in zip(header, values) where !value.isEmpty { data[name] = .string(value) }
            return ImportRows.ImportedRow(row: PreparedRow(data, in: people), personKey: nil, validFrom: "2026-07-15")
        }
        _ = try await state.platform.perform(
            ImportRows(Array(rows), into: people, people: people, source: .init(hash: try FileChunks.hash(path), firstRow: 0)),
            as: SystemPrincipals.imports)
    }

    @Test func `a load that died between two chunks goes on after the last one, without doubles`() async throws {
        try await TestState.with(isLoaded: false) { (state) async throws in
            try await loadFirst(4, state)
            try await state.reopen()
            try await state.load()
            let keys = try await state.rows("SELECT f_cedula FROM registry_person").map { try $0.text(0) }
            #expect(keys.count == 9 && Set(keys).count == 9)
            for key in [TestState.adult, "12PI-2000-109"] {
                let entries = try await state.entries(about: state.record(key))
                #expect(entries.count { $0["records"]?[0]?["register"] == "person" } == 1)
            }
            #expect(try await state.count("registry_address") == 9)
        }
    }

    @Test func `a file that changed in the middle of its load is named, and nothing more is loaded`() async throws {
        try await TestState.with(isLoaded: false) { (state) async throws in
            try await loadFirst(4, state)
            let error = await failure {
                try await state.reopen { folder in try folder.setRecords("person", folder.records("person").reversed()) }
                try await state.load()
            }
            #expect("\(try #require(error))".contains("registries/person/records.csv is not the file whose load was begun"))
            #expect(try await state.count("registry_person") == 4)
        }
    }

    @Test func `a key that stands twice is named with the line of the second`() async throws {
        try await TestState.with(isLoaded: false, change: { folder in
            var records = try folder.records("person")
            records.insert(records[2], at: 6)
            try folder.setRecords("person", records)
        }) { (state) async throws in
            let error = await failure { try await state.load() }
            #expect("\(try #require(error))".hasSuffix("registries/person/records.csv:8:1: error: a record of this key is there already: each key stands once"))
            #expect(try await ImportMark.of("person", state.platform.store.publicView)?.isFinished == false, "the load is not done")
        }
    }

    @Test func `a record about somebody who is in no register is named with its line`() async throws {
        try await TestState.with(isLoaded: false, change: { folder in
            var records = try folder.records("address")
            records[4] = records[4].replacing("E-2000-105", with: "8-2000-999")
            try folder.setRecords("address", records)
        }) { (state) async throws in
            let error = await failure { try await state.load() }
            #expect(
                "\(try #require(error))".hasSuffix(
                    "registries/address/records.csv:6:1: error: nobody of this key is in the register of people: mend the key, or add the person there"))
            #expect(try await state.count("registry_person") == 9)
            #expect(try await state.count("registry_address") == 0)
        }
    }

    @Test func `a row that the schema refuses is named with its place`() async throws {
        try await TestState.with(isLoaded: false, change: { folder in
            var records = try folder.records("person")
            records[3] = records[3].replacing(",M,", with: ",X,")
            try folder.setRecords("person", records)
        }) { (state) async throws in
            let error = await failure { try await state.load() }
            #expect("\(try #require(error))".contains("registries/person/records.csv:5:"))
            #expect("\(try #require(error))".contains("/sex"))
        }
    }

    @Test func `a column that the register does not have is named`() async throws {
        try await TestState.with(isLoaded: false, change: { folder in
            try folder.replace("cedula,given_names", with: "cedula,given_name", in: "registries/person/records.csv")
        }) { (state) async throws in
            let error = await failure { try await state.load() }
            #expect("\(try #require(error))".contains("the register has no field 'given_name'"))
        }
    }

    @Test func `how far a load has come is public, and says nothing about anybody`() async throws {
        try await TestState.with(isLoaded: false) { (state) async throws in
            #expect(try await ImportMark.of("person", state.store.publicView) == nil)
            try await loadFirst(4, state)
            let half = try #require(try await ImportMark.of("person", state.store.publicView))
            #expect(half.rows == 4 && !half.isFinished)
            try await state.load()
            let whole = try #require(try await ImportMark.of("person", state.store.publicView))
            #expect(whole.rows == 9 && whole.isFinished)
        }
    }
}

/// A plain file of comma-separated values, without quotes.
private enum Lines {
    static func of(_ path: String) throws -> [[String]] {
        let file = try FileChunks(path)
        defer { file.close() }
        var bytes: [UInt8] = []
        while let more = try file.next() { bytes += more }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }
}
