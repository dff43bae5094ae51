// SPDX-License-Identifier: Apache-2.0
import Columnar

/// The sessions of a shard that are in memory: whose they are, where they lie in time, and the states of their aggregates.
final class HeldSessions {
    private let program: AggregateProgram
    private let schema: Schema
    private var keys = KeyTable()
    private var open: OpenSessions
    private var accumulators: AccumulatorSet
    /// The greatest epoch number among the states of sessions that are no longer here.
    private var latestGone: Int64 = 0

    private static let firstState = 4

    /// None yet, for rows of state of a schema.
    init(_ program: AggregateProgram, schema: Schema) {
        self.program = program
        self.schema = schema
        accumulators = program.makeAccumulators()
        open = OpenSessions(patience: program.outputMode == .complete ? nil : program.sessionPatienceMicros)
    }

    var count: Int { open.count }

    /// How many sessions were looked at so far.
    var visits: Int { open.visits }

    var byteCount: Int { keys.byteCount + open.byteCount + accumulators.byteCount }

    /// The greatest epoch number among the states of all that were ever here.
    var latestSequence: Int64 { max(latestGone, accumulators.latestSequence) }

    // MARK: Growing

    /// Merges partial sessions, rows of state, with those of their keys.
    ///
    /// - Parameter isChange: whether they change something; not when they were here before and come back.
    func merge(_ rows: ColumnBatch, sequence: Int64, isChange: Bool = true) {
        let columns = rows.columns
        let (starts, ends): (Buffer<Int64>, Buffer<Int64>) = (columns[2].elements(), columns[3].elements())
        let ids = keys.ids(for: EncodedKeys(column: columns[1], hashes: columns[0].elements()))
        open.growKeys(to: keys.count)
        let known = open.numbers
        var merged: [Int32: Int32] = [:]
        var slots = BufferBuilder<Int32>(capacity: ids.count)
        for row in 0..<ids.count {
            slots.append(open.place(ids[row], starts[row], ends[row], &merged, isChange: isChange))
        }
        func root(_ slot: Int32) -> Int32 {
            var slot = slot
            while let into = merged[slot] { slot = into }
            return slot
        }
        let groups = merged.isEmpty ? slots.finish() : Elementwise.map(slots.finish()) { root($0) }
        accumulators.grow(to: open.numbers)
        accumulators.merge(columns, from: Self.firstState, groups: groups, sequence: sequence)
        let old = merged.keys.filter { $0 < known }.sorted()
        if !old.isEmpty {
            accumulators.merge(
                accumulators.states(of: Buffer(old)), from: 0, groups: Buffer(old.map { root($0) }), sequence: sequence)
        }
    }

    /// The sessions that changed since the last call and are still open.
    func takeChanged() -> Buffer<Int32> { open.takeChanged() }

    // MARK: Ending

    /// The sessions that a watermark closes; they are to be removed.
    func due(at watermark: Watermark) -> Buffer<Int32> { open.due(at: watermark) }

    /// The first watermark under which a session is closed; `Int64.max`: never, but by the end of a run.
    func lapse(of session: Int32) -> Int64 { open.lapse(of: session) }

    /// When a session is looked at again: every session by the end of a run.
    func turns(of sessions: Buffer<Int32>) -> Buffer<Int64> { open.turns(of: sessions) }

    /// Forgets sessions.
    func remove(_ sessions: Buffer<Int32>) { open.remove(sessions) }

    /// Gives up the memory of sessions that are no longer here, when there are many of them.
    func compactIfSparse() { if open.isSparse { compact() } }

    /// Keeps only open sessions, and only keys that have some. No epoch may be under way.
    func compact() {
        guard open.numbers > open.count || keys.count > open.count else { return }
        let kept = all
        let owners = open.owners(of: kept)
        var isUsed = [Bool](repeating: false, count: keys.count)
        var used = BufferBuilder<Int32>()
        for index in 0..<owners.count where !isUsed[Int(owners[index])] {
            isUsed[Int(owners[index])] = true
            used.append(owners[index])
        }
        let keptKeys = used.finish()
        latestGone = latestSequence
        let fresh = program.makeAccumulators()
        fresh.grow(to: kept.count)
        Self.forEachPart(of: kept) { part, first in
            let numbers = Buffer((0..<Int32(part.count)).map { Int32(first) + $0 })
            fresh.merge(accumulators.states(of: part), from: 0, groups: numbers, sequence: latestGone)
        }
        accumulators = fresh
        keys = keys.keeping(keptKeys)
        open.renumber(kept, keys: keptKeys)
    }

    // MARK: Looking

    /// All sessions.
    var all: Buffer<Int32> { open.sessions { _ in true } }

    /// The sessions of some key groups.
    func sessions(ofGroups groups: Range<Int>) -> Buffer<Int32> {
        open.sessions { groups.contains(KeyGroups.group(ofHash: Self.hash(ofKey: $0, in: keys))) }
    }

    private static func hash(ofKey key: Int, in keys: borrowing KeyTable) -> Int64 {
        let hashes = keys.hashes
        return hashes[key]
    }

    /// Calls `body` with parts of bounded size, each with the place of its first session.
    static func forEachPart<Failure: Error>(
        of sessions: Buffer<Int32>, _ body: (Buffer<Int32>, Int) throws(Failure) -> Void
    ) throws(Failure) {
        var start = 0
        while start < sessions.count {
            let end = min(start + GroupEmitter.batchRows, sessions.count)
            try body(sessions.slice(start..<end), start)
            start = end
        }
    }

    /// Sessions as rows of state.
    func rows(of sessions: Buffer<Int32>) -> ColumnBatch {
        let encoded = keys.keys(open.owners(of: sessions))
        let columns =
            [
                encoded.hashColumn, encoded.column, Column(.bigint, open.starts(of: sessions)),
                Column(.bigint, open.ends(of: sessions)),
            ] + accumulators.states(of: sessions)
        return ColumnBatch(schema: schema, columns: columns, rowCount: sessions.count)
    }

    /// What sessions are made of, for results.
    func parts(of sessions: Buffer<Int32>) -> SessionParts {
        SessionParts(
            keys: keys.keys(open.owners(of: sessions)).column, starts: Column(.timestamp, open.starts(of: sessions)),
            ends: Column(.timestamp, open.ends(of: sessions)), results: accumulators.results(of: sessions))
    }

    /// The same of rows of state that are not here; each is a session of its own.
    static func parts(of rows: ColumnBatch, _ program: AggregateProgram) -> SessionParts {
        let numbers = Buffer(counting: 0..<Int32(rows.rowCount))
        let states = program.makeAccumulators()
        states.grow(to: rows.rowCount)
        states.merge(rows.columns, from: firstState, groups: numbers, sequence: 0)
        return SessionParts(
            keys: rows.columns[1], starts: rows.columns[2].retyped(.timestamp),
            ends: rows.columns[3].retyped(.timestamp), results: states.results(of: numbers))
    }
}

/// Sessions on their way out: encoded keys, bounds, and the results of their aggregates.
struct SessionParts {
    let keys: Column
    let starts: Column
    let ends: Column
    let results: [(column: Column, errors: RowErrors)]
}
