internal import Kernel

/// **Standard:** DMN 1.5, table 81.
extension Evaluator {
    mutating func contextFunction(_ call: Call) -> Value {
        switch call.builtin {
        case .context: return contextOfEntries(call)
        case .contextMerge: return merged(call)
        default: break
        }
        guard case .context(let context) = single(call[0]) else { return wrong(call, 0, wants: "context") }
        switch call.builtin {
        case .getValue:
            guard let key = string(call, 1) else { return wrong(call, 1, wants: "string") }
            return context[key] ?? .null
        case .getEntries:
            var entries: [Value] = []
            for index in context.keys.indices {
                entries.append(["key": .string(context.keys[index]), "value": context.values[index]])
            }
            return .list(entries)
        default:
            return put(context, call)
        }
    }

    private mutating func contextOfEntries(_ call: Call) -> Value {
        guard let entries = list(call, 0) else { return wrong(call, 0, wants: "list") }
        var context = Context()
        for entry in entries {
            guard case .context(let entry) = entry, case .string(let key)? = entry["key"], let value = entry["value"] else {
                return fail(.wrongType, at: call.offset, "context wants entries with a key and a value")
            }
            guard context[key] == nil else { return fail(.wrongArguments, at: call.offset, "the key \"\(key)\" occurs twice") }
            context[key] = value
        }
        return .context(context)
    }

    private mutating func merged(_ call: Call) -> Value {
        guard let contexts = list(call, 0) else { return wrong(call, 0, wants: "list") }
        var all = Context()
        for item in contexts {
            guard case .context(let context) = item else { return fail(.wrongType, at: call.offset, "context merge of a \(item.kindName)") }
            for index in context.keys.indices { all[context.keys[index]] = context.values[index] }
        }
        return .context(all)
    }

    private mutating func put(_ context: Context, _ call: Call) -> Value {
        let keys: [Value]
        switch call[1] {
        case .list(let list): keys = list
        case .null: return wrong(call, 1, wants: "string")
        default: keys = [call[1]]
        }
        var path: [String] = []
        for key in keys {
            guard case .string(let key) = key else { return wrong(call, 1, wants: "string or list of strings") }
            path.append(key)
        }
        guard !path.isEmpty, path.count <= Limits.nestingMax else { return fail(.wrongArguments, at: call.offset, "context put without a key") }
        guard let changed = Evaluator.put(call[2], at: path[...], in: context) else {
            return fail(.wrongType, at: call.offset, "context put reaches a value that is no context")
        }
        return .context(changed)
    }

    private static func put(_ value: Value, at path: ArraySlice<String>, in context: Context) -> Context? {
        guard let key = path.first else { return nil }
        var changed = context
        if path.count == 1 {
            changed[key] = value
            return changed
        }
        guard case .context(let inner)? = context[key], let innerChanged = put(value, at: path.dropFirst(), in: inner) else { return nil }
        changed[key] = .context(innerChanged)
        return changed
    }
}
