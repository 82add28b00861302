internal import CZlib
internal import HTTPTypes
internal import Hummingbird
internal import Kernel
internal import Synchronization

/// Bodies packed by gzip. **Standard** RFC 1952; RFC 9110, sections 8.4 and 12.5.3.
enum Gzip {
    /// Under this a body goes out in one packet as it is.
    static let bytesMin = 1_400

    /// For what is packed at every answer: most of the gain for a tenth of the time.
    static let quick: Int32 = 1
    /// For what is packed once at start.
    static let best: Int32 = 9

    /// Nil where it cannot be packed, or would not be smaller.
    static func packed(_ bytes: [UInt8], level: Int32) -> [UInt8]? {
        guard !bytes.isEmpty else { return nil }
        let deflater = Deflaters.take(level)
        defer { Deflaters.give(deflater) }
        guard let packed = deflater?.pack(bytes), packed.count < bytes.count else { return nil }
        return packed
    }

    /// Texts; pictures and archives are packed already.
    static func isWorthwhile(_ type: String) -> Bool {
        let name = type.utf8.split(separator: UInt8(ascii: ";"), maxSplits: 1).first ?? type.utf8[...]
        return types.contains { name.elementsEqual($0.utf8) }
    }

    private static let types = [
        "text/html", "text/css", "text/javascript", "text/plain", "application/json", "application/problem+json", "image/svg+xml", "application/wasm",
    ]
}

extension Request {
    /// Whether the reader's program takes gzip.
    var takesGzip: Bool {
        guard let field = headers[.acceptEncoding] else { return false }
        for coding in field.utf8.split(separator: UInt8(ascii: ",")) {
            let parts = coding.split(separator: UInt8(ascii: ";")).map { part in part.filter { $0 != 0x20 && $0 != 0x09 }.map { $0 | 0x20 } }
            guard let name = parts.first, name.elementsEqual("gzip".utf8) || name.elementsEqual("x-gzip".utf8) else { continue }
            // A weight of nothing but zeros refuses it.
            return !parts.dropFirst().contains { part in
                part.starts(with: "q=".utf8) && part.dropFirst(2).allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") }
            }
        }
        return false
    }

    /// Whether the answer to a signed-in reader may be packed.
    ///
    /// How well a page packs tells something of what stands in it. Whoever makes a reader's browser ask for a page of her own, with words of the
    /// attacker's choice in the address, and sees the length of the answer, could guess it piece by piece. The browser says whether a page of ours
    /// or the reader herself asked; where it says nothing, nothing is packed.
    var isAskedFromHere: Bool {
        guard let site = headers[.init("Sec-Fetch-Site")!] else { return false }
        return site.utf8.elementsEqual("same-origin".utf8) || site.utf8.elementsEqual("none".utf8)
    }
}

/// Packers that wait for their next body: a new one costs more than a page.
private enum Deflaters {
    private static let idleMax = 16
    private static let idle = Mutex<[Deflater]>([])

    static func take(_ level: Int32) -> Deflater? {
        guard level == Gzip.quick else { return Deflater(level: level) }
        return idle.withLock { $0.popLast() } ?? Deflater(level: level)
    }

    static func give(_ deflater: Deflater?) {
        guard let deflater, deflater.level == Gzip.quick else { return }
        idle.withLock { if $0.count < idleMax { $0.append(deflater) } }
    }
}

/// One stream of zlib, used for one body after the other.
private final class Deflater: @unchecked Sendable {
    // Only ever in one hand: it is taken out of the pool under its lock.
    let level: Int32
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    init?(level: Int32) {
        self.level = level
        stream.initialize(to: z_stream())
        let windowOfGzip: Int32 = 15 + 16, memory: Int32 = 8
        guard deflateInit2_(stream, level, Z_DEFLATED, windowOfGzip, memory, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    func pack(_ bytes: [UInt8]) -> [UInt8]? {
        guard deflateReset(stream) == Z_OK, let count = UInt32(exactly: bytes.count) else { return nil }
        let bound = Int(deflateBound(stream, UInt(bytes.count)))
        return [UInt8](unsafeUninitializedCapacity: bound) { output, written in
            bytes.withUnsafeBufferPointer { input in
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.pointee.avail_in = count
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(clamping: bound)
                written = deflate(stream, Z_FINISH) == Z_STREAM_END ? bound - Int(stream.pointee.avail_out) : 0
            }
        }.nonEmpty
    }
}

extension Array {
    fileprivate var nonEmpty: [Element]? { isEmpty ? nil : self }
}
