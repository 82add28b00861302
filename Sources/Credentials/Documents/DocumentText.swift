import Kernel

/// A document as somebody hands it over: a file, or a text pasted from a mail. One reader for the command line, the server and the page, so
/// that the same bytes get the same verdict everywhere.
///
/// A byte order mark at the beginning and the white space of ASCII anywhere (blanks, tabs, line ends: mail wraps long lines) are left
/// out. Everything else stays and is judged: other blanks, quotation marks and control characters are part of no document.
/// **Standard** RFC 7515 section 2 knows no white space in tokens, so leaving it out changes no token.
public enum DocumentText {
    /// A longer text is not read: twice the largest document, for its line ends and indentation.
    public static let byteCountMax = 2 * SDJWTLimits.tokenByteCountMax

    /// The token in a text. A text that is no UTF-8 holds characters that no token has.
    public static func token(_ bytes: [UInt8]) -> String {
        var token: [UInt8] = []
        token.reserveCapacity(bytes.count)
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        for byte in bytes.starts(with: mark) ? bytes[mark.count...] : bytes[...] where byte != 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D {
            token.append(byte)
        }
        return String(decoding: token, as: UTF8.self)
    }

    public static func token(_ text: String) -> String { token(Array(text.utf8)) }
}
