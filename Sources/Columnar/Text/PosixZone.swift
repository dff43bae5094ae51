// SPDX-License-Identifier: Apache-2.0

/// A zone as POSIX writes it (`EST5EDT,M3.2.0,M11.1.0`): what a TZif file says about the time after its last transition.
///
/// POSIX.1-2024, section 8.3, "TZ"; RFC 9636, section 3.3.
struct PosixZone: Sendable {
    private let standard: Int32
    /// Summer time: its offset, and when it begins and ends on the clock of the moment.
    private let summer: (offset: Int32, start: Rule, end: Rule)?

    /// A day of a year and a time.
    private struct Rule: Sendable {
        enum Day: Sendable {
            /// 1…365; 29 February is never counted.
            case julian(Int)
            /// 0…365, leap days counted.
            case zeroBased(Int)
            /// A weekday (0 is Sunday) of a week (5 is the last) of a month.
            case weekday(month: Int, week: Int, day: Int)
        }
        let day: Day
        let seconds: Int32
    }

    init?(_ text: Span<UInt8>) {
        var reader = Reader()
        guard reader.name(text), let offset = reader.time(text) else { return nil }
        standard = -offset
        if reader.index == text.count {
            summer = nil
            return
        }
        guard reader.name(text) else { return nil }
        var summerOffset = standard + 3600
        if reader.index < text.count, text[reader.index] != UInt8(ascii: ",") {
            guard let written = reader.time(text) else { return nil }
            summerOffset = -written
        }
        guard let start = reader.rule(text), let end = reader.rule(text), reader.index == text.count else { return nil }
        summer = (summerOffset, start, end)
    }

    func offset(atSeconds seconds: Int64) -> Int32 {
        guard let summer else { return standard }
        let year = CalendarDate(daysSinceEpoch: Int((seconds + Int64(standard)).flooringDivision(by: 86_400))).year
        let start = Self.moment(summer.start, year) - Int64(standard)
        let end = Self.moment(summer.end, year) - Int64(summer.offset)
        let isSummer = start < end ? seconds >= start && seconds < end : seconds >= start || seconds < end
        return isSummer ? summer.offset : standard
    }

    /// Seconds since 1970 on the clock of the place.
    private static func moment(_ rule: Rule, _ year: Int) -> Int64 {
        let newYear = CalendarDate(year: year, month: 1, day: 1).daysSinceEpoch
        let day: Int
        switch rule.day {
        case .julian(let number):
            day = newYear + number - 1 + (CalendarDate.isLeap(year) && number >= 60 ? 1 : 0)
        case .zeroBased(let number): day = newYear + number
        case .weekday(let month, let week, let weekday):
            let first = CalendarDate(year: year, month: month, day: 1).daysSinceEpoch
            let shift = (weekday - CalendarDate.isoWeekday(daysSinceEpoch: first) % 7 + 7) % 7
            var found = first + shift + (week - 1) * 7
            if found >= first + CalendarDate.daysInMonth(year: year, month: month) { found -= 7 }
            day = found
        }
        return Int64(day) * 86_400 + Int64(rule.seconds)
    }

    /// Walks the text.
    private struct Reader {
        var index = 0

        /// Skips an abbreviation: letters, or anything between `<` and `>`.
        mutating func name(_ text: Span<UInt8>) -> Bool {
            let start = index
            if index < text.count, text[index] == UInt8(ascii: "<") {
                while index < text.count, text[index] != UInt8(ascii: ">") { index += 1 }
                index += 1
                return index <= text.count
            }
            while index < text.count, ASCII.lowercased(text[index]) &- UInt8(ascii: "a") < 26 { index += 1 }
            return index - start >= 3
        }

        /// Reads `[±]h[hh][:mm[:ss]]` as seconds.
        mutating func time(_ text: Span<UInt8>) -> Int32? {
            guard index < text.count else { return nil }
            let negative = text[index] == UInt8(ascii: "-")
            if negative || text[index] == UInt8(ascii: "+") { index += 1 }
            guard let hours = DateReader.number(text, &index, digits: 1...3) else { return nil }
            var total = hours * 3600
            for unit in [60, 1] {
                guard index < text.count, text[index] == UInt8(ascii: ":") else { break }
                index += 1
                guard let part = DateReader.number(text, &index, digits: 1...2) else { return nil }
                total += part * unit
            }
            return Int32(negative ? -total : total)
        }

        /// Reads `,Mm.w.d[/time]`, `,Jn[/time]` or `,n[/time]`.
        mutating func rule(_ text: Span<UInt8>) -> Rule? {
            guard index + 1 < text.count, text[index] == UInt8(ascii: ",") else { return nil }
            index += 1
            let day: Rule.Day
            switch text[index] {
            case UInt8(ascii: "M"):
                index += 1
                guard let month = DateReader.number(text, &index, digits: 1...2), (1...12).contains(month), point(text),
                    let week = DateReader.number(text, &index, digits: 1...1), (1...5).contains(week), point(text),
                    let weekday = DateReader.number(text, &index, digits: 1...1), weekday <= 6
                else { return nil }
                day = .weekday(month: month, week: week, day: weekday)
            case UInt8(ascii: "J"):
                index += 1
                guard let number = DateReader.number(text, &index, digits: 1...3) else { return nil }
                day = .julian(number)
            default:
                guard let number = DateReader.number(text, &index, digits: 1...3) else { return nil }
                day = .zeroBased(number)
            }
            var seconds: Int32 = 7200
            if index < text.count, text[index] == UInt8(ascii: "/") {
                index += 1
                guard let written = time(text) else { return nil }
                seconds = written
            }
            return Rule(day: day, seconds: seconds)
        }

        private mutating func point(_ text: Span<UInt8>) -> Bool {
            guard index < text.count, text[index] == UInt8(ascii: ".") else { return false }
            index += 1
            return true
        }
    }
}
