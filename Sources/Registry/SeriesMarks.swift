package import Storage

/// The highest number that a register's series has given in a year.
package struct SeriesMark: Hashable, Sendable {
    package let register: String
    package let year: Int
    package let last: Int

    package init(register: String, year: Int, last: Int) {
        self.register = register
        self.year = year
        self.last = last
    }
}

/// All series at once: kept outside the store, so that no number is given twice by a store that was put back.
package enum SeriesMarks {
    /// Numbers that are left out after the highest known one: the last ones may have been given after it was noted.
    package static let leftOut = 1_000

    package static func read(in transaction: borrowing Transaction) throws -> [SeriesMark] {
        try transaction.query("SELECT register, year, last FROM registry_series ORDER BY register, year").map {
            SeriesMark(register: try $0.text(0), year: try $0.int(1), last: try $0.int(2))
        }
    }

    /// Lets every series go on in a new stretch, above what it and the marks have given.
    package static func leap(over marks: [SeriesMark], in transaction: borrowing Transaction) throws {
        var highest: [[String]: Int] = [:]
        for mark in try marks + read(in: transaction) {
            let key = [mark.register, String(mark.year)]
            highest[key] = max(highest[key] ?? 0, mark.last)
        }
        try transaction.executeEach(
            """
            INSERT INTO registry_series (register, year, last) VALUES ($1, $2, $3)
            ON CONFLICT (register, year) DO UPDATE SET last = excluded.last
            """,
            highest.map { (key, last) in [.text(key[0]), .int(Int(key[1]) ?? 0), .int((last / leftOut + 1) * leftOut + leftOut)] })
    }
}
