// SPDX-License-Identifier: Apache-2.0
import StreamCore

/// The one line that a terminal shows of a running pipeline.
enum LiveLine {
    /// A part of the line.
    private struct Part {
        var text: String
        /// Parts of a higher number go first when the terminal is too narrow; 0 stays.
        var dispensable = 0
    }

    /// Rows and rows a second, epochs, lag, watermark, how fresh the tables are, files written, open state, and memory; of those what fits
    /// into so many columns.
    static func text(
        rows: Int, rowsPerSecond: Double, last: EpochProgress?, files: Int, now: Moment, memory: Int,
        columns: Int = .max
    ) -> String {
        var parts = [
            Part(text: "\(NumberText.grouped(rows)) rows", dispensable: 2),
            Part(text: "\(NumberText.grouped(Int(rowsPerSecond.rounded()))) rows/s"),
        ]
        if let last {
            parts.append(
                Part(
                    text: "epoch \(last.epoch) in \(TimeText.duration(nanos: last.durationNanos["total"] ?? 0))",
                    dispensable: 3))
            if let confirmed = last.confirmedMicros {
                let ago = TimeText.duration(nanos: max(0, now.micros - confirmed) * 1_000)
                parts.append(Part(text: "\(ago) ago", dispensable: 1))
            }
            parts += details(last, now)
            if files > 0 { parts.append(Part(text: "\(NumberText.grouped(files)) files")) }
            let unusable = last.sources.values.reduce(0) { $0 + $1.malformed }
            if unusable > 0 { parts.append(Part(text: "\(NumberText.grouped(unusable)) malformed")) }
        } else {
            parts.append(Part(text: "waiting for the first rows"))
        }
        parts.append(Part(text: NumberText.bytes(memory)))
        return line(parts, columns)
    }

    private static func line(_ parts: [Part], _ columns: Int) -> String {
        var kept = parts
        var text = kept.map(\.text).joined(separator: " · ")
        while text.count > columns, let least = kept.map(\.dispensable).max(), least > 0 {
            kept.removeAll { $0.dispensable == least }
            text = kept.map(\.text).joined(separator: " · ")
        }
        return text
    }

    private static func details(_ last: EpochProgress, _ now: Moment) -> [Part] {
        var parts: [Part] = []
        let lags = last.sources.values.compactMap(\.lag)
        if !lags.isEmpty { parts.append(Part(text: "lag \(NumberText.grouped(lags.reduce(0, +)))")) }
        let watermarks = last.sources.values.compactMap(\.watermark).filter { $0 != .none && $0 != .end }
        if let watermark = watermarks.min() {
            var text = "watermark \(TimeText.iso(micros: watermark.micros).dropLast(5).suffix(8))"
            // Only a partition that has held it for a while explains anything.
            if let holder = last.sources.values.compactMap(\.holder).min(by: { $0.sinceNanos < $1.sinceNanos }),
                now.nanos - holder.sinceNanos > 10_000_000_000
            {
                text += " held by \(holder.partition)"
            }
            parts.append(Part(text: text))
        }
        // Event times of a replay of last year say nothing about how fresh tables are.
        if let freshness = last.freshnessMicros, (0..<3_600_000_000).contains(freshness) {
            parts.append(Part(text: "fresh to \(TimeText.duration(nanos: freshness * 1_000))"))
        }
        let state = last.operators.values.reduce(0) { $0 + $1.size.rows }
        if state > 0 { parts.append(Part(text: "\(NumberText.grouped(state)) rows of state", dispensable: 4)) }
        return parts
    }
}
