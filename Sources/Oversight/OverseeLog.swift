package import Audit
package import Gate
import Kernel
package import Storage

/// What an overseer sees of the whole log: its size, the newest entries, and what was refused or failed. Never whose data.
package struct OverseeLog: UseCase {
    package static let action = Action.reads("log.oversee")
    /// How many of the newest entries the counts are made of.
    package static let window = 2_000

    package init() {}

    package var resource: Resource { Resource("log") }
    package var purpose: Purpose { Purpose("oversight") }

    package struct Overview: Sendable {
        package let entries: Int
        package let waiting: Int
        package let newest: [AuditEntry]
    }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Overview {
        let size = try AuditLog.size(in: transaction)
        return Overview(
            entries: size.entries, waiting: size.waiting, newest: try AuditLog.newest(Self.window, in: transaction).map(\.withoutPeople))
    }
}

extension AuditEntry {
    /// The entry without what says whose data it was: a citizen's own identifier and the records'.
    fileprivate var withoutPeople: AuditEntry {
        var entry = self
        if actor.kind == .citizen { entry.actor.id = "" }
        for index in entry.records.indices { entry.records[index].record = "" }
        return entry
    }
}
