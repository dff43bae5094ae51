// SPDX-License-Identifier: Apache-2.0
import StreamCore

/// The one line that a terminal shows of a running pipeline.
enum LiveLine {
    /// Rows and rows a second, epochs, lag, watermark, how fresh the tables are, files written, open state, and memory.
    static func text(
        rows: Int, rowsPerSecond: Double, last: EpochProgress?, files: Int, now: Moment, memory: Int
    ) -> String {
        var parts = [
            "\(NumberText.grouped(rows)) rows", "\(NumberText.grouped(Int(rowsPerSecond.rounded()))) rows/s",
        ]
        if let last {
            parts.append("epoch \(last.epoch) in \(TimeText.duration(nanos: last.durationNanos["total"] ?? 0))")
            if let confirmed = last.confirmedMicros {
                parts.append("\(TimeText.duration(nanos: max(0, now.micros - confirmed) * 1_000)) ago")
            }
            parts += details(last, now)
            if files > 0 { parts.append("\(NumberText.grouped(files)) files") }
            let unusable = last.sources.values.reduce(0) { $0 + $1.malformed }
            if unusable > 0 { parts.append("\(NumberText.grouped(unusable)) malformed") }
        } else {
            parts.append("waiting for the first rows")
        }
        parts.append(NumberText.bytes(memory))
        return parts.joined(separator: " · ")
    }

    private static func details(_ last: EpochProgress, _ now: Moment) -> [String] {
        var parts: [String] = []
        let lags = last.sources.values.compactMap(\.lag)
        if !lags.isEmpty { parts.append("lag \(NumberText.grouped(lags.reduce(0, +)))") }
        let watermarks = last.sources.values.compactMap(\.watermark).filter { $0 != .none && $0 != .end }
        if let watermark = watermarks.min() {
            var text = "watermark \(TimeText.iso(micros: watermark.micros).dropLast(5).suffix(8))"
            // Only a partition that has held it for a while explains anything.
            if let holder = last.sources.values.compactMap(\.holder).min(by: { $0.sinceNanos < $1.sinceNanos }),
                now.nanos - holder.sinceNanos > 10_000_000_000
            {
                text += " held by \(holder.partition)"
            }
            parts.append(text)
        }
        // Event times of a replay of last year say nothing about how fresh tables are.
        if let freshness = last.freshnessMicros, (0..<3_600_000_000).contains(freshness) {
            parts.append("fresh to \(TimeText.duration(nanos: freshness * 1_000))")
        }
        let state = last.operators.values.reduce(0) { $0 + $1.size.rows }
        if state > 0 { parts.append("\(NumberText.grouped(state)) rows of state") }
        return parts
    }
}
