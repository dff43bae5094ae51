// SPDX-License-Identifier: Apache-2.0

/// Takes what sources, sinks and the engine have to say while they run: for logs, progress and status. Never blocks.
public protocol RunEvents: Sendable {
    /// Something that a person may want to know, at most one of a kind per epoch.
    func note(_ level: EventLevel, _ component: String, _ message: String)

    /// Rows were read and processed, by the source's name; called per batch.
    func rowsRead(_ source: String, rows: Int)

    /// An epoch is confirmed.
    func epochConfirmed(_ progress: EpochProgress)
}

extension RunEvents {
    /// Ignores the rows, for observers that only log.
    public func rowsRead(_ source: String, rows: Int) {}
    /// Ignores the progress, for observers that only log.
    public func epochConfirmed(_ progress: EpochProgress) {}
}

/// How much an event matters.
public enum EventLevel: String, Sendable, Comparable, CaseIterable {
    case debug, info, warning
    /// Someone must act.
    case error

    /// By importance.
    public static func < (left: EventLevel, right: EventLevel) -> Bool {
        let order = EventLevel.allCases
        return (order.firstIndex(of: left) ?? 0) < (order.firstIndex(of: right) ?? 0)
    }
}
