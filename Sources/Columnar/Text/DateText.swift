// SPDX-License-Identifier: Apache-2.0

/// Dates as text, in the forms that Spark's casts take.
public enum DateText {
    /// Reads `[+-]y…`, `y-m`, `y-m-d` (years of 4 to 7 digits, months and days of 1 or 2), with anything behind a `T` or
    /// a blank ignored after a whole date. The result is days since 1970-01-01.
    public static func parse(_ text: Span<UInt8>) -> Int32? {
        let bytes = ASCII.trimmed(text)
        if bytes.count == 10, let days = parseFixed(bytes) { return days }
        var reader = DateReader()
        guard let end = reader.read(bytes) else { return nil }
        if end < bytes.count {
            guard reader.segments == 3, bytes[end] == UInt8(ascii: "T") || bytes[end] == UInt8(ascii: " ") else {
                return nil
            }
        }
        return reader.days
    }

    /// Reads exactly `YYYY-MM-DD`.
    @inlinable
    static func parseFixed(_ bytes: Span<UInt8>) -> Int32? {
        guard bytes.count >= 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") else { return nil }
        var bad: UInt8 = 0
        let year =
            digit(bytes[0], &bad) * 1000 + digit(bytes[1], &bad) * 100 + digit(bytes[2], &bad) * 10
            + digit(bytes[3], &bad)
        let month = digit(bytes[5], &bad) * 10 + digit(bytes[6], &bad)
        let day = digit(bytes[8], &bad) * 10 + digit(bytes[9], &bad)
        guard bad < 10, CalendarDate.isValid(year: year, month: month, day: day) else { return nil }
        return Int32(truncatingIfNeeded: CalendarDate(year: year, month: month, day: day).daysSinceEpoch)
    }

    /// The value of a digit; notes in `bad` a value of 10 or more when it is none.
    @inlinable @inline(__always)
    static func digit(_ byte: UInt8, _ bad: inout UInt8) -> Int {
        let value = byte &- 0x30
        bad = max(bad, value)
        return Int(value)
    }

    /// Appends `YYYY-MM-DD`; years beyond 9999 get a `+`, those before 0 a `-`.
    public static func write(_ days: Int32, to output: inout BufferBuilder<UInt8>) {
        write(CalendarDate(daysSinceEpoch: Int(days)), to: &output)
    }

    /// Writes two digits of a number below 100.
    @inline(__always)
    static func put(_ number: Int, at position: Int, in text: inout MutableSpan<UInt8>) {
        text[position] = UInt8(truncatingIfNeeded: 0x30 + number / 10)
        text[position + 1] = UInt8(truncatingIfNeeded: 0x30 + number % 10)
    }

    static func write(_ date: CalendarDate, to output: inout BufferBuilder<UInt8>) {
        if date.year >= 0, date.year <= 9999 {
            let start = output.count
            output.append(repeating: UInt8(ascii: "-"), count: 10)
            var text = output.mutableSpan
            put(date.year / 100, at: start, in: &text)
            put(date.year % 100, at: start + 2, in: &text)
            put(date.month, at: start + 5, in: &text)
            put(date.day, at: start + 8, in: &text)
            return
        }
        if date.year < 0 {
            output.append(UInt8(ascii: "-"))
        } else if date.year > 9999 {
            output.append(UInt8(ascii: "+"))
        }
        output.appendDigits(UInt64(date.year.magnitude), width: 4)
        output.append(UInt8(ascii: "-"))
        output.appendDigits(UInt64(date.month), width: 2)
        output.append(UInt8(ascii: "-"))
        output.appendDigits(UInt64(date.day), width: 2)
    }
}

/// Reads the date part of a text.
struct DateReader {
    private(set) var days: Int32 = 0
    /// How many of year, month and day there are.
    private(set) var segments = 0

    /// Where the date ends; `nil` when there is none or it does not exist.
    mutating func read(_ bytes: Span<UInt8>) -> Int? {
        guard bytes.count > 0 else { return nil }
        let negative = bytes[0] == UInt8(ascii: "-")
        var index = negative || bytes[0] == UInt8(ascii: "+") ? 1 : 0
        guard var year = Self.number(bytes, &index, digits: 4...7) else { return nil }
        if negative { year = -year }
        var (month, day) = (1, 1)
        segments = 1
        if index < bytes.count, bytes[index] == UInt8(ascii: "-") {
            index += 1
            guard let value = Self.number(bytes, &index, digits: 1...2) else { return nil }
            month = value
            segments = 2
            if index < bytes.count, bytes[index] == UInt8(ascii: "-") {
                index += 1
                guard let value = Self.number(bytes, &index, digits: 1...2) else { return nil }
                day = value
                segments = 3
            }
        }
        guard CalendarDate.isValid(year: year, month: month, day: day),
            let days = Int32(exactly: CalendarDate(year: year, month: month, day: day).daysSinceEpoch)
        else { return nil }
        self.days = days
        return index
    }

    /// Reads a run of digits whose length must be in a range.
    static func number(_ bytes: Span<UInt8>, _ index: inout Int, digits: ClosedRange<Int>) -> Int? {
        let start = index
        var value = 0
        while index < bytes.count, ASCII.isDigit(bytes[index]) {
            guard index - start < digits.upperBound else { return nil }
            value = value * 10 + Int(bytes[index] &- 0x30)
            index += 1
        }
        return index - start >= digits.lowerBound ? value : nil
    }
}
