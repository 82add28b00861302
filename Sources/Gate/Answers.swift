import Audit
import Kernel
import Storage

/// Answers kept for repeated requests, 7 days long: a key belongs to (principal, action).
enum Answers {
    static let keptDays = 7
    static let keyLengthMax = 128

    /// An earlier answer, the request's own or a refusal because the key was used for another request.
    static func kept(
        _ repetition: Repetition, _ principal: Principal, _ action: Action, by rows: RowReader, in transaction: borrowing Transaction
    ) throws -> KeptAnswer? {
        guard (1...keyLengthMax).contains(repetition.key.utf8.count) else {
            return KeptAnswer(refusal: Refusal(.invalid, "idempotency.key-length"))
        }
        // An answer that somebody wrote there would be given as the platform's own.
        let kept = try rows.first(
            "SELECT request_hash, outcome, principal, action, key FROM gate_idempotency WHERE principal = $1 AND action = $2 AND key = $3",
            [.text(principal.key), .text(action.name), .text(repetition.key)], of: "gate_idempotency", in: transaction)
        guard let row = kept else { return nil }
        guard try constantTimeEquals(row.blob(0), repetition.requestHash.bytes) else {
            return KeptAnswer(refusal: Refusal(.conflict, "idempotency.other-request"))
        }
        return KeptAnswer(outcome: try JSON.parse( row.text(1)))
    }

    static func keep<U: UseCase>(
        _ outcome: Result<U.Output, any Error>, of useCase: U.Type, _ repetition: Repetition, _ principal: Principal,
        at now: Instant, in transaction: borrowing Transaction
    ) throws {
        let kept: JSON
        switch outcome {
        case .success(let output): kept = ["done": U.remember(output) ?? .null]
        case .failure(let error):
            guard let refusal = error as? Refusal else { return }
            kept = ["refused": refusal.json]
        }
        _ = try transaction.execute(
            """
            INSERT INTO gate_idempotency (principal, action, key, request_hash, kept_at, outcome) VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                .text(principal.key), .text(U.action.name), .text(repetition.key), .blob(repetition.requestHash.bytes),
                .integer(now.milliseconds), .text(kept.canonical),
            ])
    }

    /// Housekeeping: forgets answers older than the promise.
    static func forget(before now: Instant, in transaction: borrowing Transaction) throws -> Int {
        try transaction.execute(
            "DELETE FROM gate_idempotency WHERE kept_at < $1",
            [.integer(now.adding(seconds: Int64(-keptDays * 86_400)).milliseconds)])
    }
}

struct KeptAnswer {
    private let outcome: JSON
    /// The key itself is refused: it was used for another request, or is no key.
    let refusal: Refusal?

    init(outcome: JSON) {
        self.outcome = outcome
        refusal = nil
    }

    init(refusal: Refusal) {
        outcome = .null
        self.refusal = refusal
    }

    func replayed<U: UseCase>(as useCase: U.Type) -> Result<U.Output, any Error> {
        if let refusal { return .failure(refusal) }
        if let kept = outcome["refused"], let refusal = Refusal(json: kept) { return .failure(refusal) }
        if let kept = outcome["done"], let output = U.recall(kept) { return .success(output) }
        return .failure(Refusal(.conflict, "idempotency.not-repeatable"))
    }
}

extension Refusal {
    /// The refusal as it is kept: kind, code, parameters, faults.
    var json: JSON {
        var parameters = JSONObject()
        for (key, value) in self.parameters { parameters[key] = .string(value) }
        return [
            "kind": .string(kind.rawValue), "code": .string(code), "parameters": .object(parameters),
            "faults": .array(faults.map(\.json)), "reasons": .array(reasons.map { .string($0) }),
        ]
    }

    init?(json: JSON) {
        guard let kind = json["kind"]?.string.flatMap(Kind.init(rawValue:)), let code = json["code"]?.string else { return nil }
        self.init(
            kind, code, parameters: Dictionary(json: json["parameters"]),
            faults: (json["faults"]?.array ?? []).compactMap(Fault.init(json:)),
            reasons: (json["reasons"]?.array ?? []).compactMap(\.string))
    }
}

extension Fault {
    fileprivate var json: JSON {
        var parameters = JSONObject()
        for (key, value) in self.parameters { parameters[key] = .string(value) }
        var message = JSONObject()
        for (language, text) in self.message.values { message[language] = .string(text) }
        return [
            "pointer": .string(pointer), "code": .string(code), "parameters": .object(parameters), "message": .object(message),
        ]
    }

    fileprivate init?(json: JSON) {
        guard let pointer = json["pointer"]?.string, let code = json["code"]?.string else { return nil }
        self.init(
            pointer: pointer, code: code, parameters: Dictionary(json: json["parameters"]),
            message: LocalText(Dictionary(json: json["message"])))
    }
}

extension Dictionary where Key == String, Value == String {
    fileprivate init(json: JSON?) {
        self.init()
        for (key, value) in json?.object ?? JSONObject() { self[key] = value.string }
    }
}
