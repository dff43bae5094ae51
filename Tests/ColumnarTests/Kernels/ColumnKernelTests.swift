// SPDX-License-Identifier: Apache-2.0
import Columnar
import Testing

/// Columns of every layout, with NULLs, beside the values they hold.
private struct Sample: CustomTestStringConvertible, Sendable {
    let type: DataType
    let values: [Value]
    var column: Column { Column(type, values) }
    var testDescription: String { type.description }

    static let all: [Sample] = {
        let item = DataType.structure([Field("a", .int), Field("b", .string)])
        func row(_ index: Int) -> Value {
            .structure([.int(Int32(index)), index % 3 == 0 ? .null : .string("s\(index)")])
        }
        return [
            sample(.boolean) { .boolean($0 % 2 == 0) },
            sample(.tinyint) { .tinyint(Int8($0)) },
            sample(.smallint) { .smallint(Int16($0)) },
            sample(.int) { .int(Int32($0)) },
            sample(.bigint) { .bigint(Int64($0) << 33) },
            sample(.float) { .float(Float($0) / 2) },
            sample(.double) { .double(Double($0) / 4) },
            sample(.decimal(precision: 38, scale: 2)) { .decimal(Int128($0) << 80, scale: 2) },
            sample(.string) { .string(String(repeating: "é", count: $0 % 5)) },
            sample(.binary) { .binary([UInt8]($0 % 4 == 0 ? [] : [0, UInt8($0)])) },
            sample(.date) { .date(Int32($0)) },
            sample(.timestamp) { .timestamp(Int64($0)) },
            sample(.timestampNTZ) { .timestampNTZ(Int64($0)) },
            sample(item, row),
            sample(.array(element: .int, containsNull: true)) { index in
                .array((0..<index % 4).map { $0 == 1 ? .null : .int(Int32($0)) })
            },
            sample(.map(key: .string, value: .bigint, valueContainsNull: true)) { index in
                .map((0..<index % 3).map { Value.MapEntry(.string("k\($0)"), $0 == 1 ? .null : .bigint(Int64(index))) })
            },
            sample(.array(element: item, containsNull: true)) { index in .array((0..<index % 3).map(row)) },
        ]
    }()

    private static func sample(_ type: DataType, _ make: (Int) -> Value) -> Sample {
        Sample(type: type, values: (0..<70).map { $0 % 7 == 5 ? .null : make($0) })
    }
}

struct ColumnKernelTests {
    @Test func columnsThatShareMemoryStillDoWhereRowsAreTaken() {
        let counts = Column(.bigint, Buffer<Int64>([4, 5, 6]))
        let others = Column(.bigint, Buffer<Int64>([4, 5, 6]))
        let taken = [counts, others, counts, counts.withValidity(Bitmap([true, false, true]))].taking(Buffer([2, 1]))
        for column in taken.prefix(3) { #expect(column.values == [.bigint(6), .bigint(5)]) }
        #expect(taken[3].values == [.bigint(6), .null])
        func memory(_ column: Column) -> Buffer<Int64> { column.elements() }
        #expect(memory(taken[0]).isIdentical(to: memory(taken[2])))
        #expect(!memory(taken[0]).isIdentical(to: memory(taken[1])))
    }

    @Test("values come out as they went in", arguments: Sample.all)
    fileprivate func roundTrip(sample: Sample) {
        #expect(sample.column.values == sample.values)
        #expect(sample.column.nullCount == sample.values.count { $0 == .null })
    }

    @Test("taking rows takes their values", arguments: Sample.all)
    fileprivate func taking(sample: Sample) {
        let indices: [Int32] = [69, 0, 0, 5, 33, 12, 64, 63]
        let taken = sample.column.taking(Buffer(indices))
        #expect(taken.values == indices.map { sample.values[Int($0)] })
        #expect(sample.column.taking(Buffer()).values == [])
    }

    @Test("a slice of a slice has the values of its range", arguments: Sample.all)
    fileprivate func slicing(sample: Sample) {
        let slice = sample.column.slice(3..<68).slice(2..<64)
        #expect(slice.values == Array(sample.values[5..<67]))
        #expect(slice.taking(Buffer([1, 61])).values == [sample.values[6], sample.values[66]])
        #expect(sample.column.slice(70..<70).values == [])
    }

    @Test("columns below each other keep their values, sliced or not", arguments: Sample.all)
    fileprivate func concatenation(sample: Sample) {
        let parts = [
            sample.column.slice(0..<1), sample.column.slice(40..<70), sample.column, sample.column.slice(9..<9),
        ]
        let expected = sample.values[0..<1] + sample.values[40..<70] + sample.values
        #expect(Column.concatenated(parts).values == Array(expected))
    }

    @Test("one value repeated is that many values", arguments: Sample.all)
    fileprivate func repeating(sample: Sample) {
        for value in [sample.values[1], .null] {
            #expect(Column(sample.type, repeating: value, count: 5).values == Array(repeating: value, count: 5))
            #expect(Column(sample.type, repeating: value, count: 0).values == [])
        }
    }

    @Test func aDictionaryIsTakenSlicedJoinedAndExpandedAsItsValues() {
        let words = Column(.string, [.string("a"), .string("bb"), .string("")])
        let codes: [Int32] = [0, 1, 2, 1, 0, 0]
        let validity = Bitmap([true, true, false, true, true, true])
        let column = Column(
            .string, count: 6, validity: validity, storage: .dictionary(codes: Buffer(codes), values: words))
        let expected: [Value] = [.string("a"), .string("bb"), .null, .string("bb"), .string("a"), .string("a")]
        #expect(column.values == expected)
        #expect(column.expandingDictionary().values == expected)
        #expect(column.slice(1..<4).taking(Buffer([2, 1, 0])).values == [.string("bb"), .null, .string("bb")])
        let plain = Column(.string, [.string("z"), .null])
        #expect(Column.concatenated([column, plain]).values == expected + [.string("z"), .null])
        let empty = Column(
            .string, count: 2, validity: Bitmap(repeating: false, count: 2),
            storage: .dictionary(codes: Buffer([0, 0]), values: Column(.string, [])))
        #expect(empty.expandingDictionary().values == [.null, .null])
    }
}
