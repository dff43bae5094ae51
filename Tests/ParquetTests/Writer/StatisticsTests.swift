// SPDX-License-Identifier: Apache-2.0
import Columnar
import Parquet
import Testing

/// The summary of a file bounds its values, and says when it cannot.
struct StatisticsTests {
    private func summary(
        _ type: DataType, _ values: [Value], _ options: ParquetWriterOptions = ParquetWriterOptions()
    ) throws -> ParquetColumnStatistics {
        let schema = Schema([Field("x", type)])
        let batch = ColumnBatch(schema: schema, columns: [Column(type, values)], rowCount: values.count)
        return try parquet([batch], options).summary.columns[0]
    }

    @Test func numbersAreBoundedAndNullsCounted() throws {
        let statistics = try summary(.bigint, [.bigint(7), .null, .bigint(-3), .bigint(9), .null])
        #expect(statistics.minimum == .bigint(-3))
        #expect(statistics.maximum == .bigint(9))
        #expect(statistics.isMinimumExact && statistics.isMaximumExact)
        #expect(statistics.nullCount == 2)
        #expect(statistics.valueCount == 5)
        #expect(statistics.path == ["x"])
        #expect(!statistics.isRepeated)
    }

    @Test func aColumnOfNullsHasNoBounds() throws {
        let statistics = try summary(.string, [.null, .null])
        #expect(statistics.minimum == nil && statistics.maximum == nil)
        #expect(statistics.nullCount == 2)
    }

    @Test func aNaNTakesTheBoundsAway() throws {
        let statistics = try summary(.double, [.double(1), .double(.nan), .double(2)])
        #expect(statistics.minimum == nil && statistics.maximum == nil)
        let float = try summary(.float, [.float(1), .float(-.nan)])
        #expect(float.minimum == nil)
    }

    @Test func zerosAreWidenedToBothSigns() throws {
        let statistics = try summary(.double, [.double(0)])
        guard case .double(let minimum) = statistics.minimum, case .double(let maximum) = statistics.maximum else {
            Issue.record("no bounds")
            return
        }
        #expect(minimum.sign == .minus && minimum == 0)
        #expect(maximum.sign == .plus && maximum == 0)
    }

    @Test func negativeFloatsSortBelowPositiveOnes() throws {
        let statistics = try summary(.float, [.float(1.5), .float(-2.5), .float(-.infinity), .float(3)])
        #expect(statistics.minimum == .float(-.infinity))
        #expect(statistics.maximum == .float(3))
    }

    @Test func wideDecimalsAreBoundedAsNumbers() throws {
        let statistics = try summary(
            .decimal(precision: 38, scale: 2),
            [.decimal(5, scale: 2), .decimal(-700, scale: 2), .decimal(123_456_789_012_345_678_901, scale: 2)])
        #expect(statistics.minimum == .decimal(-700, scale: 2))
        #expect(statistics.maximum == .decimal(123_456_789_012_345_678_901, scale: 2))
    }

    @Test func textSortsByItsBytes() throws {
        let statistics = try summary(.string, ["b", "ä", "a", "B", ""].map { .string($0) })
        #expect(statistics.minimum == .string(""))
        #expect(statistics.maximum == .string("ä"))
    }

    @Test func longTextIsCutBelowAndAboveItsValues() throws {
        let long = String(repeating: "ü", count: 400)
        let statistics = try summary(.string, [.string(long)])
        #expect(statistics.minimum == .string(String(repeating: "ü", count: 128)))
        #expect(statistics.maximum == .string(String(repeating: "ü", count: 127) + "ý"))
        #expect(!statistics.isMinimumExact && !statistics.isMaximumExact)
    }

    @Test func bytesThatCannotBeCountedUpHaveNoMaximum() throws {
        let statistics = try summary(.binary, [.binary(Array(repeating: 0xFF, count: 300))])
        #expect(statistics.minimum == .binary(Array(repeating: 0xFF, count: 256)))
        #expect(statistics.maximum == nil)
    }

    @Test func booleansAndTimesKeepTheirTypes() throws {
        #expect(try summary(.boolean, [.boolean(true), .null]).minimum == .boolean(true))
        #expect(try summary(.boolean, [.boolean(true), .boolean(false)]).minimum == .boolean(false))
        #expect(try summary(.date, [.date(3), .date(-1)]).minimum == .date(-1))
        #expect(try summary(.timestamp, [.timestamp(3), .timestamp(8)]).maximum == .timestamp(8))
        #expect(try summary(.timestampNTZ, [.timestampNTZ(3)]).maximum == .timestampNTZ(3))
        #expect(try summary(.tinyint, [.tinyint(-3)]).maximum == .tinyint(-3))
    }

    @Test("bounds hold over pages and row groups, with and without dictionaries", arguments: UInt64(0)..<20)
    func boundsAreThoseOfTheValues(seed: UInt64) throws {
        var random = RandomData(seed: seed)
        let numbers = (0..<3_000).map { _ in Int64(bitPattern: random.bits()) >> Int64(random.below(60)) }
        let texts = numbers.map { "device-" + String($0) }
        var options = ParquetWriterOptions()
        options.pageRows = 100
        options.rowGroupRows = 1_000
        options.dictionaryBytes = [0, 400, 1 << 20][random.below(3)]
        let number = try summary(.bigint, numbers.map { .bigint($0) }, options)
        #expect(number.minimum == numbers.min().map { .bigint($0) })
        #expect(number.maximum == numbers.max().map { .bigint($0) })
        let text = try summary(.string, texts.map { .string($0) }, options)
        #expect(
            text.minimum == texts.min { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }.map { .string($0) })
        #expect(
            text.maximum == texts.max { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }.map { .string($0) })
    }

    @Test func nestedLeavesAreListedInOrder() throws {
        var data = RandomData(seed: 1)
        let summary = try parquet([data.batch(Schemas.nested, rows: 50)]).summary
        #expect(
            summary.columns.map { $0.path.joined(separator: ".") }.prefix(7) == [
                "id", "s.a", "s.b", "rs.a", "rs.t", "l.list.element", "rl.list.element",
            ])
        #expect(summary.columns.map(\.isRepeated).prefix(7) == [false, false, false, false, false, true, true])
    }
}
