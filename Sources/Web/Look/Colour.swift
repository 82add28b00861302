internal import Foundation

/// An sRGB colour of three bytes, with the arithmetic of contrast and of even mixing.
package struct Colour: Hashable, Sendable {
    package let red: UInt8, green: UInt8, blue: UInt8

    package static let white = Colour(red: 255, green: 255, blue: 255)

    package init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// - Parameter hex: `#RRGGBB`; anything else is nil.
    package init?(_ hex: String) {
        let digits = hex.utf8.dropFirst()
        guard hex.first == "#", digits.count == 6, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
            let number = UInt32(hex.dropFirst(), radix: 16)
        else { return nil }
        self.init(red: UInt8(number >> 16 & 255), green: UInt8(number >> 8 & 255), blue: UInt8(number & 255))
    }

    package var hex: String {
        "#" + [red, green, blue].map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    private static func linear(_ byte: UInt8) -> Double {
        let value = Double(byte) / 255
        return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }

    /// WCAG 2.2, relative luminance.
    package var luminance: Double { 0.2126 * Colour.linear(red) + 0.7152 * Colour.linear(green) + 0.0722 * Colour.linear(blue) }

    /// WCAG 2.2, contrast ratio: 1 to 21.
    package func contrast(on ground: Colour) -> Double {
        let one = luminance, other = ground.luminance
        return (max(one, other) + 0.05) / (min(one, other) + 0.05)
    }

    /// Oklab (Björn Ottosson, 2020): lightness and two opponent axes.
    struct Oklab {
        var lightness: Double
        var a: Double
        var b: Double
        var chroma: Double { (a * a + b * b).squareRoot() }

        /// The same hue at another lightness and chroma.
        func with(lightness: Double, chroma: Double) -> Oklab {
            let factor = self.chroma > 0 ? chroma / self.chroma : 0
            return Oklab(lightness: lightness, a: a * factor, b: b * factor)
        }

        func mixed(with other: Oklab, by share: Double) -> Oklab {
            Oklab(lightness: lightness + (other.lightness - lightness) * share, a: a + (other.a - a) * share, b: b + (other.b - b) * share)
        }
    }

    var oklab: Oklab {
        let r = Colour.linear(red), g = Colour.linear(green), b = Colour.linear(blue)
        let l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
        let m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
        let s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
        return Oklab(
            lightness: 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s, a: 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
            b: 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s)
    }

    /// The nearest colour that a screen can show: chroma gives way, lightness and hue stay.
    init(_ wanted: Oklab) {
        var oklab = wanted
        for _ in 0..<40 {
            let (r, g, b) = Colour.rgb(oklab)
            if [r, g, b].allSatisfy({ (-0.0005...1.0005).contains($0) }) { break }
            oklab = oklab.with(lightness: oklab.lightness, chroma: oklab.chroma * 0.95)
        }
        let (r, g, b) = Colour.rgb(oklab)
        self.init(red: Colour.byte(r), green: Colour.byte(g), blue: Colour.byte(b))
    }

    private static func rgb(_ oklab: Oklab) -> (Double, Double, Double) {
        let l = pow(oklab.lightness + 0.3963377774 * oklab.a + 0.2158037573 * oklab.b, 3)
        let m = pow(oklab.lightness - 0.1055613458 * oklab.a - 0.0638541728 * oklab.b, 3)
        let s = pow(oklab.lightness - 0.0894841775 * oklab.a - 1.2914855480 * oklab.b, 3)
        return (
            4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s, -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
            -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s
        )
    }

    private static func byte(_ linear: Double) -> UInt8 {
        let value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow(linear, 1 / 2.4) - 0.055
        return UInt8(min(max((value * 255).rounded(), 0), 255))
    }
}
