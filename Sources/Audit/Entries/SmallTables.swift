import Kernel
package import Storage

extension RowProof {
    /// What is wrong with the rows of a small table, in words: each is held to the log, and each that the log knows must be there.
    fileprivate func faults(of name: String, sealed: SealedTables, in transaction: borrowing Transaction) throws -> [String] {
        guard let table = sealed.table(name) else { return [] }
        var faults: [String] = []
        var present: Set<[UInt8]> = []
        try transaction.eachEncoded(of: name, key: table.key, columns: sealed.columns(of: name, table, in: transaction)) {
            (key: [UInt8], row: [UInt8]) in
            present.insert(key)
            if try WrittenRows.hash(name, key, row) != sealedHash(of: SealedRow(table: name, key: key), in: transaction) {
                faults.append("\(name) \(SealedRow(table: name, key: key).words): the row is not what the log knows of it")
            }
        }
        for row in try transaction.query("SELECT first FROM audit_written WHERE name = $1 AND run = 0", [.text(name)]) {
            let lost = SealedRow(table: name, key: try row.blob(0))
            if !present.contains(lost.key), try sealedHash(of: lost, in: transaction) != nil { faults.append("\(name) \(lost.words): the row is gone, and no entry says so") }
        }
        return faults
    }
}

extension HouseJournal {
    /// What is wrong with the rows of a small table: asked at a start, which reads no large one.
    package func faults(of name: String, in transaction: borrowing Transaction) throws -> [String] {
        try proof.faults(of: name, sealed: sealed, in: transaction)
    }
}
