import Audit
import Gate
package import Kernel
import Storage

/// A paper that an applicant supplied.
package struct CasePaper: Sendable {
    /// A photographed page fits; a film does not.
    package static let bytesMax = 5 * 1_024 * 1_024
    package static let perCaseMax = 20
    /// What one case, and all cases of one person, may hold.
    package static let bytesPerCaseMax = 25 * 1_024 * 1_024
    package static let bytesPerPersonMax = 100 * 1_024 * 1_024

    package let id: String
    package let name: String
    package let type: String
    package let size: Int
    package let createdAt: Instant

    /// Made from the kind: what somebody's own computer called the file would be opened by that name on an officer's.
    static func name(_ number: Int, _ type: String) -> String { "paper-\(number).\(ending(type))" }

    /// The name under which a paper is shown and given out. One that was kept under its sender's name, as once they were, loses it.
    static func offeredName(_ name: String, _ type: String) -> String {
        let (stem, ending) = ("paper-".utf8, ".\(ending(type))".utf8)
        let number = name.utf8.dropFirst(stem.count).dropLast(ending.count)
        let isOurs = name.utf8.starts(with: stem) && name.utf8.suffix(ending.count).elementsEqual(ending) && (1...3).contains(number.count)
            && number.allSatisfy { (0x30...0x39).contains($0) }
        return isOurs ? name : "paper.\(self.ending(type))"
    }

    private static func ending(_ type: String) -> String {
        switch type {
        case "application/pdf": "pdf"
        case "image/jpeg": "jpg"
        case "image/png": "png"
        default: "bin"
        }
    }

    /// The papers of a case as a list: what they hold is read, and held to the log, one by one.
    ///
    /// - Parameter isActedOn: whoever reads it decides on the case, so none may be missing.
    static func all(
        of record: CaseRecord, isActedOn: Bool, under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> [CasePaper] {
        let sql = "SELECT id, name, type, LENGTH(bytes), created_at FROM services_papers WHERE case_id = $1 ORDER BY id"
        let rows = try isActedOn ? grant.rows.lines(sql, [.text(record.id)], in: transaction) : transaction.list(sql, [.text(record.id)])
        return try rows.map { row in
            try CasePaper(
                id: row.text(0), name: offeredName(row.text(1), row.text(2)), type: row.text(2), size: row.int(3), createdAt: row.instant(4))
        }
    }
}

extension CasePaper {
    /// How many papers a case has, and how much they take.
    static func amount(of record: CaseRecord, under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> (count: Int, bytes: Int) {
        let found = try grant.rows.lines(
            "SELECT COUNT(*), COALESCE(SUM(LENGTH(bytes)), 0) FROM services_papers WHERE case_id = $1", [.text(record.id)], in: transaction)
        return try (found[0].int(0), found[0].int(1))
    }

    /// How much the papers of all the person's cases take.
    static func bytes(of person: String, under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Int {
        try grant.rows.count(
            "SELECT COALESCE(SUM(LENGTH(p.bytes)), 0) FROM services_cases c JOIN services_papers p ON p.case_id = c.id WHERE c.person = $1",
            [.text(person)], in: transaction)
    }
}

/// What a browser sent as a paper, before it is trusted: its kind is read from its bytes, and of its name nothing is kept.
package struct SuppliedPaper: Sendable {
    package let type: String
    package let bytes: [UInt8]

    /// **Throws** a refusal for an empty, too large or unknown kind of file.
    package init(bytes: [UInt8]) throws(Refusal) {
        guard !bytes.isEmpty else { throw Refusal(.invalid, "paper.empty") }
        guard bytes.count <= CasePaper.bytesMax else {
            throw Refusal(.tooLarge, "paper.too-large", parameters: ["megabytes": String(CasePaper.bytesMax >> 20)])
        }
        guard let type = Self.kind(of: bytes) else { throw Refusal(.invalid, "paper.kind") }
        self.type = type
        self.bytes = bytes
    }

    private static func kind(of bytes: [UInt8]) -> String? {
        if bytes.starts(with: Array("%PDF-".utf8)) { return "application/pdf" }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
        return nil
    }
}
