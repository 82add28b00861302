import Kernel

/// Judges one instance.
///
/// It either stops at the first fault, or collects all of them with their places. Both ways share every line that decides,
/// so they cannot disagree.
struct SchemaMachine: ~Copyable {
    private let program: SchemaProgram
    private var collects: Bool
    private var faults: [SchemaFault] = []
    private var path: [String] = []
    /// The resources entered, outermost first; kept only where a `$dynamicRef` needs it.
    private var scope: [Int32] = []
    private let keepsScope: Bool
    private var marks = SchemaMarks()
    private var steps = CompiledSchema.stepLimit
    private var depth = 0
    private var isExhausted = false

    init(_ program: SchemaProgram, collects: Bool) {
        self.program = program
        self.collects = collects
        keepsScope = !program.dynamicTargets.isEmpty
    }

    mutating func isValid(_ instance: JSON) -> Bool {
        judge(program.root, instance, marking: false) && !isExhausted
    }

    mutating func faults(of instance: JSON) -> [SchemaFault] {
        let isValid = judge(program.root, instance, marking: false)
        let isTold = faults.contains { $0.keyword == "limit" }
        if isExhausted && !isTold || !isValid && faults.isEmpty {
            faults.append(SchemaFault(instance: .root, keyword: "limit", schema: program.places[Int(program.root)].text))
        }
        return faults
    }

    // MARK: Faults

    /// Notes a fault; always false, and to go on is for those who collect.
    private mutating func refuse(
        _ node: Int32, _ keyword: String, field: String? = nil, _ parameters: @autoclosure () -> [String: String] = [:]
    ) -> Bool {
        guard collects, faults.count < CompiledSchema.faultLimit else { return false }
        let place = program.places[Int(node)]
        let instance = JSONPointer(tokens: path)
        faults.append(
            SchemaFault(
                instance: instance, field: field.map { instance.appending($0) }, keyword: keyword,
                schema: keyword == "false" ? place.text : place.text + "/" + keyword, parameters: parameters(),
                ownMessage: place.ownMessage))
        return false
    }

    /// The schema that is the word `false` is best known by the keyword that it is the value of.
    private mutating func refuseAll(_ node: Int32) -> Bool {
        guard collects, faults.count < CompiledSchema.faultLimit else { return false }
        let text = program.places[Int(node)].text
        let instance = JSONPointer(tokens: path)
        var keyword = "false"
        for word in ["additionalProperties", "unevaluatedProperties", "unevaluatedItems", "items"]
        where text.utf8.suffix(word.utf8.count + 1).elementsEqual(("/" + word).utf8) {
            keyword = word
        }
        faults.append(
            SchemaFault(
                instance: keyword == "false" ? instance : JSONPointer(tokens: Array(path.dropLast())), field: instance,
                keyword: keyword, schema: text, parameters: path.last.map { ["property": $0] } ?? [:]))
        return false
    }

    /// Whether a part that failed may be followed by others: only for those who collect, and only while there is room.
    private var goesOn: Bool { collects && !isExhausted && faults.count < CompiledSchema.faultLimit }

    /// Judges without collecting: a condition's faults are nobody's.
    private mutating func holds(_ node: Int32, _ value: JSON, marking: Bool) -> Bool {
        let collected = collects
        collects = false
        defer { collects = collected }
        return judge(node, value, marking: marking)
    }

    private mutating func judge(_ node: Int32, _ value: JSON, marking: Bool, at token: @autoclosure () -> String) -> Bool {
        guard collects else { return judge(node, value, marking: marking) }
        path.append(token())
        defer { path.removeLast() }
        return judge(node, value, marking: marking)
    }

    // MARK: A node

    /// Judges a value; with `marking`, notes what of it was judged for the caller.
    private mutating func judge(_ number: Int32, _ value: JSON, marking: Bool) -> Bool {
        steps -= 1
        depth += 1
        defer { depth -= 1 }
        guard steps > 0, depth <= CompiledSchema.evaluationDepthLimit else {
            isExhausted = true
            return false
        }
        let node = program.nodes[Int(number)]
        let entersScope = keepsScope && scope.last != node.resource
        if entersScope { scope.append(node.resource) }
        defer { if entersScope { scope.removeLast() } }

        guard node.unevaluatedItems >= 0 || node.unevaluatedProperties >= 0 else {
            return run(number, node, value, marking: marking)
        }
        // It sees what its own parts judged, not what its neighbours did.
        let outer = marks
        marks = SchemaMarks()
        var isValid = run(number, node, value, marking: true)
        if isValid || goesOn { isValid = judgeRest(node, value) && isValid }
        if marking {
            var joined = outer
            joined.formUnion(marks)
            marks = joined
        } else {
            marks = outer
        }
        return isValid
    }

    private mutating func run(_ number: Int32, _ node: SchemaNode, _ value: JSON, marking: Bool) -> Bool {
        var isValid = true
        switch value {
        case .string(let text):
            if node.types & SchemaTypes.string == 0 { return refuseType(number, node, value) }
            var place = Int(node.start)
            while place < Int(node.stringEnd) {
                isValid = judge(text: text, program.code[place], number) && isValid
                guard isValid || goesOn else { return false }
                place += 1
            }
        case .number(let amount):
            if node.types & SchemaTypes.number == 0, node.types & SchemaTypes.integer == 0 || !amount.isInteger {
                return refuseType(number, node, value)
            }
            var place = Int(node.stringEnd)
            while place < Int(node.numberEnd) {
                isValid = judge(amount: amount, program.code[place], number) && isValid
                guard isValid || goesOn else { return false }
                place += 1
            }
        case .object(let members):
            if node.types & SchemaTypes.object == 0 { return refuseType(number, node, value) }
            if node.arrayEnd < node.objectEnd {
                isValid = judge(
                    members: members, value, program.objects[Int(program.code[Int(node.arrayEnd)].a)], number, marking: marking)
                guard isValid || goesOn else { return false }
            }
        case .array(let items):
            if node.types & SchemaTypes.array == 0 { return refuseType(number, node, value) }
            if node.numberEnd < node.arrayEnd {
                isValid = judge(items: items, program.arrays[Int(program.code[Int(node.numberEnd)].a)], number, marking: marking)
                guard isValid || goesOn else { return false }
            }
        case .bool:
            if node.types & SchemaTypes.boolean == 0 { return refuseType(number, node, value) }
        case .null:
            if node.types & SchemaTypes.null == 0 { return refuseType(number, node, value) }
        }
        var place = Int(node.objectEnd)
        while place < Int(node.end) {
            isValid = judge(program.code[place], value, number, marking: marking) && isValid
            guard isValid || goesOn else { return false }
            place += 1
        }
        return isValid
    }

    private mutating func refuseType(_ number: Int32, _ node: SchemaNode, _ value: JSON) -> Bool {
        if node.isFalse { return refuseAll(number) }
        return refuse(
            number, "type",
            ["expected": SchemaTypes.names(node.types).joined(separator: ","), "actual": Self.typeName(value)])
    }

    private static func typeName(_ value: JSON) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    // MARK: Strings and numbers

    private mutating func judge(text: String, _ instruction: SchemaInstruction, _ number: Int32) -> Bool {
        switch instruction.operation {
        case .minLength:
            let least = Int(instruction.a)
            let bytes = text.utf8.count
            // A character is one to four bytes.
            if bytes >= least, bytes >= 4 * least || Self.length(text) >= least { return true }
            return refuse(number, "minLength", ["limit": String(least), "actual": String(Self.length(text))])
        case .maxLength:
            let most = Int(instruction.a)
            if text.utf8.count <= most || Self.length(text) <= most { return true }
            return refuse(number, "maxLength", ["limit": String(most), "actual": String(Self.length(text))])
        case .pattern:
            if find(program.patterns[Int(instruction.a)], in: text) { return true }
            if isExhausted { return refuse(number, "limit") }
            let pattern = program.patterns[Int(instruction.a)].text
            return refuse(number, "pattern", Self.parameters("pattern", pattern, text))
        case .format:
            guard let format = SchemaFormat(rawValue: UInt8(truncatingIfNeeded: instruction.a)) else { return true }
            if format.fits(text) { return true }
            return refuse(number, "format", Self.parameters("format", format.name, text))
        default: return true
        }
    }

    /// With a word on whether the text is empty: that is a missing value, not a wrong one.
    private static func parameters(_ name: String, _ value: String, _ text: String) -> [String: String] {
        text.isEmpty ? [name: value, "actual": "0"] : [name: value]
    }

    /// A search that reaches its limit ends the judgement: under a `not` or among alternatives, "not found" would let the
    /// value pass.
    private mutating func find(_ pattern: Pattern, in text: String) -> Bool {
        guard !isExhausted else { return false }
        let answer = pattern.search(text, steps: &steps)
        if answer == .undecided { isExhausted = true }
        return answer == .found
    }

    /// The characters of a text, which JSON counts as code points.
    private static func length(_ text: String) -> Int {
        let bytes = text.utf8.span
        var length = 0
        for index in bytes.indices where bytes[index] & 0xC0 != 0x80 { length += 1 }
        return length
    }

    private mutating func judge(amount: Decimal128, _ instruction: SchemaInstruction, _ number: Int32) -> Bool {
        let bound = program.numbers[Int(instruction.a)]
        let keyword: String
        switch instruction.operation {
        case .minimum:
            if amount >= bound { return true }
            keyword = "minimum"
        case .maximum:
            if amount <= bound { return true }
            keyword = "maximum"
        case .exclusiveMinimum:
            if amount > bound { return true }
            keyword = "exclusiveMinimum"
        case .exclusiveMaximum:
            if amount < bound { return true }
            keyword = "exclusiveMaximum"
        case .multipleOf:
            if amount.modulo(bound)?.isZero == true { return true }
            keyword = "multipleOf"
        default: return true
        }
        return refuse(number, keyword, ["limit": bound.text])
    }

    // MARK: Objects

    private mutating func judge(
        members: JSONObject, _ value: JSON, _ rules: ObjectRules, _ number: Int32, marking: Bool
    ) -> Bool {
        var isValid = true
        if members.count < rules.least {
            isValid = refuse(number, "minProperties", ["limit": String(rules.least)])
            guard goesOn else { return false }
        }
        if members.count > rules.most {
            isValid = refuse(number, "maxProperties", ["limit": String(rules.most)])
            guard goesOn else { return false }
        }
        guard rules.judgesMembers else { return isValid }

        var seen: UInt64 = 0
        var guess = 0
        var position = 0
        for (key, member) in members {
            let index = rules.names.number(of: key, guess: guess)
            var isKnown = false
            if index >= 0 {
                guess = index + 1
                if index < 64 { seen |= 1 << UInt64(index) }
                let node = rules.members[index].node
                if node >= 0 {
                    isKnown = true
                    isValid = judge(node, member, marking: false, at: key) && isValid
                    guard isValid || goesOn else { return false }
                }
            }
            for (pattern, node) in rules.patterns where find(pattern, in: key) {
                isKnown = true
                isValid = judge(node, member, marking: false, at: key) && isValid
                guard isValid || goesOn else { return false }
            }
            if !isKnown, rules.additional >= 0 {
                isKnown = true
                isValid = judge(rules.additional, member, marking: false, at: key) && isValid
                guard isValid || goesOn else { return false }
            }
            if rules.propertyNames >= 0, !holds(rules.propertyNames, .string(key), marking: false) {
                isValid = refuse(number, "propertyNames", field: key, ["property": key])
                guard goesOn else { return false }
            }
            if isKnown, marking { marks.insert(position) }
            position += 1
        }

        if seen & rules.requiredMask != rules.requiredMask || rules.hasDistantNames {
            for (index, member) in rules.members.enumerated() where member.isRequired {
                guard !isPresent(index, seen, rules, members) else { continue }
                let name = rules.names.names[index]
                isValid = refuse(number, "required", field: name, ["property": name])
                guard goesOn else { return false }
            }
        }
        if rules.hasDependents {
            isValid = judgeDependents(members, value, rules, seen, number, marking: marking) && isValid
        }
        return isValid
    }

    private func isPresent(_ index: Int, _ seen: UInt64, _ rules: ObjectRules, _ members: JSONObject) -> Bool {
        index < 64 ? seen >> UInt64(index) & 1 == 1 : members[rules.names.names[index]] != nil
    }

    private mutating func judgeDependents(
        _ members: JSONObject, _ value: JSON, _ rules: ObjectRules, _ seen: UInt64, _ number: Int32, marking: Bool
    ) -> Bool {
        var isValid = true
        for (index, member) in rules.members.enumerated() {
            guard !member.dependents.isEmpty || member.dependentNode >= 0, isPresent(index, seen, rules, members) else { continue }
            for dependent in member.dependents where !isPresent(Int(dependent), seen, rules, members) {
                let name = rules.names.names[Int(dependent)]
                isValid = refuse(
                    number, "dependentRequired", field: name, ["property": name, "because": rules.names.names[index]])
                guard goesOn else { return false }
            }
            if member.dependentNode >= 0 {
                isValid = judge(member.dependentNode, value, marking: marking) && isValid
                guard isValid || goesOn else { return false }
            }
        }
        return isValid
    }

    // MARK: Arrays

    private mutating func judge(items: [JSON], _ rules: ArrayRules, _ number: Int32, marking: Bool) -> Bool {
        var isValid = true
        if items.count < rules.least {
            isValid = refuse(number, "minItems", ["limit": String(rules.least)])
            guard goesOn else { return false }
        }
        if items.count > rules.most {
            isValid = refuse(number, "maxItems", ["limit": String(rules.most)])
            guard goesOn else { return false }
        }
        if !rules.prefix.isEmpty || rules.items >= 0 {
            for index in items.indices {
                let node = index < rules.prefix.count ? rules.prefix[index] : rules.items
                guard node >= 0 else { break }
                isValid = judge(node, items[index], marking: false, at: String(index)) && isValid
                guard isValid || goesOn else { return false }
                if marking, rules.items < 0 { marks.insert(index) }
            }
            if marking, rules.items >= 0 { marks.insertAll() }
        }
        if rules.contains >= 0 {
            var count = 0
            for index in items.indices where holds(rules.contains, items[index], marking: false) {
                count += 1
                if marking { marks.insert(index) }
                // Nothing more can be learnt once there are enough.
                if !marking, count >= rules.containsLeast, rules.containsMost == Int.max { break }
            }
            if count < rules.containsLeast {
                isValid = refuse(
                    number, rules.containsLeast == 1 ? "contains" : "minContains", ["limit": String(rules.containsLeast)])
                guard goesOn else { return false }
            }
            if count > rules.containsMost {
                isValid = refuse(number, "maxContains", ["limit": String(rules.containsMost)])
                guard goesOn else { return false }
            }
        }
        if rules.isUnique, let index = Self.repeated(items) {
            isValid = refuse(number, "uniqueItems", field: String(index))
        }
        return isValid
    }

    /// The first item that is equal to one before it.
    private static func repeated(_ items: [JSON]) -> Int? {
        if items.count <= 8 {
            for index in items.indices {
                for earlier in 0..<index where StrictJSON.areEqual(items[earlier], items[index]) { return index }
            }
            return nil
        }
        var seen = Set<StrictJSON>(minimumCapacity: items.count)
        for (index, item) in items.enumerated() where !seen.insert(StrictJSON(value: item)).inserted { return index }
        return nil
    }

    // MARK: What is left

    private mutating func judgeRest(_ node: SchemaNode, _ value: JSON) -> Bool {
        var isValid = true
        if node.unevaluatedItems >= 0, case .array(let items) = value {
            for index in items.indices where !marks.contains(index) {
                isValid = judge(node.unevaluatedItems, items[index], marking: false, at: String(index)) && isValid
                guard isValid || goesOn else { return false }
            }
            marks.insertAll()
        }
        if node.unevaluatedProperties >= 0, case .object(let members) = value {
            var position = 0
            for (key, member) in members {
                if !marks.contains(position) {
                    isValid = judge(node.unevaluatedProperties, member, marking: false, at: key) && isValid
                    guard isValid || goesOn else { return false }
                }
                position += 1
            }
            marks.insertAll()
        }
        return isValid
    }

    // MARK: Every value

    private mutating func judge(_ instruction: SchemaInstruction, _ value: JSON, _ number: Int32, marking: Bool) -> Bool {
        switch instruction.operation {
        case .constant:
            let expected = program.values[Int(instruction.a)]
            if StrictJSON.areEqual(expected, value) { return true }
            return refuse(number, "const", ["expected": expected.text])
        case .oneName:
            if case .string(let text) = value, program.tables[Int(instruction.a)].number(of: text, guess: .max) >= 0 { return true }
            return refuse(number, "enum", value == .string("") ? ["actual": "0"] : [:])
        case .oneValue:
            for index in Int(instruction.a)..<Int(instruction.a + instruction.b)
            where StrictJSON.areEqual(program.values[index], value) {
                return true
            }
            return refuse(number, "enum")
        case .reference:
            return judge(instruction.a, value, marking: marking)
        case .dynamicReference:
            var target = instruction.b
            for resource in scope {
                if let found = program.dynamicTargets[Int(instruction.a)][resource] {
                    target = found
                    break
                }
            }
            return judge(target, value, marking: marking)
        case .allOf:
            var isValid = true
            for index in Int(instruction.a)..<Int(instruction.a + instruction.b) {
                isValid = judge(program.lists[index], value, marking: marking) && isValid
                guard isValid || goesOn else { return false }
            }
            return isValid
        case .anyOf:
            return anyOf(instruction, value, number, marking: marking)
        case .oneOf:
            return oneOf(instruction, value, number, marking: marking)
        case .not:
            if !holds(instruction.a, value, marking: false) { return !isExhausted }
            return refuse(number, "not")
        case .conditional:
            let outer = marks
            let isTrue = holds(instruction.a, value, marking: marking)
            if isExhausted { return false }
            if !isTrue { marks = outer }
            let branch = isTrue ? instruction.b : instruction.c
            return branch < 0 || judge(branch, value, marking: marking)
        default:
            return true
        }
    }

    /// Judges one alternative, keeping what it marks only if it fits.
    private mutating func fits(_ node: Int32, _ value: JSON, marking: Bool) -> Bool {
        guard marking else { return holds(node, value, marking: false) }
        let outer = marks
        marks = SchemaMarks()
        let fits = holds(node, value, marking: true)
        var joined = outer
        if fits { joined.formUnion(marks) }
        marks = joined
        return fits
    }

    private mutating func anyOf(_ instruction: SchemaInstruction, _ value: JSON, _ number: Int32, marking: Bool) -> Bool {
        var isValid = false
        for index in Int(instruction.a)..<Int(instruction.a + instruction.b) where fits(program.lists[index], value, marking: marking) {
            isValid = true
            if !marking { break }
        }
        if isValid || isExhausted { return isValid && !isExhausted }
        return refuseAlternatives("anyOf", instruction, value, number, marking: marking)
    }

    private mutating func oneOf(_ instruction: SchemaInstruction, _ value: JSON, _ number: Int32, marking: Bool) -> Bool {
        var count = 0
        for index in Int(instruction.a)..<Int(instruction.a + instruction.b) where fits(program.lists[index], value, marking: marking) {
            count += 1
            if count > 1 { return refuse(number, "oneOf", ["actual": "2"]) }
        }
        if isExhausted { return false }
        if count == 1 { return true }
        return refuseAlternatives("oneOf", instruction, value, number, marking: marking)
    }

    /// Where all alternatives but one are out of the question (another type, another constant), the faults of that one say
    /// more than "none fits".
    private mutating func refuseAlternatives(
        _ keyword: String, _ instruction: SchemaInstruction, _ value: JSON, _ number: Int32, marking: Bool
    ) -> Bool {
        guard goesOn else { return false }
        let before = faults
        let outer = marks
        var candidates: [[SchemaFault]] = []
        for index in Int(instruction.a)..<Int(instruction.a + instruction.b) {
            faults = []
            _ = judge(program.lists[index], value, marking: marking)
            let depth = path.count
            let isOut = faults.contains { fault in
                switch fault.keyword {
                case "type": fault.instance.tokens.count == depth
                case "const", "enum": fault.instance.tokens.count <= depth + 1
                default: false
                }
            }
            if !isOut { candidates.append(faults) }
            if isExhausted { break }
        }
        faults = before
        marks = outer
        if candidates.count == 1, !candidates[0].isEmpty {
            faults += candidates[0].prefix(CompiledSchema.faultLimit - faults.count)
            return false
        }
        return refuse(number, keyword)
    }
}
