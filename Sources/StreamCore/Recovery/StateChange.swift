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
    /// What is asked for goes on; the reasons say what becomes different.
    case migrate([String])
    /// The meaning differs, and the checkpoint holds no state yet: it begins anew and nothing is lost.
    case rebuild([String])
    /// The meaning differs, or the step is gone: nothing that the checkpoint holds can be used any more.
    case lose([String])
    /// Some of what is still asked for cannot go on, and begins anew when that is accepted; the rest goes on.
    case losePart([String])

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
            let change = StateSuccession(from: old, to: identity).change
            let isRebuilt = change != .keep && empty.contains(identity.name)
            changes[identity.name] = isRebuilt ? .rebuild(change.reasons) : change
        }
        for name in stored.keys where changes[name] == nil {
            let reasons = ["no step of the pipeline has this name any more"]
            changes[name] = empty.contains(name) ? .rebuild(reasons) : .lose(reasons)
        }
        return changes
    }

    /// Refuses a loss that nobody accepted; gives the operators that begin with empty state.
    ///
    /// - Throws: `stateLoss` with every operator whose state would be lost, and why.
    public static func check(
        _ changes: [String: StateChange], accepted: Set<String>
    ) throws(PipelineError) -> Set<String> {
        var dropped: Set<String> = []
        for (name, change) in changes {
            switch change {
            case .fresh, .keep, .migrate, .losePart: continue
            case .rebuild, .lose: dropped.insert(name)
            }
        }
        let losses = changes.filter { $0.value.isLoss && !accepted.contains($0.key) }.sorted { $0.key < $1.key }
        guard losses.isEmpty else {
            let lost = losses.map { name, change in
                let isPart = if case .losePart = change { "part of " } else { "" }
                return "\(isPart)that of '\(name)' (\(change.reasons.joined(separator: "; ")))"
            }
            throw PipelineError(
                .stateLoss, "state would be lost: \(lost.joined(separator: ", and "))",
                hint: "Undo the change, or give the pipeline another \"checkpoint\", or begin without what is lost: "
                    + losses.map { "--accept-loss \($0.key)" }.joined(separator: " "))
        }
        return dropped
    }

    /// Whether something that is still asked for, or a whole state, is lost.
    public var isLoss: Bool {
        switch self {
        case .lose, .losePart: true
        case .fresh, .keep, .migrate, .rebuild: false
        }
    }

    /// `keep`, `migrate`, `rebuild`, `lose` or `new`.
    public var word: String {
        switch self {
        case .fresh: "new"
        case .keep: "keep"
        case .migrate: "migrate"
        case .rebuild: "rebuild"
        case .lose, .losePart: "lose"
        }
    }

    /// Why, for people.
    public var reasons: [String] {
        switch self {
        case .fresh, .keep: []
        case .migrate(let reasons), .rebuild(let reasons), .lose(let reasons), .losePart(let reasons): reasons
        }
    }
}
