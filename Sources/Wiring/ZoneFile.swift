internal import Foundation
package import Kernel

/// The rules of a time zone, from the system's zone database.
package enum ZoneFile {
    static let folder = "/usr/share/zoneinfo"

    package static func rules(of zone: String) throws -> TimeZoneRules {
        guard !zone.contains(".."), let data = FileManager.default.contents(atPath: "\(folder)/\(zone)") else {
            throw ZoneFault(zone: zone)
        }
        return try TimeZoneRules(tzif: [UInt8](data))
    }
}

package struct ZoneFault: Error, CustomStringConvertible {
    let zone: String
    package var description: String {
        "time zone \(zone): not in \(ZoneFile.folder): install the package tzdata, or mend the zone in state.yaml"
    }
}
