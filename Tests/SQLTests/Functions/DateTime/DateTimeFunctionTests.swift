// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import StreamTesting
import Testing

@testable import SQL

/// Functions of dates and times give the values of Spark's documentation, with UTC as the session's zone.
struct DateTimeFunctionTests {
    private func date(_ text: String) -> Value { .date(DateText.parse(text.utf8.span) ?? .min) }
    private func moment(_ text: String) -> Value { .timestamp(TimestampText.parse(text.utf8.span) ?? .min) }

    @Test func fieldsOfDatesAndTimes() throws {
        let day = date("2009-07-30")
        #expect(try value("year", day) == 2009)
        #expect(try value("quarter", day) == 3)
        #expect(try value("month", day) == 7)
        #expect(try value("day", day) == 30)
        #expect(try value("dayofweek", day) == 5)
        #expect(try value("weekday", day) == 3)
        #expect(try value("dayofyear", "2016-04-09") == 100)
        #expect(try value("weekofyear", "2008-02-20") == 8)
        #expect(try value("hour", "2009-07-30 12:58:59") == 12)
        #expect(try value("minute", moment("2009-07-30 12:58:59")) == 58)
        #expect(try value("second", moment("1969-12-31 23:59:59.5")) == 59)
        #expect(try value("extract", "YEAR", moment("2019-08-12 01:00:00.123456")) == 2019)
        #expect(try value("extract", "week", moment("2019-08-12 01:00:00.123456")) == 33)
        #expect(try value("date_part", "doy", date("2019-08-12")) == 224)
        #expect(
            try value("date_part", "SECONDS", moment("2019-10-01 00:00:01.000001")) == .decimal(1_000_001, scale: 6))
        #expect(try value("extract", "MINUTE", .dayTimeInterval(9_905_005_000)) == 45)
        #expect(try value("dayname", date("2008-02-20")) == "Wed")
        #expect(try value("monthname", date("2008-02-20")) == "Feb")
        #expect(throws: FunctionBindingError.self) { try value("extract", "NOTHING", day) }
    }

    @Test func movingAndCounting() throws {
        #expect(try value("date_add", "2016-07-30", 1) == date("2016-07-31"))
        #expect(try value("date_sub", "2016-07-30", 1) == date("2016-07-29"))
        #expect(try failureCode("date_add", .date(.max), 1) == .numericOverflow)
        #expect(try value("datediff", "2009-07-31", "2009-07-30") == 1)
        #expect(try value("datediff", "2009-07-30", "2009-07-31") == -1)
        #expect(try value("add_months", "2016-08-31", 1) == date("2016-09-30"))
        #expect(try value("add_months", "2016-03-31", -1) == date("2016-02-29"))
        #expect(try value("last_day", "2009-01-12") == date("2009-01-31"))
        #expect(try value("months_between", "1997-02-28 10:30:00", "1996-10-30") == 3.94959677)
        #expect(try value("months_between", "1997-02-28 10:30:00", "1996-10-30", false) == 3.9495967741935485)
        #expect(try value("months_between", "2020-02-29", "2020-01-31") == 1.0)
        #expect(try value("next_day", "2015-01-14", "TU") == date("2015-01-20"))
        #expect(try value("next_day", "2015-07-23", "thursday") == date("2015-07-30"))
        #expect(try failureCode("next_day", "2015-01-14", "xx") == .invalidFunctionArgument)
        #expect(try value("trunc", "2019-08-04", "week") == date("2019-07-29"))
        #expect(try value("trunc", "2019-08-04", "quarter") == date("2019-07-01"))
        #expect(try value("trunc", "2009-02-12", "MM") == date("2009-02-01"))
        #expect(try value("trunc", "2015-10-27", "YEAR") == date("2015-01-01"))
        #expect(try value("trunc", "2015-10-27", "DAY") == .null)
        #expect(try value("date_trunc", "HOUR", "2015-03-05T09:32:05.359") == moment("2015-03-05 09:00:00"))
        #expect(try value("date_trunc", "DD", "2015-03-05T09:32:05.359") == moment("2015-03-05"))
        #expect(
            try value("date_trunc", "MILLISECOND", "2015-03-05T09:32:05.123456") == moment("2015-03-05 09:32:05.123"))
        #expect(try value("date_trunc", "week", "1969-12-30 05:00") == moment("1969-12-29"))
        #expect(try value("timestampadd", "MONTH", -1, moment("2022-03-31 00:00:00")) == moment("2022-02-28"))
        #expect(try value("timestampadd", "HOUR", 8, moment("2022-02-28 00:00:00")) == moment("2022-02-28 08:00:00"))
        #expect(try value("timestampdiff", "MONTH", "2021-12-31", "2022-02-28") == .bigint(1))
        #expect(try value("timestampdiff", "DAY", "2022-01-01 12:00", "2022-01-03 11:00") == .bigint(1))
        #expect(try value("timestampdiff", "YEAR", "2022-01-01", "2020-06-01") == .bigint(-1))
    }

    @Test func makingAndCountingFromTheEpoch() throws {
        #expect(try value("make_date", 2013, 7, 15) == date("2013-07-15"))
        #expect(try failureCode("make_date", 2019, 2, 30) == .invalidFunctionArgument)
        #expect(try value("make_timestamp", 2014, 12, 28, 6, 30, 45.887) == moment("2014-12-28 06:30:45.887"))
        #expect(try value("make_timestamp", 2014, 12, 28, 6, 30, 45.887, "CET") == moment("2014-12-28 05:30:45.887"))
        #expect(try value("make_timestamp", 2019, 6, 30, 23, 59, 60) == moment("2019-07-01 00:00:00"))
        #expect(try failureCode("make_timestamp", 2019, 13, 1, 10, 11, 12) == .invalidFunctionArgument)
        #expect(try value("try_make_timestamp", 2019, 13, 1, 10, 11, 12) == .null)
        #expect(try value("make_dt_interval", 1, 12, 30, 1.001001) == .dayTimeInterval(131_401_001_001))
        #expect(try value("make_ym_interval", 1, 2) == .yearMonthInterval(14))
        #expect(try value("unix_date", date("1970-01-02")) == 1)
        #expect(try value("date_from_unix_date", 1) == date("1970-01-02"))
        #expect(try value("unix_seconds", .timestamp(-1)) == .bigint(-1))
        #expect(try value("unix_millis", .timestamp(1_500)) == .bigint(1))
        #expect(try value("timestamp_seconds", 1.5) == .timestamp(1_500_000))
        #expect(try value("timestamp_millis", 1_230_219_000) == .timestamp(1_230_219_000_000))
        #expect(try value("current_timestamp") == .timestamp(1_700_000_000_123_456))
        #expect(try value("current_date") == date("2023-11-14"))
    }

    @Test func patternsReadAndWrite() throws {
        #expect(try value("to_date", "2009-07-30 04:17:52") == date("2009-07-30"))
        #expect(try value("to_date", "2016-12-31", "yyyy-MM-dd") == date("2016-12-31"))
        #expect(try failureCode("to_date", "2016-12-31x", "yyyy-MM-dd") == .invalidCast)
        #expect(try value("try_to_timestamp", "foo", "yyyy-MM-dd") == .null)
        #expect(try value("to_timestamp", "2016-12-31 00:12:00") == moment("2016-12-31 00:12:00"))
        #expect(try value("to_timestamp", "31/Dec/2016 1:02 PM", "dd/MMM/yyyy h:mm a") == moment("2016-12-31 13:02:00"))
        #expect(try value("to_timestamp", "20161231235959", "yyyyMMddHHmmss") == moment("2016-12-31 23:59:59"))
        #expect(
            try value("to_timestamp", "2016-12-31T10:00:00.12+02:00", "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX")
                == moment("2016-12-31 08:00:00.12"))
        #expect(try value("to_timestamp", "2016-12-31", "yyyy-MM-dd[ HH:mm]") == moment("2016-12-31"))
        #expect(try value("to_timestamp", "2016-12-31 05:06", "yyyy-MM-dd[ HH:mm]") == moment("2016-12-31 05:06:00"))
        #expect(try value("date_format", "2016-04-08", "y") == "2016")
        #expect(
            try value("date_format", moment("2016-04-08 03:04:05.678"), "EEEE, d MMMM yyyy h:mm:ss.SSS a")
                == "Friday, 8 April 2016 3:04:05.678 AM")
        #expect(try value("date_format", date("2016-04-08"), "yy DDD QQQ 'at' ''E XXX") == "16 099 Q2 at 'Fri Z")
        #expect(try value("unix_timestamp", "2016-04-08", "yyyy-MM-dd") == .bigint(1_460_073_600))
        #expect(try value("to_unix_timestamp", moment("1970-01-01 00:00:01.9")) == .bigint(1))
        #expect(try value("from_unixtime", 0, "yyyy-MM-dd HH:mm:ss") == "1970-01-01 00:00:00")
        #expect(try value("from_unixtime", 86_400) == "1970-01-02 00:00:00")
        #expect(throws: FunctionBindingError.self) { try value("date_format", date("2016-04-08"), "yyyy-bb") }
    }

    @Test func zonesShiftClocks() throws {
        #expect(try value("from_utc_timestamp", "2016-08-31", "Asia/Seoul") == moment("2016-08-31 09:00:00"))
        #expect(try value("to_utc_timestamp", "2016-08-31", "Asia/Seoul") == moment("2016-08-30 15:00:00"))
        #expect(
            try value("from_utc_timestamp", "2021-07-01 12:00", "America/New_York") == moment("2021-07-01 08:00:00"))
        #expect(
            try value("from_utc_timestamp", "2061-12-01 12:00", "America/New_York") == moment("2061-12-01 07:00:00"))
        #expect(
            try value("from_utc_timestamp", "2061-07-01 12:00", "America/New_York") == moment("2061-07-01 08:00:00"))
        #expect(try value("to_utc_timestamp", "2021-03-14 02:30", "America/New_York") == moment("2021-03-14 07:30:00"))
        #expect(try value("to_utc_timestamp", "2021-11-07 01:30", "America/New_York") == moment("2021-11-07 05:30:00"))
        #expect(try value("from_utc_timestamp", "2021-01-01", "+05:30") == moment("2021-01-01 05:30:00"))
        #expect(try failureCode("from_utc_timestamp", "2021-01-01", "Nowhere/City") == .invalidFunctionArgument)
        #expect(try failureCode("from_utc_timestamp", "2021-01-01", "../etc/passwd") == .invalidFunctionArgument)
        let start = Value.timestampNTZ(1_638_748_800_000_000)
        #expect(
            try value("convert_timezone", "Europe/Brussels", "America/Los_Angeles", start)
                == .timestampNTZ(1_638_748_800_000_000 - 9 * 3_600_000_000))
        #expect(try value("timestamp", "2021-07-01 08:00:00 America/New_York") == moment("2021-07-01 12:00:00"))
    }

    @Test("what a pattern writes it reads back", arguments: UInt64(0)..<10)
    func patternsRoundTrip(seed: UInt64) throws {
        var random = SeededNumbers(seed: seed)
        let pattern = try #require(DateTimePattern("yyyy-MM-dd HH:mm:ss.SSSSSS"))
        for _ in 0..<200 {
            let micros = Int64.random(in: -62_135_596_800_000_000...253_402_300_799_999_999, using: &random)
            var text = BufferBuilder<UInt8>()
            pattern.write(micros, to: &text)
            #expect(pattern.parse(text.span) == micros)
        }
    }
}
