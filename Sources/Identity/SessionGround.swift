package import Kernel
import Gate
package import StateFolder

/// What the sessions of this process rest on: the state's mode, its folder's version, and who its officers are.
///
/// A session names the mode and the version that it was begun under. Another mode ends it; another version has it looked at anew: an officer
/// who has gone, or has another role or body, is signed out.
package struct SessionGround: Sendable {
    let mode: StateDefinition.Mode
    /// The hash of the state folder.
    let folder: String
    private let officers: [String: Identified]

    package init(_ state: StateDefinition, folder: Digest) {
        mode = state.mode
        self.folder = folder.hex
        var officers: [String: Identified] = [:]
        for body in state.bodies {
            for officer in body.officers { officers[officer.id] = .officer(officer, of: body, isDemo: state.mode == .demo) }
        }
        self.officers = officers
    }

    /// Whether a session begun under that mode and version still has its ground.
    func bears(_ principal: Principal, mode: String, folder: String) -> Bool {
        guard mode == self.mode.rawValue else { return false }
        return folder == self.folder || knows(principal)
    }

    private func knows(_ principal: Principal) -> Bool {
        switch principal.kind {
        case .citizen: return true
        case .system: return false
        case .officer, .overseer:
            guard let officer = officers[principal.id] else { return false }
            return officer.kind == principal.kind && officer.body == principal.body && officer.roles == principal.roles
                && officer.displayName == principal.name
        }
    }
}
