import Audit
import Gate
import HouseTesting
import Kernel
import Registry
import StateFolder
import StateTesting
import Storage
import Testing
import Wiring

@Suite("A register whose key changes on rows keeps each key once")
struct ChangedKeyTests {
    private static let file = "registries/port/registry.yaml"

    private func indexes(_ state: TestState) async throws -> [String: Bool] {
        let rows = try await state.rows("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND name LIKE 'registry_port_f_%'")
        return try Dictionary(uniqueKeysWithValues: rows.map { (try $0.text(0), try $0.text(1).hasPrefix("CREATE UNIQUE ")) })
    }

    private func enter(_ entry: String, _ name: String, _ state: TestState) async throws -> RegisterRow {
        let ports = try state.registers["port"]
        let data: JSONObject = ["entry": .string(entry), "locode": .string(entry), "name": .string(name), "function": "1-------", "status": "RL"]
        return try await state.touch { grant, transaction in
            try ports.create(data, person: nil, validFrom: day, under: grant, in: transaction)
        }
    }

    @Test func `a searched field that becomes the key may stand once, and one that is the key no longer may stand often`() async throws {
        try await TestState.with { (state) async throws in
            let before = try await indexes(state)
            #expect(before == ["registry_port_f_entry": true, "registry_port_f_locode": false, "registry_port_f_name": false])
            try await state.reopen { folder in try folder.replace("key: entry", with: "key: name", in: Self.file) }
            #expect(try await indexes(state) == ["registry_port_f_locode": false, "registry_port_f_name": true])
            _ = try await enter("XXAAA", "Puerto Nuevo", state)
            #expect(await refusal { try await enter("XXAAB", "Puerto Nuevo", state) }?.code == "register.key-taken")
            _ = try await enter("XXAAA", "Puerto Viejo", state)
            // Put back, what came meanwhile stands twice under the earlier key, and the start says so.
            let told = await failure { try await state.reopen { folder in try folder.replace("key: name", with: "key: entry", in: Self.file) } }
            guard case .keyTwice("port", "entry", 1, let records)? = told as? RegistryFault else {
                Issue.record("\(String(describing: told))")
                return
            }
            #expect(records.count == 2)
            for record in records { #expect("\(try #require(told))".contains(record)) }
            // It leaves everything as it was.
            try await state.reopen { folder in try folder.replace("key: entry", with: "key: name", in: Self.file) }
            #expect(try await indexes(state) == ["registry_port_f_locode": false, "registry_port_f_name": true])
            let ports = try state.registers["port"]
            _ = try await state.touch { grant, transaction in try ports.close(records[0], validTo: day, under: grant, in: transaction) }
            try await state.reopen { folder in try folder.replace("key: name", with: "key: entry", in: Self.file) }
            #expect(try await indexes(state) == before)
            await state.store.close()
            let report = try await LogInspection.verify(state.data, clock: state.clock.clock) { _ in }
            #expect(report.faults.isEmpty, "\(report.faults.prefix(3))")
            try await state.reopen()
        }
    }
}
