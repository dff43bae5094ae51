// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore
import StreamTesting

/// Readings with event times near their watermark, in random epochs and batches.
struct ReadingFeed {
    struct Reading: Hashable {
        var time: Int64?
        var site: String?
        var number: Int64?
        var level: Double?
        var price: Int64?
    }

    static let schema = Schema([
        Field("ts", .timestamp), Field("site", .string), Field("number", .bigint), Field("level", .double),
        Field("price", .decimal(precision: 10, scale: 2)),
    ])

    static func column(_ index: Int) -> Expression {
        Expression(.column(index), type: schema.fields[index].type, nullable: true, text: schema.fields[index].name)
    }

    static func batch(_ rows: [Reading]) -> ColumnBatch {
        func values<Source>(_ member: KeyPath<Reading, Source?>, _ make: (Source) -> Value) -> [Value] {
            rows.map { $0[keyPath: member].map(make) ?? .null }
        }
        let columns = [
            Column(.timestamp, values(\.time) { .timestamp($0) }), Column(.string, values(\.site) { .string($0) }),
            Column(.bigint, values(\.number) { .bigint($0) }), Column(.double, values(\.level) { .double($0) }),
            Column(.decimal(precision: 10, scale: 2), values(\.price) { .decimal(Int128($0), scale: 2) }),
        ]
        return ColumnBatch(schema: schema, columns: columns, rowCount: rows.count)
    }

    let readings: [Reading]
    /// The times of readings are spread over so much.
    private static let spread: Int64 = 30
    private let seed: UInt64

    /// Readings whose times grow by about one a row.
    init(seed: UInt64, count: Int) {
        var random = SeededNumbers(seed: seed)
        self.seed = seed
        var result: [Reading] = []
        for index in 0..<count {
            let time = Int64(index) - 50 + Int64.random(in: 0..<Self.spread, using: &random)
            let isNull = Int.random(in: 0..<20, using: &random)
            result.append(
                Reading(
                    time: isNull == 0 ? nil : time,
                    site: isNull == 1 ? nil : ["a", "b", "cc"].randomElement(using: &random),
                    number: isNull == 2 ? nil : Int64.random(in: -5...5, using: &random),
                    level: isNull == 3 ? nil : Double.random(in: -10...1_000, using: &random),
                    price: isNull == 4 ? nil : Int64.random(in: -100...10_000, using: &random)))
        }
        readings = result
    }

    /// The readings in epochs and batches cut at random by another seed. Watermarks are as high as they may be: the next is the time of
    /// a reading that is still to come. The last one closes everything.
    func epochs(cut: UInt64, closing: Bool = true) -> [OperatorDriver.Epoch] {
        var random = SeededNumbers(seed: seed &* 31 &+ cut)
        var epochs: [OperatorDriver.Epoch] = []
        var position = 0
        var leastFrom = [Int64](repeating: .max, count: readings.count + 1)
        for index in readings.indices.reversed() {
            leastFrom[index] = min(leastFrom[index + 1], readings[index].time ?? .max)
        }
        let last = readings.compactMap(\.time).max() ?? 0
        while position < readings.count {
            var batches: [(input: Int, rows: ColumnBatch)] = []
            for _ in 0..<Int.random(in: 0...3, using: &random) where position < readings.count {
                let end = min(readings.count, position + Int.random(in: 1...80, using: &random))
                batches.append((0, Self.batch(Array(readings[position..<end]))))
                position = end
            }
            epochs.append(.init(batches, watermark: Watermark(micros: min(last, leastFrom[position]))))
        }
        if closing { epochs.append(.init([], watermark: .end)) }
        return epochs
    }
}
