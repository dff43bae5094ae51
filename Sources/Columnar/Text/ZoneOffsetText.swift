// SPDX-License-Identifier: Apache-2.0

/// Fixed distances from UTC as text.
public enum ZoneOffsetText {
    /// Reads `Z`, `UTC`, `GMT`, `UT`, `±h[h][:mm[:ss]]`, `±hhmm[ss]`, or one of the names with an offset behind it.
    /// The result is seconds east of UTC, at most 18 hours.
    public static func parse(_ bytes: Span<UInt8>) -> Int32? {
        if bytes.count == 1, bytes[0] == UInt8(ascii: "Z") { return 0 }
        var start = 0
        if bytes.count >= 3,
            ASCII.matches(bytes.extracting(0..<3), "utc") || ASCII.matches(bytes.extracting(0..<3), "gmt")
        {
            start = 3
        } else if bytes.count >= 2, ASCII.matches(bytes.extracting(0..<2), "ut") {
            start = 2
        }
        if start == bytes.count { return start > 0 ? 0 : nil }
        let sign = bytes[start]
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
        guard let seconds = magnitude(bytes.extracting((start + 1)..<bytes.count)) else { return nil }
        return sign == UInt8(ascii: "-") ? -seconds : seconds
    }

    private static func magnitude(_ bytes: Span<UInt8>) -> Int32? {
        var index = 0
        var parts: (Int, Int, Int) = (0, 0, 0)
        if bytes.count >= 4, ASCII.isDigit(bytes[2]) {
            guard bytes.count == 4 || bytes.count == 6, let all = DateReader.number(bytes, &index, digits: 4...6) else {
                return nil
            }
            parts = bytes.count == 4 ? (all / 100, all % 100, 0) : (all / 10_000, all / 100 % 100, all % 100)
        } else {
            guard let hours = DateReader.number(bytes, &index, digits: 1...2) else { return nil }
            parts.0 = hours
            if index < bytes.count, bytes[index] == UInt8(ascii: ":") {
                index += 1
                guard let minutes = DateReader.number(bytes, &index, digits: 1...2) else { return nil }
                parts.1 = minutes
                if index < bytes.count, bytes[index] == UInt8(ascii: ":") {
                    index += 1
                    guard let seconds = DateReader.number(bytes, &index, digits: 1...2) else { return nil }
                    parts.2 = seconds
                }
            }
        }
        let total = (parts.0 * 60 + parts.1) * 60 + parts.2
        guard index == bytes.count, parts.1 < 60, parts.2 < 60, total <= 18 * 3600 else { return nil }
        return Int32(total)
    }
}
