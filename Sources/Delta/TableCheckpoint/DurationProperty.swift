// SPDX-License-Identifier: Apache-2.0

/// Table properties that are durations.
enum DurationProperty {
    /// Milliseconds of `interval 1 week` and the like; `nil` for text that is not understood.
    static func millis(_ text: String?) -> Int64? {
        guard let text else { return nil }
        var words = text.lowercased().split(separator: " ")
        if words.first == "interval" { words.removeFirst() }
        guard !words.isEmpty, words.count % 2 == 0 else { return nil }
        let units: [String: Int64] = [
            "millisecond": 1, "second": 1000, "minute": 60_000, "hour": 3_600_000, "day": 86_400_000,
            "week": 604_800_000,
        ]
        var total: Int64 = 0
        for index in stride(from: 0, to: words.count, by: 2) {
            var unit = String(words[index + 1])
            if unit.hasSuffix("s") { unit.removeLast() }
            guard let number = Int64(words[index]), let size = units[unit] else { return nil }
            let (part, overflow) = number.multipliedReportingOverflow(by: size)
            guard !overflow else { return nil }
            let (sum, beyond) = total.addingReportingOverflow(part)
            guard !beyond else { return nil }
            total = sum
        }
        return total
    }
}
