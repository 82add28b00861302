/// The formats that a string can be held to.
///
/// **Standard**: JSON Schema 2020-12 validation, section 7.3.
enum SchemaFormat: UInt8, CaseIterable, Sendable {
    case date, time, dateTime, duration
    case email, idnEmail, hostname, idnHostname, ipv4, ipv6
    case uri, uriReference, iri, iriReference, uriTemplate, uuid
    case jsonPointer, relativeJSONPointer, regex

    static let names = allCases.map { $0.name }

    init?(named name: String) {
        for format in Self.allCases where format.name == name {
            self = format
            return
        }
        return nil
    }

    var name: String {
        switch self {
        case .date: "date"
        case .time: "time"
        case .dateTime: "date-time"
        case .duration: "duration"
        case .email: "email"
        case .idnEmail: "idn-email"
        case .hostname: "hostname"
        case .idnHostname: "idn-hostname"
        case .ipv4: "ipv4"
        case .ipv6: "ipv6"
        case .uri: "uri"
        case .uriReference: "uri-reference"
        case .iri: "iri"
        case .iriReference: "iri-reference"
        case .uriTemplate: "uri-template"
        case .uuid: "uuid"
        case .jsonPointer: "json-pointer"
        case .relativeJSONPointer: "relative-json-pointer"
        case .regex: "regex"
        }
    }

    /// Whether the text has the format.
    func fits(_ text: String) -> Bool {
        let bytes = text.utf8.span
        return switch self {
        case .date: TimeFormats.isDate(bytes)
        case .time: TimeFormats.isTime(bytes, from: 0)
        case .dateTime: TimeFormats.isDateTime(bytes)
        case .duration: TimeFormats.isDuration(bytes)
        case .email: HostFormats.isEmail(bytes, allowsUnicode: false)
        case .idnEmail: HostFormats.isEmail(bytes, allowsUnicode: true)
        case .hostname: HostFormats.isHostname(bytes)
        case .idnHostname: HostFormats.isInternationalHostname(text)
        case .ipv4: HostFormats.isIPv4(bytes, 0, bytes.count)
        case .ipv6: HostFormats.isIPv6(bytes, 0, bytes.count)
        case .uri: URIFormats.isReference(bytes, allowsUnicode: false, needsScheme: true)
        case .uriReference: URIFormats.isReference(bytes, allowsUnicode: false, needsScheme: false)
        case .iri: URIFormats.isReference(bytes, allowsUnicode: true, needsScheme: true)
        case .iriReference: URIFormats.isReference(bytes, allowsUnicode: true, needsScheme: false)
        case .uriTemplate: URIFormats.isTemplate(bytes)
        case .uuid: WordFormats.isUUID(bytes)
        case .jsonPointer: WordFormats.isPointer(bytes, from: 0)
        case .relativeJSONPointer: WordFormats.isRelativePointer(bytes)
        case .regex: WordFormats.isPattern(text)
        }
    }
}
