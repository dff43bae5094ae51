// SPDX-License-Identifier: Apache-2.0

/// Reads durations: `250 ms`, `1 minute 30 seconds`, ISO 8601 `PT1M30S`, and `0`.
enum DurationText {
    /// What is accepted, for messages.
    static let hint = "write it as \"250 ms\", \"10 seconds\", \"1 minute 30 seconds\" or \"PT10S\""

    /// Microseconds; `nil` when it is no duration or beyond ±292,000 years. Months and years have no fixed length and are refused.
    static func micros(_ text: String) -> Int64? {
        let trimmed = text.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        if trimmed == "0" { return 0 }
        return trimmed.hasPrefix("P") || trimmed.hasPrefix("p")
            ? iso(trimmed.uppercased()) : words(trimmed.lowercased())
    }

    private static func unitMicros(_ unit: some StringProtocol) -> Int64? {
        switch unit {
        case "us", "µs", "microsecond", "microseconds": 1
        case "ms", "milli", "millis", "millisecond", "milliseconds": 1_000
        case "s", "sec", "secs", "second", "seconds": 1_000_000
        case "m", "min", "mins", "minute", "minutes": 60_000_000
        case "h", "hr", "hrs", "hour", "hours": 3_600_000_000
        case "d", "day", "days": 86_400_000_000
        case "w", "week", "weeks": 604_800_000_000
        default: nil
        }
    }

    private static func words(_ text: String) -> Int64? {
        var (total, rest) = (Int64(0), text[...])
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count).drop { $0 == " " }
            let unit = rest.prefix { $0 != " " && !($0.isASCII && $0.isNumber) }
            rest = rest.dropFirst(unit.count).drop { $0 == " " }
            guard let scale = unitMicros(unit), let part = product(number, scale) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { return nil }
            total = sum
        }
        return total
    }

    private static func iso(_ text: String) -> Int64? {
        var (total, rest, inTime, parts) = (Int64(0), text.dropFirst(), false, 0)
        while let first = rest.first {
            if first == "T" {
                guard !inTime else { return nil }
                (inTime, rest) = (true, rest.dropFirst())
                continue
            }
            let number = rest.prefix { $0.isNumber || $0 == "." }
            guard let unit = rest.dropFirst(number.count).first else { return nil }
            rest = rest.dropFirst(number.count + 1)
            let scale: Int64? =
                switch (unit, inTime) {
                case ("W", false): 604_800_000_000
                case ("D", false): 86_400_000_000
                case ("H", true): 3_600_000_000
                case ("M", true): 60_000_000
                case ("S", true): 1_000_000
                default: nil
                }
            guard let scale, let part = product(number, scale) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { return nil }
            (total, parts) = (sum, parts + 1)
        }
        return parts > 0 ? total : nil
    }

    /// A decimal number times a scale, exact or refused.
    static func product(_ number: some StringProtocol, _ scale: Int64) -> Int64? {
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first, let whole = Int64(first) else { return nil }
        let (scaled, overflow) = whole.multipliedReportingOverflow(by: scale)
        guard !overflow else { return nil }
        guard parts.count == 2 else { return scaled }
        guard let digits = Int64(parts[1]), parts[1].utf8.count <= 9 else { return nil }
        let power = (0..<parts[1].utf8.count).reduce(Int64(1)) { product, _ in product * 10 }
        let fraction = Int128(digits) * Int128(scale)
        guard fraction % Int128(power) == 0 else { return nil }
        let (sum, overflows) = scaled.addingReportingOverflow(Int64(fraction / Int128(power)))
        return overflows ? nil : sum
    }
}

extension Duration {
    /// Microseconds of a duration as pipeline files write them; `nil` when it is none.
    public static func parsedMicros(_ text: String) -> Int64? { DurationText.micros(text) }
}
