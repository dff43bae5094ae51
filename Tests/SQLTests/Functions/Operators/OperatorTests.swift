// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore
import StreamTesting
import Testing

@testable import SQL

/// Operators give Spark's results and errors, whichever side is a column or a literal.
struct OperatorTests {
    @Test func integerArithmeticChecksItsRange() throws {
        #expect(try value("+", 1, 2) == 3)
        #expect(try value("+", .tinyint(127), .int(1)) == 128)
        #expect(try failureCode("+", .tinyint(127), .tinyint(1)) == .numericOverflow)
        #expect(try failureCode("+", .bigint(.max), 1) == .numericOverflow)
        #expect(try failureCode("-", .int(.min), 1) == .numericOverflow)
        #expect(try failureCode("*", .int(.max), 2) == .numericOverflow)
        #expect(try failureCode("unary-", .int(.min)) == .numericOverflow)
        #expect(try value("%", -7, 3) == -1)
        #expect(try value("%", .int(.min), -1) == 0)
        #expect(try failureCode("%", 1, 0) == .divideByZero)
        #expect(try value("div", 7, -2) == .bigint(-3))
        #expect(try failureCode("div", .bigint(.min), .bigint(-1)) == .numericOverflow)
        #expect(try failureCode("div", 1, 0) == .divideByZero)
        #expect(try value("/", 3, 2) == 1.5)
        #expect(try failureCode("/", 3, 0) == .divideByZero)
        #expect(try value("try_divide", 3, 0) == .null)
        #expect(try value("try_add", .int(.max), 1) == .null)
        #expect(try value("try_mod", 3, 0) == .null)
        #expect(try value("+", .null, 2) == .null)
        #expect(try value("+", "3", 2) == .bigint(5))
        #expect(try failureCode("+", "x", 2) == .invalidCast)
        #expect(try value("+", "1.5", 2.0) == 3.5)
    }

    @Test func decimalsFollowThePrecisionRules() throws {
        let cents = DataType.decimal(precision: 5, scale: 2)
        let small = DataType.decimal(precision: 3, scale: 1)
        func run(_ symbol: String, _ left: Int128, _ right: Int128) throws -> (DataType, Value) {
            let type = try Call.expression(symbol, [cents, small]).type
            return (
                type, try value(symbol, types: [cents, small], .decimal(left, scale: 2), .decimal(right, scale: 1))
            )
        }
        #expect(try run("+", 12345, 999) == (.decimal(precision: 6, scale: 2), .decimal(22335, scale: 2)))
        #expect(try run("-", 12345, 999) == (.decimal(precision: 6, scale: 2), .decimal(2355, scale: 2)))
        #expect(try run("*", -12345, 999) == (.decimal(precision: 9, scale: 3), .decimal(-12_332_655, scale: 3)))
        #expect(try run("/", 100, 30) == (.decimal(precision: 10, scale: 6), .decimal(333_333, scale: 6)))
        #expect(try run("%", -12345, 30) == (.decimal(precision: 4, scale: 2), .decimal(-45, scale: 2)))
        #expect(
            try value("div", types: [cents, small], .decimal(12345, scale: 2), .decimal(30, scale: 1)) == .bigint(41))
        let wide = DataType.decimal(precision: 38, scale: 10)
        let big = DecimalText.limit(precision: 37)
        #expect(try Call.expression("*", [wide, wide]).type == .decimal(precision: 38, scale: 6))
        #expect(
            try Call.outcome("*", [.decimal(big, scale: 10), .decimal(big, scale: 10)], [wide, wide]).failures[0]
                == .numericOverflow)
        #expect(
            try value("*", types: [wide, wide], .decimal(big, scale: 10), .decimal(10_000_000, scale: 10))
                == .decimal(DecimalText.limit(precision: 30), scale: 6))
        #expect(
            try value("try_multiply", types: [wide, wide], .decimal(big, scale: 10), .decimal(big, scale: 10)) == .null)
        #expect(
            try Call.expression("+", [cents, .int], [.null, .int(5)], constants: [1]).type
                == .decimal(precision: 6, scale: 2))
    }

    @Test func floatingPointFollowsIEEE() throws {
        #expect(try value("*", 1e308, 10.0) == .double(.infinity))
        #expect(try value("%", 5.5, 2.0) == 1.5)
        #expect(try failureCode("/", 1.0, 0.0) == .divideByZero)
        #expect(try value("=", .double(.nan), .double(.nan)) == true)
        #expect(try value(">", .double(.nan), .double(.infinity)) == true)
        #expect(try value("=", 0.0, -0.0) == true)
        #expect(try value("<", .double(.nan), 1.0) == false)
        #expect(try value("isnan", .double(.nan)) == true)
        #expect(try value("isnan", .null) == false)
    }

    @Test func comparisonsCoverEveryType() throws {
        #expect(try value("<", "a", "b") == true)
        #expect(try value("<", "Z", "a") == true)
        #expect(try value("<", "ab", "abc") == true)
        #expect(try value("=", "1", 1) == true)
        #expect(try value("<", false, true) == true)
        #expect(try value(">=", .date(3), "1970-01-02") == true)
        #expect(try value("=", .null, 1) == .null)
        #expect(try value("<=>", .null, .null) == true)
        #expect(try value("<=>", .null, 1) == false)
        #expect(try value("<=>", 1, 1) == true)
        #expect(try value("<", [1, 2], [1, 3]) == true)
        #expect(try value("=", .structure([1, "x"]), .structure([1, "x"])) == true)
        #expect(try value("=", .binary([1, 2]), .binary([1, 2])) == true)
        #expect(
            try value("<", .decimal(15, scale: 1), 2) == true)
    }

    @Test func membershipFollowsThreeValuedLogic() throws {
        #expect(try value("in", 1, 2, 1) == true)
        #expect(try value("in", 1, 2, .null) == .null)
        #expect(try value("in", 1, 1, .null) == true)
        #expect(try value("in", .null, 1, 2) == .null)
        #expect(try value("in", "a", "b", "c") == false)
        let many = (0..<20).map { Value.int(Int32($0 * 2)) }
        #expect(try Call.outcome("in", [10] + many).values == [true])
        #expect(try Call.outcome("in", [11] + many).values == [false])
        #expect(try Call.outcome("in", [11] + many + [.null]).values == [.null])
        let words = (0..<20).map { Value.string("w\($0)") }
        #expect(try Call.outcome("in", ["w7"] + words).values == [true])
        #expect(try Call.outcome("in", ["w77"] + words).values == [false])
        #expect(try value("between", 2, 1, 3) == true)
        #expect(try value("between", 0, 1, .null) == false)
        #expect(try value("isnull", .null) == true)
        #expect(try value("isnotnull", 1) == true)
    }

    @Test func bitsAndShifts() throws {
        #expect(try value("&", 6, 3) == 2)
        #expect(try value("|", 6, 3) == 7)
        #expect(try value("^", 6, 3) == 5)
        #expect(try value("~", 0) == -1)
        #expect(try value("<<", 1, 33) == 2)
        #expect(try value(">>", -8, 1) == -4)
        #expect(try value(">>>", -1, 28) == 15)
    }

    @Test func intervalsMoveMoments() throws {
        let day: Int64 = 86_400_000_000
        #expect(try value("+", .date(10), .yearMonthInterval(1)) == .date(41))
        #expect(try value("+", .date(30), .yearMonthInterval(1)) == .date(58))
        #expect(try value("+", .date(10), .dayTimeInterval(day)) == .date(11))
        #expect(try value("+", .dayTimeInterval(day), .date(10)) == .date(11))
        #expect(try value("-", .date(10), 3) == .date(7))
        #expect(try value("-", .date(10), .date(3)) == .dayTimeInterval(7 * day))
        #expect(try value("-", .timestamp(day), .dayTimeInterval(1)) == .timestamp(day - 1))
        #expect(try value("-", .timestamp(day), .timestamp(1)) == .dayTimeInterval(day - 1))
        #expect(try value("+", .timestamp(30 * day + 5), .yearMonthInterval(1)) == .timestamp(58 * day + 5))
        #expect(try value("*", .dayTimeInterval(day), 2) == .dayTimeInterval(2 * day))
        #expect(try value("*", 2, .yearMonthInterval(3)) == .yearMonthInterval(6))
        #expect(try value("/", .dayTimeInterval(day), 2) == .dayTimeInterval(day / 2))
    }

    @Test("kernels agree with their naive twins for columns and literals", arguments: UInt64(0)..<12)
    func kernelsAgreeWithTwins(seed: UInt64) throws {
        var random = SeededNumbers(seed: seed)
        func number() -> Value {
            switch Int.random(in: 0..<8, using: &random) {
            case 0: .null
            case 1: .int([.max, .min, 0, -1, 1].randomElement(using: &random) ?? 0)
            default: .int(Int32.random(in: -100...100, using: &random))
            }
        }
        let rows = (0..<200).map { _ in [number(), number()] }
        for symbol in ["+", "-", "*", "%", "=", "<", ">=", "<>", "<=>", "&"] {
            let whole = try Call.rows(symbol, [.int, .int], rows)
            for (index, row) in rows.enumerated() {
                let expected = Self.twin(symbol, row[0], row[1])
                #expect(whole.values[index] == (expected ?? .null), "\(row[0]) \(symbol) \(row[1])")
                #expect((whole.failures[index] != nil) == (expected == nil), "\(row[0]) \(symbol) \(row[1])")
                let half = Call.evaluate(
                    try Call.expression(symbol, [.int, .int], row, constants: [1]),
                    ColumnBatch(
                        schema: Schema([Field("c", .int)]), columns: [Column(.int, [row[0], row[0]])], rowCount: 2))
                #expect(half.values[1] == (expected ?? .null), "\(row[0]) \(symbol) \(row[1])")
            }
        }
    }

    /// The value by the book; `nil` for an error.
    private static func twin(_ symbol: String, _ left: Value, _ right: Value) -> Value? {
        if symbol == "<=>" { return .boolean(left == right) }
        guard case .int(let one) = left, case .int(let other) = right else { return .null }
        func checked(_ value: Int64) -> Value? { Int32(exactly: value).map { .int($0) } }
        switch symbol {
        case "+": return checked(Int64(one) + Int64(other))
        case "-": return checked(Int64(one) - Int64(other))
        case "*": return checked(Int64(one) * Int64(other))
        case "%": return other == 0 ? nil : checked(Int64(one) % Int64(other))
        case "=": return .boolean(one == other)
        case "<": return .boolean(one < other)
        case ">=": return .boolean(one >= other)
        case "<>": return .boolean(one != other)
        default: return .int(one & other)
        }
    }
}
