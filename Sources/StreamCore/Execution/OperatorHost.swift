// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Synchronization

/// One stateful operator in a running engine: an intake for each worker, a shard for each share of the key groups.
final class OperatorHost: Sendable {
    let bound: EngineParts.BoundOperator
    let identity: OperatorIdentity
    let intakes: [any OperatorIntake]
    private let shards: [Slot]
    private let current = Mutex(Watermark.none)
    private let absorbed = Mutex(0)

    /// A shard that several workers may hand rows to.
    private final class Slot: Sendable {
        let shard: Mutex<any OperatorShard>

        init(_ shard: any OperatorShard) { self.shard = Mutex(shard) }
    }

    init(_ bound: EngineParts.BoundOperator, workers: Int, memory: ShardMemory = .unbounded) {
        self.bound = bound
        identity = bound.stateful.identity
        intakes = (0..<workers).map { _ in bound.stateful.makeIntake() }
        shards = (0..<workers).map { _ in Slot(bound.stateful.makeShard(memory)) }
    }

    /// How many shards there are.
    var shardCount: Int { shards.count }

    /// The watermark by which rows are judged: that of the end of the last epoch.
    var watermark: Watermark { current.withLock { $0 } }

    /// Moves the watermark; it never moves back.
    func advance(to watermark: Watermark) { current.withLock { $0 = max($0, watermark) } }

    /// Hands what one worker's intake holds to the shards.
    func drain(worker: Int) throws(PipelineError) {
        for (index, parts) in intakes[worker].drain(shards: shards.count).enumerated() where !parts.isEmpty {
            absorbed.withLock { $0 += parts.reduce(0) { $0 + $1.rows.rowCount } }
            try shards[index].shard.withLock { shard throws(PipelineError) in
                for rows in parts { try shard.absorb(rows) }
            }
        }
    }

    /// Ends the epoch in one shard, which gives its rows as they are made.
    func finish(
        shard index: Int, _ context: FinishContext, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) -> ShardOutput {
        try shards[index].shard.withLock { shard throws(PipelineError) in try shard.finish(context, give) }
    }

    /// What the epoch changed, shard by shard.
    func takeChanges() -> [StateRows] { shards.flatMap { $0.shard.withLock { $0.takeChanges() } } }

    /// How many rows of state came from the intakes since this was asked last.
    func takeAbsorbedCount() -> Int {
        absorbed.withLock { count in
            defer { count = 0 }
            return count
        }
    }

    /// The state of some key groups.
    func snapshot(groups: Range<Int>) throws(PipelineError) -> [StateRows] {
        var parts: [StateRows] = []
        for (index, slot) in shards.enumerated() where groups.contains(where: { owns(index, group: $0) }) {
            parts += try slot.shard.withLock { shard throws(PipelineError) -> [StateRows] in
                var given: [StateRows] = []
                try shard.snapshot(groups: groups) { rows throws(PipelineError) in given.append(rows) }
                return given
            }
        }
        return parts
    }

    private func owns(_ shard: Int, group: Int) -> Bool { KeyGroups.shard(ofGroup: group, of: shards.count) == shard }

    /// Takes a piece of restored state.
    func restore(_ record: StateRecord) throws(PipelineError) {
        switch record {
        case .rows(let stored, let meanings):
            let rows = try bound.stateful.migrated(stored, through: meanings)
            for (index, part) in rows.split(shards: shards.count).enumerated() {
                guard let part else { continue }
                try shards[index].shard.withLock { shard throws(PipelineError) in try shard.restore(part) }
            }
        case .endOfEpoch(_, let watermark):
            advance(to: watermark)
            let context = FinishContext(
                evaluation: EvaluationContext(epochMicros: 0), watermark: self.watermark, isRestoring: true)
            for slot in shards {
                try slot.shard.withLock { shard throws(PipelineError) in
                    _ = try shard.finish(context) { _ in }
                    _ = shard.takeChanges()
                }
            }
        }
    }

    /// How big the state is over all shards.
    var size: StateSize {
        shards.reduce(into: StateSize(epochs: 0)) { sum, slot in
            let size = slot.shard.withLock { $0.size }
            sum.rows += size.rows
            sum.memoryBytes += size.memoryBytes
            sum.spilledBytes += size.spilledBytes
            sum.openWindows = max(sum.openWindows, size.openWindows)
            sum.epochs = sum.epochs.flatMap { epochs in size.epochs.map { max(epochs, $0) } }
        }
    }
}

extension StateRows {
    /// The rows of each shard by the hash in column 0; `nil` for shards without rows.
    public func split(shards: Int) -> [StateRows?] {
        if shards == 1 { return rows.rowCount == 0 ? [nil] : [self] }
        guard case .int64(let hashes) = rows.columns[0].storage else { return [] }
        let span = hashes.span
        return (0..<shards).map { shard in
            var mine = BufferBuilder<Int32>(capacity: rows.rowCount / shards)
            for row in 0..<rows.rowCount where KeyGroups.shard(ofHash: span[row], of: shards) == shard {
                mine.append(Int32(row))
            }
            return mine.count == 0 ? nil : StateRows(table: table, rows: rows.taking(mine.finish()))
        }
    }
}
