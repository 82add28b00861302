internal import Kernel

/// Kept inputs in one text file, so that a review shows what is kept.
///
/// **Shape:** one JSON value a line: a string, or `{"base64":"…"}` for bytes that are no UTF-8. Lines are sorted and unique.
package enum Seeds {
    /// The inputs of a file; nil, with the number of the line from 1, where a line is none.
    package static func read(_ file: [UInt8]) throws(SeedFault) -> [[UInt8]] {
        var inputs: [[UInt8]] = []
        for (place, line) in file.split(separator: UInt8(ascii: "\n")).enumerated() {
            guard let value = try? JSON.parse(Array(line)) else { throw SeedFault(line: place + 1) }
            if let text = value.string {
                inputs.append(Array(text.utf8))
            } else if let encoded = value["base64"]?.string, let bytes = Base64.decode(encoded) {
                inputs.append(bytes)
            } else {
                throw SeedFault(line: place + 1)
            }
        }
        return inputs
    }

    /// The file of these inputs.
    package static func write(_ inputs: [[UInt8]]) -> [UInt8] {
        var lines: Set<ByteString> = []
        for bytes in inputs {
            if let text = String(validating: bytes, as: UTF8.self), text.utf8.elementsEqual(bytes) {
                lines.insert(ByteString(JSON.string(text).text))
            } else {
                lines.insert(ByteString(JSON.object(["base64": .string(Base64.encode(bytes))]).text))
            }
        }
        return lines.sorted().flatMap { Array($0.text.utf8) + [UInt8(ascii: "\n")] }
    }
}

package struct SeedFault: Error, Hashable {
    package let line: Int
}
