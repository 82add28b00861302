package import FEEL
internal import Foundation
package import Kernel

/// The rules of time zones, from the system's zone database (Debian's `tzdata`).
package enum ZoneFile {
    static let folder = "/usr/share/zoneinfo"
    /// Far above the database's own count of some 600 names.
    static let filesMax = 5_000
    /// Copies of the same zones by other clocks' reckoning, and the machine's own zone: none is a name of the database.
    private static let excluded: Set<String> = ["posix", "right", "posixrules", "localtime"]

    package static func rules(of zone: String) throws -> TimeZoneRules {
        guard !zone.contains(".."), let data = FileManager.default.contents(atPath: "\(folder)/\(zone)") else {
            throw ZoneFault(zone: zone)
        }
        return try TimeZoneRules(tzif: [UInt8](data))
    }

    /// Every zone of the database, for FEEL's times. Read once, as a value: a decision asks no disk.
    ///
    /// Without the database it is empty: names of zones are then unknown to expressions, offsets such as `-05:00` are not.
    package static let all: Zones = {
        var table: [String: TimeZoneRules] = [:]
        // Many names are links to one file: its rules are parsed and kept once.
        var parsed: [Data: TimeZoneRules] = [:]
        guard let names = FileManager.default.enumerator(atPath: folder) else { return .none }
        while let name = names.nextObject() as? String, table.count < filesMax {
            if excluded.contains(name) { names.skipDescendants(); continue }
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)"), data.starts(with: Array("TZif".utf8)) else { continue }
            guard let rules = parsed[data] ?? (try? TimeZoneRules(tzif: [UInt8](data))) else { continue }
            parsed[data] = rules
            table[name] = rules
        }
        return table.isEmpty ? .none : Zones(table)
    }()
}

package struct ZoneFault: Error, CustomStringConvertible {
    let zone: String
    package var description: String {
        "time zone \(zone): not in \(ZoneFile.folder): install the package tzdata, or mend the zone in state.yaml"
    }
}
