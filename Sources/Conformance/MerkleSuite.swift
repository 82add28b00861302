import Foundation
import HouseTesting
import Kernel

extension Suite {
    /// RFC 6962 proofs: the folder holds `inclusion.json` and `consistency.json`.
    static let merkle = Suite(name: "merkle", about: "PATH: the folder with inclusion.json and consistency.json") { path in
        var outcome = SuiteOutcome()
        for (file, check) in [("inclusion", MerkleCases.inclusion), ("consistency", MerkleCases.consistency)] {
            let data = try Data(contentsOf: URL(fileURLWithPath: path).appendingPathComponent(file + ".json"))
            for item in try JSON.parse([UInt8](data)).array ?? [] {
                outcome.record(MerkleCases.name(item), check(item), "the proof is judged wrongly")
            }
        }
        return outcome
    }
}
