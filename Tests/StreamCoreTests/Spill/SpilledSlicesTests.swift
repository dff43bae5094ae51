// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamTesting
import Testing

@testable import StreamCore

/// Rows that wait on disk: what is taken is what a list in memory would give, and nothing is given twice.
struct SpilledSlicesTests {
    private struct Row: Hashable {
        var key: Int64
        var number: Int64
        var due: Int64
    }

    private static let schema = Schema([
        Field("$hash", .bigint, nullable: false), Field("$key", .binary, nullable: false), Field("number", .bigint),
    ])

    private static func keys(_ keys: [Int64]) -> EncodedKeys {
        KeyEncoder([.bigint]).encode([Column(.bigint, Buffer(keys))], rowCount: keys.count)
    }

    private static func batch(_ rows: [Row]) -> ColumnBatch {
        let keys = keys(rows.map(\.key))
        return ColumnBatch(
            schema: schema, columns: [keys.hashColumn, keys.column, Column(.bigint, Buffer(rows.map(\.number)))],
            rowCount: rows.count)
    }

    private static func numbers(_ batch: ColumnBatch) -> [Int64] { batch.columns[2].elements(Int64.self).array }

    @Test("taking by key and by moment, and forgetting, do as a list does", arguments: UInt64(0)..<12)
    func actsLikeAList(seed: UInt64) throws {
        var random = SeededNumbers(seed: seed)
        let area = MemorySpillArea()
        // So little that slices are cut and joined; sometimes without memory for filters.
        var slices = SpilledSlices(area, schema: Self.schema, shardBytes: seed % 4 == 0 ? 0 : 100_000)
        var twin: Set<Row> = []
        var (number, moment) = (Int64(0), Int64(0))
        for _ in 0..<40 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let rows = (0..<Int.random(in: 0..<600, using: &random)).map { _ in
                    number += 1
                    let isForEver = Int.random(in: 0..<20, using: &random) == 0
                    return Row(
                        key: Int64.random(in: 0..<400, using: &random), number: number,
                        due: isForEver ? .max : moment + Int64.random(in: 1..<1_000, using: &random))
                }
                try slices.spill(Self.batch(rows), dues: Buffer(rows.map(\.due)))
                twin.formUnion(rows)
            case 5..<8:
                let wanted = (0..<Int.random(in: 0..<20, using: &random)).map { _ in
                    Int64.random(in: 0..<500, using: &random)
                }
                let set = KeySet()
                set.add(Self.keys(wanted))
                var (looked, found): ([Int64], [Int64]) = ([], [])
                try slices.find(set) { looked += Self.numbers($0) }
                try slices.take(set) { found += Self.numbers($0) }
                let expected = twin.filter { wanted.contains($0.key) }
                #expect(found.sorted() == expected.map(\.number).sorted())
                #expect(looked == found)
                twin.subtract(expected)
            case 8 where seed % 2 == 0:
                moment += Int64.random(in: 0..<300, using: &random)
                _ = slices.forget(through: moment)
                twin = twin.filter { $0.due > moment || $0.due == .max }
            default:
                moment += Int64.random(in: 0..<200, using: &random)
                var found: Set<Int64> = []
                try slices.takeDue(at: moment, room: Int.random(in: 0..<60_000, using: &random)) { rows in
                    for number in Self.numbers(rows) { #expect(found.insert(number).inserted) }
                }
                let due = twin.filter { $0.due <= moment }
                #expect(found.isSuperset(of: due.map(\.number)))
                let taken = twin.filter { found.contains($0.number) }
                #expect(taken.count == found.count)
                twin.subtract(taken)
            }
            var left: [Int64] = []
            for range in HashPrefix.ranges(0..<HashPrefix.count, parts: 3) {
                try slices.forEach(in: range) { left += Self.numbers($0) }
            }
            #expect(left.sorted() == twin.map(\.number).sorted())
            #expect(slices.count >= twin.count)
        }
        try slices.takeDue(at: .max, room: 0) { _ in }
        #expect(slices.isEmpty && slices.memoryBytes == 0 && slices.spilledBytes == 0)
        #expect(area.fileCount == 0)
    }

    @Test func keysThatAreNotThereCostNoReading() throws {
        let area = MemorySpillArea()
        var slices = SpilledSlices(area, schema: Self.schema, shardBytes: 1 << 20)
        let rows = (0..<50_000).map { Row(key: Int64($0), number: Int64($0), due: Int64($0 % 700)) }
        try slices.spill(Self.batch(rows), dues: Buffer(rows.map(\.due)))
        let before = area.blocksRead
        let strangers = KeySet()
        strangers.add(Self.keys((0..<20).map { 1_000_000 + $0 }))
        try slices.take(strangers) { _ in Issue.record("a key that is not there was found") }
        // Twenty keys in some thirty slices: one in a hundred questions is answered wrongly.
        #expect(area.blocksRead - before <= 30)
        #expect(slices.memoryBytes < 50_000 * 2)
    }

    @Test func whatIsDueIsReadFromTheSlicesThatReachAcrossTheMoment() throws {
        let area = MemorySpillArea()
        var slices = SpilledSlices(area, schema: Self.schema, shardBytes: 1 << 20)
        let rows = (0..<50_000).map { Row(key: Int64($0), number: Int64($0), due: Int64($0)) }
        try slices.spill(Self.batch(rows), dues: Buffer(rows.map(\.due)))
        let whole = area.blocksRead
        try slices.forEach { _ in }
        let all = area.blocksRead - whole
        var found: [Int64] = []
        try slices.takeDue(at: 99, room: 0) { found += Self.numbers($0) }
        #expect(found.sorted() == Array(0..<100))
        #expect(area.blocksRead - whole - all <= all / 10)
    }

    @Test func aFullDiskLosesNothingThatWasSpilledBefore() throws {
        let area = MemorySpillArea()
        var slices = SpilledSlices(area, schema: Self.schema, shardBytes: 1 << 20)
        let rows = (0..<1_000).map { Row(key: Int64($0), number: Int64($0), due: 5) }
        try slices.spill(Self.batch(rows), dues: Buffer(rows.map(\.due)))
        area.setRoom(10)
        let error = #expect(throws: PipelineError.self) {
            try slices.spill(Self.batch(rows), dues: Buffer(rows.map(\.due)))
        }
        #expect(error?.code == .diskFull)
        var left: [Int64] = []
        try slices.forEach { left += Self.numbers($0) }
        #expect(left.sorted() == Array(0..<1_000))
    }
}
