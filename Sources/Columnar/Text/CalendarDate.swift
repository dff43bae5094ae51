// SPDX-License-Identifier: Apache-2.0

/// A day of the proleptic Gregorian calendar, and its arithmetic over days since 1970-01-01.
public struct CalendarDate: Hashable, Sendable {
    /// The astronomical year; 0 is 1 BC.
    public let year: Int
    /// 1…12.
    public let month: Int
    /// 1…31.
    public let day: Int

    /// A day; that it exists is the caller's duty.
    @inlinable
    public init(year: Int, month: Int, day: Int) {
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// The day that is `days` after 1970-01-01.
    ///
    /// Years are counted from March, so that the leap day is the last of a year and months have a regular pattern.
    @inlinable
    public init(daysSinceEpoch days: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01.
    @inlinable public var daysSinceEpoch: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Whether a year has a leap day.
    @inlinable
    public static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    /// How many days a month has.
    @inlinable
    public static func daysInMonth(year: Int, month: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Whether the day exists.
    @inlinable
    public static func isValid(year: Int, month: Int, day: Int) -> Bool {
        month >= 1 && month <= 12 && day >= 1 && (day <= 28 || day <= daysInMonth(year: year, month: month))
    }

    /// The same day `months` later, or the last of that month when it is shorter.
    @inlinable
    public func adding(months: Int) -> CalendarDate {
        let total = year * 12 + (month - 1) + months
        let newYear = (total >= 0 ? total : total - 11) / 12
        let newMonth = total - newYear * 12 + 1
        return CalendarDate(
            year: newYear, month: newMonth, day: min(day, Self.daysInMonth(year: newYear, month: newMonth)))
    }

    /// 1…366.
    @inlinable public var dayOfYear: Int {
        daysSinceEpoch - CalendarDate(year: year, month: 1, day: 1).daysSinceEpoch + 1
    }

    /// Monday 1 … Sunday 7, of days since 1970-01-01 (a Thursday).
    @inlinable
    public static func isoWeekday(daysSinceEpoch days: Int) -> Int {
        let remainder = (days + 3) % 7
        return (remainder < 0 ? remainder + 7 : remainder) + 1
    }

    /// The ISO 8601 week and the year it belongs to: week 1 has the first Thursday.
    @inlinable
    public static func isoWeek(daysSinceEpoch days: Int) -> (year: Int, week: Int) {
        let thursday = days - isoWeekday(daysSinceEpoch: days) + 4
        let date = CalendarDate(daysSinceEpoch: thursday)
        return (date.year, (date.dayOfYear - 1) / 7 + 1)
    }
}

/// Division that rounds toward −∞, as times before 1970 need.
extension FixedWidthInteger where Self: SignedInteger {
    /// The quotient rounded down; the divisor must be positive.
    @inlinable @inline(__always)
    public func flooringDivision(by divisor: Self) -> Self {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// What is left, between 0 and the divisor, which must be positive.
    @inlinable @inline(__always)
    public func flooringRemainder(by divisor: Self) -> Self {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
