// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore
import StreamTesting

/// Rows `(key STRING, ts TIMESTAMP, id INT)` of two sides, in the order in which they arrive.
struct JoinFeed {
    struct Row: Hashable {
        var input: Int
        var key: String?
        var time: Int64?
        var id: Int32

        var values: [Value] {
            [key.map { .string($0) } ?? .null, time.map { .timestamp($0) } ?? .null, .int(id)]
        }
    }

    static let schema = Schema([Field("key", .string), Field("ts", .timestamp), Field("id", .int)])
    static let nulls: [Value] = [.null, .null, .null]
    /// How far rows may stand from their order.
    static let delay: Int64 = 20

    var rows: [Row]

    /// Rows of both sides, out of order within the delay.
    static func random(_ generator: inout SeededNumbers, count: Int, keys: Int, duplicates: Bool = false) -> JoinFeed {
        var rows: [Row] = []
        var time: Int64 = 100
        for id in 0..<count {
            time += Int64.random(in: 0...3, using: &generator)
            let isNullKey = Int.random(in: 0..<20, using: &generator) == 0
            rows.append(
                Row(
                    input: Int.random(in: 0...1, using: &generator),
                    key: isNullKey ? nil : "k\(Int.random(in: 0..<keys, using: &generator))",
                    time: time - Int64.random(in: 0...delay, using: &generator),
                    id: duplicates ? Int32(id / 3) : Int32(id)))
        }
        return JoinFeed(rows: rows)
    }

    /// Epochs at random boundaries, with the watermarks that the rows lead to; at the end one that passes everything.
    func steps(_ generator: inout SeededNumbers, isOneSided: Bool = false) -> [OperatorRun.Step] {
        var steps: [OperatorRun.Step] = []
        var start = 0
        var greatest: [Int64?] = [nil, nil]
        while start < rows.count {
            let end = min(rows.count, start + Int.random(in: 1...60, using: &generator))
            var arrivals: [OperatorRun.Arrival] = []
            var from = start
            while from < end {
                let to = min(end, from + Int.random(in: 1...20, using: &generator))
                for input in 0...1 {
                    // Rows of one batch are of one input; their order is that of their places.
                    let picked = (from..<to).filter { rows[$0].input == input }
                    for row in picked where isOneSided {
                        arrivals.append(
                            OperatorRun.Arrival(input: input, rows: Self.batch([rows[row]]), order: Int64(row)))
                    }
                    if !isOneSided, !picked.isEmpty {
                        arrivals.append(
                            OperatorRun.Arrival(
                                input: input, rows: Self.batch(picked.map { rows[$0] }), order: Int64(from)))
                    }
                }
                from = to
            }
            for row in rows[start..<end] {
                guard let time = row.time else { continue }
                greatest[row.input] = max(greatest[row.input] ?? .min, time)
            }
            let known =
                isOneSided
                ? greatest.compactMap { $0 }.max()
                : greatest[0].flatMap { left in
                    greatest[1].map { min(left, $0) }
                }
            steps.append(
                OperatorRun.Step(
                    arrivals: arrivals.shuffled(using: &generator),
                    watermark: known.map { Watermark(micros: $0 - Self.delay) } ?? .none))
            start = end
        }
        steps.append(OperatorRun.Step(arrivals: [], watermark: Watermark(micros: 1_000_000)))
        return steps
    }

    /// Rows as a batch.
    static func batch(_ rows: [Row]) -> ColumnBatch {
        let values = rows.map(\.values)
        return ColumnBatch(
            schema: schema,
            columns: schema.fields.indices.map { index in Column(schema.fields[index].type, values.map { $0[index] }) },
            rowCount: rows.count)
    }

    /// Everything in one epoch.
    static func step(_ left: [Row], _ right: [Row], watermark: Int64) -> OperatorRun.Step {
        var arrivals: [OperatorRun.Arrival] = []
        if !left.isEmpty { arrivals.append(.init(input: 0, rows: batch(left), order: 0)) }
        if !right.isEmpty { arrivals.append(.init(input: 1, rows: batch(right), order: Int64(left.count))) }
        return OperatorRun.Step(arrivals: arrivals, watermark: Watermark(micros: watermark))
    }

    static func left(_ key: String?, _ time: Int64?, _ id: Int32) -> Row { Row(input: 0, key: key, time: time, id: id) }
    static func right(_ key: String?, _ time: Int64?, _ id: Int32) -> Row {
        Row(input: 1, key: key, time: time, id: id)
    }
}
