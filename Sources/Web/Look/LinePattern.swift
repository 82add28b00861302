internal import Foundation
internal import Kernel
internal import Synchronization
package import Templates

/// The lines that a document is recognised by, computed from its number: two bands of seventeen lines, two waters that meet.
///
/// Recognition, never proof: the signature is the proof. `pattern.js` draws the same lines for a document checked in the browser.
package struct LinePattern: Hashable, Sendable {
    package static let width = 360, height = 227
    static let lines = 17, segments = 15

    /// One band: `y = h·(c + ca·sin(2π·f2·u + p2) + t·sa·cos(π·f·u + p))`, u = x/w, t from -1 to 1.
    struct Band: Hashable, Sendable {
        let f: Double, p: Double, f2: Double, p2: Double, c: Double, ca: Double, sa: Double, stroke: Double

        /// - Parameter bytes: eight bytes of the number's hash, one for each parameter.
        init(_ bytes: ArraySlice<UInt8>, upper: Bool) {
            let share = bytes.map { Double($0) / 255 }
            f = 2.25 + 2.5 * share[0]
            p = 2 * .pi * share[1]
            f2 = 0.5 + 0.75 * share[2]
            p2 = 2 * .pi * share[3]
            c = (upper ? 0.36 : 0.64) + 0.12 * (share[4] - 0.5)
            ca = 0.12 + 0.1 * share[5]
            sa = 0.3 + 0.1 * share[6]
            stroke = 0.55 + 0.15 * share[7]
        }

        func y(_ u: Double, _ t: Double) -> Double {
            Double(height) * (c + ca * sin(2 * .pi * f2 * u + p2) + t * sa * cos(.pi * f * u + p))
        }

        /// dy/du.
        func slope(_ u: Double, _ t: Double) -> Double {
            Double(height) * (ca * 2 * .pi * f2 * cos(2 * .pi * f2 * u + p2) - t * sa * .pi * f * sin(.pi * f * u + p))
        }
    }

    /// As many bytes of the number's hash as draw the lines.
    static let parameterBytes = 17

    let bands: [Band]
    let parameters: [UInt8]

    package init(number: String) { self.init(parameters: Array(SHA256.hash(Array(number.utf8)).bytes.prefix(LinePattern.parameterBytes))) }

    init(parameters hash: [UInt8]) {
        parameters = hash
        // One bit settles which band lies above, the other takes what is left: they always meet.
        let upper = hash[16] & 1 == 0
        bands = [Band(hash[0..<8], upper: upper), Band(hash[8..<16], upper: !upper)]
    }

    /// The path of one band, in tenths of a unit upwards and whole units along.
    func path(_ band: Band) -> String {
        var path = ""
        let step = LinePattern.width / LinePattern.segments, third = Double(step) / 3
        for line in 0..<LinePattern.lines {
            let t = Double(line) / Double(LinePattern.lines - 1) * 2 - 1
            var last = tenths(band.y(0, t))
            path += "M0 \(decimal(last))"
            for segment in 1...LinePattern.segments {
                let u0 = Double(segment - 1) / Double(LinePattern.segments), u1 = Double(segment) / Double(LinePattern.segments)
                let end = tenths(band.y(u1, t))
                let before = tenths(band.y(u1, t) - band.slope(u1, t) / Double(LinePattern.width) * third)
                if segment == 1 {
                    let after = tenths(band.y(u0, t) + band.slope(u0, t) / Double(LinePattern.width) * third)
                    path += "c\(Int(third)) \(decimal(after - last)) \(Int(third) * 2) \(decimal(before - last)) \(step) \(decimal(end - last))"
                } else {
                    // The curve is smooth and the steps are equal, so the first control point is the last one's reflection.
                    path += "s\(Int(third) * 2) \(decimal(before - last)) \(step) \(decimal(end - last))"
                }
                last = end
            }
        }
        return path
    }

    private func tenths(_ value: Double) -> Int { Int((value * 10).rounded()) }

    private func decimal(_ tenths: Int) -> String {
        let size = abs(tenths), part = size % 10
        return (tenths < 0 ? "-" : "") + (part == 0 ? "\(size / 10)" : size < 10 ? ".\(part)" : "\(size / 10).\(part)")
    }

    /// An SVG whose lines take their colour from the stylesheet.
    ///
    /// - Parameter gradient: a prefix for gradient ids: two colours, a→b on the first band and b→a on the second; nil draws in one colour.
    package func svg(class name: String, gradient: String? = nil) -> Markup {
        func stroke(_ index: Int) -> Markup { gradient.map { " stroke=\"url(#\($0)\(index))\"" } ?? "" }
        let defs: Markup = gradient.map { id in
            "<defs>" + [("ga", "gb"), ("gb", "ga")].enumerated().map { index, ends -> Markup in
                "<linearGradient id=\"\(id)\(index)\"><stop class=\"\(ends.0)\"/><stop class=\"\(ends.1)\" offset=\"1\"/></linearGradient>"
            }.joined() + "</defs>"
        } ?? ""
        return "<svg class=\"\(name)\" viewBox=\"0 0 360 227\" preserveAspectRatio=\"xMidYMid slice\" fill=\"none\" stroke=\"currentColor\" aria-hidden=\"true\">\(defs)\(paths(stroke))</svg>"
    }

    private func paths(_ stroke: (Int) -> Markup) -> Markup {
        bands.enumerated().map { index, band -> Markup in
            let width = Int((band.stroke * 100).rounded())
            return "<path\(stroke(index)) stroke-width=\".\(width)\" d=\"\(path(band))\"/>"
        }.joined()
    }

    /// A file of its own, whose part `l` takes its colour from where it is used.
    package var file: Markup {
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 360 227\" fill=\"none\" stroke=\"#777\"><g id=\"l\">\(paths { _ in "" })</g></svg>\n"
    }

    /// The lines of a file at an address, as a page shows them: small in the page, and kept by the browser.
    static func linked(_ address: String) -> Markup {
        "<svg class=\"lines\" viewBox=\"0 0 360 227\" preserveAspectRatio=\"xMidYMid slice\" fill=\"none\" stroke=\"currentColor\" aria-hidden=\"true\">"
            + "<use href=\"\(address)#l\"/></svg>"
    }
}

/// The patterns drawn last, since the same documents are opened again and again.
///
/// **Shape** at most `countMax` drawings and as many addresses, some 9 kB for each drawing; a full cache starts afresh.
final class LinePatternCache: Sendable {
    static let countMax = 512
    private let drawings = Mutex<[String: Markup]>([:])
    private let links = Mutex<[String: Markup]>([:])
    private let keys: LineKeys

    init(secret: [UInt8]) { keys = LineKeys(secret: secret) }

    /// Whole, in the page.
    func svg(_ number: String, gradient: String? = nil) -> Markup {
        LinePatternCache.kept(in: drawings, "\(gradient ?? "")\u{0}\(number)") { LinePattern(number: number).svg(class: "lines", gradient: gradient) }
    }

    /// By their address.
    func link(_ number: String) -> Markup {
        LinePatternCache.kept(in: links, number) { LinePattern.linked(Address.lines(keys.key(LinePattern(number: number)))) }
    }

    /// The file at an address; nil where there is none.
    func file(_ key: String) -> Markup? { keys.pattern(key)?.file }

    private static func kept(in cache: borrowing Mutex<[String: Markup]>, _ key: String, _ draw: () -> Markup) -> Markup {
        if let drawn = cache.withLock({ $0[key] }) { return drawn }
        let drawn = draw()
        cache.withLock { kept in
            if kept.count >= countMax { kept.removeAll(keepingCapacity: true) }
            kept[key] = drawn
        }
        return drawn
    }
}
