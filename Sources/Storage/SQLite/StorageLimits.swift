/// The limits of a store, all named.
package struct StorageLimits: Hashable, Sendable {
    /// Use cases in one commit at most.
    package var batchMax = 512
    /// Use cases that may wait; further ones are refused with `StorageUnavailable(.busy)`.
    package var queueMax = 10_000
    /// A use case that has waited this long is refused with `StorageUnavailable(.waitedTooLong)`.
    package var waitMillisecondsMax = 10_000
    /// Frames (pages of 4 kB) in the write-ahead log before they are copied into the database file.
    package var logFramesMax = 8_000
    /// Frames before a checkpoint waits for readers, so that the log stays small.
    package var logFramesHard = 64_000
    /// Free bytes in the folder's file system below which the store only reads.
    package var freeBytesMin = 16_777_216
    /// Pages of 4 kB that the database may have; without a number the disk is the limit.
    package var databasePagesMax: Int?
    /// Time between two attempts to leave the read-only state.
    package var recoveryMilliseconds = 500
    /// Connections of the public view.
    package var readers = 2
    /// Public queries that may wait.
    package var readerQueueMax = 10_000
    /// Rows in one answer of the public view.
    package var publicRowsMax = 100_000

    /// Time between two looks at the data folder and the clock while nothing is written.
    package var watchMilliseconds = 1_000
    /// How far the clock may stand behind the newest write before writes are refused; nil looks at no clock.
    package var clockBackMillisecondsMax: Int64? = 60_000
    /// A use case that has held the writer this long gets no further statement: it fails with `HeldTooLong`.
    package var holdMillisecondsMax = 10_000
    /// A use case that has held the writer this long is counted in the figures.
    package var holdMillisecondsTold = 250

    package init() {}
}
