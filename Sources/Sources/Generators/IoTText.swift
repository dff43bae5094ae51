// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Writes readings as JSON into memory that is large enough.
struct IoTText: ~Copyable, ~Escapable {
    /// No record with its line feed is longer.
    static let longest = 240

    private var bytes: MutableSpan<UInt8>
    private(set) var count = 0
    private static let device = Array("{\"device\":\"device-".utf8)
    private static let time = Array("\",\"ts\":\"".utf8)
    private static let temperature = Array("Z\",\"temperature\":".utf8)
    private static let humidity = Array(",\"humidity\":".utf8)
    private static let site = Array(",\"site\":\"site-".utf8)
    private static let sequence = Array("\",\"seq\":".utf8)
    private static let good = Array(",\"ok\":true,\"measurement_id\":\"".utf8)
    private static let bad = Array(",\"ok\":false,\"measurement_id\":\"".utf8)
    private static let end = Array("\"}".utf8)
    private static let null = Array("null".utf8)

    @_lifetime(copy bytes)
    init(_ bytes: consuming MutableSpan<UInt8>) { self.bytes = bytes }

    @_lifetime(self: copy self)
    mutating func append(_ reading: IoTReading) {
        append(Self.device)
        append(digits: reading.device, width: 6)
        append(Self.time)
        append(time: reading.micros)
        append(Self.temperature)
        append(hundredths: reading.temperature)
        append(Self.humidity)
        if let humidity = reading.humidity { append(hundredths: humidity) } else { append(Self.null) }
        append(Self.site)
        append(digits: reading.site, width: 2)
        append(Self.sequence)
        append(number: Int(reading.sequence))
        append(reading.isGood ? Self.good : Self.bad)
        append(uuid: reading.identity)
        append(Self.end)
    }

    @_lifetime(self: copy self)
    mutating func endLine() { append(UInt8(ascii: "\n")) }

    @inline(__always) @_lifetime(self: copy self)
    private mutating func append(_ byte: UInt8) {
        bytes[count] = byte
        count += 1
    }

    @inline(__always) @_lifetime(self: copy self)
    private mutating func append(_ text: [UInt8]) {
        let span = text.span
        for index in span.indices { append(span[index]) }
    }

    @inline(__always) @_lifetime(self: copy self)
    private mutating func append(digits number: Int, width: Int) {
        var rest = number
        var place = count + width
        while place > count {
            place -= 1
            bytes[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += width
    }

    @inline(__always) @_lifetime(self: copy self)
    private mutating func append(number: Int) {
        var (width, bound) = (1, 10)
        while number >= bound && width < 18 { (width, bound) = (width + 1, bound * 10) }
        append(digits: number, width: width)
    }

    /// As the shortest decimal: `21.3`, not `21.30`.
    @inline(__always) @_lifetime(self: copy self)
    private mutating func append(hundredths number: Int) {
        append(number: number / 100)
        append(UInt8(ascii: "."))
        let rest = number % 100
        if rest % 10 == 0 { append(digits: rest / 10, width: 1) } else { append(digits: rest, width: 2) }
    }

    @_lifetime(self: copy self)
    private mutating func append(time micros: Int64) {
        let date = CivilDate(days: micros / 86_400_000_000)
        let time = Int(micros % 86_400_000_000)
        append(digits: date.year, width: 4)
        append(UInt8(ascii: "-"))
        append(digits: date.month, width: 2)
        append(UInt8(ascii: "-"))
        append(digits: date.day, width: 2)
        append(UInt8(ascii: "T"))
        append(digits: time / 3_600_000_000, width: 2)
        append(UInt8(ascii: ":"))
        append(digits: time / 60_000_000 % 60, width: 2)
        append(UInt8(ascii: ":"))
        append(digits: time / 1_000_000 % 60, width: 2)
        append(UInt8(ascii: "."))
        append(digits: time % 1_000_000, width: 6)
    }

    @_lifetime(self: copy self)
    private mutating func append(uuid identity: (high: UInt64, low: UInt64)) {
        append(hex: identity.high, from: 16, to: 8)
        append(UInt8(ascii: "-"))
        append(hex: identity.high, from: 8, to: 4)
        append(UInt8(ascii: "-"))
        append(hex: identity.high, from: 4, to: 0)
        append(UInt8(ascii: "-"))
        append(hex: identity.low, from: 16, to: 12)
        append(UInt8(ascii: "-"))
        append(hex: identity.low, from: 12, to: 0)
    }

    /// The hexadecimal digits of a number that stand `from` to `to` places before its end.
    @inline(__always) @_lifetime(self: copy self)
    private mutating func append(hex number: UInt64, from: Int, to: Int) {
        var place = from
        while place > to {
            place -= 1
            let digit = UInt8(truncatingIfNeeded: number >> UInt64(place * 4) & 15)
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit)
        }
    }
}

/// Year, month and day of a day number since 1970-01-01, for days from then on.
struct CivilDate {
    let year, month, day: Int

    /// Counts in years that begin in March, so that the leap day is the last.
    init(days: Int64) {
        let shifted = Int(days) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
}
