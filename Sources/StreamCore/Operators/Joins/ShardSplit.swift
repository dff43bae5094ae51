// SPDX-License-Identifier: Apache-2.0
internal import Columnar

/// Cuts batches whose first column is `$hash` by the shard that owns each row.
enum ShardSplit {
    /// Batches are joined up to about so many rows before they are cut.
    static let joinedRows = 32_768

    /// The rows of one table by shard, in their order.
    static func split(_ batches: [ColumnBatch], table: String, shards: Int, into result: inout [[StateRows]]) {
        for batch in joined(batches) {
            if shards == 1 {
                result[0].append(StateRows(table: table, rows: batch))
                continue
            }
            let hashes: Buffer<Int64> = batch.columns[0].elements()
            for (shard, rows) in positions(hashes, owners: shards, { KeyGroups.shard(ofHash: $0, of: shards) }) {
                let part = rows.count == batch.rowCount ? batch : batch.taking(rows)
                result[shard].append(StateRows(table: table, rows: part))
            }
        }
    }

    /// Cuts batches of several tables into about so many parts by ranges of their hashes: of each part that has rows the batches
    /// by table. Rows of one hash stay together and in their order.
    static func parts(_ tables: [[ColumnBatch]], count: Int) -> [[[ColumnBatch]]] {
        var (low, high) = (UInt32.max, UInt32.min)
        for batch in tables.joined() {
            let hashes: Buffer<Int64> = batch.columns[0].elements()
            let span = hashes.span
            for row in span.indices {
                let prefix = HashPrefix.of(span[row])
                (low, high) = (min(low, prefix), max(high, prefix))
            }
        }
        guard low <= high else { return [] }
        let width = max(1, (Int(high - low) + max(1, count)) / max(1, count))
        let none = [[ColumnBatch]](repeating: [], count: tables.count)
        var result = [[[ColumnBatch]]](repeating: none, count: Int(high - low) / width + 1)
        for (table, batches) in tables.enumerated() {
            for batch in batches {
                let hashes: Buffer<Int64> = batch.columns[0].elements()
                let cut = positions(hashes, owners: result.count) { Int(HashPrefix.of($0) - low) / width }
                for (part, rows) in cut { result[part][table].append(batch.taking(rows)) }
            }
        }
        return result.filter { part in part.contains { !$0.isEmpty } }
    }

    /// Small batches below each other.
    static func joined(_ batches: [ColumnBatch]) -> [ColumnBatch] {
        var result: [ColumnBatch] = []
        var group: [ColumnBatch] = []
        var rows = 0
        for batch in batches where batch.rowCount > 0 {
            if rows > 0, rows + batch.rowCount > joinedRows {
                result.append(ColumnBatch.concatenated(group))
                (group, rows) = ([], 0)
            }
            group.append(batch)
            rows += batch.rowCount
        }
        if !group.isEmpty { result.append(ColumnBatch.concatenated(group)) }
        return result
    }

    /// The rows of each owner that has any.
    private static func positions(
        _ hashes: Buffer<Int64>, owners count: Int, _ owner: (Int64) -> Int
    ) -> [(owner: Int, rows: Buffer<Int32>)] {
        let source = hashes.span
        var owners = BufferBuilder<Int32>(capacity: source.count)
        var ends = [Int](repeating: 0, count: count)
        for row in source.indices {
            let owner = owner(source[row])
            owners.append(Int32(truncatingIfNeeded: owner))
            ends[owner] += 1
        }
        for owner in ends.indices.dropFirst() { ends[owner] += ends[owner - 1] }
        var places = BufferBuilder<Int32>(capacity: source.count)
        places.append(repeating: 0, count: source.count)
        var cursors = [0] + ends.dropLast()
        let ownerOfRow = owners.span
        var target = places.mutableSpan
        for row in ownerOfRow.indices {
            let owner = Int(ownerOfRow[row])
            target[cursors[owner]] = Int32(truncatingIfNeeded: row)
            cursors[owner] += 1
        }
        let all = places.finish()
        var start = 0
        var result: [(owner: Int, rows: Buffer<Int32>)] = []
        for (owner, end) in ends.enumerated() {
            if end > start { result.append((owner: owner, rows: all.slice(start..<end))) }
            start = end
        }
        return result
    }
}
