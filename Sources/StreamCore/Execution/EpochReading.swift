// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Synchronization

/// Computes one epoch: planned ranges through the transforms into operators and sink writers, over several workers.
///
/// First the workers take one source partition after another; batches never cross threads. Then each operator, in its order, ends
/// the epoch in all shards at once, and worker `n` takes what shard `n` gives.
struct EpochReading: Sendable {
    let parts: EngineParts
    let planned: PlannedEpoch
    let context: EvaluationContext
    let hosts: [OperatorHost]
    let sinksOfRelation: [String: [String]]
    let readersOfRelation: [String: [Reader]]
    /// How many batches have arrived.
    let arrivals = ArrivalCounter()
    /// At how many bytes an intake is emptied before the epoch ends.
    let intakeBytes: Int

    /// An operator that reads a relation.
    struct Reader: Sendable {
        let host: OperatorHost
        let input: Int
    }

    /// What the workers made, before any sink prepared it.
    struct Output: Sendable {
        var writers: [String: [any SinkWriter]] = [:]
        var progress: EpochProgress
    }

    /// A range that a worker reads.
    struct Item: Sendable {
        let source: String
        let partition: SourcePartition
        let range: OffsetRange
        /// Where its first row stands in the total order of the epoch's rows.
        let order: Int64
        /// Which part of its partition's range it is: 0 for the beginning, below 1.
        let place: Double
    }

    init(parts: EngineParts, planned: PlannedEpoch, context: EvaluationContext, hosts: [OperatorHost]) {
        self.parts = parts
        self.planned = planned
        self.context = context
        self.hosts = hosts
        intakeBytes = parts.memory.intakeBytes
        sinksOfRelation = Dictionary(grouping: parts.sinks.keys.sorted()) { parts.sinks[$0]?.relation ?? "" }
        var readers: [String: [Reader]] = [:]
        for host in hosts {
            for (input, relation) in host.bound.inputs.enumerated() {
                readers[relation, default: []].append(Reader(host: host, input: input))
            }
        }
        readersOfRelation = readers
    }

    var epoch: Epoch { planned.epoch }

    /// The partitions nobody has taken yet, and whether a worker failed.
    private final class Queue: Sendable {
        private let state: Mutex<(items: [Item], failed: Bool)>

        init(_ items: [Item]) { state = Mutex((items, false)) }

        func take() -> Item? { state.withLock { $0.failed ? nil : $0.items.popLast() } }
        func fail() { state.withLock { $0.failed = true } }
        var hasFailed: Bool { state.withLock { $0.failed } }
    }

    /// Reads everything, or throws the first failure after all workers have stopped.
    func read() async throws(PipelineError) -> [EpochWorker] {
        let items = try await items()
        // What begins at the same place comes at about the same time, so its groups are still in the processor's cache; of
        // whole partitions the largest first, so that no worker is left alone with it.
        let lastFirst = items.sorted { (-$0.place, $0.range.count, $0.order) < (-$1.place, $1.range.count, $1.order) }
        let queue = Queue(lastFirst)
        let busy = max(1, min(parts.workers, items.count))
        let workers = (0..<parts.workers).map { EpochWorker(index: $0, reading: self) }
        let read = try await workers.prefix(busy).asConcurrent { worker in await Self.work(worker, queue) }
        return read + workers.dropFirst(busy)
    }

    /// Into how many pieces a range is cut at most where several are read with state beside each other.
    private static let piecesSideBySide: Int64 = 64

    /// Planned ranges, those that are large in pieces, so that no worker is left alone with one at the end.
    private func items() async throws(PipelineError) -> [Item] {
        var items: [Item] = []
        for (name, partitions) in planned.ranges.sorted(by: { $0.key < $1.key }) {
            let total = partitions.values.reduce(0) { $0 + $1.count }
            for (partition, range) in partitions.sorted(by: { $0.key < $1.key }) {
                var count = parts.workers < 2 ? 1 : range.count * Int64(parts.workers * 4) / max(1, total)
                if !hosts.isEmpty && partitions.count > 1 { count = Self.piecesSideBySide }
                var pieces = [range]
                if count > 1, let source = parts.sources[name]?.source {
                    do throws(PipelineError) {
                        pieces = try await source.pieces(of: range, in: partition, atMost: Int(count))
                    } catch {
                        throw error.within("source", name)
                    }
                }
                for (index, piece) in pieces.enumerated() {
                    items.append(
                        Item(
                            source: name, partition: partition, range: piece, order: Int64(items.count) << 40,
                            place: Double(index) / Double(pieces.count)))
                }
            }
        }
        return items
    }

    private static func work(_ worker: EpochWorker, _ queue: Queue) async -> Result<EpochWorker, PipelineError> {
        var worker = worker
        do throws(PipelineError) {
            while let item = queue.take() {
                try await worker.read(item, until: { queue.hasFailed })
            }
            try worker.drain()
            return .success(worker)
        } catch {
            queue.fail()
            return .failure(error)
        }
    }

    /// Ends the epoch in every operator, each after those whose rows it reads.
    ///
    /// - Parameter watermark: the operator's watermark from now on, given what was closed before.
    func finish(
        _ workers: [EpochWorker], watermark: @Sendable (OperatorHost) -> Watermark
    ) async throws(PipelineError) -> [EpochWorker] {
        var workers = workers
        for host in hosts {
            let context = FinishContext(evaluation: context, watermark: max(host.watermark, watermark(host)))
            let results = try await workers.asConcurrent { worker in Self.finish(worker, host, context) }
            let closed = results.map(\.closedThrough).max() ?? .none
            host.advance(to: context.watermark == .end ? closed : context.watermark)
            workers = results.map(\.worker)
        }
        return workers
    }

    private struct Finished: Sendable {
        let worker: EpochWorker
        let closedThrough: Watermark
    }

    private static func finish(
        _ worker: EpochWorker, _ host: OperatorHost, _ context: FinishContext
    ) -> Result<Finished, PipelineError> {
        var worker = worker
        do throws(PipelineError) {
            let output = try host.finish(shard: worker.index, context) { batch throws(PipelineError) in
                try worker.take(batch, of: host)
            }
            try worker.take(output, of: host)
            try worker.drain()
            return .success(Finished(worker: worker, closedThrough: output.closedThrough))
        } catch {
            return .failure(error.within("operator", host.identity.name))
        }
    }

    /// The workers' shares put together.
    func output(of workers: [EpochWorker]) -> Output {
        var output = Output(progress: EpochProgress(epoch: epoch, startedMicros: context.epochMicros))
        for worker in workers {
            for (sink, writer) in worker.writers { output.writers[sink, default: []].append(writer) }
            output.progress.add(worker.progress)
        }
        for (source, partitions) in planned.ranges {
            output.progress.sources[source, default: .init()].ranges = partitions
        }
        for host in hosts {
            output.progress.operators[host.identity.name, default: .init()].size = host.size
            output.progress.operators[host.identity.name, default: .init()].watermark = host.watermark
        }
        return output
    }
}

extension Collection where Element == EpochWorker {
    /// Runs `body` for all at once, and gives the results in their order, or the first failure after all have ended.
    ///
    /// The child tasks return finished structs; see `EngineParts.askSinks` for why.
    fileprivate func asConcurrent<Value: Sendable>(
        _ body: @escaping @Sendable (EpochWorker) async -> Result<Value, PipelineError>
    ) async throws(PipelineError) -> [Value] {
        let answers = await withTaskGroup(of: WorkerAnswer<Value>.self) { group in
            for worker in self {
                group.addTask {
                    let result = await body(worker)
                    return WorkerAnswer(index: worker.index, result: result)
                }
            }
            var answers: [WorkerAnswer<Value>] = []
            for await answer in group { answers.append(answer) }
            return answers
        }
        var values: [Value] = []
        for answer in answers.sorted(by: { $0.index < $1.index }) { values.append(try answer.result.get()) }
        return values
    }
}

/// What one worker came to.
private struct WorkerAnswer<Value: Sendable>: Sendable {
    let index: Int
    let result: Result<Value, PipelineError>
}

extension EpochProgress {
    /// Adds another worker's share.
    fileprivate mutating func add(_ other: EpochProgress) {
        for (source, more) in other.sources {
            var sum = sources[source] ?? .init()
            sum.records += more.records
            sum.bytes += more.bytes
            sum.malformed += more.malformed
            sum.dropped += more.dropped
            sum.eventTimes.merge(more.eventTimes) { max($0, $1) }
            sources[source] = sum
        }
        for (sink, more) in other.sinks { sinks[sink, default: .init()].rows += more.rows }
        for (name, more) in other.operators {
            var sum = operators[name] ?? .init()
            sum.updatedRows += more.updatedRows
            sum.removedRows += more.removedRows
            sum.outputRows += more.outputRows
            sum.lateRows += more.lateRows
            sum.timelessRows += more.timelessRows
            operators[name] = sum
        }
        violations.merge(other.violations) { $0 + $1 }
    }
}

/// Counts what all workers of an epoch have been given.
final class ArrivalCounter: Sendable {
    private let batches = Atomic<Int>(0)

    var count: Int { batches.load(ordering: .relaxed) }
    func add() { batches.add(1, ordering: .relaxed) }
}
