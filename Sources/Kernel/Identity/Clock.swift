/// Where the time comes from: given to whatever needs it, so that a test can hold it still.
public struct Clock: Sendable {
    /// The present instant.
    public let now: @Sendable () -> Instant

    public init(now: @escaping @Sendable () -> Instant) {
        self.now = now
    }

    /// A clock that stands still.
    public static func fixed(_ instant: Instant) -> Clock {
        Clock { instant }
    }
}
