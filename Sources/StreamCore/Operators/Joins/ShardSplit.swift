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
            for (shard, rows) in positions(hashes, shards: shards) {
                let part = rows.count == batch.rowCount ? batch : batch.taking(rows)
                result[shard].append(StateRows(table: table, rows: part))
            }
        }
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

    /// The rows of each shard that has any.
    private static func positions(_ hashes: Buffer<Int64>, shards: Int) -> [(shard: Int, rows: Buffer<Int32>)] {
        let source = hashes.span
        var owners = BufferBuilder<Int32>(capacity: source.count)
        var ends = [Int](repeating: 0, count: shards)
        for row in source.indices {
            let shard = KeyGroups.shard(ofHash: source[row], of: shards)
            owners.append(Int32(truncatingIfNeeded: shard))
            ends[shard] += 1
        }
        for shard in 1..<shards { ends[shard] += ends[shard - 1] }
        var places = BufferBuilder<Int32>(capacity: source.count)
        places.append(repeating: 0, count: source.count)
        var cursors = [0] + ends.dropLast()
        let shardOfRow = owners.span
        var target = places.mutableSpan
        for row in shardOfRow.indices {
            let shard = Int(shardOfRow[row])
            target[cursors[shard]] = Int32(truncatingIfNeeded: row)
            cursors[shard] += 1
        }
        let all = places.finish()
        var start = 0
        var result: [(shard: Int, rows: Buffer<Int32>)] = []
        for (shard, end) in ends.enumerated() {
            if end > start { result.append((shard: shard, rows: all.slice(start..<end))) }
            start = end
        }
        return result
    }
}
