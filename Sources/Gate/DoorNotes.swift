import Audit
import Kernel
import Storage
import Synchronization

/// What happens before the gate and touches nobody's data, and is still to be on record: who was turned away at an entrance, whose form came
/// from elsewhere, who signed out.
package enum DoorDeed: String, Sendable, CaseIterable {
    case wrongEntrance = "door.wrong-entrance"
    case foreignForm = "door.foreign-form"
    case signOut = "identity.sign-out"

    var outcome: AuditEntry.Outcome { self == .signOut ? .done : .refused }
}

/// How many such entries are written: turning somebody away must not be a way to fill the store.
///
/// **Shape** per actor and for everybody without a session together `perActor`, for all `inAll`, in each hour that begins with the first.
final class DoorQuota: Sendable {
    static let perActor = 30
    static let inAll = 2_000
    static let seconds: Int64 = 3_600

    private struct Counts {
        var since = Instant(milliseconds: 0)
        var all = 0
        var actors: [String: Int] = [:]
    }
    private let counts = Mutex(Counts())

    /// Takes one from what is left.
    func take(_ actor: String, at now: Instant) -> Bool {
        counts.withLock { counts in
            if abs(now.seconds - counts.since.seconds) >= Self.seconds {
                counts = Counts()
                counts.since = now
            }
            guard counts.all < Self.inAll, counts.actors[actor, default: 0] < Self.perActor else { return false }
            counts.all += 1
            counts.actors[actor, default: 0] += 1
            return true
        }
    }
}

extension Platform {
    /// Writes what happened at the door into the actor's own log, or into the house journal for everybody else. While nothing can be written,
    /// or when the quota is used up, it is not: the answer does not wait for it.
    ///
    /// - Parameter place: the route, without anybody's identifiers.
    package func note(_ deed: DoorDeed, at place: String, as principal: Principal?) async {
        let now = clock.now()
        guard doorQuota.take(principal?.key ?? "", at: now) else { return }
        let pen = journal.pen
        let entry = AuditEntry(
            at: now, actor: AuditTrail.actor(principal), action: deed.rawValue, purpose: "house", law: nil,
            records: [AuditEntry.Record(register: "door", record: place, fields: [])], outcome: deed.outcome,
            reference: Identifier.make(at: now, random: pen.random).text)
        let person = principal?.person ?? AuditLog.house
        _ = try? await store.write { (transaction: borrowing Transaction) in
            _ = try AuditLog.append(entry, about: person, pen: pen, in: transaction)
        }
    }
}
