import Gate
import HouseTesting
import Kernel
import Registry
import StateFolder
import StateTesting
import Storage
import Testing
import Wiring

@Suite("What may stand once in a register stands once")
struct OnceTests {
    private func business(_ number: String, status: String = "active", cedula: String = TestState.adult) -> JSONObject {
        [
            "number": .string(number), "cedula": .string(cedula), "trade_name": "La Otra", "activity": "retail", "street": "Calle 1",
            "township": "Casco Viejo", "district": "Ciudad Canal", "province": "Canal", "postal_code": "0810", "start_date": "2026-07-01",
            "registered": "2026-07-01", "status": .string(status),
        ]
    }

    @discardableResult
    private func enter(_ data: JSONObject, _ state: TestState) async throws -> RegisterRow {
        let register = try state.registers["business"]
        let person = try await state.record(TestState.adult)
        return try await state.touch { grant, transaction in
            try register.create(data, person: person, validFrom: day, under: grant, in: transaction)
        }
    }

    private func index(_ state: TestState) async throws -> String? {
        try await state.rows("SELECT sql FROM sqlite_master WHERE name = 'registry_business_once'").first?.text(0)
    }

    @Test func `a second one is refused in words, one that does not count is not, and an ended one makes room`() async throws {
        try await TestState.with { (state) async throws in
            let first = try await enter(business("EI-2026-00701"), state)
            let refused = await refusal { try await enter(business("EI-2026-00702"), state) }
            #expect(refused == Refusal(.conflict, "register.once-taken", parameters: ["register": "business"]))
            let closed = try await enter(business("EI-2026-00703", status: "closed"), state)
            #expect(await refusal { try await enter(business("EI-2026-00701"), state) }?.code == "register.once-taken")
            #expect(await refusal { try await enter(business("EI-2026-00701", status: "closed"), state) }?.code == "register.key-taken")
            let register = try state.registers["business"]
            // Nor by changing one that did not count.
            let amended = await refusal {
                try await state.touch { grant, transaction in
                    try register.amend(closed.record, to: business("EI-2026-00703"), validFrom: day, under: grant, in: transaction)
                }
            }
            #expect(amended?.code == "register.once-taken")
            // Amending itself is no second one.
            _ = try await state.touch { grant, transaction in
                try register.amend(first.record, to: business("EI-2026-00701"), validFrom: day, under: grant, in: transaction)
            }
            _ = try await state.touch { grant, transaction in
                try register.close(first.record, validTo: day, under: grant, in: transaction)
            }
            try await enter(business("EI-2026-00704"), state)
        }
    }

    @Test func `the store itself refuses it, with an index over present rows that count`() async throws {
        try await TestState.with { (state) async throws in
            let text = try #require(try await index(state))
            #expect(text.contains("UNIQUE") && text.contains("(f_cedula)") && text.contains("f_status = 'active'") && text.contains("recorded_to IS NULL"))
            try await enter(business("EI-2026-00701"), state)
            let error = await failure {
                try await state.rows(
                    """
                    INSERT INTO registry_business (record, person, valid_from, recorded_from, access, data, f_number, f_cedula, f_status)
                    SELECT 'x', person, valid_from, recorded_from, access, data, 'EI-2026-00799', f_cedula, f_status FROM registry_business
                    WHERE f_number = 'EI-2026-00701'
                    """)
            }
            #expect((error as? StatementFailure)?.kind == .unique)
        }
    }

    @Test func `rows that stood twice before the folder said once are told at the start, stay, and take no third`() async throws {
        try await TestState.with(change: { folder in
            try folder.replace("once_per: [cedula]\nwhile: {status: active}\n", with: "", in: "registries/business/registry.yaml")
        }) { (state) async throws in
            #expect(try await index(state) == nil)
            try await enter(business("EI-2026-00701"), state)
            let second = try await enter(business("EI-2026-00702"), state)
            try await state.reopen { folder in
                try folder.replace("title: [trade_name]\n", with: "title: [trade_name]\nonce_per: [cedula]\nwhile: {status: active}\n", in: "registries/business/registry.yaml")
            }
            let told = try #require(state.failures.first { $0.what == "registers" })
            #expect(told.error.contains("business") && told.error.contains("once_per") && told.error.contains(second.record))
            #expect(try await state.rows("SELECT row FROM registry_business WHERE f_cedula = $1", [.text(TestState.adult)]).count == 2)
            #expect(await refusal { try await enter(business("EI-2026-00703"), state) }?.code == "register.once-taken")
            // Mended, the next start makes the index whole.
            let register = try state.registers["business"]
            _ = try await state.touch { grant, transaction in try register.close(second.record, validTo: day, under: grant, in: transaction) }
            try await state.reopen()
            #expect(state.failures.count { $0.what == "registers" } == 1)
            #expect(try await index(state)?.contains("UNIQUE") == true)
        }
    }

    @Test func `a rule that was taken away and put back counts what came meanwhile`() async throws {
        try await TestState.with { (state) async throws in
            let name = "registries/business/registry.yaml"
            try await state.reopen { folder in try folder.replace("once_per: [cedula]\nwhile: {status: active}\n", with: "", in: name) }
            try await enter(business("EI-2026-00701"), state)
            try await state.reopen { folder in
                try folder.replace("title: [trade_name]\n", with: "title: [trade_name]\nonce_per: [cedula]\nwhile: {status: active}\n", in: name)
            }
            #expect(await refusal { try await enter(business("EI-2026-00702"), state) }?.code == "register.once-taken")
            #expect(try await state.rows("SELECT row FROM registry_business WHERE f_cedula = $1 AND f_status = 'active'", [.text(TestState.adult)]).count == 1)
        }
    }

    @Test func `another rule makes the index anew, none takes it away`() async throws {
        try await TestState.with { (state) async throws in
            try await state.reopen { folder in
                try folder.replace("once_per: [cedula]\nwhile: {status: active}\n", with: "once_per: [trade_name, township]\n", in: "registries/business/registry.yaml")
            }
            let text = try #require(try await index(state))
            #expect(text.contains("(f_trade_name, f_township)") && !text.contains("f_status"))
            try await state.reopen { folder in
                try folder.replace("once_per: [trade_name, township]\n", with: "", in: "registries/business/registry.yaml")
            }
            #expect(try await index(state) == nil)
        }
    }

    @Test func `a load in which something stands twice is refused with the line of the second`() async throws {
        try await TestState.with(isLoaded: false, change: { folder in
            let first = try folder.records("business")[0]
            let number = first.split(separator: ",")[0]
            try folder.setRecords("business", [first, first.replacing(number, with: "EI-2024-00009")])
        }) { (state) async throws in
            let error = await failure { try await state.load() }
            let text = "\(try #require(error))"
            #expect(text.contains("registries/business/records.csv:3:1: error:") && text.contains("once_per"), "\(text)")
        }
    }
}
