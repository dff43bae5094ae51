// SPDX-License-Identifier: Apache-2.0

/// Reads moments: `2026-01-31`, `2026-01-31T08:00:00Z`, `2026-01-31 08:00:00.5+02:00`. Without a zone it is UTC.
enum InstantText {
    /// What is accepted, for messages.
    static let hint = "write it as \"2026-01-31T08:00:00Z\""

    /// Microseconds since 1970 UTC; `nil` when it is no moment of the years 1 to 9999.
    static func micros(_ text: String) -> Int64? {
        var bytes = Array(text.utf8)[...]
        guard let year = number(&bytes, 4), eat(&bytes, "-"), let month = number(&bytes, 2), eat(&bytes, "-"),
            let day = number(&bytes, 2), (1...12).contains(month), (1...daysIn(month, of: year)).contains(day),
            year >= 1
        else { return nil }
        let days = daysSince1970(year: year, month: month, day: day)
        if bytes.isEmpty { return days * 86_400_000_000 }
        guard eat(&bytes, "T") || eat(&bytes, "t") || eat(&bytes, " "), let time = clock(&bytes),
            let zone = offset(&bytes)
        else { return nil }
        return bytes.isEmpty ? days * 86_400_000_000 + time - zone : nil
    }

    private static func clock(_ bytes: inout ArraySlice<UInt8>) -> Int64? {
        guard let hour = number(&bytes, 2), hour < 24, eat(&bytes, ":"), let minute = number(&bytes, 2), minute < 60
        else { return nil }
        var micros = (hour * 60 + minute) * 60_000_000
        if eat(&bytes, ":") {
            guard let second = number(&bytes, 2), second < 60 else { return nil }
            micros += second * 1_000_000
            if eat(&bytes, ".") {
                let digits = bytes.prefix { $0 >= 48 && $0 <= 57 }
                guard (1...9).contains(digits.count) else { return nil }
                let six = (digits.prefix(6) + [48, 48, 48, 48, 48, 48]).prefix(6)
                micros += six.reduce(0) { $0 * 10 + Int64($1 - 48) }
                bytes = bytes.dropFirst(digits.count)
            }
        }
        return micros
    }

    private static func offset(_ bytes: inout ArraySlice<UInt8>) -> Int64? {
        if bytes.isEmpty || eat(&bytes, "Z") || eat(&bytes, "z") { return 0 }
        let sign: Int64
        if eat(&bytes, "+") { sign = 1 } else if eat(&bytes, "-") { sign = -1 } else { return nil }
        guard let hour = number(&bytes, 2), hour <= 18 else { return nil }
        _ = eat(&bytes, ":")
        let minute = bytes.isEmpty ? 0 : number(&bytes, 2)
        guard let minute, minute < 60 else { return nil }
        return sign * (hour * 60 + minute) * 60_000_000
    }

    private static func number(_ bytes: inout ArraySlice<UInt8>, _ digits: Int) -> Int64? {
        let part = bytes.prefix(digits)
        guard part.count == digits, part.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
        bytes = bytes.dropFirst(digits)
        return part.reduce(0) { $0 * 10 + Int64($1 - 48) }
    }

    private static func eat(_ bytes: inout ArraySlice<UInt8>, _ character: UnicodeScalar) -> Bool {
        guard let first = bytes.first, first == UInt8(ascii: character) else { return false }
        bytes = bytes.dropFirst()
        return true
    }

    private static func daysIn(_ month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
    private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

/// Moments as pipeline files and command lines write them.
public enum Instant {
    /// Microseconds since 1970 UTC; `nil` when the text is no moment.
    public static func parsedMicros(_ text: String) -> Int64? { InstantText.micros(text) }
}
