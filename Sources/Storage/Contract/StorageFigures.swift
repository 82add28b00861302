/// What a store has done since it was opened, for its operator.
package struct StorageFigures: Hashable, Sendable {
    /// Durable commits.
    package var commits = 0
    /// Use cases answered after a durable commit, refused ones too.
    package var done = 0
    /// Use cases under which the database ended the transaction.
    package var lost = 0
    /// Use cases whose commit failed.
    package var unknown = 0
    /// Attempts to leave the read-only state.
    package var recoveries = 0
    /// `PRAGMA synchronous` as the writer's connection read it back; 2 is FULL. // Storage-1
    package var synchronous = SQLValue.null
    /// Use cases waiting now.
    package var waiting = 0
    /// Use cases that held the writer longer than `StorageLimits.holdMillisecondsTold`.
    package var heldLong = 0
    /// The longest that one held it, in milliseconds.
    package var heldMillisecondsLongest = 0
    /// Bytes that the folder's file system has left; nil where it does not say.
    package var freeBytes: Int?
    /// How often another program's writing to the database was noticed: none has business there while the store is open.
    package var foreignWrites = 0
    /// Whether the data folder is at its path.
    package var isFolderInPlace = true
}
