// SPDX-License-Identifier: Apache-2.0

/// Dates and times as the log spells them; proleptic Gregorian, UTC.
enum CalendarText {
    private static let microsPerDay: Int64 = 86_400_000_000

    /// `YYYY-MM-DD`; years beyond 9999 get a sign.
    static func date(_ days: Int64) -> String {
        let (year, month, day) = civil(days)
        let digits = padded(year.magnitude, 4)
        return (year < 0 ? "-" : year > 9999 ? "+" : "") + digits + "-" + padded(month, 2) + "-" + padded(day, 2)
    }

    /// `YYYY-MM-DDTHH:MM:SS.mmm`, from milliseconds.
    static func timestamp(millis: Int64) -> String {
        let (days, rest) = split(millis, 86_400_000)
        return date(days) + "T" + clock(seconds: rest / 1000) + "." + padded(UInt64(rest % 1000), 3)
    }

    /// Date, `separator`, time, and microseconds where they are not 0.
    static func timestamp(micros: Int64, separator: String) -> String {
        let (days, rest) = split(micros, microsPerDay)
        let fraction = rest % 1_000_000
        return date(days) + separator + clock(seconds: rest / 1_000_000)
            + (fraction == 0 ? "" : "." + padded(UInt64(fraction), 6))
    }

    private static func clock(seconds: Int64) -> String {
        padded(UInt64(seconds / 3600), 2) + ":" + padded(UInt64(seconds / 60 % 60), 2) + ":"
            + padded(UInt64(seconds % 60), 2)
    }

    /// Floors toward −∞, so that times before 1970 fall on the right day.
    private static func split(_ value: Int64, _ unit: Int64) -> (Int64, Int64) {
        let rest = value % unit
        return rest < 0 ? (value / unit - 1, rest + unit) : (value / unit, rest)
    }

    private static func padded(_ number: UInt64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Year, month and day of a day since 1970-01-01.
    ///
    /// Counts in eras of 400 years that begin on March 1st, so that the leap day is a year's last.
    private static func civil(_ days: Int64) -> (year: Int64, month: UInt64, day: UInt64) {
        let shifted = days + 719_468
        let (era, dayOfEra) = split(shifted, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), UInt64(month), UInt64(day))
    }
}
