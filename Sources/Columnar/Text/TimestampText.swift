// SPDX-License-Identifier: Apache-2.0

/// Timestamps as text, in ISO 8601 and the other forms that Spark's casts take.
public enum TimestampText {
    /// What a text says, before a zone is applied.
    public struct Parts: Hashable, Sendable {
        /// Microseconds since 1970-01-01T00:00 on the clock that the text shows.
        public var localMicros: Int64
        /// The zone behind it.
        public var zone: Zone
    }

    /// The zone behind a timestamp.
    public enum Zone: Hashable, Sendable {
        case none
        /// Seconds east of UTC.
        case offset(Int32)
        /// A region, as the bytes of the text that name it.
        case region(Range<Int>)
    }

    /// Microseconds in a second.
    public static let microsPerSecond: Int64 = 1_000_000
    /// Microseconds in a day.
    public static let microsPerDay: Int64 = 86_400_000_000

    /// Reads a timestamp to microseconds since 1970 UTC; without a zone it is taken as UTC.
    ///
    /// `YYYY-MM-DDTHH:MM:SS[.f…][Z]` takes a fast path. Further: a blank for `T`, parts cut off from the right, months, days
    /// and times of one digit, years of 4 to 7 digits, zones `Z`, `UTC`, `GMT`, `UT` and offsets `+h`, `+hh:mm`,
    /// `UTC+hh:mm:ss`. Digits beyond microseconds are cut off. Regions need `region`, which gives UTC micros for local ones.
    @inlinable
    public static func parse(
        _ text: Span<UInt8>, region: (Span<UInt8>, Int64) -> Int64? = { _, _ in nil }
    ) -> Int64? {
        if let micros = parseFixed(text) { return micros }
        let bytes = ASCII.trimmed(text)
        guard let parts = parts(of: bytes) else { return nil }
        switch parts.zone {
        case .none: return parts.localMicros
        case .offset(let seconds):
            let (micros, overflow) = parts.localMicros.subtractingReportingOverflow(Int64(seconds) * microsPerSecond)
            return overflow ? nil : micros
        case .region(let range): return region(bytes.extracting(range), parts.localMicros)
        }
    }

    /// Reads a timestamp as its clock shows it, whatever the zone behind it.
    public static func parseLocal(_ text: Span<UInt8>) -> Int64? {
        parts(of: ASCII.trimmed(text))?.localMicros
    }

    /// Reads exactly `YYYY-MM-DD[T ]HH:MM:SS[.f…][Z]`.
    @inlinable
    static func parseFixed(_ bytes: Span<UInt8>) -> Int64? {
        let count = bytes.count
        guard count >= 19, bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " "),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"), let days = DateText.parseFixed(bytes)
        else { return nil }
        var bad: UInt8 = 0
        let hour = DateText.digit(bytes[11], &bad) * 10 + DateText.digit(bytes[12], &bad)
        let minute = DateText.digit(bytes[14], &bad) * 10 + DateText.digit(bytes[15], &bad)
        let second = DateText.digit(bytes[17], &bad) * 10 + DateText.digit(bytes[18], &bad)
        guard bad < 10, hour < 24, minute < 60, second < 60 else { return nil }
        let end = bytes[count - 1] == UInt8(ascii: "Z") ? count - 1 : count
        var micros = Int64(days) * 86_400_000_000 + Int64((hour * 60 + minute) * 60 + second) * 1_000_000
        guard end > 19 else { return end == 19 ? micros : nil }
        guard bytes[19] == UInt8(ascii: ".") else { return nil }
        var fraction: Int64 = 0
        var places = 0
        var index = 20
        while index < end {
            let digit = bytes[index] &- 0x30
            guard digit < 10 else { return nil }
            if places < 6 {
                fraction = fraction * 10 + Int64(digit)
                places += 1
            }
            index += 1
        }
        while places < 6 {
            fraction *= 10
            places += 1
        }
        micros += fraction
        return micros
    }

    /// What a text without blanks around it says.
    public static func parts(of bytes: Span<UInt8>) -> Parts? {
        var date = DateReader()
        guard let dateEnd = date.read(bytes) else { return nil }
        let start = Int64(date.days)
        if dateEnd == bytes.count { return parts(days: start, micros: 0, zone: .none) }
        guard date.segments == 3, bytes[dateEnd] == UInt8(ascii: "T") || bytes[dateEnd] == UInt8(ascii: " ") else {
            return nil
        }
        if dateEnd + 1 == bytes.count { return parts(days: start, micros: 0, zone: .none) }
        guard let (micros, timeEnd) = time(bytes, from: dateEnd + 1) else { return nil }
        guard let zone = zone(bytes, from: timeEnd) else { return nil }
        return parts(days: start, micros: micros, zone: zone)
    }

    private static func parts(days: Int64, micros: Int64, zone: Zone) -> Parts? {
        let (whole, overflow) = days.multipliedReportingOverflow(by: microsPerDay)
        let (sum, overflowOfSum) = whole.addingReportingOverflow(micros)
        return overflow || overflowOfSum ? nil : Parts(localMicros: sum, zone: zone)
    }

    /// Reads `[h]h:[m]m[:[s]s[.f…]]` as microseconds of a day.
    static func time(_ bytes: Span<UInt8>, from start: Int) -> (micros: Int64, end: Int)? {
        var index = start
        guard let hour = DateReader.number(bytes, &index, digits: 1...2), hour < 24 else { return nil }
        var (minute, second) = (0, 0)
        var fraction: Int64 = 0
        guard index < bytes.count, bytes[index] == UInt8(ascii: ":") else {
            return (Int64(hour) * 3_600_000_000, index)
        }
        index += 1
        guard let minutes = DateReader.number(bytes, &index, digits: 1...2), minutes < 60 else { return nil }
        minute = minutes
        if index < bytes.count, bytes[index] == UInt8(ascii: ":") {
            index += 1
            guard let seconds = DateReader.number(bytes, &index, digits: 1...2), seconds < 60 else { return nil }
            second = seconds
            if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
                index += 1
                var unit: Int64 = 100_000
                while index < bytes.count, ASCII.isDigit(bytes[index]) {
                    fraction += Int64(bytes[index] &- 0x30) * unit
                    unit /= 10
                    index += 1
                }
            }
        }
        return (Int64((hour * 60 + minute) * 60 + second) * microsPerSecond + fraction, index)
    }

    /// Reads the zone behind a time.
    private static func zone(_ bytes: Span<UInt8>, from start: Int) -> Zone? {
        var index = start
        while index < bytes.count, ASCII.isBlank(bytes[index]) { index += 1 }
        if index == bytes.count { return Zone.none }
        let name = bytes.extracting(index..<bytes.count)
        if let offset = ZoneOffsetText.parse(name) { return .offset(offset) }
        let first = ASCII.lowercased(name[0])
        return first >= UInt8(ascii: "a") && first <= UInt8(ascii: "z") ? .region(index..<bytes.count) : nil
    }

    /// Appends `YYYY-MM-DD HH:MM:SS[.f…]` of microseconds on a clock, without zeros at the end of the fraction.
    public static func write(
        _ micros: Int64, separator: UInt8 = UInt8(ascii: " "), to output: inout BufferBuilder<UInt8>
    ) {
        let date = CalendarDate(daysSinceEpoch: Int(micros.flooringDivision(by: microsPerDay)))
        let ofDay = UInt64(micros.flooringRemainder(by: microsPerDay))
        let seconds = Int(ofDay / 1_000_000)
        DateText.write(date, to: &output)
        let start = output.count
        output.append(repeating: UInt8(ascii: ":"), count: 9)
        var text = output.mutableSpan
        text[start] = separator
        DateText.put(seconds / 3600, at: start + 1, in: &text)
        DateText.put(seconds / 60 % 60, at: start + 4, in: &text)
        DateText.put(seconds % 60, at: start + 7, in: &text)
        appendFraction(ofDay % 1_000_000, to: &output)
    }

    /// Appends a point and up to six digits, or nothing for 0.
    static func appendFraction(_ micros: UInt64, to output: inout BufferBuilder<UInt8>) {
        guard micros > 0 else { return }
        var (digits, width) = (micros, 6)
        while digits % 10 == 0 {
            digits /= 10
            width -= 1
        }
        output.append(UInt8(ascii: "."))
        output.appendDigits(digits, width: width)
    }

    /// Appends `YYYY-MM-DDTHH:MM:SS.ffffffZ` with all six digits, for JSON and messages.
    public static func writeISO(_ micros: Int64, to output: inout BufferBuilder<UInt8>) {
        let whole = micros - micros.flooringRemainder(by: microsPerSecond)
        write(whole, separator: UInt8(ascii: "T"), to: &output)
        output.append(UInt8(ascii: "."))
        output.appendDigits(UInt64(micros.flooringRemainder(by: microsPerSecond)), width: 6)
        output.append(UInt8(ascii: "Z"))
    }
}
