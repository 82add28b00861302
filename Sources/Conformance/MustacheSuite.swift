import Foundation
import HouseTesting
import Kernel

extension Suite {
    /// The specification of Mustache: every file of tests in the folder but those of what is left out on purpose, lambdas and dynamic names.
    static let mustache = Suite(name: "mustache", about: "PATH: the folder with comments.json, sections.json and the others") { path in
        var outcome = SuiteOutcome()
        for file in MustacheCases.files {
            let data = try Data(contentsOf: URL(fileURLWithPath: path).appendingPathComponent(file + ".json"))
            for item in try MustacheCases.tests(JSON.parse([UInt8](data))) {
                let fault = MustacheCases.fault(item)
                outcome.record("\(file): \(MustacheCases.name(item))", fault == nil, fault ?? "")
            }
        }
        return outcome
    }
}
