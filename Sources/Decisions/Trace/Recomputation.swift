package import FEEL
package import Kernel

extension DecisionTrace {
    /// A stored account beside the one that the same inputs give now.
    package struct Recomputation: Sendable {
        /// One place where they differ. **Shape:** a JSON pointer; a side is nil where it has nothing there.
        package struct Difference: Hashable, Sendable {
            package let pointer: String
            package let stored: JSON?
            package let recomputed: JSON?
        }

        /// A decision whose rules are not those of the account; `now` is nil where the model has none of that id.
        package struct VersionChange: Hashable, Sendable {
            package let decision: String
            package let stored: String
            package let now: Digest?
        }

        package static let differencesMax = 20

        /// The hash of the account as it is stored.
        package let stored: Digest
        package let again: DecisionTrace
        package let recomputed: Digest
        /// Decisions that have changed since; other differences may come from them.
        package let versions: [VersionChange]
        /// At most ``differencesMax``, the first ones in canonical order; versions are not among them.
        package let differences: [Difference]

        package var isSame: Bool { stored == recomputed }
    }

    /// Why a stored account cannot be recomputed.
    package struct Unreadable: Error, Hashable, Sendable, CustomStringConvertible {
        /// Where in the account, as a JSON pointer.
        package let pointer: String
        package let message: String
        package var description: String { pointer.isEmpty ? message : "\(pointer): \(message)" }
    }

    /// Decides again from a stored account alone: its inputs, days and origins, and a model.
    ///
    /// - Parameters:
    ///   - stored: the account's ``json``, in canonical form or not.
    ///   - zones: the rules of the time zones that its values name.
    /// - Throws: an account that is none, whose values do not fit their types, or whose decision the model does not have.
    package static func recompute(
        _ stored: JSON, with model: DecisionModel, zones: Zones = .none
    ) throws(Unreadable) -> Recomputation {
        guard let account = stored.object else { throw Unreadable(pointer: "", message: "an account is a JSON object") }
        guard account["format"]?.string == format else {
            throw Unreadable(pointer: "/format", message: "this is no account of a decision; its format would be \"\(format)\"")
        }
        guard let id = account["decision"]?.string else { throw Unreadable(pointer: "/decision", message: "the decision's id is missing") }
        guard model.version(of: id) != nil else { throw Unreadable(pointer: "/decision", message: "the model has no decision ‘\(id)’") }
        let facts = try facts(account, zones)
        var inputs: [String: Value] = [:]
        var origins: [String: JSON] = [:]
        guard let members = account["inputs"]?.object else { throw Unreadable(pointer: "/inputs", message: "the inputs are missing") }
        for (name, input) in members {
            let pointer = "/inputs/" + escaped(name)
            guard input.object != nil else { throw Unreadable(pointer: pointer, message: "an input is an object with a value") }
            if let missing = input["missing"] {
                guard missing == true, input["given"] == nil, input["value"] == .null else {
                    throw Unreadable(pointer: pointer, message: "what is missing has no value")
                }
                continue
            }
            let isApart = input["given"] != nil
            do throws(ExactValue.Fault) {
                inputs[name] = try ExactValue.value(input["given"] ?? input, zones)
            } catch {
                throw Unreadable(pointer: pointer + (isApart ? "/given" : "") + error.pointer, message: error.message)
            }
            guard let origin = input["origin"] else { throw Unreadable(pointer: pointer + "/origin", message: "the origin is missing") }
            origins[name] = origin
        }
        var again = model.trace(id, inputs, facts: facts, origins: origins)
        for (name, sought) in account["seeking"]?.object ?? [:] {
            do throws(ExactValue.Fault) {
                again.seeking[name] = try ExactValue.value(sought, zones)
            } catch {
                throw Unreadable(pointer: "/seeking/" + escaped(name) + error.pointer, message: error.message)
            }
        }
        return Recomputation(stored, again, model)
    }

    private static func facts(_ account: JSONObject, _ zones: Zones) throws(Unreadable) -> DecisionModel.Facts {
        var facts = DecisionModel.Facts(zones: zones)
        facts.today = try date(account, "today")
        facts.law = try date(account, "lawDate")
        if let text = account["now"] {
            guard case .dateTime(let moment)? = text.string.flatMap({ Value(temporal: $0, as: .dateTime, zones: zones) }) else {
                throw Unreadable(pointer: "/now", message: "\(text.text) is no date and time, or names a time zone that is not known here")
            }
            facts.now = moment
        }
        return facts
    }

    private static func date(_ account: JSONObject, _ key: String) throws(Unreadable) -> CalendarDate? {
        guard let text = account[key] else { return nil }
        guard let date = text.string.flatMap({ CalendarDate($0) }) else {
            throw Unreadable(pointer: "/" + key, message: "\(text.text) is no date such as \"2026-01-31\"")
        }
        return date
    }

    /// A key as a JSON pointer has it (RFC 6901).
    static func escaped(_ key: String) -> String {
        var text = ""
        for scalar in key.unicodeScalars {
            switch scalar {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

extension DecisionModel {
    /// The version of a decision or decision service.
    package func version(of id: String) -> Digest? { decision(id)?.version ?? service(id)?.version }
}

extension DecisionTrace.Recomputation {
    init(_ stored: JSON, _ again: DecisionTrace, _ model: DecisionModel) {
        let bytes = stored.canonicalBytes
        let fresh = again.json.canonicalBytes
        self.stored = SHA256.hash(bytes)
        recomputed = SHA256.hash(fresh)
        self.again = again
        versions = DecisionTrace.Recomputation.versions(stored, model)
        var differences: [Difference] = []
        // Both in the canonical form, in which a fraction is a string.
        if bytes != fresh, let one = try? JSON.parse(bytes), let other = try? JSON.parse(fresh) {
            DecisionTrace.Recomputation.compare(one, other, "", &differences)
        }
        self.differences = differences
    }

    private static func versions(_ stored: JSON, _ model: DecisionModel) -> [VersionChange] {
        var changes: [VersionChange] = []
        for account in [stored] + (stored["decisions"]?.array ?? []) {
            guard let id = account["decision"]?.string else { continue }
            let version = account["version"]?.string ?? ""
            let now = model.version(of: id)
            if now?.hex != version { changes.append(VersionChange(decision: id, stored: version, now: now)) }
        }
        return changes
    }

    private static func compare(_ stored: JSON, _ again: JSON, _ pointer: String, _ differences: inout [Difference]) {
        guard stored != again, differences.count < differencesMax else { return }
        switch (stored, again) {
        case (.object(let one), .object(let other)):
            for key in Set(one.keys).union(other.keys).sorted() where key != "version" {
                compare(one[key], other[key], pointer + "/" + DecisionTrace.escaped(key), &differences)
            }
        case (.array(let one), .array(let other)):
            for place in 0..<Swift.max(one.count, other.count) {
                compare(
                    one.indices.contains(place) ? one[place] : nil, other.indices.contains(place) ? other[place] : nil, pointer + "/\(place)", &differences)
            }
        default:
            differences.append(Difference(pointer: pointer, stored: stored, recomputed: again))
        }
    }

    private static func compare(_ stored: JSON?, _ again: JSON?, _ pointer: String, _ differences: inout [Difference]) {
        if let stored, let again {
            compare(stored, again, pointer, &differences)
        } else if stored != again, differences.count < differencesMax {
            differences.append(Difference(pointer: pointer, stored: stored, recomputed: again))
        }
    }
}
