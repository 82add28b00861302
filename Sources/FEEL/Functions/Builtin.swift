/// The functions that FEEL brings along.
///
/// **Standard:** DMN 1.5, 10.3.4.
enum Builtin: String, CaseIterable, Hashable, Sendable {
    // Conversion
    case date = "date"
    case time = "time"
    case dateAndTime = "date and time"
    case duration = "duration"
    case yearsAndMonthsDuration = "years and months duration"
    case number = "number"
    case string = "string"
    // Logic
    case not = "not"
    // Strings
    case substring = "substring"
    case stringLength = "string length"
    case upperCase = "upper case"
    case lowerCase = "lower case"
    case substringBefore = "substring before"
    case substringAfter = "substring after"
    case contains = "contains"
    case startsWith = "starts with"
    case endsWith = "ends with"
    case stringJoin = "string join"
    case matches = "matches"
    case replace = "replace"
    case split = "split"
    // Lists
    case listContains = "list contains"
    case count = "count"
    case min = "min"
    case max = "max"
    case sum = "sum"
    case mean = "mean"
    case all = "all"
    case any = "any"
    case sublist = "sublist"
    case append = "append"
    case concatenate = "concatenate"
    case insertBefore = "insert before"
    case remove = "remove"
    case listReplace = "list replace"
    case reverse = "reverse"
    case indexOf = "index of"
    case union = "union"
    case distinctValues = "distinct values"
    case flatten = "flatten"
    case product = "product"
    case median = "median"
    case mode = "mode"
    case stddev = "stddev"
    case sort = "sort"
    // Numbers
    case decimal = "decimal"
    case floor = "floor"
    case ceiling = "ceiling"
    case roundUp = "round up"
    case roundDown = "round down"
    case roundHalfUp = "round half up"
    case roundHalfDown = "round half down"
    case abs = "abs"
    case modulo = "modulo"
    case odd = "odd"
    case even = "even"
    case sqrt = "sqrt"
    case exp = "exp"
    case log = "log"
    // Dates
    case dayOfYear = "day of year"
    case dayOfWeek = "day of week"
    case monthOfYear = "month of year"
    case weekOfYear = "week of year"
    case today = "today"
    case now = "now"
    // Contexts
    case getValue = "get value"
    case getEntries = "get entries"
    case context = "context"
    case contextPut = "context put"
    case contextMerge = "context merge"
    // Ranges and identity
    case before = "before"
    case after = "after"
    case meets = "meets"
    case metBy = "met by"
    case overlaps = "overlaps"
    case overlapsBefore = "overlaps before"
    case overlapsAfter = "overlaps after"
    case finishes = "finishes"
    case finishedBy = "finished by"
    case includes = "includes"
    case during = "during"
    case starts = "starts"
    case startedBy = "started by"
    case coincides = "coincides"
    case range = "range"
    case `is` = "is"

    /// The parameter names of each form of the function. An argument that may be left out is marked `?`, the last that may repeat `*`.
    var forms: [[StaticString]] {
        switch self {
        case .date: [["from"], ["year", "month", "day"]]
        case .time: [["from"], ["hour", "minute", "second", "offset?"]]
        case .dateAndTime: [["from"], ["date", "time"], ["date", "timezone"]]
        case .duration: [["from"]]
        case .yearsAndMonthsDuration: [["from", "to"]]
        case .number: [["from", "grouping separator?", "decimal separator?"]]
        case .string: [["from"]]
        case .not: [["negand"]]
        case .substring: [["string", "start position", "length?"]]
        case .stringLength, .upperCase, .lowerCase: [["string"]]
        case .substringBefore, .substringAfter, .contains, .startsWith, .endsWith: [["string", "match"]]
        case .stringJoin: [["list", "delimiter?"]]
        case .matches: [["input", "pattern", "flags?"]]
        case .replace: [["input", "pattern", "replacement", "flags?"]]
        case .split: [["string", "delimiter"]]
        case .listContains: [["list", "element"]]
        case .count, .reverse, .distinctValues, .flatten: [["list"]]
        case .min, .max, .sum, .mean, .all, .any, .product, .median, .mode, .stddev: [["list"], ["list*"]]
        case .sublist: [["list", "start position", "length?"]]
        case .append: [["list", "item*"]]
        case .concatenate, .union: [["list*"]]
        case .insertBefore: [["list", "position", "newItem"]]
        case .remove: [["list", "position"]]
        case .listReplace: [["list", "position", "newItem"], ["list", "match", "newItem"]]
        case .indexOf: [["list", "match"]]
        case .sort: [["list", "precedes?"]]
        case .decimal: [["n", "scale"]]
        case .floor, .ceiling: [["n", "scale?"]]
        case .roundUp, .roundDown, .roundHalfUp, .roundHalfDown: [["n", "scale"]]
        case .abs: [["n"]]
        case .odd, .even, .sqrt, .exp, .log: [["number"]]
        case .modulo: [["dividend", "divisor"]]
        case .dayOfYear, .dayOfWeek, .monthOfYear, .weekOfYear: [["date"]]
        case .today, .now: [[]]
        case .getValue: [["m", "key"]]
        case .getEntries: [["m"]]
        case .context: [["entries"]]
        case .contextPut: [["context", "key", "value"], ["context", "keys", "value"]]
        case .contextMerge: [["contexts"]]
        case .before, .after: [["point1", "point2"], ["point", "range"], ["range", "point"], ["range1", "range2"]]
        case .meets, .metBy, .overlaps, .overlapsBefore, .overlapsAfter: [["range1", "range2"]]
        case .finishes, .starts: [["point", "range"], ["range1", "range2"]]
        case .finishedBy, .startedBy, .includes: [["range", "point"], ["range1", "range2"]]
        case .during: [["point", "range"], ["range1", "range2"]]
        case .coincides: [["point1", "point2"], ["range1", "range2"]]
        case .range: [["from"]]
        case .is: [["value1", "value2"]]
        }
    }

    /// Whether one of the forms has so many arguments.
    func takes(_ count: Int) -> Bool {
        (Builtin.counts[self] ?? 0) >> UInt64(Swift.min(count, Builtin.countMax)) & 1 == 1
    }

    /// A bit for each number of arguments that a function takes; the last stands for itself and all above.
    private static let countMax = 63
    private static let counts: [Builtin: UInt64] = {
        var counts: [Builtin: UInt64] = [:]
        for builtin in Builtin.allCases {
            var bits: UInt64 = 0
            for form in builtin.forms {
                var least = form.count
                var most = form.count
                if let last = form.last {
                    for parameter in form where "\(parameter)".utf8.last == UInt8(ascii: "?") { least -= 1 }
                    if "\(last)".utf8.last == UInt8(ascii: "*") { most = countMax }
                }
                for count in least...most { bits |= 1 << UInt64(count) }
            }
            counts[builtin] = bits
        }
        return counts
    }()

    /// Whether the same arguments give the same answer in every scope, so that a call with constants can be settled at reading.
    var isConstant: Bool {
        switch self {
        case .today, .now: false
        default: true
        }
    }

    static let names: [(name: KnownName, builtin: Builtin)] = Builtin.allCases.map { (KnownName($0.rawValue), $0) }

    static let byName: [String: Builtin] = {
        var table: [String: Builtin] = [:]
        for builtin in Builtin.allCases { table[builtin.rawValue] = builtin }
        return table
    }()
}
