/// Where the pages that every page links to are served.
package enum Address {
    package static let home = "/"
    package static let documents = "/documents"
    package static let services = "/services"
    package static let rules = "/rules"
    package static let myData = "/my-data"
    package static let verify = "/verify"
    package static let signIn = "/sign-in"
    package static let signOut = "/sign-out"
    package static let language = "/language"
    package static let work = "/work"
    package static let oversight = "/oversight"
    /// The log's signed checkpoint, open to everybody.
    package static let log = "/log/checkpoint"

    /// Where the lines of a document are drawn.
    static func lines(_ key: String) -> String { "/lines/\(key)" }

    /// The address that keeps a language and comes back to the page the reader is on.
    package static func language(_ code: String, back path: String) -> String { "\(language)?to=\(code)&back=\(escaped(local(path) ?? home))" }

    /// The public page of a service's rule: as it is now, or as it was in a version.
    package static func rule(of service: String, version: String? = nil) -> String {
        "\(rules)/\(escaped(service))" + (version.map { "/versions/\($0)" } ?? "")
    }

    /// An address as a header's value: every byte that is not a visible one of ASCII is percent-encoded, so that none ends the line or is read as another.
    package static func inHeader(_ address: String) -> String {
        encoded(address) { (0x21..<0x7F).contains($0) }
    }

    /// Percent-encodes everything but RFC 3986's unreserved characters.
    package static func escaped(_ text: String) -> String {
        encoded(text) { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                true
            default: false
            }
        }
    }

    private static func encoded(_ text: String, _ isPlain: (UInt8) -> Bool) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if isPlain(byte) {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
    private static let digits = Array("0123456789ABCDEF".utf8)
}
