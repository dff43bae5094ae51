// SPDX-License-Identifier: Apache-2.0

/// Times and durations as text.
enum TimeText {
    /// `2026-01-31T08:00:00.123Z` in UTC, with milliseconds.
    static func iso(micros: Int64) -> String {
        let (days, rest) = divided(micros, by: 86_400_000_000)
        let millis = rest / 1_000
        let clock = [(millis / 3_600_000) % 24, (millis / 60_000) % 60, (millis / 1_000) % 60].map { padded($0, 2) }
        return "\(date(days: days))T\(clock.joined(separator: ":")).\(padded(millis % 1_000, 3))Z"
    }

    /// `2026-01-31` of days since 1970-01-01. Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    static func date(days: Int64) -> String {
        let (era, dayOfEra) = divided(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return "\(padded(yearOfEra + era * 400 + (month <= 2 ? 1 : 0), 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    /// `850 ms`, `12.3 s`, `4 min 10 s`.
    static func duration(nanos: Int64) -> String {
        switch nanos {
        case ..<1_000_000_000: "\(nanos / 1_000_000) ms"
        case ..<60_000_000_000: "\(nanos / 1_000_000_000).\(nanos / 100_000_000 % 10) s"
        default: "\(nanos / 60_000_000_000) min \(nanos / 1_000_000_000 % 60) s"
        }
    }

    /// Quotient and remainder, rounded toward −∞.
    static func divided(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let remainder = value % divisor
        return remainder < 0
            ? (value / divisor - 1, remainder + divisor) : (value / divisor, remainder)
    }

    static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
