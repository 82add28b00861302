package import Storage

extension StorageLimits {
    /// The limits of a test's store: however busy the machine is, nothing is refused for having waited.
    ///
    /// A test of one of these limits sets its own.
    package static var patient: StorageLimits {
        var limits = StorageLimits()
        limits.waitMillisecondsMax = 3_600_000
        limits.holdMillisecondsMax = 3_600_000
        limits.holdMillisecondsTold = 3_600_000
        // Tests move their clock as they please.
        limits.clockBackMillisecondsMax = nil
        return limits
    }
}
