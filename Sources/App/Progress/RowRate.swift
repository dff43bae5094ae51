// SPDX-License-Identifier: Apache-2.0

/// Rows a second of the last second or so, right from the first figure on.
///
/// The time before the first rows, while brokers are asked and files are listed, does not count; the first batch is the mark from
/// which others are counted, since nobody knows when its reading began.
struct RowRate: Sendable {
    private var markNanos: Int64
    private var rowsSinceMark = 0
    private var total = 0
    private let startNanos: Int64
    private var latest: Double?
    /// How long a figure stands.
    private static let windowNanos: Int64 = 900_000_000
    /// Over less time a figure would be noise.
    private static let leastNanos: Int64 = 150_000_000

    /// A rate of a run that began at `startNanos`.
    init(startNanos: Int64) {
        self.startNanos = startNanos
        markNanos = startNanos
    }

    /// Counts rows that have just been processed.
    mutating func count(rows: Int, nowNanos: Int64) {
        if total == 0 { markNanos = nowNanos } else { rowsSinceMark += rows }
        total += rows
    }

    /// The figure to show now.
    mutating func perSecond(nowNanos: Int64) -> Double {
        guard total > 0 else { return 0 }
        let elapsed = nowNanos - markNanos
        if latest == nil && rowsSinceMark == 0 { return Double(total) * 1e9 / Double(max(1, nowNanos - startNanos)) }
        guard elapsed >= Self.windowNanos || (latest == nil && elapsed >= Self.leastNanos) else { return latest ?? 0 }
        let rate = Double(rowsSinceMark) * 1e9 / Double(elapsed)
        if elapsed >= Self.windowNanos { (markNanos, rowsSinceMark, latest) = (nowNanos, 0, rate) }
        return rate
    }
}
