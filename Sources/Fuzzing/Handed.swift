internal import Credentials
internal import Definitions
internal import Kernel

#if canImport(Glibc)
internal import Glibc
#endif

// What anybody may hand over before she has proved anything: the text of a document, the head of a table.

/// The processor time that half a megabyte of anything may cost a reader.
enum ProcessorBar {
    /// Longer inputs are not held to it.
    static let bytesMax = 500_000
    #if DEBUG
    /// Code that is not optimised takes some fifty times as long.
    static let secondsMax = 1.0
    #elseif COUNTED
    /// With the fuzzer's counters and a debug build's checks in it.
    static let secondsMax = 0.080
    #else
    static let secondsMax = 0.020
    #endif

    /// The finding of the body, or that it took too long.
    static func finding(_ bytes: [UInt8], _ body: () -> String?) -> String? {
        let began = seconds()
        let found = body()
        let took = seconds() - began
        if let found { return found }
        return took > secondsMax && bytes.count <= bytesMax ? "\(bytes.count) bytes took \(Int(took * 1_000)) ms of processor time" : nil
    }

    /// What this thread has computed so far.
    static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// The public key of RFC 9901's examples, bound to one kind.
private let trust = try? TrustList(
    json: [
        "issuers": [
            [
                "iss": "https://a", "name": ["en": "A"], "vcts": ["v"],
                "keys": [["kid": "k", "kty": "EC", "crv": "P-256", "x": "b28d4MwZMjw8-00CG4xfnn9SLMVMM19SlqZpVb_uNtQ", "y": "Xv5zWwuoaTgdS6hV43yI6gBwTnjukmFQQnJ_kCxzqk8"]],
            ]
        ]
    ])

/// Any bytes as somebody pastes them on the page, read, checked and judged as if every signature were good.
@Sendable func pasted(_ bytes: [UInt8]) -> String? {
    guard let trust else { return "the trust list cannot be read" }
    return ProcessorBar.finding(bytes) {
        let token = DocumentText.token(bytes)
        guard DocumentText.token(token).hasSameBytes(as: token) || bytes.starts(with: [0xEF, 0xBB, 0xBF]) || token.utf8.starts(with: [0xEF, 0xBB, 0xBF]) else {
            return "a token that is read again is another"
        }
        let check = DocumentCheck(token, trust: trust, now: Instant(seconds: 1_770_000_000))
        let verdict = check.verdict(check.signatureChecks.map { _ in true })
        if case .valid(let document) = verdict, !document.vct.hasSameBytes(as: "v") { return "a kind that is not the issuer's is valid" }
        if case .valid = check.verdict([]) { return "a document without a good signature is valid" }
        if case .malformed(let reason) = verdict { _ = MalformedReason(code: reason) }
        return nil
    }
}

/// The head of a table: each name is found, and no name stands twice.
@Sendable func csvHeader(_ bytes: [UInt8]) -> String? {
    ProcessorBar.finding(bytes) {
        var reader = CSVReader(bytes, path: "f.csv")
        do throws(Diagnostic) { _ = try reader.advance() } catch {
            return error.message.utf8.count > 4_096 ? "a fault repeats the file" : nil
        }
        for (place, name) in reader.header.prefix(16).enumerated() where reader.column(name) != place { return "a column is not found by its name" }
        return nil
    }
}
