import CCounting

/// Allocations that one call of a body makes, on average.
func allocations(_ body: () -> Bool) -> Double {
    let rounds = 1_000
    for _ in 0..<rounds { precondition(body()) }
    counting_begin()
    for _ in 0..<rounds { precondition(body()) }
    return Double(counting_end()) / Double(rounds)
}
