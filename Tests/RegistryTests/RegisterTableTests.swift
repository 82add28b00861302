import Gate
import HouseTesting
import Kernel
import Registry
import StateFolder
import StateTesting
import Storage
import Testing

@Suite("A register is a table made from its schema, and its history is never overwritten")
struct RegisterTableTests {
    @Test func `searchable fields have typed, indexed columns, the others none`() async throws {
        try await TestState.with { (state) async throws in
            let columns = try await state.rows("SELECT field FROM registry_columns WHERE register = 'person' ORDER BY field").map { try $0.text(0) }
            #expect(columns == ["birth_date", "cedula", "first_surname", "given_names", "household"])
            for field in columns {
                let index = try await state.rows("SELECT sql FROM sqlite_master WHERE name = $1", [.text("registry_person_f_\(field)")])
                let text = try #require(index.first).text(0)
                #expect(text.contains("recorded_to IS NULL AND valid_to IS NULL"), "the index of \(field) is about now")
                #expect(text.contains("UNIQUE") == (field == "cedula"))
            }
        }
    }

    @Test func `a row comes back with the named fields only, and these are noted`() async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.record(TestState.adult)
            let before = try await state.entries(about: adult).count
            let people = try state.registers["person"]
            let row = try #require(
                try await state.touch { grant, transaction in
                    try people.current(adult, fields: ["given_names", "birth_date"], under: grant, in: transaction)
                })
            #expect(row.data == ["given_names": "María Elena", "birth_date": "1992-03-03"])
            #expect(row.register == "person" && row.record == adult && row.person == adult)
            let entries = try await state.entries(about: adult)
            #expect(entries.count == before + 1)
            #expect(
                entries.last?["records"] == [["fields": ["given_names", "birth_date"], "record": .string(adult), "register": "person"]])
        }
    }

    @Test func `the star names all fields, and says so in the log`() async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.record(TestState.adult)
            let people = try state.registers["person"]
            let row = try await state.touch { grant, transaction in
                try people.current(adult, fields: ["*"], under: grant, in: transaction)
            }
            #expect(row?.data.count == 11)
            #expect(try await state.entries(about: adult).last?["records"]?[0]?["fields"] == ["*"])
        }
    }

    @Test func `rows of a person are found in the other registers`() async throws {
        try await TestState.with { (state) async throws in
            let owner = try await state.record(TestState.owner)
            let businesses = try state.registers["business"]
            let rows = try await state.touch { grant, transaction in
                try businesses.current(ofPerson: owner, fields: ["number", "status"], under: grant, in: transaction)
            }
            #expect(rows.map(\.data) == [["number": "EI-2024-00001", "status": "active"]])
            #expect(rows[0].person == owner)
        }
    }

    @Test func `everybody who is found by a value is noted`() async throws {
        try await TestState.with { (state) async throws in
            let people = try state.registers["person"]
            let found = try await state.touch { grant, transaction in
                try people.find("household", equals: "H-00000001", fields: ["given_names"], under: grant, in: transaction)
            }
            #expect(found.count == 3)
            for row in found {
                let entry = try await state.entries(about: row.record).last
                #expect(entry?["records"] == [["fields": ["given_names"], "record": .string(row.record), "register": "person"]])
            }
            let none = try await state.touch { grant, transaction in
                try people.find("household", equals: "H-99999999", fields: ["given_names"], under: grant, in: transaction)
            }
            #expect(none.isEmpty)
        }
    }

    @Test func `a field that is not searchable cannot be searched`() async throws {
        try await TestState.with { (state) async throws in
            let people = try state.registers["person"]
            let error = await failure {
                try await state.touch { grant, transaction in
                    try people.find("civil_status", equals: "married", fields: ["cedula"], under: grant, in: transaction)
                }
            }
            #expect(error as? RegistryFault == .notSearchable(register: "person", field: "civil_status"))
        }
    }

    // MARK: Writing

    @Test func `a new record is there at once, and its owner reads of it`() async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.record(TestState.adult)
            let drivers = try state.registers["driver"]
            let data = state.licence("LC-0000-9001")
            let made = try await state.touch { grant, transaction in
                try drivers.create(data, person: adult, validFrom: day, under: grant, in: transaction)
            }
            #expect(made.recordedAt == TestState.start)
            let read = try await state.touch { grant, transaction in
                try drivers.current(made.record, fields: ["*"], under: grant, in: transaction)
            }
            #expect(read?.data == data)
            #expect(read?.validFrom == day)
            let entry = try #require(try await state.entries(about: adult).dropLast().last)
            #expect(
                entry["records"] == [
                    ["fields": ["number", "cedula", "categories", "issued", "expires"], "record": .string(made.record), "register": "driver"]
                ])
            let row = try await state.rows("SELECT access FROM registry_driver WHERE record = $1", [.text(made.record)])
            #expect(try row[0].text(0) == entry["reference"]?.string, "the row names the access that wrote it")
        }
    }

    @Test func `a key that is taken is refused, and nothing of the use case stays`() async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.record(TestState.adult)
            let drivers = try state.registers["driver"]
            let before = try await state.count("registry_driver")
            let (new, taken) = (state.licence("LC-0000-9001"), state.licence("LC-0000-0001"))
            let refused = await refusal {
                try await state.touch { grant, transaction in
                    _ = try drivers.create(new, person: adult, validFrom: day, under: grant, in: transaction)
                    _ = try drivers.create(taken, person: adult, validFrom: day, under: grant, in: transaction)
                }
            }
            #expect(refused == Refusal(.conflict, "register.key-taken", parameters: ["register": "driver"]))
            #expect(try await state.count("registry_driver") == before)
            #expect(try await state.entries(about: adult).last?["outcome"] == "refused")
        }
    }

    @Test func `an amended record keeps what it said, from when to when, and when the state knew it`() async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.record(TestState.adult)
            let drivers = try state.registers["driver"]
            let old = state.licence("LC-0000-9001")
            let record = try await state.touch { grant, transaction in
                try drivers.create(old, person: adult, validFrom: day, under: grant, in: transaction).record
            }
            state.clock.advance(days: 30)
            let new = state.licence("LC-0000-9001", categories: "BC")
            let amended = try await state.touch { grant, transaction in
                try drivers.amend(record, to: new, validFrom: day.adding(days: 25), under: grant, in: transaction)
            }
            #expect(amended.record == record && amended.person == adult)
            let history = try await state.rows(
                "SELECT data, valid_from, valid_to, recorded_from, recorded_to, person FROM registry_driver WHERE record = $1 ORDER BY row",
                [.text(record)])
            #expect(history.count == 2)
            #expect(try JSON.parse(history[0].text(0)) == .object(old))
            #expect(try history[0].text(1) == "2026-07-15" && history[0].text(2) == "2026-08-09")
            #expect(try history[0].instant(3) == TestState.start && history[0].instant(4) == state.clock.now)
            #expect(try JSON.parse(history[1].text(0)) == .object(new))
            #expect(history[1][2].isNull && history[1][4].isNull)
            #expect(try history[1].text(5) == adult)
            let current = try await state.touch { grant, transaction in
                try drivers.current(ofPerson: adult, fields: ["number", "categories"], under: grant, in: transaction)
            }
            #expect(current.map { $0.data["categories"] } == ["BC", "BC"], "the imported licence and the amended one, each once")
        }
    }

    @Test func `a closed record is no longer found, and its key may be used anew`() async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.record(TestState.adult)
            let drivers = try state.registers["driver"]
            let data = state.licence("LC-0000-9001")
            let record = try await state.touch { grant, transaction in
                try drivers.create(data, person: adult, validFrom: day, under: grant, in: transaction).record
            }
            let owner = try await state.touch { grant, transaction in
                try drivers.close(record, validTo: day.adding(days: 1), under: grant, in: transaction)
            }
            #expect(owner == adult)
            let gone = try await state.touch { grant, transaction in
                try drivers.current(record, fields: ["number"], under: grant, in: transaction)
            }
            #expect(gone == nil)
            #expect(try await state.rows("SELECT row FROM registry_driver WHERE record = $1", [.text(record)]).count == 1, "the row itself stays")
            let again = await refusal {
                try await state.touch { grant, transaction in
                    try drivers.close(record, validTo: day, under: grant, in: transaction)
                }
            }
            #expect(again == Refusal(.notFound, "register.no-record"))
            _ = try await state.touch { grant, transaction in
                try drivers.create(data, person: adult, validFrom: day, under: grant, in: transaction).record
            }
        }
    }

    @Test func `a record that is not there is amended by nobody`() async throws {
        try await TestState.with { (state) async throws in
            let drivers = try state.registers["driver"]
            let data = state.licence("LC-0000-9001")
            let refused = await refusal {
                try await state.touch { grant, transaction in
                    try drivers.amend("nothing", to: data, validFrom: day, under: grant, in: transaction).record
                }
            }
            #expect(refused == Refusal(.notFound, "register.no-record"))
            #expect(try await state.rows("SELECT row FROM registry_driver WHERE f_number = 'LC-0000-9001'").isEmpty)
        }
    }

    @Test func `a register that the folder does not have is named`() async throws {
        try await TestState.with(isLoaded: false) { (state) async throws in
            let error = await failure { try state.registers["ships"] }
            #expect("\(try #require(error))" == "register ships: there is no such register in the state's folder")
        }
    }

    // MARK: The schema through time

    @Test func `a field that becomes searchable is filled from the rows that are there`() async throws {
        try await TestState.with { (state) async throws in
            try await state.reopen { folder in
                try folder.replace(
                    "names: {es: Segundo apellido, en: Second surname, uk: Друге прізвище}",
                    with: "searchable: true\n    names: {es: Segundo apellido, en: Second surname, uk: Друге прізвище}",
                    in: "registries/person/registry.yaml")
            }
            let people = try state.registers["person"]
            let found = try await state.touch { grant, transaction in
                try people.find("second_surname", equals: "Batista", fields: ["cedula"], under: grant, in: transaction)
            }
            #expect(found.map { $0.data["cedula"] } == ["8-2000-101"])
            // Whoever has none has an empty column, and the next start has nothing to do.
            #expect(try await state.rows("SELECT row FROM registry_person WHERE f_second_surname IS NULL").count == 2)
            try await state.reopen()
            #expect(try await state.rows("SELECT field FROM registry_columns WHERE register = 'person'").count == 6)
        }
    }

    @Test func `a searchable field whose type changed is refused at start, with advice`() async throws {
        try await TestState.with { (state) async throws in
            let error = await failure {
                try await state.reopen { folder in
                    try folder.replace(
                        "\"locode\": { \"type\": \"string\", \"pattern\": \"^[A-Z]{2}[A-Z0-9]{3}$\" }", with: "\"locode\": { \"type\": \"integer\" }",
                        in: "registries/port/schema.json")
                }
            }
            #expect(error as? RegistryFault == .changedType(register: "port", field: "locode"), "\(String(describing: error))")
            #expect("\(try #require(error))".contains("restore the type"))
        }
    }

    // MARK: Numbers

    private func take(_ count: Int, year: Int, _ state: TestState, ending: Refusal? = nil) async throws -> [String] {
        let businesses = try state.registers["business"]
        let numbering = try #require(businesses.definition.numbering)
        return try await state.touch { grant, transaction in
            var numbers: [String] = []
            for _ in 0..<count { numbers.append(try businesses.nextNumber(numbering, year: year, under: grant, in: transaction)) }
            if let ending { throw ending }
            return numbers
        }
    }

    @Test func `numbers go on after those that were imported, and begin anew each year`() async throws {
        try await TestState.with { (state) async throws in
            #expect(try await take(2, year: 2024, state) == ["EI-2024-00002", "EI-2024-00003"])
            #expect(try await take(2, year: 2026, state) == ["EI-2026-00001", "EI-2026-00002"])
            #expect(try await take(1, year: 2024, state) == ["EI-2024-00004"])
        }
    }

    @Test func `numbers of a later year and longer ones do not confuse the count`() async throws {
        try await TestState.with(change: { folder in
            let row = try folder.records("business")[0]
            func numbered(_ number: String, _ key: String) -> String {
                row.replacing("EI-2024-00001", with: number).replacing("8-2000-102", with: key)
            }
            try folder.setRecords(
                "business",
                [row, numbered("EI-2025-00007", "8-2000-101"), numbered("EI-2024-00009", "3-2000-104"), numbered("EI-2023-00012", "E-2000-105")])
        }) { (state) async throws in
            #expect(try await take(1, year: 2023, state) == ["EI-2023-00013"])
            #expect(try await take(1, year: 2024, state) == ["EI-2024-00010"])
            #expect(try await take(1, year: 2025, state) == ["EI-2025-00008"])
            #expect(try await take(1, year: 2026, state) == ["EI-2026-00001"])
        }
    }

    @Test func `a refused use case leaves no gap`() async throws {
        try await TestState.with { (state) async throws in
            let refused = await refusal { try await take(3, year: 2026, state, ending: Refusal(.conflict, "case.already-submitted")) }
            #expect(refused != nil)
            #expect(try await take(1, year: 2026, state) == ["EI-2026-00001"])
        }
    }

    @Test func `a hundred at once get a hundred different numbers without a gap`() async throws {
        try await TestState.with { (state) async throws in
            let numbers = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<100 { group.addTask { try await take(1, year: 2026, state) } }
                return try await group.reduce(into: [String]()) { $0 += $1 }
            }
            let numbering = try #require(try state.registers["business"].definition.numbering)
            #expect(numbers.sorted() == (1...100).map { numbering.key(year: 2026, number: $0) })
        }
    }
}
