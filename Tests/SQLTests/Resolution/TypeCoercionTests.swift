// SPDX-License-Identifier: Apache-2.0
import Columnar
import Testing

@testable import SQL

struct TypeCoercionTests {
    @Test(
        "two types meet as in Spark's ANSI mode",
        arguments: [
            (DataType.tinyint, DataType.bigint, DataType?.some(.bigint)),
            (.int, .float, .double), (.float, .float, .float), (.bigint, .double, .double),
            (.int, .decimal(precision: 12, scale: 2), .decimal(precision: 12, scale: 2)),
            (.bigint, .decimal(precision: 12, scale: 2), .decimal(precision: 22, scale: 2)),
            (.decimal(precision: 10, scale: 2), .decimal(precision: 8, scale: 5), .decimal(precision: 13, scale: 5)),
            (
                .decimal(precision: 38, scale: 10), .decimal(precision: 38, scale: 18),
                .decimal(precision: 38, scale: 10)
            ),
            (.decimal(precision: 5, scale: 1), .double, .double), (.decimal(precision: 5, scale: 1), .float, .double),
            (.string, .int, .bigint), (.double, .string, .double), (.string, .decimal(precision: 5, scale: 1), .double),
            (.string, .date, .date), (.timestamp, .string, .timestamp), (.string, .boolean, .boolean),
            (.date, .timestamp, .timestamp), (.date, .timestampNTZ, .timestampNTZ),
            (.timestampNTZ, .timestamp, .timestamp),
            (.void, .date, .date), (.void, .void, .void), (.binary, .string, .binary),
            (.boolean, .int, nil), (.date, .int, nil), (.string, .dayTimeInterval, nil), (.binary, .int, nil),
            (
                .array(element: .int, containsNull: false), .array(element: .bigint, containsNull: true),
                .array(element: .bigint, containsNull: true)
            ),
            (
                .structure([Field("a", .int)]), .structure([Field("A", .string)]),
                .structure([Field("a", .bigint)])
            ),
            (.structure([Field("a", .int)]), .structure([Field("b", .int)]), nil),
        ])
    func common(left: DataType, right: DataType, expected: DataType?) {
        #expect(TypeCoercion.common(left, right) == expected)
    }

    @Test func aListMeetsInOneTypeWhateverItsOrder() {
        #expect(
            TypeCoercion.common([.int, .string, .decimal(precision: 2, scale: 1)]) == .decimal(precision: 21, scale: 1))
        #expect(TypeCoercion.common([.void, .void]) == .void)
        #expect(TypeCoercion.common([.string, .date, .timestamp]) == .timestamp)
        #expect(TypeCoercion.common([.int, .boolean]) == nil)
    }

    @Test(
        "decimal results lose digits after the point before those in front of it",
        arguments: [
            ("+", (10, 2), (8, 4), (13, 4)), ("-", (38, 10), (38, 10), (38, 9)), ("*", (10, 2), (5, 3), (16, 5)),
            ("*", (38, 10), (38, 10), (38, 6)), ("/", (10, 2), (5, 1), (17, 8)), ("/", (3, 0), (10, 0), (14, 11)),
            ("/", (38, 18), (38, 18), (38, 6)), ("%", (10, 2), (5, 4), (5, 4)),
        ])
    func decimals(symbol: String, left: (Int, Int), right: (Int, Int), expected: (Int, Int)) {
        let result = DecimalPrecision.result(
            of: symbol, (precision: left.0, scale: left.1), (precision: right.0, scale: right.1))
        #expect(result == .decimal(precision: expected.0, scale: expected.1))
    }

    @Test(
        "what is passed where something else is wanted is cast only where nothing is guessed",
        arguments: [
            (DataType.int, DataType.string, true), (.string, .int, true), (.bigint, .int, true),
            (.date, .timestamp, true),
            (.void, .binary, true), (.int, .boolean, false), (.boolean, .int, false), (.int, .date, false),
            (.array(element: .int, containsNull: true), .string, false), (.dayTimeInterval, .bigint, false),
        ])
    func implicit(from: DataType, to: DataType, allowed: Bool) {
        #expect(TypeCoercion.castsImplicitly(from: from, to: to) == allowed)
    }
}
