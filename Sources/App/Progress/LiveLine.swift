// SPDX-License-Identifier: Apache-2.0
import StreamCore

/// The one line that a terminal shows of a running pipeline.
enum LiveLine {
    /// Rows and rows a second, epochs, how fresh the tables are, files in progress and memory.
    static func text(
        rows: Int, rowsPerSecond: Double, epochs: Int, last: EpochProgress?, sinceLastNanos: Int64?, memory: Int
    ) -> String {
        var parts = [
            "\(NumberText.grouped(rows)) rows", "\(NumberText.grouped(Int(rowsPerSecond.rounded()))) rows/s",
        ]
        if let last, let sinceLastNanos {
            parts.append("epoch \(last.epoch)")
            parts.append("committed in \(TimeText.duration(nanos: last.durationNanos["total"] ?? 0))")
            parts.append("\(TimeText.duration(nanos: sinceLastNanos)) ago")
            let unusable = last.sources.values.reduce(0) { $0 + $1.malformed }
            if unusable > 0 { parts.append("\(NumberText.grouped(unusable)) malformed") }
        } else {
            parts.append("waiting for the first rows")
        }
        parts.append(NumberText.bytes(memory))
        return parts.joined(separator: " · ")
    }
}
