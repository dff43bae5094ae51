// SPDX-License-Identifier: Apache-2.0
internal import Columnar

/// The rows of one side of a join that may still find partners: columns in segments, found by key, taken out by time.
///
/// - Rows are numbered in the order in which they come; a segment holds the columns of a run of numbers. Small segments at the end are joined, so
///   that there are few.
/// - A row that is taken out is marked dead. A segment without live rows is let go at once; when most rows are dead, the rest is
///   numbered anew. Amortised, taking out costs what is taken out.
struct StoredRows: ~Copyable {
    /// Columns of rows `base ..< base + rows.rowCount`.
    private struct Segment {
        var base: Int
        var rows: ColumnBatch
        var live: Int
    }

    static let dead: UInt8 = 1
    static let matched: UInt8 = 2
    private static let new: UInt8 = 4

    /// The columns that are kept: `$time`, then the side's.
    let schema: Schema
    /// Whether rows carry a lasting id, so that a later epoch's changelog can name them.
    let hasIDs: Bool
    private var index = KeyedRows()
    private var flags = BufferBuilder<UInt8>()
    private var ids = BufferBuilder<Int64>()
    private var nextID: Int64 = 0
    private var segments: [Segment] = []
    private var queue = ExpiryQueue()
    private(set) var liveCount = 0
    /// The rows that are new in this epoch, and those dropped since.
    private var added = BufferBuilder<Int32>()
    /// Other rows whose flags changed in this epoch.
    private var changed = BufferBuilder<Int32>()

    /// Larger segments are not joined any more.
    private static let segmentRows = 65_536
    /// Fewer dead rows than this are not worth numbering anew.
    private static let fewDead = 8192

    init(schema: Schema, hasIDs: Bool) {
        self.schema = schema
        self.hasIDs = hasIDs
    }

    /// The new rows, and the others that changed, since the changes were last forgotten.
    var changedCount: Int { added.count + changed.count }

    var byteCount: Int {
        index.byteCount + flags.count + ids.count * 8 + queue.count * 12 + changedCount * 4
            + segments.reduce(0) { $0 + $1.rows.byteCount }
    }

    // MARK: Adding

    /// Adds rows; `expiries` says when each is taken out, `Int64.max` for never.
    ///
    /// - Parameter isNew: whether they are among what this epoch changed.
    mutating func add(
        _ rows: ColumnBatch, keys: EncodedKeys, expiries: Buffer<Int64>, matched: Bitmap?,
        ids given: Buffer<Int64>? = nil, isNew: Bool = true
    ) {
        guard rows.rowCount > 0 else { return }
        let base = flags.count
        index.append(keys)
        let state = isNew ? Self.new : 0
        for row in 0..<rows.rowCount { flags.append(matched?[row] ?? false ? state | Self.matched : state) }
        if hasIDs { addIDs(given, count: rows.rowCount) }
        var numbers = BufferBuilder<Int32>(capacity: rows.rowCount)
        for row in base..<flags.count { numbers.append(Int32(truncatingIfNeeded: row)) }
        let added = numbers.finish()
        if isNew { self.added.append(contentsOf: added) }
        queue.add(added, times: expiries)
        liveCount += rows.rowCount
        segments.append(Segment(base: base, rows: rows, live: rows.rowCount))
        joinLastSegments()
    }

    private mutating func addIDs(_ given: Buffer<Int64>?, count: Int) {
        if let given {
            let source = given.span
            for row in source.indices { nextID = max(nextID, source[row] + 1) }
            ids.append(contentsOf: source)
        } else {
            for row in 0..<count { ids.append(nextID + Int64(row)) }
            nextID += Int64(count)
        }
    }

    private mutating func joinLastSegments() {
        while segments.count > 1 {
            let (one, other) = (segments[segments.count - 2], segments[segments.count - 1])
            guard one.base + one.rows.rowCount == other.base, other.rows.rowCount * 2 >= one.rows.rowCount,
                one.rows.rowCount + other.rows.rowCount <= Self.segmentRows
            else { return }
            segments.removeLast()
            segments[segments.count - 1] = Segment(
                base: one.base, rows: ColumnBatch.concatenated([one.rows, other.rows]), live: one.live + other.live)
        }
    }

    // MARK: Finding

    /// The first candidate for each key of a batch, or -1.
    func starts(_ keys: EncodedKeys) -> Buffer<Int32> { index.newestRows(keys) }

    /// Appends live candidates to `pairs` until it is full; false when there are no more.
    mutating func candidates(
        _ starts: Buffer<Int32>, _ cursor: inout ProbeCursor, into pairs: inout RowPairs
    ) -> Bool {
        index.liveCandidates(starts, flags: flags, &cursor, into: &pairs)
    }

    /// The pairs put so that rows of one segment stand together.
    func grouped(
        _ pairs: (probing: Buffer<Int32>, stored: Buffer<Int32>)
    ) -> (probing: Buffer<Int32>, stored: Buffer<Int32>) {
        guard segments.count > 1, pairs.stored.count > 1 else { return pairs }
        let rows = pairs.stored.span
        var segmentOfPair = BufferBuilder<Int32>(capacity: rows.count)
        var places = [Int](repeating: 0, count: segments.count + 1)
        var current = 0
        var isGrouped = true
        for pair in rows.indices {
            let found = segment(of: Int(rows[pair]), near: current)
            if found < current { isGrouped = false }
            current = found
            segmentOfPair.append(Int32(truncatingIfNeeded: found))
            places[found + 1] += 1
        }
        if isGrouped { return pairs }
        for segment in segments.indices { places[segment + 1] += places[segment] }
        var order = BufferBuilder<Int32>(capacity: rows.count)
        order.append(repeating: 0, count: rows.count)
        var target = order.mutableSpan
        let owners = segmentOfPair.span
        for pair in owners.indices {
            let owner = Int(owners[pair])
            target[places[owner]] = Int32(truncatingIfNeeded: pair)
            places[owner] += 1
        }
        let permutation = order.finish()
        return (pairs.probing.taking(permutation), pairs.stored.taking(permutation))
    }

    private func segment(of row: Int, near hint: Int) -> Int {
        if segments[hint].base <= row, row - segments[hint].base < segments[hint].rows.rowCount { return hint }
        var (low, high) = (0, segments.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if segments[middle].base <= row { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// Some columns of rows, in the order of `rows`; cheap where rows of one segment stand together.
    func gather(_ rows: Buffer<Int32>, columns: [Int]) -> [Column] {
        guard rows.count > 0 else { return columns.map { Column(nulls: schema.fields[$0].type, count: 0) } }
        let pieces = pieces(rows)
        return columns.map { column in
            Column.concatenated(pieces.map { segments[$0.segment].rows.columns[column].taking($0.places) })
        }
    }

    /// Runs of rows of the same segment, as places in it.
    private func pieces(_ rows: Buffer<Int32>) -> [(segment: Int, places: Buffer<Int32>)] {
        let source = rows.span
        var result: [(segment: Int, places: Buffer<Int32>)] = []
        var start = 0
        var current = 0
        while start < source.count {
            current = segment(of: Int(source[start]), near: current)
            let (base, count) = (Int32(segments[current].base), Int32(segments[current].rows.rowCount))
            var places = BufferBuilder<Int32>()
            while start < source.count, source[start] >= base, source[start] - base < count {
                places.append(source[start] - base)
                start += 1
            }
            result.append((segment: current, places: places.finish()))
        }
        return result
    }

    // MARK: Changing

    /// Notes that rows have a partner; returns those that had none before, each once.
    mutating func match(_ rows: Buffer<Int32>) -> Buffer<Int32> {
        let source = rows.span
        var result = BufferBuilder<Int32>()
        for index in source.indices {
            let row = Int(source[index])
            guard flags[row] & Self.matched == 0 else { continue }
            flags[row] |= Self.matched
            result.append(source[index])
            if flags[row] & Self.new == 0 { changed.append(source[index]) }
        }
        return result.finish()
    }

    /// Takes rows out that are live, each named once. Their columns are gone then.
    mutating func remove(_ rows: Buffer<Int32>) {
        let source = rows.span
        var current = 0
        for index in source.indices {
            let row = Int(source[index])
            flags[row] |= Self.dead
            current = segment(of: row, near: current)
            segments[current].live -= 1
        }
        liveCount -= rows.count
        segments.removeAll { $0.live == 0 }
    }

    /// The live rows whose time has come, ascending; the caller removes them.
    mutating func due(at watermark: Watermark) -> Buffer<Int32> {
        let due = queue.due(at: watermark.micros)
        let states = flags.span
        return Buffer(due.array.filter { states[Int($0)] & Self.dead == 0 }.sorted())
    }

    /// The latest time of a row that was due.
    var closedThrough: Watermark { Watermark(micros: queue.latestTaken) }

    /// The live rows without partner, ascending.
    func unmatchedRows() -> Buffer<Int32> {
        let states = flags.span
        return live { states[$0] & Self.matched == 0 }
    }

    /// Those of the rows that have no partner.
    func unmatched(_ rows: Buffer<Int32>) -> Buffer<Int32> {
        let (source, states) = (rows.span, flags.span)
        var result = BufferBuilder<Int32>(capacity: source.count)
        for index in source.indices where states[Int(source[index])] & Self.matched == 0 {
            result.append(source[index])
        }
        return result.finish()
    }

    /// The live rows that meet a condition, ascending.
    private func live(_ condition: (Int) -> Bool) -> Buffer<Int32> {
        let states = flags.span
        var result = BufferBuilder<Int32>()
        for segment in segments {
            for row in segment.base..<(segment.base + segment.rows.rowCount)
            where states[row] & Self.dead == 0 && condition(row) {
                result.append(Int32(truncatingIfNeeded: row))
            }
        }
        return result.finish()
    }

    // MARK: State

    /// The live rows of some key groups.
    func rows(in groups: Range<Int>) -> Buffer<Int32> {
        live { groups.contains(KeyGroups.group(ofHash: index.hash(of: $0))) }
    }

    /// All live rows, ascending.
    func liveRows() -> Buffer<Int32> { live { _ in true } }

    /// The live rows that are new, ascending.
    func newRows() -> Buffer<Int32> {
        let (rows, states) = (added.span, flags.span)
        var result = BufferBuilder<Int32>(capacity: rows.count)
        for index in rows.indices where states[Int(rows[index])] & Self.dead == 0 { result.append(rows[index]) }
        return result.finish()
    }

    /// The other rows whose flags changed.
    func changedRows() -> Buffer<Int32> {
        var result = BufferBuilder<Int32>(capacity: changed.count)
        result.append(contentsOf: changed.span)
        return result.finish()
    }

    /// Rows as state keeps them: `$hash`, `$key`, with ids `$id` and `$matched`, then the columns.
    func stateRows(_ rows: Buffer<Int32>) -> ColumnBatch {
        let keys = index.keys(of: rows)
        var columns = [keys.hashColumn, keys.column]
        if hasIDs { columns += marks(rows) }
        return ColumnBatch(
            schema: Self.stateSchema(schema, hasIDs: hasIDs),
            columns: columns + gather(rows, columns: Array(schema.fields.indices)), rowCount: rows.count)
    }

    private func marks(_ rows: Buffer<Int32>) -> [Column] {
        let (source, numbers, states) = (rows.span, ids.span, flags.span)
        var lasting = BufferBuilder<Int64>(capacity: rows.count)
        var bits = BitmapBuilder(capacity: rows.count)
        for index in source.indices {
            lasting.append(numbers[Int(source[index])])
            bits.append(states[Int(source[index])] & Self.matched != 0)
        }
        return [
            Column(.bigint, lasting.finish()),
            Column(.boolean, count: rows.count, validity: nil, storage: .bits(bits.finish())),
        ]
    }

    /// The columns of rows in changelogs and snapshots.
    static func stateSchema(_ kept: Schema, hasIDs: Bool) -> Schema {
        let marks =
            hasIDs ? [Field("$id", .bigint, nullable: false), Field("$matched", .boolean, nullable: false)] : []
        return Schema(
            [Field("$hash", .bigint, nullable: false), Field("$key", .binary, nullable: false)] + marks + kept.fields)
    }

    /// Changed rows as a changelog names them: `$hash`, `$key`, `$id`. An id is unique among rows of equal keys.
    func changeRows(_ rows: Buffer<Int32>) -> ColumnBatch {
        let keys = index.keys(of: rows)
        return ColumnBatch(
            schema: Self.changeSchema, columns: [keys.hashColumn, keys.column, marks(rows)[0]], rowCount: rows.count)
    }

    private static let changeSchema = Schema([
        Field("$hash", .bigint, nullable: false), Field("$key", .binary, nullable: false),
        Field("$id", .bigint, nullable: false),
    ])

    /// The live rows that `changeRows` named. O(rows of their keys).
    mutating func rows(_ keys: EncodedKeys, ids wantedIDs: Buffer<Int64>) -> Buffer<Int32> {
        struct Name: Hashable { var start: Int32, id: Int64 }
        let first = starts(keys)
        var wanted: Set<Name> = []
        for row in 0..<first.count { wanted.insert(Name(start: first[row], id: wantedIDs[row])) }
        let distinct = Buffer(Set(first.array).sorted())
        var result = BufferBuilder<Int32>()
        var cursor = ProbeCursor()
        var hasMore = true
        while hasMore {
            var pairs = RowPairs(limit: Self.segmentRows)
            hasMore = candidates(distinct, &cursor, into: &pairs)
            let (probing, stored) = pairs.finish()
            for pair in 0..<stored.count
            where wanted.contains(Name(start: distinct[Int(probing[pair])], id: ids[Int(stored[pair])])) {
                result.append(stored[pair])
            }
        }
        return result.finish()
    }

    /// Forgets what changed, and gives back the memory of dead rows when they are many.
    mutating func settle() {
        forgetChanges()
        if flags.count - liveCount > max(liveCount, Self.fewDead) { numberAnew() }
    }

    /// Forgets what changed, and gives back the memory of all dead rows. O(live rows).
    mutating func compact() {
        forgetChanges()
        if flags.count > liveCount { numberAnew() }
    }

    private mutating func forgetChanges() {
        for index in 0..<added.count { flags[Int(added[index])] &= ~Self.new }
        added = BufferBuilder()
        changed = BufferBuilder()
    }

    private mutating func numberAnew() {
        var newNumbers = BufferBuilder<Int32>(capacity: flags.count)
        newNumbers.append(repeating: -1, count: flags.count)
        var newIndex = KeyedRows()
        var newFlags = BufferBuilder<UInt8>(capacity: liveCount)
        var newIDs = BufferBuilder<Int64>(capacity: hasIDs ? liveCount : 0)
        var newSegments: [Segment] = []
        // Each goes as soon as its rows are copied.
        var waiting = Array(segments.reversed())
        segments = []
        while let segment = waiting.popLast() {
            var rows = BufferBuilder<Int32>(capacity: segment.live)
            for row in segment.base..<(segment.base + segment.rows.rowCount) where flags[row] & Self.dead == 0 {
                newNumbers[row] = Int32(truncatingIfNeeded: newFlags.count)
                rows.append(Int32(truncatingIfNeeded: row))
                newFlags.append(flags[row])
                if hasIDs { newIDs.append(ids[row]) }
            }
            let kept = rows.finish()
            newIndex.append(index.keys(of: kept))
            let base = Int32(segment.base)
            let places = Elementwise.map(kept) { $0 - base }
            newSegments.append(
                Segment(base: newFlags.count - kept.count, rows: segment.rows.taking(places), live: kept.count))
        }
        queue.renumber(newNumbers.span)
        index = newIndex
        flags = newFlags
        ids = newIDs
        segments = newSegments
        joinSmallSegments()
    }

    /// Joins neighbours as long as they are small together.
    private mutating func joinSmallSegments() {
        var result: [Segment] = []
        var group: [Segment] = []
        var rows = 0
        for segment in segments {
            if rows > 0, rows + segment.rows.rowCount > Self.segmentRows {
                result.append(Self.joined(group))
                (group, rows) = ([], 0)
            }
            group.append(segment)
            rows += segment.rows.rowCount
        }
        if !group.isEmpty { result.append(Self.joined(group)) }
        segments = result
    }

    private static func joined(_ group: [Segment]) -> Segment {
        Segment(
            base: group[0].base, rows: ColumnBatch.concatenated(group.map(\.rows)),
            live: group.reduce(0) { $0 + $1.live })
    }
}
