// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Values in the order in which they came, as columns of growing size: appending costs O(log n) a value, amortised, and reading what is read.
struct ValueLog {
    private let type: DataType
    /// Where each chunk starts.
    private var starts: [Int] = []
    private var chunks: [Column] = []

    init(_ type: DataType) { self.type = type }

    var count: Int { chunks.isEmpty ? 0 : starts[starts.count - 1] + chunks[chunks.count - 1].count }

    var byteCount: Int { chunks.reduce(0) { $0 + $1.byteCount } }

    /// Appends values, none of which is NULL.
    mutating func append(_ values: Column) {
        guard values.count > 0 else { return }
        starts.append(count)
        chunks.append(values.expandingDictionary())
        while chunks.count > 1, chunks[chunks.count - 1].count * 2 >= chunks[chunks.count - 2].count {
            let last = chunks.removeLast()
            starts.removeLast()
            chunks[chunks.count - 1] = Column.concatenated([chunks[chunks.count - 1], last])
        }
    }

    mutating func removeAll() {
        starts = []
        chunks = []
    }

    /// The values at some places.
    func taking(_ places: Buffer<Int32>) -> Column {
        guard places.count > 0 else { return Column(type, []) }
        guard chunks.count > 1 else { return chunks[0].taking(places) }
        // Of each chunk what it has, one after another; then in the order that is asked for.
        var locals = [[Int32]](repeating: [], count: chunks.count)
        var chunkOfPlace = BufferBuilder<Int32>(capacity: places.count)
        var current = 0
        for index in 0..<places.count {
            let place = Int(places[index])
            while place < starts[current] { current -= 1 }
            while current + 1 < starts.count, place >= starts[current + 1] { current += 1 }
            chunkOfPlace.append(Int32(current))
            locals[current].append(Int32(place - starts[current]))
        }
        var cursors: [Int32] = []
        var total: Int32 = 0
        for local in locals {
            cursors.append(total)
            total += Int32(local.count)
        }
        var order = BufferBuilder<Int32>(capacity: places.count)
        for index in 0..<places.count {
            let chunk = Int(chunkOfPlace[index])
            order.append(cursors[chunk])
            cursors[chunk] += 1
        }
        let parts = zip(chunks, locals).filter { !$1.isEmpty }.map { $0.taking(Buffer($1)) }
        let gathered = parts.count == 1 ? parts[0] : Column.concatenated(parts)
        return gathered.taking(order.finish())
    }
}
