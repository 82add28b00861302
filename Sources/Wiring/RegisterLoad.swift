internal import Definitions
internal import Foundation
internal import Gate
internal import Identity
internal import Kernel
internal import Registry
internal import StateFolder
internal import Storage
internal import Web

/// Loads the records of a state's registers: at the first start, or where an earlier load stopped.
package struct RegisterLoad: Sendable {
    let state: OpenState
    let folder: String
    /// Told of progress: register, rows so far.
    let progress: @Sendable (String, Int) -> Void

    package init(_ state: OpenState, folder: String, progress: @escaping @Sendable (String, Int) -> Void) {
        self.state = state
        self.folder = folder
        self.progress = progress
    }

    package enum Fault: Error, CustomStringConvertible {
        case row(path: String, line: Int, String)
        case changed(path: String)

        package var description: String {
            switch self {
            case .row(let path, let line, let text): "\(path):\(line):1: error: \(text)"
            case .changed(let path):
                "\(path) is not the file whose load was begun: restore it and start again, or begin with an empty data folder"
            }
        }
    }

    /// Loads every register that has records, people first: the others name them.
    package func run() async throws {
        let definitions = state.registers.definitions.filter(\.hasRecords)
        let people = definitions.filter { $0.id == Registers.personRegister }
        for definition in people + definitions.filter({ $0.id != Registers.personRegister }) {
            try await load(definition)
        }
    }

    private func load(_ definition: RegisterDefinition) async throws {
        let path = "\(folder)/registries/\(definition.id)/records.csv"
        let mark = try await ImportMark.of(definition.id, state.platform.store.publicView)
        if mark?.isFinished == true { return }
        let hash = try FileChunks.hash(path)
        if let mark, mark.source != hash.bytes { throw Fault.changed(path: path) }
        let register = try state.registers[definition.id]
        let people = try state.registers[Registers.personRegister]
        let file = try FileChunks(path)
        defer { file.close() }
        var reader = RecordReader(definition, register, path: path, validFrom: state.portal.zone.date(at: state.platform.clock.now()))
        var chunk: [ImportRows.ImportedRow] = []
        var lines: [Int] = []
        // A crash between two chunks loses nothing: the mark says how many rows are in, and they are passed over here.
        var passed = 0
        let done = mark?.rows ?? 0
        var first = done
        var pending: Task<Int, any Error>?
        while let row = try reader.next({ try file.next() }) {
            passed += 1
            if passed <= done { continue }
            chunk.append(row)
            lines.append(reader.line)
            guard chunk.count == ImportRows.chunk else { continue }
            // One chunk is written while the next one is read: one writer, one reader, two cores.
            _ = try await pending?.value
            pending = write(chunk, register, people, hash, first, (path, lines))
            first += chunk.count
            progress(definition.id, first)
            chunk.removeAll(keepingCapacity: true)
            lines.removeAll(keepingCapacity: true)
        }
        _ = try await pending?.value
        _ = try await write(chunk, register, people, hash, first, (path, lines)).value
        progress(definition.id, first + chunk.count)
        do {
            try await state.registers.finishImport(
                of: definition.id, at: state.platform.clock.now(), state.platform.store, journal: state.platform.journal)
        } catch let refusal as Refusal where refusal.code.hasPrefix("import.") {
            // Found when the index is built, after the last row: the file is read once more for the line.
            let row = refusal.parameters["row"].flatMap(Int.init) ?? 0
            throw Fault.row(path: path, line: try line(of: row, definition, register, path), refusal.code == "import.once-taken" ? Fault.onceTaken : Fault.keyTaken)
        }
    }

    private func line(of row: Int, _ definition: RegisterDefinition, _ register: RegisterTable, _ path: String) throws -> Int {
        let file = try FileChunks(path)
        defer { file.close() }
        var reader = RecordReader(definition, register, path: path, validFrom: state.portal.zone.date(at: state.platform.clock.now()))
        for _ in 0...row { _ = try reader.next({ try file.next() }) }
        return reader.line
    }

    private func write(
        _ rows: [ImportRows.ImportedRow], _ register: RegisterTable, _ people: RegisterTable, _ hash: Digest, _ first: Int,
        _ places: (path: String, lines: [Int])
    ) -> Task<Int, any Error> {
        let platform = state.platform
        return Task {
            do {
                return try await platform.perform(
                    ImportRows(rows, into: register, people: people, source: .init(hash: hash, firstRow: first)),
                    as: SystemPrincipals.imports)
            } catch let refusal as Refusal {
                guard let fault = Fault(refusal, first, places) else { throw refusal }
                throw fault
            }
        }
    }
}

extension RegisterLoad.Fault {
    fileprivate static let keyTaken = "a record of this key is there already: each key stands once"

    fileprivate static let onceTaken = "the register holds what ‘once_per’ of registry.yaml allows once: end the earlier record, or take one out"

    /// What a refused chunk says about one of its rows: the line of the file, and what to mend.
    fileprivate init?(_ refusal: Refusal, _ first: Int, _ places: (path: String, lines: [Int])) {
        guard let row = refusal.parameters["row"].flatMap(Int.init), places.lines.indices.contains(row - first) else { return nil }
        let line = places.lines[row - first]
        switch refusal.code {
        case "import.key-taken": self = .row(path: places.path, line: line, Self.keyTaken)
        case "import.once-taken": self = .row(path: places.path, line: line, Self.onceTaken)
        case "import.unknown-person":
            self = .row(path: places.path, line: line, "nobody of this key is in the register of people: mend the key, or add the person there")
        default: return nil
        }
    }
}
