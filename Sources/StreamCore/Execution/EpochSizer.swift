// SPDX-License-Identifier: Apache-2.0

/// Chooses how many bytes the next epoch may read when the user set no bound, from how long the last ones took.
///
/// An epoch should take long enough that committing it is a small part, and not much longer, so that a backlog does not hold
/// back fresh records. Pure: values in, decision out.
struct EpochSizer: Sendable {
    static let minimumBytes = 8 << 20
    /// While operators go through spilled state, which takes as long for few rows as for many.
    static let maximumSpillingBytes = 1 << 30
    static let targetNanos: Int64 = 4_000_000_000

    /// What an epoch changed in state.
    struct Changes: Sendable {
        var bytes = 0
        /// Rows of state that came, of which those that outlive the epoch are kept and written.
        var absorbedRows = 0
        var keptRows = 0

        /// The part that is kept; `nil` when nothing came.
        var keptShare: Double? { absorbedRows == 0 ? nil : Double(keptRows) / Double(absorbedRows) }
    }

    /// Of what comes in an epoch, so much is kept where a longer one would keep less of it: of windows as long as the epoch about half.
    /// Where all is kept that will not change; where little is, it is not worth the memory.
    static let keptShares = 0.2...0.9

    private let maximumBytes: Int
    private let maximumChangedBytes: Int?
    private(set) var bytes: Int

    /// - Parameter maximumChangedBytes: how much an epoch may change in state, where that is about what it reads: it is in memory until the
    ///   epoch ends.
    init(maximumBytes: Int = 1 << 30, maximumChangedBytes: Int? = nil) {
        self.maximumBytes = max(Self.minimumBytes, maximumBytes)
        self.maximumChangedBytes = maximumChangedBytes
        bytes = min(64 << 20, self.maximumBytes)
    }

    /// Learns from an epoch that read `bytesRead` in `workNanos` and took `publishNanos` to become visible.
    ///
    /// - Parameter stateNanos: how long it went through spilled state, beside `workNanos`: that takes about as long however much is
    ///   read, so that smaller epochs would only do it more often.
    /// - Parameter changes: what it changed in state.
    mutating func observe(
        bytesRead: Int, workNanos: Int64, publishNanos: Int64, stateNanos: Int64 = 0, changes: Changes = Changes()
    ) {
        guard bytesRead > bytes / 2 else { return }
        let target = max(Self.targetNanos, publishNanos * 10, stateNanos * 2)
        // Two steps reach the greatest length; what is too long is mended in steps of two.
        let factor = min(4.0, max(0.5, Double(target) / Double(max(workNanos, 1))))
        var most = stateNanos > 0 ? Self.maximumSpillingBytes : maximumBytes
        if let share = changes.keptShare {
            // Half of the least is enough to stay: twice as long epochs keep half as much.
            let least = Self.keptShares.lowerBound / (bytes > maximumBytes ? 2 : 1)
            if share >= least && share <= Self.keptShares.upperBound { most = max(most, maximumBytes * 2) }
        }
        if let maximumChangedBytes, changes.bytes > 0 {
            most = min(most, Int(Double(bytes) * Double(maximumChangedBytes) / Double(changes.bytes)))
        }
        bytes = max(Self.minimumBytes, min(most, Int(Double(bytes) * factor)))
    }
}
