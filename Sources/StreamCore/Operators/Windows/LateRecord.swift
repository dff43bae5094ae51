// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// What is said of records whose window has closed.
enum LateRecord {
    /// `window [start, end) closed: the watermark is …, the record is 250 s late`.
    static func message(start: Int64?, end: Int64, watermark: Watermark) -> String {
        let late = watermark.micros.saturatingAdding(-end)
        let window =
            start.map { "window [\(EventTimes.text($0)), \(EventTimes.text(end)))" }
            ?? "window until \(EventTimes.text(end))"
        return
            "\(window) closed: the watermark is \(EventTimes.text(watermark.micros)), the record is \(seconds(late)) s late"
    }

    /// Microseconds as seconds, with as many decimals as are needed.
    static func seconds(_ micros: Int64) -> String {
        let (whole, rest) = micros.quotientAndRemainder(dividingBy: 1_000_000)
        guard rest != 0 else { return String(whole) }
        let digits = String(abs(rest))
        var fraction = String(repeating: "0", count: 6 - digits.count) + digits
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return "\(micros < 0 && whole == 0 ? "-" : "")\(whole).\(fraction)"
    }
}
