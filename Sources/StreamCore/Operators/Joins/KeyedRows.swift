// SPDX-License-Identifier: Apache-2.0
internal import Columnar

/// Numbers rows 0, 1, 2, … as they are added, and finds those with a key, newest first.
///
/// - Cost: one hash look-up per row added or asked for; 8 bytes per row beside the distinct keys.
struct KeyedRows: ~Copyable {
    private(set) var table = KeyTable()
    /// By key: its newest row.
    private var newest = BufferBuilder<Int32>()
    /// By row: the next older row of the same key, or -1.
    private var older = BufferBuilder<Int32>()
    /// By row: its key.
    private var keyOfRow = BufferBuilder<Int32>()

    /// How many rows have been added.
    var count: Int { older.count }

    /// How many bytes it holds.
    var byteCount: Int { table.byteCount + newest.count * 4 + older.count * 8 }

    /// Adds the rows of a batch by their keys.
    mutating func append(_ keys: EncodedKeys) {
        precondition(count + keys.count < Int(Int32.max), "a shard holds fewer than 2^31 rows")
        let numbers = table.ids(for: keys)
        let newKeys = table.count - newest.count
        newest.append(repeating: -1, count: newKeys)
        keyOfRow.append(contentsOf: numbers)
        Self.link(numbers, &newest, &older)
    }

    private static func link(
        _ keys: Buffer<Int32>, _ newest: inout BufferBuilder<Int32>, _ older: inout BufferBuilder<Int32>
    ) {
        older.reserve(keys.count)
        let numbers = keys.span
        var heads = newest.mutableSpan
        for row in numbers.indices {
            let key = Int(numbers[row])
            let stored = Int32(truncatingIfNeeded: older.count)
            older.append(heads[key])
            heads[key] = stored
        }
    }

    /// The keys of rows.
    func keys(of rows: Buffer<Int32>) -> EncodedKeys {
        let (source, wanted) = (keyOfRow.span, rows.span)
        var numbers = BufferBuilder<Int32>(capacity: wanted.count)
        for index in wanted.indices { numbers.append(source[Int(wanted[index])]) }
        return table.keys(numbers.finish())
    }

    /// The hash of a row's key.
    func hash(of row: Int) -> Int64 { table.hashes[Int(keyOfRow[row])] }

    /// The newest row of each key of a batch, or -1.
    func newestRows(_ keys: EncodedKeys) -> Buffer<Int32> {
        let (numbers, heads) = (table.find(keys), newest.span)
        let found = numbers.span
        var result = BufferBuilder<Int32>(capacity: found.count)
        for row in found.indices { result.append(found[row] < 0 ? -1 : heads[Int(found[row])]) }
        return result.finish()
    }

    /// Appends candidates to `pairs` until it is full; false when there are no more.
    ///
    /// - Parameter starts: for each row of a batch the first candidate, or -1.
    func candidates(_ starts: Buffer<Int32>, _ cursor: inout ProbeCursor, into pairs: inout RowPairs) -> Bool {
        let (first, next) = (starts.span, older.span)
        while cursor.row < first.count {
            if cursor.stored == ProbeCursor.unstarted { cursor.stored = first[cursor.row] }
            while cursor.stored >= 0 {
                if pairs.isFull { return true }
                pairs.append(Int32(truncatingIfNeeded: cursor.row), cursor.stored)
                cursor.stored = next[Int(cursor.stored)]
            }
            cursor.advance()
        }
        return false
    }

    /// As `candidates`, without rows that are dead; unlinks those, so that they are passed once.
    mutating func liveCandidates(
        _ starts: Buffer<Int32>, flags: borrowing BufferBuilder<UInt8>, _ cursor: inout ProbeCursor,
        into pairs: inout RowPairs
    ) -> Bool {
        let (first, flags) = (starts.span, flags.span)
        var next = older.mutableSpan
        while cursor.row < first.count {
            if cursor.stored == ProbeCursor.unstarted { cursor.stored = first[cursor.row] }
            while cursor.stored >= 0 {
                let stored = Int(cursor.stored)
                if flags[stored] & StoredRows.dead == 0 {
                    if pairs.isFull { return true }
                    pairs.append(Int32(truncatingIfNeeded: cursor.row), cursor.stored)
                }
                var following = next[stored]
                while following >= 0, flags[Int(following)] & StoredRows.dead != 0 {
                    following = next[Int(following)]
                }
                next[stored] = following
                cursor.stored = following
            }
            cursor.advance()
        }
        return false
    }
}

/// Where the search for candidates stands.
struct ProbeCursor {
    static let unstarted: Int32 = -2
    /// The row of the batch.
    var row = 0
    /// Its next candidate.
    var stored = unstarted

    mutating func advance() {
        row += 1
        stored = Self.unstarted
    }
}

/// Pairs of a row of a batch and a stored row, a bounded number of them at a time.
struct RowPairs: ~Copyable {
    private(set) var probing: BufferBuilder<Int32>
    private(set) var stored: BufferBuilder<Int32>
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
        probing = BufferBuilder(capacity: min(limit, 4096))
        stored = BufferBuilder(capacity: min(limit, 4096))
    }

    var count: Int { probing.count }
    var isFull: Bool { probing.count >= limit }

    mutating func append(_ row: Int32, _ storedRow: Int32) {
        probing.append(row)
        stored.append(storedRow)
    }

    /// The pairs as two columns of row numbers.
    consuming func finish() -> (probing: Buffer<Int32>, stored: Buffer<Int32>) {
        (probing.finish(), stored.finish())
    }
}
