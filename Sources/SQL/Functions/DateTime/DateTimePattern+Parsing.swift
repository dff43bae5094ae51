// SPDX-License-Identifier: Apache-2.0
import Columnar

extension DateTimePattern {
    /// Reads a moment from the whole of a text to µs since 1970 UTC; without a zone it is UTC. `nil` when it does not match.
    func parse(_ text: Span<UInt8>) -> Int64? {
        var reader = Reader()
        guard let end = match(text, from: 0, elements[...], &reader), end == text.count else { return nil }
        return reader.micros
    }

    /// Matches elements in order. A section in brackets that does not match is skipped whole.
    private func match(_ text: Span<UInt8>, from start: Int, _ elements: ArraySlice<Element>, _ reader: inout Reader)
        -> Int?
    {
        var position = start
        var index = elements.startIndex
        while index < elements.endIndex {
            switch elements[index] {
            case .literal(let bytes):
                for byte in bytes {
                    guard position < text.count, text[position] == byte else { return nil }
                    position += 1
                }
            case .field(let letter, let width):
                let isAdjacent = index + 1 < elements.endIndex && Self.isNumeric(elements[index + 1])
                guard reader.read(text, &position, letter, width, isAdjacent: isAdjacent) else { return nil }
            case .optionalStart:
                let end = Self.sectionEnd(elements, from: index)
                var attempt = reader
                if let next = match(text, from: position, elements[(index + 1)..<end], &attempt) {
                    position = next
                    reader = attempt
                }
                index = end
            case .optionalEnd: break
            }
            index += 1
        }
        return position
    }

    private static func sectionEnd(_ elements: ArraySlice<Element>, from start: Int) -> Int {
        var depth = 0
        for index in start..<elements.endIndex {
            if elements[index] == .optionalStart { depth += 1 }
            if elements[index] == .optionalEnd { depth -= 1 }
            if depth == 0 { return index }
        }
        return elements.endIndex
    }

    private static func isNumeric(_ element: Element) -> Bool {
        guard case .field(let letter, let width) = element else { return false }
        switch letter {
        case UInt8(ascii: "E"), UInt8(ascii: "a"), UInt8(ascii: "G"), UInt8(ascii: "z"), UInt8(ascii: "V"),
            UInt8(ascii: "X"), UInt8(ascii: "x"), UInt8(ascii: "Z"), UInt8(ascii: "O"):
            return false
        case UInt8(ascii: "M"), UInt8(ascii: "L"): return width < 3
        default: return true
        }
    }

    /// What has been read so far.
    private struct Reader {
        private var year = 1970
        private var isBeforeChrist = false
        private var month = 1
        private var day = 1
        private var dayOfYear: Int?
        private var hour = 0
        private var halfDayHour: Int?
        private var isAfternoon = false
        private var minute = 0
        private var second = 0
        private var fraction: Int64?
        private var zone: TimeZoneRules?

        /// The moment; `nil` when the fields name none.
        var micros: Int64? {
            let whole = isBeforeChrist ? 1 - year : year
            let days: Int
            if let dayOfYear {
                guard (1...(CalendarDate.isLeap(whole) ? 366 : 365)).contains(dayOfYear) else { return nil }
                days = CalendarDate(year: whole, month: 1, day: 1).daysSinceEpoch + dayOfYear - 1
            } else {
                guard CalendarDate.isValid(year: whole, month: month, day: day) else { return nil }
                days = CalendarDate(year: whole, month: month, day: day).daysSinceEpoch
            }
            let hours = halfDayHour.map { $0 % 12 + (isAfternoon ? 12 : 0) } ?? hour
            guard hours < 24, minute < 60, second < 60 else { return nil }
            let ofDay = Int64((hours * 60 + minute) * 60 + second) * 1_000_000 + (fraction ?? 0)
            let (start, overflow) = Int64(days).multipliedReportingOverflow(by: TimestampText.microsPerDay)
            let (local, overflowOfSum) = start.addingReportingOverflow(ofDay)
            guard !overflow, !overflowOfSum else { return nil }
            return zone?.utc(fromLocal: local) ?? local
        }

        mutating func read(
            _ text: Span<UInt8>, _ position: inout Int, _ letter: UInt8, _ width: Int, isAdjacent: Bool
        ) -> Bool {
            func number(_ digits: ClosedRange<Int>) -> Int? {
                let start = position
                var value = 0
                while position < text.count, position - start < digits.upperBound, ASCII.isDigit(text[position]) {
                    value = value * 10 + Int(text[position] &- 0x30)
                    position += 1
                }
                return position - start >= digits.lowerBound ? value : nil
            }
            let pair = width == 1 ? 1...2 : width...width
            switch letter {
            case UInt8(ascii: "y"):
                let digits = width == 2 ? 2...2 : width...(isAdjacent ? width : 7)
                guard let value = number(digits) else { return false }
                year = width == 2 ? 2000 + value : value
            case UInt8(ascii: "M"), UInt8(ascii: "L"):
                if width >= 3 {
                    guard let index = name(DateTimePattern.months, text, &position, isShort: width == 3) else {
                        return false
                    }
                    month = index + 1
                    return true
                }
                guard let value = number(pair) else { return false }
                month = value
            case UInt8(ascii: "d"): return store(number(pair), in: &day)
            case UInt8(ascii: "D"):
                guard let value = number(width...3) else { return false }
                dayOfYear = value
            case UInt8(ascii: "E"): return name(DateTimePattern.weekdays, text, &position, isShort: width < 4) != nil
            case UInt8(ascii: "H"): return store(number(pair), in: &hour)
            case UInt8(ascii: "k"):
                guard let value = number(pair), (1...24).contains(value) else { return false }
                hour = value % 24
            case UInt8(ascii: "h"), UInt8(ascii: "K"):
                guard let value = number(pair), value <= 12 else { return false }
                halfDayHour = value
            case UInt8(ascii: "m"): return store(number(pair), in: &minute)
            case UInt8(ascii: "s"): return store(number(pair), in: &second)
            case UInt8(ascii: "S"):
                let start = position
                guard let value = number(1...width) else { return false }
                let nanos = Int64(value) * Int64(DecimalText.limit(precision: 9 - (position - start)))
                if let fraction, fraction != nanos / 1000 { return false }
                fraction = nanos / 1000
            case UInt8(ascii: "a"):
                guard let index = name(["AM", "PM"], text, &position, isShort: false) else { return false }
                isAfternoon = index == 1
            case UInt8(ascii: "G"):
                guard let index = name(["AD", "BC"], text, &position, isShort: false) else { return false }
                isBeforeChrist = index == 1
            case UInt8(ascii: "X"), UInt8(ascii: "x"), UInt8(ascii: "Z"), UInt8(ascii: "V"), UInt8(ascii: "z"),
                UInt8(ascii: "O"):
                return readZone(text, &position)
            default: return false
            }
            return true
        }

        private func store(_ value: Int?, in field: inout Int) -> Bool {
            guard let value else { return false }
            field = value
            return true
        }

        /// The position of the name that the text goes on with, in any case.
        private func name(
            _ names: [StaticString], _ text: Span<UInt8>, _ position: inout Int, isShort: Bool
        ) -> Int? {
            for (index, name) in names.enumerated() {
                let length = isShort ? 3 : name.utf8CodeUnitCount
                guard position + length <= text.count else { continue }
                var wanted = BufferBuilder<UInt8>(capacity: name.utf8CodeUnitCount)
                wanted.append(name)
                let letters = wanted.span
                var matches = true
                for offset in 0..<length
                where ASCII.lowercased(text[position + offset]) != ASCII.lowercased(letters[offset]) {
                    matches = false
                }
                if matches {
                    position += length
                    return index
                }
            }
            return nil
        }

        private mutating func readZone(_ text: Span<UInt8>, _ position: inout Int) -> Bool {
            var end = position
            while end < text.count, Self.isZone(text[end]) { end += 1 }
            guard end > position else { return false }
            var copy = BufferBuilder<UInt8>(capacity: end - position)
            copy.append(contentsOf: text.extracting(position..<end))
            guard let rules = TimeZoneDatabase.rules(copy.finish().text) else { return false }
            zone = rules
            position = end
            return true
        }

        private static func isZone(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "_"): true
            default: ASCII.isDigit(byte) || ASCII.lowercased(byte) &- UInt8(ascii: "a") < 26
            }
        }
    }
}
