// SPDX-License-Identifier: Apache-2.0
import Columnar
import Testing

/// Values read from text are what Spark's casts give, and are written as Spark writes them.
struct TextTests {
    private func written(_ write: (inout BufferBuilder<UInt8>) -> Void) -> String {
        var output = BufferBuilder<UInt8>()
        write(&output)
        return output.finish().text
    }

    @Test func integersKeepTheirRange() {
        #expect(IntegerText.parse(" 127 ".utf8.span, as: Int8.self) == .value(127))
        #expect(IntegerText.parse("-128".utf8.span, as: Int8.self) == .value(-128))
        #expect(IntegerText.parse("128".utf8.span, as: Int8.self) == .overflow)
        #expect(IntegerText.parse("9223372036854775807".utf8.span, as: Int64.self) == .value(.max))
        #expect(IntegerText.parse("-9223372036854775808".utf8.span, as: Int64.self) == .value(.min))
        #expect(IntegerText.parse("9223372036854775808".utf8.span, as: Int64.self) == .overflow)
        #expect(IntegerText.parse("99999999999999999999999".utf8.span, as: Int64.self) == .overflow)
        for text in ["", "+", "1.5", "1 2", "a", "--1"] {
            #expect(IntegerText.parse(text.utf8.span, as: Int32.self) == .malformed)
        }
        #expect(written { IntegerText.write(Int64.min, to: &$0) } == "-9223372036854775808")
        #expect(written { IntegerText.write(Int32(0), to: &$0) } == "0")
    }

    @Test("numbers are rounded correctly and written with the fewest digits", arguments: UInt64(0)..<20)
    func floatingPointRoundTrips(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        for _ in 0..<500 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = Double(bitPattern: state)
            guard value.isFinite else { continue }
            let text = written { FloatingPointText.write(value, to: &$0) }
            #expect(FloatingPointText.parseDouble(text.utf8.span) == value, "\(text)")
            let plain = value.description
            #expect(FloatingPointText.parseDouble(plain.utf8.span) == value, "\(plain)")
            let price = Double(Int64(truncatingIfNeeded: state >> 40)) / 100
            let priceText = written { FloatingPointText.write(price, to: &$0) }
            #expect(FloatingPointText.parseDouble(priceText.utf8.span) == price, "\(priceText)")
            let narrow = Float(bitPattern: UInt32(truncatingIfNeeded: state >> 32))
            guard narrow.isFinite else { continue }
            let narrowText = written { FloatingPointText.write(narrow, to: &$0) }
            #expect(FloatingPointText.parseFloat(narrowText.utf8.span) == narrow, "\(narrowText)")
        }
    }

    @Test(arguments: [
        (1.0, "1.0"), (0.1, "0.1"), (1e7, "1.0E7"), (1_234_567.0, "1234567.0"), (12_345_678.9, "1.23456789E7"),
        (1e-3, "0.001"), (9.99e-4, "9.99E-4"), (1e10, "1.0E10"), (-0.0, "-0.0"), (.infinity, "Infinity"),
        (-.infinity, "-Infinity"), (.nan, "NaN"), (1.7976931348623157e308, "1.7976931348623157E308"),
        (100.0, "100.0"), (3.14, "3.14"), (0.30000000000000004, "0.30000000000000004"),
        (1e23, "1.0E23"), (123456.789, "123456.789"),
    ])
    func doublesAreWrittenAsJavaDoes(value: Double, text: String) {
        #expect(written { FloatingPointText.write(value, to: &$0) } == text)
    }

    @Test func specialNumbersAreRead() {
        #expect(FloatingPointText.parseDouble(" inf".utf8.span) == .infinity)
        #expect(FloatingPointText.parseDouble("-Infinity".utf8.span) == -.infinity)
        #expect(FloatingPointText.parseDouble("NaN".utf8.span)?.isNaN == true)
        #expect(FloatingPointText.parseDouble("1e400".utf8.span) == .infinity)
        #expect(FloatingPointText.parseDouble("1.5d".utf8.span) == 1.5)
        #expect(FloatingPointText.parseDouble(".5".utf8.span) == 0.5)
        #expect(FloatingPointText.parseDouble("5.".utf8.span) == 5)
        for text in ["", ".", "e5", "1e", "1.2.3", "abc", "1x"] {
            #expect(FloatingPointText.parseDouble(text.utf8.span) == nil, "\(text)")
        }
    }

    @Test func decimalsRoundHalfAwayFromZero() {
        func parse(_ text: String, _ precision: Int, _ scale: Int) -> ParsedText<Int128> {
            DecimalText.parse(text.utf8.span, precision: precision, scale: scale)
        }
        #expect(parse("1.005", 5, 2) == .value(101))
        #expect(parse("-1.005", 5, 2) == .value(-101))
        #expect(parse("1.0049", 5, 2) == .value(100))
        #expect(parse("1e3", 6, 2) == .value(100_000))
        #expect(parse("12.5e-1", 6, 2) == .value(125))
        #expect(parse("999.995", 5, 2) == .overflow)
        #expect(parse("0.05", 2, 1) == .value(1))
        #expect(parse("0.004", 2, 1) == .value(0))
        #expect(parse("99999999999999999999999999999999999999", 38, 0) == .value(DecimalText.limit(precision: 38) - 1))
        #expect(parse("100000000000000000000000000000000000000", 38, 0) == .overflow)
        #expect(parse("1e1000000", 38, 0) == .overflow)
        #expect(parse("1e-1000000", 38, 0) == .value(0))
        for text in ["", ".", "1e", "x", "1.2.3"] { #expect(parse(text, 5, 2) == .malformed) }
        #expect(written { DecimalText.write(-5, scale: 2, to: &$0) } == "-0.05")
        #expect(
            written { DecimalText.write(DecimalText.limit(precision: 38) - 1, scale: 10, to: &$0) }
                == "9999999999999999999999999999.9999999999")
        #expect(
            written { DecimalText.write(1, scale: 38, to: &$0) } == "0.00000000000000000000000000000000000001")
    }

    @Test func daysAndDatesAgreeOverTheWholeCalendar() {
        var days = CalendarDate(year: -400, month: 1, day: 1).daysSinceEpoch
        for year in -400...2400 where year % 7 == 0 {
            for month in 1...12 {
                for day in [1, CalendarDate.daysInMonth(year: year, month: month)] {
                    let date = CalendarDate(year: year, month: month, day: day)
                    #expect(date.daysSinceEpoch >= days)
                    days = date.daysSinceEpoch
                    #expect(CalendarDate(daysSinceEpoch: days) == date)
                }
            }
        }
        #expect(CalendarDate(year: 1970, month: 1, day: 1).daysSinceEpoch == 0)
        #expect(CalendarDate(year: 2000, month: 3, day: 1).daysSinceEpoch == 11_017)
        #expect(
            CalendarDate.isoWeek(daysSinceEpoch: CalendarDate(year: 2005, month: 1, day: 1).daysSinceEpoch) == (
                2004, 53
            ))
    }

    @Test func datesAreReadInSparksForms() {
        #expect(DateText.parse("1970-01-02".utf8.span) == 1)
        #expect(DateText.parse("2015".utf8.span) == 16_436)
        #expect(DateText.parse("2015-03".utf8.span) == 16_495)
        #expect(DateText.parse("2015-3-18".utf8.span) == 16_512)
        #expect(DateText.parse(" 2015-03-18 12:03".utf8.span) == 16_512)
        #expect(DateText.parse("2015-03-18T".utf8.span) == 16_512)
        for text in ["", "201", "2015-02-29", "2015-13-01", "2015-03-18x", "20150318", "2015/03/18"] {
            #expect(DateText.parse(text.utf8.span) == nil, "\(text)")
        }
        #expect(written { DateText.write(16_512, to: &$0) } == "2015-03-18")
        #expect(written { DateText.write(-719_529, to: &$0) } == "-0001-12-31")
    }

    @Test func timestampsAreReadInSparksForms() {
        let noon: Int64 = 1_426_680_000_000_000
        #expect(TimestampText.parse("2015-03-18T12:00:00Z".utf8.span) == noon)
        #expect(TimestampText.parse("2015-03-18 12:00:00".utf8.span) == noon)
        #expect(TimestampText.parse("2015-03-18T12:00:00.123456Z".utf8.span) == noon + 123_456)
        #expect(TimestampText.parse("2015-03-18T12:00:00.1".utf8.span) == noon + 100_000)
        #expect(TimestampText.parse("2015-03-18T12:00:00.123456789".utf8.span) == noon + 123_456)
        #expect(TimestampText.parse("2015-03-18T13:00:00+01:00".utf8.span) == noon)
        #expect(TimestampText.parse("2015-3-18 9:0 -3".utf8.span) == noon)
        #expect(TimestampText.parse("2015-03-18 12:00:00 UTC".utf8.span) == noon)
        #expect(TimestampText.parse("2015-03-18 13:00:00 GMT+1".utf8.span) == noon)
        #expect(TimestampText.parse("2015-03-18".utf8.span) == noon - 43_200_000_000)
        #expect(TimestampText.parse("2015".utf8.span) == 1_420_070_400_000_000)
        #expect(TimestampText.parse("1969-12-31T23:59:59.5Z".utf8.span) == -500_000)
        for text in ["", "2015-03-18 25:00:00", "2015-03-18 12:60", "12:00", "2015-03-18 12:00:00 Nowhere/X", "abc"] {
            #expect(TimestampText.parse(text.utf8.span) == nil, "\(text)")
        }
        #expect(written { TimestampText.write(noon + 120_000, to: &$0) } == "2015-03-18 12:00:00.12")
        #expect(written { TimestampText.write(-500_000, to: &$0) } == "1969-12-31 23:59:59.5")
        #expect(written { TimestampText.writeISO(noon, to: &$0) } == "2015-03-18T12:00:00.000000Z")
    }

    @Test func booleansAndIntervalsAreRead() {
        for text in ["t", "TRUE", "y", "Yes", "1"] { #expect(BooleanText.parse(text.utf8.span) == true) }
        for text in ["f", "False", "n", "NO", "0"] { #expect(BooleanText.parse(text.utf8.span) == false) }
        for text in ["", "2", "tru", "on"] { #expect(BooleanText.parse(text.utf8.span) == nil) }
        #expect(IntervalText.parseDayTime("1 02:03:04.5".utf8.span) == 93_784_500_000)
        #expect(IntervalText.parseDayTime("INTERVAL '-1 02:03:04' DAY TO SECOND".utf8.span) == -93_784_000_000)
        #expect(IntervalText.parseYearMonth("1-2".utf8.span) == 14)
        #expect(written { IntervalText.writeDayTime(-93_784_500_000, to: &$0) } == "-1 02:03:04.5")
        #expect(written { IntervalText.writeYearMonth(-14, to: &$0) } == "-1-2")
    }
}

/// What is written is read back, over the whole range.
struct TextRoundTripTests {
    @Test("timestamps and dates are read as they were written", arguments: UInt64(0)..<10)
    func timesRoundTrip(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        for _ in 0..<1000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let micros = Int64(bitPattern: state) >> Int64(state % 12)
            var text = BufferBuilder<UInt8>()
            TimestampText.write(micros, to: &text)
            #expect(TimestampText.parse(text.span) == micros)
            var iso = BufferBuilder<UInt8>()
            TimestampText.writeISO(micros, to: &iso)
            #expect(TimestampText.parse(iso.span) == micros)
            let days = Int32(truncatingIfNeeded: state >> 32) >> 2
            var date = BufferBuilder<UInt8>()
            DateText.write(days, to: &date)
            #expect(DateText.parse(date.span) == days)
        }
    }
}
