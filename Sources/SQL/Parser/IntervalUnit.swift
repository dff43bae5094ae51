// SPDX-License-Identifier: Apache-2.0

/// A unit of an interval, from the largest to the smallest.
enum IntervalUnit: Int, Comparable, Sendable {
    case year, month, week, day, hour, minute, second, millisecond, microsecond

    /// The unit of a keyword in upper case, singular or plural.
    init?(_ keyword: String) {
        switch keyword {
        case "YEAR", "YEARS": self = .year
        case "MONTH", "MONTHS": self = .month
        case "WEEK", "WEEKS": self = .week
        case "DAY", "DAYS": self = .day
        case "HOUR", "HOURS": self = .hour
        case "MINUTE", "MINUTES": self = .minute
        case "SECOND", "SECONDS": self = .second
        case "MILLISECOND", "MILLISECONDS": self = .millisecond
        case "MICROSECOND", "MICROSECONDS": self = .microsecond
        default: return nil
        }
    }

    static func < (left: IntervalUnit, right: IntervalUnit) -> Bool { left.rawValue < right.rawValue }

    /// Whether it counts months.
    var isYearMonth: Bool { self <= .month }

    /// Months for years and months, microseconds for the others.
    var size: Int64 {
        switch self {
        case .year: 12
        case .month: 1
        case .week: 7 * 86_400_000_000
        case .day: 86_400_000_000
        case .hour: 3_600_000_000
        case .minute: 60_000_000
        case .second: 1_000_000
        case .millisecond: 1000
        case .microsecond: 1
        }
    }
}
