// SPDX-License-Identifier: Apache-2.0
import Columnar

/// The key columns among incoming rows.
struct IncomingKeys: Sendable {
    private let sources: [Int]
    /// Text of partition columns: the empty string is NULL in the table.
    private let nullsEmpty: [Bool]
    private let encoder: KeyEncoder

    /// - Parameter names: columns of the incoming rows.
    init(_ names: [String], _ plan: DeltaWritePlan) {
        sources = names.compactMap { plan.incoming.index(of: $0) }
        nullsEmpty = sources.map { source in
            plan.incoming.fields[source].type == .string && plan.partitionColumns.contains { $0.source == source }
        }
        encoder = KeyEncoder(sources.map { plan.incoming.fields[$0].type })
    }

    /// The batches with only the last row of each key, in order.
    func lastRows(_ batches: [ColumnBatch]) -> [ColumnBatch] {
        var table = KeyTable()
        // By key: where its last row so far stands.
        var places: [(batch: Int32, row: Int32)] = []
        for (index, batch) in batches.enumerated() {
            let columns = zip(sources, nullsEmpty).map { source, nullsEmpty in
                nullsEmpty ? Self.nullingEmpty(batch.columns[source]) : batch.columns[source]
            }
            let ids = table.ids(for: encoder.encode(columns, rowCount: batch.rowCount))
            let span = ids.span
            for row in span.indices {
                let (id, place) = (Int(span[row]), (Int32(index), Int32(truncatingIfNeeded: row)))
                if id == places.count { places.append(place) } else { places[id] = place }
            }
        }
        var kept = batches.map { _ in [Int32]() }
        for place in places { kept[Int(place.batch)].append(place.row) }
        var result: [ColumnBatch] = []
        for (batch, rows) in zip(batches, kept) where !rows.isEmpty {
            result.append(rows.count == batch.rowCount ? batch : batch.taking(Buffer(rows.sorted())))
        }
        return result
    }

    private static func nullingEmpty(_ column: Column) -> Column {
        guard case .bytes(let offsets, let bytes) = column.expandingDictionary().storage else { return column }
        let starts = offsets.span
        var validity = BitmapBuilder(capacity: column.count)
        for row in 0..<column.count { validity.append(!column.isNull(row) && starts[row] < starts[row + 1]) }
        return Column(
            column.type, count: column.count, validity: validity.finishValidity(),
            storage: .bytes(offsets: offsets, bytes: bytes))
    }
}
