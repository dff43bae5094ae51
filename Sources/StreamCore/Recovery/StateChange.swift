// SPDX-License-Identifier: Apache-2.0
public import Failures

/// What becomes of an operator's state when the pipeline file has changed. Decided from meanings alone.
///
/// A changed filter, projection or sink is no part of what state means: rows that come from now on go through the new one.
public enum StateChange: Hashable, Sendable {
    /// The checkpoint knows no such operator: it begins with empty state.
    case fresh
    /// The state means the same.
    case keep
    /// The meaning differs, and the checkpoint holds no state yet: it begins anew and nothing is lost.
    case rebuild([String])
    /// The meaning differs, or the step is gone: what the checkpoint holds cannot be used any more.
    case lose([String])

    /// By operator what becomes of its state.
    ///
    /// - Parameters:
    ///   - stored: the operators of the checkpoint.
    ///   - empty: those of them that hold no state.
    ///   - wanted: the operators of the pipeline file.
    public static func decide(
        stored: [String: OperatorIdentity], empty: Set<String>, wanted: [OperatorIdentity]
    ) -> [String: StateChange] {
        var changes: [String: StateChange] = [:]
        for identity in wanted {
            guard let old = stored[identity.name] else {
                changes[identity.name] = .fresh
                continue
            }
            let reasons = differences(old, identity)
            changes[identity.name] =
                reasons.isEmpty ? .keep : empty.contains(identity.name) ? .rebuild(reasons) : .lose(reasons)
        }
        for name in stored.keys where changes[name] == nil {
            let reasons = ["no step of the pipeline has this name any more"]
            changes[name] = empty.contains(name) ? .rebuild(reasons) : .lose(reasons)
        }
        return changes
    }

    /// Refuses a loss that nobody accepted; gives the operators that begin anew.
    ///
    /// - Throws: `stateLoss` with every operator whose state would be lost, and why.
    public static func check(
        _ changes: [String: StateChange], accepted: Set<String>
    ) throws(PipelineError) -> Set<String> {
        var (dropped, refused): (Set<String>, [String]) = ([], [])
        for (name, change) in changes.sorted(by: { $0.key < $1.key }) {
            switch change {
            case .fresh, .keep: continue
            case .rebuild: dropped.insert(name)
            case .lose(let reasons):
                dropped.insert(name)
                if !accepted.contains(name) { refused.append("of '\(name)' (\(reasons.joined(separator: "; ")))") }
            }
        }
        guard refused.isEmpty else {
            let flags = changes.keys.sorted().filter { name in
                if case .lose = changes[name], !accepted.contains(name) { true } else { false }
            }
            throw PipelineError(
                .stateLoss, "the state would be lost \(refused.joined(separator: ", and "))",
                hint: "Undo the change, or give the pipeline another \"checkpoint\", or begin with empty state: "
                    + flags.map { "--accept-loss \($0)" }.joined(separator: " "))
        }
        return dropped
    }

    /// What differs between two meanings, for people; empty when state of one is state of the other.
    private static func differences(_ old: OperatorIdentity, _ new: OperatorIdentity) -> [String] {
        if old == new { return [] }
        if old.kind != new.kind { return ["it was \(old.kind), now it is \(new.kind)"] }
        var reasons: [String] = []
        let before = Dictionary(old.meaning.map { ($0.name, $0.definition) }) { $1 }
        let after = Dictionary(new.meaning.map { ($0.name, $0.definition) }) { $1 }
        for part in new.meaning {
            guard let definition = before[part.name] else {
                reasons.append("\(part.name) is new")
                continue
            }
            if definition != part.definition {
                reasons.append("\(part.name) was '\(definition)', now it is '\(part.definition)'")
            }
        }
        for part in old.meaning where after[part.name] == nil { reasons.append("\(part.name) is gone") }
        return reasons.isEmpty ? ["its parts stand in another order"] : reasons
    }

    /// `keep`, `rebuild`, `lose` or `new`.
    public var word: String {
        switch self {
        case .fresh: "new"
        case .keep: "keep"
        case .rebuild: "rebuild"
        case .lose: "lose"
        }
    }

    /// Why, for people.
    public var reasons: [String] {
        switch self {
        case .fresh, .keep: []
        case .rebuild(let reasons), .lose(let reasons): reasons
        }
    }
}
