package import Audit
import Kernel
import Definitions
package import Registry
package import StateFolder
package import Storage

/// The state's services, and the older versions on which running cases stay.
package struct ServiceCatalogue: Sendable {
    /// The services as the state folder has them now, in its order.
    package let current: [ServiceDefinition]
    private let versions: [String: ServiceDefinition]
    package let registers: Registers

    private init(current: [ServiceDefinition], versions: [String: ServiceDefinition], registers: Registers) {
        self.current = current
        self.versions = versions
        self.registers = registers
    }

    package func service(_ id: String) throws -> ServiceDefinition {
        guard let service = current.first(where: { $0.id == id }) else { throw Refusal(.notFound, "service.not-found") }
        return service
    }

    /// A version by its hash: a present one, or an older one that was kept.
    package func service(_ id: String, version: String) throws -> ServiceDefinition {
        guard let service = versions[version], service.id == id else { throw Refusal(.notFound, "service.not-found") }
        return service
    }

    /// The version that a case was begun on.
    package func service(of record: CaseRecord) throws -> ServiceDefinition {
        guard let service = versions[record.version] else {
            throw CaseFault.unknownVersion(service: record.service, version: record.version)
        }
        return service
    }

    /// Keeps the files of the present versions, and reads back the older ones that an open case stands on.
    package static func open(
        _ state: StateDefinition, files: [String: [UInt8]], registers: Registers, store: any Store, journal: HouseJournal
    ) async throws -> ServiceCatalogue {
        var versions: [String: ServiceDefinition] = [:]
        for service in state.services { versions[service.version.hex] = service }
        let present = state.services.map { service in
            (service, service.files.compactMap { path in files[path].map { (path, $0) } })
        }
        let older = try await store.maintain(.versions) { (transaction: borrowing Transaction) in
            for (service, files) in present {
                for (path, bytes) in files {
                    try transaction.execute(
                        """
                        INSERT INTO services_versions (version, service, path, bytes) VALUES ($1, $2, $3, $4)
                        ON CONFLICT DO NOTHING
                        """, [.text(service.version.hex), .text(service.id), .text(path), .blob(bytes)])
                }
            }
            try journal.note("service.version", in: transaction)
            // A rule that somebody else wrote there decides nothing: its version is not read, and its cases wait.
            let changed = try transaction.query("SELECT DISTINCT version FROM services_versions").map { try $0.text(0) }.filter { version in
                try transaction.query("SELECT version, path FROM services_versions WHERE version = $1", [.text(version)]).contains { row in
                    do {
                        try journal.proof.require("services_versions", [row[0], row[1]], in: transaction)
                        return false
                    } catch is AuditCorrupt { return true }
                }
            }
            return try transaction.query(
                "SELECT version, service, path, bytes FROM services_versions ORDER BY version, path", []
            ).map { try (version: $0.text(0), service: $0.text(1), path: $0.text(2), bytes: $0.blob(3)) }.filter { !changed.contains($0.version) }
        }
        for (version, rows) in Dictionary(grouping: older, by: \.version) where versions[version] == nil {
            guard let service = rows.first?.service else { continue }
            var diagnostics = Diagnostics()
            let files = Dictionary(rows.map { ($0.path, $0.bytes) }, uniquingKeysWith: { first, _ in first })
            // A version that can no longer be read stops only its own cases: they are answered as stuck, not lost.
            if let definition = ServiceDefinition.read(service, files: files, in: state, into: &diagnostics) {
                versions[version] = definition
            }
        }
        return ServiceCatalogue(current: state.services, versions: versions, registers: registers)
    }
}
