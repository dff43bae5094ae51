// SPDX-License-Identifier: Apache-2.0
import Columnar
import Testing

@testable import StreamCore

struct NumberColumnsTests {
    /// Values of each type in their order.
    private static let ordered: [(DataType, [Value])] = [
        (.boolean, [.boolean(false), .boolean(true)]),
        (.tinyint, [.tinyint(.min), .tinyint(-1), .tinyint(0), .tinyint(.max)]),
        (.smallint, [.smallint(.min), .smallint(0), .smallint(.max)]),
        (.int, [.int(.min), .int(0), .int(.max)]),
        (.bigint, [.bigint(.min), .bigint(-1), .bigint(0), .bigint(.max)]),
        (.date, [.date(-719_162), .date(0), .date(20_000)]),
        (.timestamp, [.timestamp(.min), .timestamp(0), .timestamp(.max)]),
        (
            .float,
            [
                .float(-.infinity), .float(-.greatestFiniteMagnitude), .float(-.leastNonzeroMagnitude), .float(0),
                .float(.leastNonzeroMagnitude), .float(1.5), .float(.infinity), .float(.nan),
            ]
        ),
        (
            .double,
            [
                .double(-.infinity), .double(-.greatestFiniteMagnitude), .double(-.leastNonzeroMagnitude),
                .double(-0.0),
                .double(0), .double(.leastNonzeroMagnitude), .double(1.5), .double(.infinity), .double(.nan),
            ]
        ),
    ]

    @Test(arguments: ordered)
    func orderWordsCompareLikeTheValuesAndComeBackAsThem(type: DataType, values: [Value]) {
        #expect(NumberColumns.hasOrderWords(type))
        let words = NumberColumns.orderWords(Column(type, values))
        #expect(zip(words.array, words.array.dropFirst()).allSatisfy { $0 < $1 })

        var kept = BufferBuilder<Int64>()
        kept.append(contentsOf: words)
        let backwards = Buffer((0..<Int32(values.count)).reversed())
        let column = NumberColumns.column(type, orderWords: kept, of: backwards, validity: nil)
        #expect(column.type == type)
        // NaN is not equal to itself; its text is.
        #expect(column.values.map { "\($0)" } == values.reversed().map { "\($0)" })
    }
}
