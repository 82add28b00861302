/// Text that people or registers bring: names, addresses, reasons, file names. What cannot be seen, changes its neighbours or the direction of
/// reading, or towers over the line is refused, so that what is signed, shown and compared is what a reader sees.
///
/// One rule for forms, schemas, tables of records, the state folder and uploads:
/// - no control characters (Cc; a `.paragraphs` text may have line feeds and tabs), no format characters (Cf: zero width, bidi), no line or
///   paragraph separators, no private, ignorable or non-characters, no surrogates;
/// - no scalar that joins itself to the next one (Grapheme_Cluster_Break=Prepend);
/// - at most four combining marks in a row;
/// - where there is anything but blanks, a letter or a digit.
///
/// **Standard** Unicode 16, UAX #44 (general categories, Default_Ignorable_Code_Point), UAX #29 (Prepend).
public struct PeopleText: Hashable, Sendable {
    public enum Form: Hashable, Sendable {
        /// One line: a name, a number, a street.
        case line
        /// Several lines: a reason, a note.
        case paragraphs
    }

    /// More combining marks than this on one letter are no writing: Vietnamese needs two, pointed Hebrew four.
    public static let marksMax = 4

    public let text: String

    /// - Parameter scalarsMax: the most Unicode scalars it may have; none when nil.
    /// **Throws** the first fault in the order of the text.
    public init(_ text: String, as form: Form = .line, scalarsMax: Int? = nil) throws(PeopleTextFault) {
        if let fault = Self.fault(in: text, as: form, scalarsMax: scalarsMax) { throw fault }
        self.text = text
    }

    /// The first fault of a text; nil where it may stand. Linear in the length of the text, and stops at the limit.
    ///
    /// Blank text has none: whether something is wanted at all is the form's affair.
    public static func fault(in text: some StringProtocol, as form: Form = .line, scalarsMax: Int? = nil) -> PeopleTextFault? {
        var position = 0
        var marks = 0
        var hasMeaning = false
        var isBlank = true
        for scalar in text.unicodeScalars {
            if let scalarsMax, position >= scalarsMax { return PeopleTextFault(.tooLong, scalar: nil, position: position, limit: scalarsMax) }
            // The common case first: letters, digits and blanks of ASCII.
            if scalar.value < 0x7F, scalar.value >= 0x20 {
                marks = 0
                if scalar.value != 0x20 { isBlank = false }
                if !hasMeaning { hasMeaning = isASCIILetterOrDigit(scalar.value) }
                position += 1
                continue
            }
            if HiddenScalar.contains(scalar) {
                guard HiddenScalar.isControl(scalar) else { return PeopleTextFault(.invisible, scalar: scalar, position: position) }
                guard form == .paragraphs, scalar == "\n" || scalar == "\r" || scalar == "\t" else {
                    return PeopleTextFault(.control, scalar: scalar, position: position)
                }
                marks = 0
                position += 1
                continue
            }
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .spacingMark, .enclosingMark:
                marks += 1
                isBlank = false
                if marks > marksMax { return PeopleTextFault(.stacked, scalar: scalar, position: position) }
            case .spaceSeparator:
                marks = 0
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .letterNumber, .otherNumber:
                marks = 0
                isBlank = false
                hasMeaning = true
            default:
                // An unassigned scalar may be a letter of a later Unicode.
                marks = 0
                isBlank = false
            }
            position += 1
        }
        return isBlank || hasMeaning ? nil : PeopleTextFault(.meaningless, scalar: nil, position: 0)
    }

    /// Whether a scalar shows as itself and leaves its neighbours alone: none that a `.line` of people's text may not have.
    public static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x7F { return scalar.value >= 0x20 }
        return !HiddenScalar.contains(scalar) && scalar.properties.generalCategory != .unassigned
    }

    /// Whether a scalar stands on the one before it.
    public static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x300 { return false }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return true
        default: return false
        }
    }

    private static func isASCIILetterOrDigit(_ value: UInt32) -> Bool {
        (0x30...0x39).contains(value) || (0x41...0x5A).contains(value) || (0x61...0x7A).contains(value)
    }
}

/// Why a text of people's is refused.
public struct PeopleTextFault: Error, Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
        /// A control character.
        case control
        /// A character that nobody sees or that changes how its neighbours are read.
        case invisible
        /// More than ``PeopleText/marksMax`` combining marks in a row.
        case stacked
        /// Neither a letter nor a digit.
        case meaningless
        case tooLong
    }

    public let kind: Kind
    /// The offending scalar, where there is one.
    public let scalar: Unicode.Scalar?
    /// Its place, counted in scalars from 0.
    public let position: Int
    public let limit: Int?

    init(_ kind: Kind, scalar: Unicode.Scalar?, position: Int, limit: Int? = nil) {
        self.kind = kind
        self.scalar = scalar
        self.position = position
        self.limit = limit
    }

    /// The fault's code among a form's: `text.control`, `text.invisible`, …
    public var code: String { "text." + kind.rawValue }

    /// The offending scalar as `U+200B`.
    public var scalarName: String? {
        guard let scalar else { return nil }
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }

    /// For whoever wrote it: what is wrong, where, what to do. Contains nothing of the text itself.
    public var message: LocalText {
        let name = scalarName ?? ""
        let place = String(position + 1)
        switch kind {
        case .control, .invisible:
            return [
                "es": "Hay un carácter invisible (\(name)) en el lugar \(place). Bórralo y escribe el texto a mano.",
                "en": "There is an invisible character (\(name)) at place \(place). Delete it and type the text by hand.",
                "uk": "На місці \(place) є невидимий знак (\(name)). Видаліть його та введіть текст вручну.",
            ]
        case .stacked:
            return [
                "es": "La letra del lugar \(place) lleva demasiados acentos. Deja como mucho \(PeopleText.marksMax).",
                "en": "The letter at place \(place) has too many accents. Leave at most \(PeopleText.marksMax).",
                "uk": "Літера на місці \(place) має забагато надрядкових знаків. Залиште щонайбільше \(PeopleText.marksMax).",
            ]
        case .meaningless:
            return [
                "es": "Escribe al menos una letra o una cifra.",
                "en": "Write at least one letter or digit.",
                "uk": "Введіть принаймні одну літеру або цифру.",
            ]
        case .tooLong:
            let most = String(limit ?? 0)
            return [
                "es": "El texto es demasiado largo. Puede tener hasta \(most) caracteres.",
                "en": "The text is too long. It may have up to \(most) characters.",
                "uk": "Текст задовгий. У ньому може бути щонайбільше \(most) знаків.",
            ]
        }
    }
}
