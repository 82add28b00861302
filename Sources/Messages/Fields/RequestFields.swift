internal import Kernel

/// The value of one cookie in a `Cookie` header.
///
/// **Standard** RFC 6265, section 4.2.
package enum CookieField {
    /// The first cookie of that name. Looks at bytes: every request comes by here.
    package static func value(_ name: String, in header: String) -> String? {
        let wanted = Array(name.utf8)
        return withBytes(header) { bytes in
            var start = 0
            while start < bytes.count {
                let end = bytes.first(UInt8(ascii: ";"), from: start, to: bytes.count) ?? bytes.count
                let pair = bytes.slice(start, end).trimmed
                if pair.holds(wanted, at: 0), pair.count > wanted.count, pair[wanted.count] == UInt8(ascii: "=") {
                    return String(decoding: pair.slice(wanted.count + 1, pair.count), as: UTF8.self)
                }
                start = end + 1
            }
            return nil
        }
    }
}

/// Whom a request is for.
package enum HostField {
    package static let bytesMax = 255

    /// Whether a value names a host, with a port or without.
    ///
    /// **Standard** RFC 9110, section 7.2; RFC 3986, section 3.2.2.
    package static func isValid(_ value: String) -> Bool {
        withBytes(value) { bytes in
            guard !bytes.isEmpty, bytes.count <= bytesMax else { return false }
            var index = 0
            if bytes[0] == UInt8(ascii: "[") {
                guard let end = bytes.first(UInt8(ascii: "]"), from: 1, to: bytes.count), end > 2 else { return false }
                guard bytes.slice(1, end).allSatisfy({ $0.hexValue != nil || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }) else { return false }
                index = end + 1
            } else {
                while index < bytes.count, bytes[index] != UInt8(ascii: ":") {
                    guard isOfName(bytes[index]) else { return false }
                    index += 1
                }
                guard index > 0 else { return false }
            }
            guard index < bytes.count else { return true }
            guard bytes[index] == UInt8(ascii: ":") else { return false }
            let port = bytes.slice(index + 1, bytes.count)
            return port.count <= 5 && port.allSatisfy(\.isDigit)
        }
    }

    private static func isOfName(_ byte: UInt8) -> Bool {
        byte.isDigit || byte.isLetter || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
    }
}

/// Where a form was filled in.
///
/// **Standard** RFC 6454, section 7; Fetch Metadata (W3C).
package enum OriginField {
    /// Whether the sender's headers say that a form comes from a page of this very address, or say nothing at all.
    ///
    /// A browser that hides the origin (`null`) has to say by `Sec-Fetch-Site` that it is ours; one that names it, names scheme and host.
    package static func isOwn(origin: String?, site: String?, host: String?, isSecure: Bool) -> Bool {
        if let site, !site.hasSameBytes(as: "same-origin"), !site.hasSameBytes(as: "none") { return false }
        guard let origin else { return true }
        if origin.hasSameBytes(as: "null") { return site != nil }
        guard let host else { return false }
        let scheme = isSecure ? "https" : "http"
        return plain(Array(origin.utf8), isSecure) == plain(Array("\(scheme)://\(host)".utf8), isSecure)
    }

    /// In small letters, without the port that goes without saying.
    private static func plain(_ bytes: [UInt8], _ isSecure: Bool) -> [UInt8] {
        let port = Array((isSecure ? ":443" : ":80").utf8)
        let bytes = bytes.map(\.lowercased)
        return bytes.count > port.count && bytes[(bytes.count - port.count)...].elementsEqual(port) ? Array(bytes.dropLast(port.count)) : bytes
    }
}

/// Which of some languages a reader prefers.
///
/// **Standard** RFC 9110, section 12.5.4.
package enum LanguageField {
    /// No browser writes a longer list; what comes later is not looked at.
    package static let bytesMax = 400
    private static let itemsMax = 20

    package static func preferred(_ header: String, among languages: [String]) -> String? {
        withBytes(header) { bytes in
            let bytes = bytes.slice(0, min(bytes.count, bytesMax))
            var best: (language: String, weight: Int)?
            var (start, items) = (0, 0)
            while start < bytes.count, items < itemsMax {
                let end = bytes.first(UInt8(ascii: ","), from: start, to: bytes.count) ?? bytes.count
                let item = bytes.slice(start, end).trimmed
                let code = item.slice(0, item.firstIndex { !$0.isLetter } ?? item.count)
                let weight = weight(of: item)
                if weight > best?.weight ?? 0, let language = languages.first(where: { $0.utf8.elementsEqual(code.lazy.map(\.lowercased)) }) {
                    best = (language, weight)
                }
                start = end + 1
                items += 1
            }
            return best?.language
        }
    }

    /// Thousandths.
    private static func weight(of item: UnsafeBufferPointer<UInt8>) -> Int {
        guard let mark = item.first(UInt8(ascii: "="), from: 0, to: item.count) else { return 1_000 }
        var (weight, scale, isFraction) = (0, 1_000, false)
        for byte in item.slice(mark + 1, item.count).trimmed {
            if byte == UInt8(ascii: "."), !isFraction {
                isFraction = true
            } else if byte.isDigit, scale > 0 {
                if isFraction { scale /= 10 }
                weight = min(1_000, weight + Int(byte - 0x30) * scale)
            } else if scale > 0 {
                return 0
            }
        }
        return weight
    }
}
