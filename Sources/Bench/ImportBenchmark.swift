import Foundation
import Gate
import Kernel
import Registry
import Storage
import Synchronization
import Wiring

/// Loads every register of a state, people first, as the first start of a server does, and watches time and memory.
func importBenchmark(folder: String, data: String) async throws -> JSONObject {
    let open = try await openState(folder: folder, data: data)
    let watch = Mutex(LoadWatch())
    let start = ContinuousClock.now
    try await RegisterLoad(open, folder: folder) { register, rows in
        watch.withLock { $0.see(register, rows, after: start.duration(to: .now).inSeconds) }
    }.run()
    let took = start.duration(to: .now).inSeconds
    await open.platform.store.close()
    let seen = watch.withLock { $0 }
    let people = seen.rows[Registers.personRegister] ?? 0
    let all = seen.rows.values.reduce(0, +)
    return [
        "people": .figure(people), "peoplePerSecond": .figure(Double(people) / (seen.peopleSeconds ?? took)), "rows": .figure(all),
        "rowsPerSecond": .figure(Double(all) / took), "megabytesAtTenth": .figure(seen.residentAtTenth),
        "megabytesAtEnd": .figure(residentMegabytes()), "megabytesMax": .figure(seen.residentMax),
    ]
}

/// What is seen of a load while it runs.
private struct LoadWatch {
    var rows: [String: Int] = [:]
    /// Until the next register was begun: the people's indexes are made by then.
    var peopleSeconds: Double?
    var residentMax = 0.0
    private var residents: [Double] = []

    /// Resident memory when a tenth of the load was done.
    var residentAtTenth: Double { residents.isEmpty ? 0 : residents[residents.count / 10] }

    mutating func see(_ register: String, _ count: Int, after seconds: Double) {
        if register != Registers.personRegister, peopleSeconds == nil { peopleSeconds = seconds }
        rows[register] = count
        let resident = residentMegabytes()
        residents.append(resident)
        residentMax = max(residentMax, resident)
    }
}

private func residentMegabytes() -> Double {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
    let fields = text.split(separator: " ")
    return fields.count > 1 ? (Double(fields[1]) ?? 0) * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576 : 0
}
