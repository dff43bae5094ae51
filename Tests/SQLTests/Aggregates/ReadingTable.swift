// SPDX-License-Identifier: Apache-2.0
import Columnar
import SQL
import StreamCore
import StreamTesting

/// Readings with event times near their watermark, whole and cut into epochs and batches at random.
struct ReadingTable {
    static let schema = Schema([
        Field("ts", .timestamp), Field("site", .string), Field("n", .bigint), Field("level", .double),
        Field("price", .decimal(precision: 10, scale: 2)), Field("ok", .boolean), Field("label", .string),
        Field("weight", .int, nullable: false),
    ])
    static let relation = RelationSchema(schema, eventTimes: [0])

    /// All rows in the order of the source.
    let rows: ColumnBatch
    private let times: [Int64?]
    private let seed: UInt64

    /// Rows whose times grow by about one a row.
    init(seed: UInt64, count: Int) {
        var random = SeededNumbers(seed: seed)
        self.seed = seed
        var times: [Int64?] = []
        var columns = [[Value]](repeating: [], count: Self.schema.fields.count)
        func value(_ make: @autoclosure () -> Value, _ isNull: Bool) -> Value { isNull ? .null : make() }
        for index in 0..<count {
            let hole = Int.random(in: 0..<24, using: &random)
            let time = hole == 0 ? nil : Int64(index) - 50 + Int64.random(in: 0..<30, using: &random)
            times.append(time)
            columns[0].append(time.map { .timestamp($0) } ?? .null)
            columns[1].append(value(.string(["a", "b", "cc"].randomElement(using: &random) ?? ""), hole == 1))
            columns[2].append(value(.bigint(.random(in: -5...5, using: &random)), hole == 2 || hole == 8))
            columns[3].append(value(.double(.random(in: -10...1_000, using: &random)), hole == 3 || hole == 8))
            columns[4].append(value(.decimal(Int128.random(in: -100...10_000, using: &random), scale: 2), hole == 4))
            columns[5].append(value(.boolean(Bool.random(using: &random)), hole == 5))
            columns[6].append(value(.string("label \(Int.random(in: 0..<40, using: &random))"), hole == 6))
            columns[7].append(.int(.random(in: 0...3, using: &random)))
        }
        self.times = times
        rows = ColumnBatch(
            schema: Self.schema, columns: zip(Self.schema.fields, columns).map { Column($0.type, $1) }, rowCount: count)
    }

    /// The rows in epochs and batches, cut at random by another seed. Watermarks are as high as they may be: the next is the least time
    /// that is still to come. The last one closes everything.
    func epochs(cut: UInt64) -> [PlanDriver.Epoch] {
        var random = SeededNumbers(seed: seed &* 31 &+ cut)
        var least = [Int64](repeating: .max, count: times.count + 1)
        for index in times.indices.reversed() { least[index] = min(least[index + 1], times[index] ?? .max) }
        let last = times.compactMap { $0 }.max() ?? 0
        var epochs: [PlanDriver.Epoch] = []
        var position = 0
        while position < times.count {
            var batches: [ColumnBatch] = []
            for _ in 0..<Int.random(in: 0...3, using: &random) where position < times.count {
                let end = min(times.count, position + Int.random(in: 1...60, using: &random))
                batches.append(rows.slice(position..<end))
                position = end
            }
            epochs.append(.init(batches: batches, watermark: Watermark(micros: min(last, least[position]))))
        }
        epochs.append(.init(batches: [], watermark: .end))
        return epochs
    }
}
