import Gate
import Identity
import Kernel
import Registry
import StateTesting
import Storage

/// A deed under the permission that loading registers has: the tests' way to a grant.
struct Touching<Output: Sendable>: UseCase {
    static var action: Action { .changes("register.import") }
    let deed: @Sendable (borrowing Grant, borrowing Transaction) throws -> Output
    var resource: Resource { Resource("register/person") }
    var purpose: Purpose { Purpose("register-import") }
    func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Output { try deed(grant, transaction) }
}

extension TestState {
    func touch<Output: Sendable>(_ deed: @escaping @Sendable (borrowing Grant, borrowing Transaction) throws -> Output) async throws -> Output {
        try await platform.perform(Touching(deed: deed), as: SystemPrincipals.imports)
    }

    func record(_ key: String) async throws -> String {
        try await rows("SELECT record FROM registry_person WHERE f_cedula = $1 AND recorded_to IS NULL", [.text(key)])[0].text(0)
    }

    /// A driver's licence, written for the adult.
    func licence(_ number: String, categories: String = "B") -> JSONObject {
        [
            "number": .string(number), "cedula": .string(TestState.adult), "categories": .string(categories), "issued": "2026-01-01",
            "expires": "2030-01-01",
        ]
    }
}

/// The error that something ends with; a gate's failure gives its cause.
func failure<T>(of body: () async throws -> T) async -> (any Error)? {
    do {
        _ = try await body()
        return nil
    } catch let failure as Failure { return failure.cause } catch { return error }
}

func refusal<T>(of body: () async throws -> T) async -> Refusal? { await failure(of: body) as? Refusal }

let day = CalendarDate("2026-07-15")!
