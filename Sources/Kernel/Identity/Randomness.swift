/// Where random bytes come from: given to whatever needs them, so that a seed replays a run.
public struct Randomness: Sendable {
    /// So many bytes that nobody can foretell.
    public let bytes: @Sendable (Int) -> [UInt8]

    public init(bytes: @escaping @Sendable (Int) -> [UInt8]) {
        self.bytes = bytes
    }
}
