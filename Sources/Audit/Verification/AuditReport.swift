package import Kernel
internal import Storage

/// What a verification found.
package struct AuditReport: Hashable, Sendable {
    /// Entries read, those without a place too.
    package internal(set) var entries = 0
    /// Entries that wait for a place.
    package internal(set) var waiting = 0
    /// (person, n) pairs.
    package internal(set) var lines = 0
    /// People with at least one entry, the house journal not counted.
    package internal(set) var people = 0
    package internal(set) var checkpoints = 0
    /// Leaves in the tree.
    package internal(set) var treeSize: UInt64 = 0
    package internal(set) var root: Digest = Merkle.emptyRoot
    /// Rows of sealed tables that were held to the log.
    package internal(set) var rows = 0
    /// What is wrong, at most `faultsMax` of it.
    package private(set) var faults: [String] = []
    /// What the reader should know beside it.
    package private(set) var notices: [String] = []

    package static let faultsMax = 100

    package init() {}

    /// Nothing is wrong.
    package var isSound: Bool { faults.isEmpty }

    /// What the caller found beside the folder.
    package mutating func add(fault text: String) { fault(text) }
    package mutating func add(notice text: String) { notices.append(text) }

    /// What to say of rows that cannot be read at all; nil of errors that are none of the rows'.
    static func unreadable(_ error: any Error) -> String? {
        switch error {
        case let mismatch as RowMismatch: "\(mismatch.column) holds another kind of value than the program writes (it is to be \(mismatch.expected))"
        case let failure as StatementFailure: failure.message
        case let forbidden as StatementForbidden: forbidden.reason
        case let corrupt as AuditCorrupt: corrupt.description
        default: nil
        }
    }

    mutating func fault(_ text: String) {
        if faults.count < Self.faultsMax { faults.append(text) }
    }
}
