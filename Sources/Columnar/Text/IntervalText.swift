// SPDX-License-Identifier: Apache-2.0

/// Intervals as text: `[-]d hh:mm:ss[.f…]` and `[-]y-m`, with or without `INTERVAL '…' DAY TO SECOND` around them.
public enum IntervalText {
    /// Reads a day-time interval to microseconds.
    public static func parseDayTime(_ text: Span<UInt8>) -> Int64? {
        let bytes = unwrapped(ASCII.trimmed(text))
        var index = 0
        let negative = sign(bytes, &index)
        guard let days = DateReader.number(bytes, &index, digits: 1...9) else { return nil }
        var micros: Int64 = 0
        if index < bytes.count {
            guard bytes[index] == UInt8(ascii: " "),
                let (time, end) = TimestampText.time(bytes, from: index + 1), end == bytes.count
            else { return nil }
            micros = time
        }
        let (whole, overflow) = Int64(days).multipliedReportingOverflow(by: TimestampText.microsPerDay)
        let (total, overflowOfSum) = whole.addingReportingOverflow(micros)
        guard !overflow, !overflowOfSum else { return nil }
        return negative ? -total : total
    }

    /// Reads a year-month interval to months.
    public static func parseYearMonth(_ text: Span<UInt8>) -> Int32? {
        let bytes = unwrapped(ASCII.trimmed(text))
        var index = 0
        let negative = sign(bytes, &index)
        guard let years = DateReader.number(bytes, &index, digits: 1...9), index < bytes.count,
            bytes[index] == UInt8(ascii: "-")
        else { return nil }
        index += 1
        guard let months = DateReader.number(bytes, &index, digits: 1...2), months < 12, index == bytes.count,
            let total = Int32(exactly: years * 12 + months)
        else { return nil }
        return negative ? -total : total
    }

    private static func sign(_ bytes: Span<UInt8>, _ index: inout Int) -> Bool {
        guard bytes.count > 0, bytes[0] == UInt8(ascii: "-") || bytes[0] == UInt8(ascii: "+") else { return false }
        index = 1
        return bytes[0] == UInt8(ascii: "-")
    }

    /// What stands between the quotes of `INTERVAL '…' …`, or the text itself.
    @_lifetime(copy bytes)
    private static func unwrapped(_ bytes: Span<UInt8>) -> Span<UInt8> {
        guard bytes.count > 10, ASCII.matches(bytes.extracting(0..<8), "interval") else { return bytes }
        var (start, end) = (8, bytes.count)
        while start < end, bytes[start] != UInt8(ascii: "'") { start += 1 }
        while end > start, bytes[end - 1] != UInt8(ascii: "'") { end -= 1 }
        return end - 1 > start + 1 ? bytes.extracting((start + 1)..<(end - 1)) : bytes
    }

    /// Appends `[-]d hh:mm:ss[.f…]` of microseconds.
    public static func writeDayTime(_ micros: Int64, to output: inout BufferBuilder<UInt8>) {
        if micros < 0 { output.append(UInt8(ascii: "-")) }
        let magnitude = micros.magnitude
        output.appendDigits(magnitude / 86_400_000_000, width: 1)
        output.append(UInt8(ascii: " "))
        output.appendDigits(magnitude / 3_600_000_000 % 24, width: 2)
        output.append(UInt8(ascii: ":"))
        output.appendDigits(magnitude / 60_000_000 % 60, width: 2)
        output.append(UInt8(ascii: ":"))
        output.appendDigits(magnitude / 1_000_000 % 60, width: 2)
        TimestampText.appendFraction(magnitude % 1_000_000, to: &output)
    }

    /// Appends `[-]y-m` of months.
    public static func writeYearMonth(_ months: Int32, to output: inout BufferBuilder<UInt8>) {
        if months < 0 { output.append(UInt8(ascii: "-")) }
        output.appendDigits(UInt64(months.magnitude / 12), width: 1)
        output.append(UInt8(ascii: "-"))
        output.appendDigits(UInt64(months.magnitude % 12), width: 1)
    }
}
