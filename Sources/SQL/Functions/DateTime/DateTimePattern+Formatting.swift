// SPDX-License-Identifier: Apache-2.0
import Columnar

extension DateTimePattern {
    /// Appends a moment as the pattern asks; the clock and the zone are UTC's.
    func write(_ micros: Int64, to output: inout BufferBuilder<UInt8>) {
        let days = Int(micros.flooringDivision(by: TimestampText.microsPerDay))
        let moment = Moment(
            date: CalendarDate(daysSinceEpoch: days), days: days,
            ofDay: UInt64(micros.flooringRemainder(by: TimestampText.microsPerDay)))
        for element in elements {
            switch element {
            case .literal(let bytes): output.append(contentsOf: bytes.span)
            case .field(let letter, let width): Self.write(letter, width, moment, to: &output)
            case .optionalStart, .optionalEnd: continue
            }
        }
    }

    private struct Moment {
        let date: CalendarDate
        let days: Int
        let ofDay: UInt64

        var hour: UInt64 { ofDay / 3_600_000_000 }
    }

    private static func write(_ letter: UInt8, _ width: Int, _ moment: Moment, to output: inout BufferBuilder<UInt8>) {
        switch letter {
        case UInt8(ascii: "y"): writeYear(moment.date.year, width, to: &output)
        case UInt8(ascii: "M"), UInt8(ascii: "L"):
            writeName(moment.date.month, width, months[moment.date.month - 1], to: &output)
        case UInt8(ascii: "d"): output.appendDigits(UInt64(moment.date.day), width: width)
        case UInt8(ascii: "D"): output.appendDigits(UInt64(moment.date.dayOfYear), width: width)
        case UInt8(ascii: "E"):
            let name = weekdays[CalendarDate.isoWeekday(daysSinceEpoch: moment.days) - 1]
            writePrefix(name, width < 4 ? 3 : name.utf8CodeUnitCount, to: &output)
        case UInt8(ascii: "Q"), UInt8(ascii: "q"): writeQuarter((moment.date.month + 2) / 3, width, to: &output)
        case UInt8(ascii: "F"): output.appendDigits(UInt64((moment.date.day - 1) % 7 + 1), width: 1)
        case UInt8(ascii: "G"):
            output.append(
                moment.date.year > 0 ? (width < 4 ? "AD" : "Anno Domini") : (width < 4 ? "BC" : "Before Christ"))
        case UInt8(ascii: "a"): output.append(moment.hour < 12 ? "AM" : "PM")
        case UInt8(ascii: "H"): output.appendDigits(moment.hour, width: width)
        case UInt8(ascii: "k"): output.appendDigits(moment.hour == 0 ? 24 : moment.hour, width: width)
        case UInt8(ascii: "K"): output.appendDigits(moment.hour % 12, width: width)
        case UInt8(ascii: "h"): output.appendDigits((moment.hour + 11) % 12 + 1, width: width)
        case UInt8(ascii: "m"): output.appendDigits(moment.ofDay / 60_000_000 % 60, width: width)
        case UInt8(ascii: "s"): output.appendDigits(moment.ofDay / 1_000_000 % 60, width: width)
        case UInt8(ascii: "S"):
            let nanos = moment.ofDay % 1_000_000 * 1000
            output.appendDigits(nanos / UInt64(DecimalText.limit(precision: 9 - width)), width: width)
        default: writeZone(letter, width, to: &output)
        }
    }

    /// Years of the era; two letters are the last two digits.
    private static func writeYear(_ year: Int, _ width: Int, to output: inout BufferBuilder<UInt8>) {
        let shown = year <= 0 ? 1 - year : year
        if width == 2 { return output.appendDigits(UInt64(shown.magnitude % 100), width: 2) }
        if width >= 4, shown >= Int(DecimalText.limit(precision: width)) {
            output.append(UInt8(ascii: "+"))
        }
        output.appendDigits(UInt64(shown.magnitude), width: width)
    }

    private static func writeName(
        _ number: Int, _ width: Int, _ name: StaticString, to output: inout BufferBuilder<UInt8>
    ) {
        if width < 3 { return output.appendDigits(UInt64(number), width: width) }
        writePrefix(name, width == 3 ? 3 : name.utf8CodeUnitCount, to: &output)
    }

    private static func writeQuarter(_ quarter: Int, _ width: Int, to output: inout BufferBuilder<UInt8>) {
        switch width {
        case 1, 2: output.appendDigits(UInt64(quarter), width: width)
        case 3:
            output.append(UInt8(ascii: "Q"))
            output.appendDigits(UInt64(quarter), width: 1)
        default:
            output.append(["1st quarter", "2nd quarter", "3rd quarter", "4th quarter"][quarter - 1])
        }
    }

    static func writePrefix(_ name: StaticString, _ length: Int, to output: inout BufferBuilder<UInt8>) {
        let start = output.count
        output.append(name)
        output.truncate(to: start + length)
    }

    private static func writeZone(_ letter: UInt8, _ width: Int, to output: inout BufferBuilder<UInt8>) {
        switch letter {
        case UInt8(ascii: "V"): output.append("UTC")
        case UInt8(ascii: "z"): output.append(width < 4 ? "UTC" : "Coordinated Universal Time")
        case UInt8(ascii: "O"): output.append("GMT")
        case UInt8(ascii: "X"): output.append("Z")
        case UInt8(ascii: "x"): output.append(width == 1 ? "+00" : width == 2 || width == 4 ? "+0000" : "+00:00")
        default: output.append(width < 4 ? "+0000" : width == 4 ? "GMT" : "Z")
        }
    }
}
