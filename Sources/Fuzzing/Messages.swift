internal import Glibc
internal import Kernel
internal import Messages

// What strangers send to the portal's door: forms, queries, header fields. Beside what they are read as, the time is looked at: whoever sends
// much must not make the portal compute much.

/// Seconds of processor time that a reader may take for so many bytes; a build for debugging is slower in everything.
private let barSeconds = 0.02, barBytes = ProcessorBar.bytesMax
#if DEBUG
private let slowness = 25.0
#elseif COUNTED
/// The fuzzer's counters and a debug build's checks; the kept inputs are held to the bar itself, without them, by the tests.
private let slowness = 4.0
#else
private let slowness = 1.0
#endif

/// The input again and again, to a length: what takes too long in the small takes far too long in the large.
private func repeated(_ bytes: [UInt8], to count: Int) -> [UInt8] {
    guard !bytes.isEmpty else { return [] }
    var all: [UInt8] = []
    all.reserveCapacity(count + bytes.count)
    while all.count < count { all += bytes }
    return Array(all.prefix(count))
}

/// How often a slow reader is asked again before it counts as slow.
private let attemptsMax = 12

/// Says when a reader takes longer for an input, repeated to a length, than it may. A slow moment of the machine is not the reader's.
private func slow(_ bytes: [UInt8], most: Int, _ read: ([UInt8]) -> Void) -> String? {
    // The full length for one input of sixteen: it is what the fuzzer's speed goes into.
    let isWhole = bytes.reduce(0 as UInt8) { $0 &* 31 &+ $1 } % 16 == 0
    let input = repeated(bytes, to: min(most, isWhole ? barBytes : barBytes / 16))
    // Below a millisecond the clock and the first touch of memory are measured.
    let allowed = max(0.001, barSeconds * Double(input.count) / Double(barBytes)) * slowness
    var best = Double.infinity
    for attempt in 0..<attemptsMax {
        // What a neighbour on the same core takes away is soon over; what the reader takes is not.
        if attempt > 2 { usleep(30_000) }
        let before = ProcessorBar.seconds()
        read(input)
        best = min(best, ProcessorBar.seconds() - before)
        if best <= allowed { return nil }
    }
    return "\(input.count) bytes took \(Int(best * 1e6)) µs of processor time; allowed are \(Int(allowed * 1e6))"
}

@Sendable func form(_ bytes: [UInt8]) -> String? {
    let fields = try? URLEncodedForm.read(bytes)
    if let fields, let bare = URLEncodedForm.bareValue("csrf", in: bytes), fields.all("csrf").count == 1, !bare.utf8.contains(UInt8(ascii: "%")),
        !bare.utf8.contains(UInt8(ascii: "+")), fields["csrf"] != ByteString(bare)
    {
        return "a token is another before the form is read than after"
    }
    if let fields, !fields.repeats(except: { _ in false }), fields.all("a").count > 1 { return "a name stands twice unseen" }
    return slow(bytes, most: barBytes) { bytes in
        _ = URLEncodedForm.bareValue("csrf", in: bytes)
        _ = try? URLEncodedForm.read(bytes)
    }
}

/// A form with the boundary `b`, in pieces of a size.
private func multipart(_ bytes: [UInt8], piece: Int) -> Result<FormFields, FormFault> {
    guard var reader = MultipartForm(contentType: "multipart/form-data; boundary=b") else { return .failure(.malformed) }
    do throws(FormFault) {
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + piece)
            try reader.feed(bytes[start..<end])
            start = end
        }
        return .success(try reader.finish())
    } catch {
        return .failure(error)
    }
}

@Sendable func multipart(_ bytes: [UInt8]) -> String? {
    let whole = multipart(bytes, piece: max(1, bytes.count))
    for piece in [1, 7] where multipart(bytes, piece: piece) != whole { return "a form in pieces of \(piece) is another than the whole" }
    // After a part that is whole, and inside one.
    let head = Array("--b\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\n".utf8)
    for start in [[], head] {
        if let slow = slow(bytes, most: barBytes - head.count, { _ = multipart(start + $0, piece: 16_384) }) { return slow }
    }
    return nil
}

@Sendable func header(_ bytes: [UInt8]) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    if HostField.isValid(text), text.utf8.count > HostField.bytesMax || !text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) { return "a host is none" }
    if OriginField.isOwn(origin: text, site: nil, host: "a.example", isSecure: true), text.utf8.count > "https://a.example:443".utf8.count {
        return "a foreign origin is ours"
    }
    if let language = LanguageField.preferred(text, among: ["es", "en", "uk"]), !["es", "en", "uk"].contains(language) { return "a language is none" }
    return slow(bytes, most: 64 * 1_024) { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        _ = HostField.isValid(text)
        _ = ContentType(text)
        _ = MultipartForm(contentType: text)
        _ = LanguageField.preferred(text, among: ["es", "en", "uk"])
        _ = OriginField.isOwn(origin: text, site: text, host: text, isSecure: true)
    }
}

@Sendable func cookie(_ bytes: [UInt8]) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    if let value = CookieField.value("session", in: text), value.utf8.count + 8 > text.utf8.count || value.utf8.contains(UInt8(ascii: ";")) {
        return "a cookie's value is not its own"
    }
    return slow(bytes, most: 64 * 1_024) { _ = CookieField.value("session", in: String(decoding: $0, as: UTF8.self)) }
}

@Sendable func query(_ bytes: [UInt8]) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    if let value = URLEncodedForm.value("q", inQuery: text), value.utf8.count > text.utf8.count { return "a value is longer than its query" }
    // A request's target is ASCII, or it is refused before.
    return slow(bytes.map { $0 & 0x7F }, most: barBytes) { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        _ = URLEncodedForm.value("q", inQuery: text)
        _ = PeopleText.fault(in: text, scalarsMax: 200)
    }
}
