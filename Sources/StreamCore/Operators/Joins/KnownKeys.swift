// SPDX-License-Identifier: Apache-2.0
internal import Columnar
internal import Failures

/// The keys that are known, and until when each is. What a share of memory cannot hold is on disk, the oldest keys first.
///
/// In memory are two generations. A full one becomes the older, and what that was goes to disk as a whole, so that no table is made
/// anew, and a row that is sent again soon finds its key in memory. A key may stand in several places when its time was moved on: a
/// later time is always greater, so the greatest counts, and what is on disk is looked up, never changed.
///
/// - Cost: of a row a look into each generation and each slice's filter; of a key that may be on disk the block that may hold it.
///   Forgetting reads nothing.
struct KnownKeys: ~Copyable {
    private var newest: KeyGeneration
    private var older: KeyGeneration
    /// `nil` when all stay in memory.
    private var slices: SpilledSlices?
    /// Keys that this epoch changed and that are no longer in the newest generation, with their times.
    private var captured: [(keys: EncodedKeys, ends: Buffer<Int64>)] = []
    private var capturedCount = 0
    private let distance: Int64?
    private let shareBytes: Int
    private var latestForgotten = Int64.min

    private static let schema = Schema([
        Field("$hash", .bigint, nullable: false), Field("$key", .binary, nullable: false),
    ])

    /// No keys yet, each of which will be known for so long after its event time; `nil` for ever.
    init(distance: Int64?, _ limits: ShardMemory) {
        self.distance = distance
        newest = KeyGeneration(distance: distance)
        older = KeyGeneration(distance: distance)
        shareBytes = limits.bytes
        if let area = limits.area, limits.bytes < .max {
            slices = SpilledSlices(area, schema: Self.schema, shardBytes: limits.bytes, givesDue: true)
        }
    }

    /// How many keys are known; one whose time was moved on while it was on disk counts there until that time has passed.
    var count: Int { newest.count + older.count + (slices?.count ?? 0) }
    /// How many times a key was added or moved on in this epoch.
    var changedCount: Int { capturedCount + newest.changedCount }
    /// The latest time of a key that was forgotten.
    var closedThrough: Watermark {
        Watermark(micros: max(latestForgotten, newest.latestForgotten, older.latestForgotten))
    }
    var byteCount: Int {
        newest.byteCount + older.byteCount + (slices?.memoryBytes ?? 0)
            + captured.reduce(0) { $0 + $1.keys.bytes.count + $1.keys.count * 20 }
    }
    var isSpilled: Bool { slices?.isEmpty == false }
    var spilledBytes: Int { slices?.spilledBytes ?? 0 }

    // MARK: An epoch

    /// The rows of a batch that are no duplicates of what is known in memory from earlier epochs, in any order of rows, since the time
    /// of a key only grows; `nil` for all. The others are asked for by `first`.
    func unknown(_ rows: ColumnBatch) -> Buffer<Int32>? {
        let rest = newest.unknown(rows)
        guard older.count > 0, rest?.count != 0 else { return rest }
        let left = older.unknown(rest.map { DeduplicateShard.heads(rows).taking($0) } ?? rows)
        guard let rest, let left else { return rest ?? left }
        return rest.taking(left)
    }

    /// Of rows that `unknown` left, those of each batch that are the first of their key, which is known from now on. All rows of a
    /// key are given at once.
    mutating func first(of batches: [ColumnBatch]) throws(PipelineError) -> [Buffer<Int32>] {
        let rest = try unspilled(batches)
        let left = zip(batches, rest).map { batch, rows in
            rows.map { DeduplicateShard.heads(batch).taking($0) } ?? batch
        }
        let first = newest.first(of: left)
        if distance != nil, older.count > 0 {
            for (batch, rows) in zip(left, first) { older.release(DeduplicateShard.keys(batch).taking(rows)) }
        }
        return zip(first, rest).map { chosen, rows in rows?.taking(chosen) ?? chosen }
    }

    /// The rows of each batch that are no duplicates of what is on disk; `nil` for all.
    private func unspilled(_ batches: [ColumnBatch]) throws(PipelineError) -> [Buffer<Int32>?] {
        guard let slices, !slices.isEmpty else { return batches.map { _ in nil } }
        let wanted = KeySet()
        for batch in batches { wanted.add(DeduplicateShard.keys(batch)) }
        var found = KeyTimes(isTimed: distance != nil)
        try slices.find(wanted) { rows throws(PipelineError) in
            let ids = found.ids(for: DeduplicateShard.keys(rows))
            let dues: Buffer<Int64> = rows.columns[2].elements()
            for row in 0..<ids.count { found.ends[Int(ids[row])] = max(found.ends[Int(ids[row])], dues[row]) }
        }
        var rest: [Buffer<Int32>?] = []
        for batch in batches { rest.append(found.unknown(batch)) }
        return rest
    }

    /// Moves older keys to disk when the newest are many.
    ///
    /// - Parameter watermark: that of the end of this epoch.
    mutating func makeRoom(_ watermark: Watermark) throws(PipelineError) {
        guard let spilledBytes = slices?.memoryBytes else { return }
        // A part for the newest, one for those before them, one for their copies on the way to disk, and the rest for what an epoch brings.
        let most = max(shareBytes / 8, (shareBytes - spilledBytes) / 5)
        guard newest.byteCount > most else { return }
        capture(watermark)
        let known = older.known(in: 0..<KeyGroups.count)
        if known.count > 0 {
            let (keys, ends) = older.rows(known)
            try slices?.spill(
                ColumnBatch(schema: Self.schema, columns: [keys.hashColumn, keys.column], rowCount: keys.count),
                dues: ends)
        }
        latestForgotten = max(latestForgotten, older.latestForgotten)
        older = KeyGeneration(distance: distance)
        swap(&newest, &older)
    }

    /// Keeps what this epoch changed in the newest generation apart from it.
    private mutating func capture(_ watermark: Watermark) {
        capturedCount += newest.changedCount
        let changes = newest.changes(after: watermark)
        if changes.count > 0 { captured.append(newest.rows(changes)) }
        newest.forgetChanges()
    }

    /// Forgets what the watermark has passed; returns how many keys, of those on disk when their place is free.
    mutating func forget(at watermark: Watermark) -> Int {
        var removed = newest.forget(at: watermark) + older.forget(at: watermark)
        if older.count == 0 {
            latestForgotten = max(latestForgotten, older.latestForgotten)
            older = KeyGeneration(distance: distance)
        }
        if let (count, lastDue) = slices?.forget(through: watermark.micros) {
            removed += count
            latestForgotten = max(latestForgotten, lastDue)
        }
        return removed
    }

    /// The keys that this epoch added or moved on and that are still known, with their times; starts the changes of the next epoch.
    mutating func takeChanges() -> [(keys: EncodedKeys, ends: Buffer<Int64>)] {
        // What was forgotten is not known beyond any watermark.
        capture(.none)
        defer { (captured, capturedCount) = ([], 0) }
        return captured
    }

    // MARK: What is kept

    /// Gives the known keys of some key groups with their times, of a key that stands in several places the latest time last.
    func forEach(
        in groups: Range<Int>, _ give: (EncodedKeys, Buffer<Int64>) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        try slices?.forEach(in: HashPrefix.range(ofGroups: groups)) { rows throws(PipelineError) in
            try give(DeduplicateShard.keys(rows), rows.columns[2].elements())
        }
        try Self.forEach(older, older.known(in: groups), give)
        try Self.forEach(newest, newest.known(in: groups), give)
    }

    private static func forEach(
        _ generation: borrowing KeyGeneration, _ ids: Buffer<Int32>,
        _ give: (EncodedKeys, Buffer<Int64>) throws(PipelineError) -> Void
    ) throws(PipelineError) {
        for start in stride(from: 0, to: ids.count, by: OutputRows.batchRows) {
            let (keys, ends) = generation.rows(ids.slice(start..<min(ids.count, start + OutputRows.batchRows)))
            try give(keys, ends)
        }
    }

    /// Takes keys of a changelog or snapshot.
    mutating func restore(_ keys: EncodedKeys, until ends: Buffer<Int64>) throws(PipelineError) {
        newest.restore(keys, until: ends)
        try makeRoom(.none)
    }
}
