// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Synchronization

/// Reads one epoch: planned ranges through the transforms into sink writers, over several workers.
///
/// A worker takes one source partition after another; batches never cross threads.
struct EpochReading: Sendable {
    let parts: EngineParts
    let planned: PlannedEpoch
    let context: EvaluationContext

    var epoch: Epoch { planned.epoch }

    /// What the workers made, before any sink prepared it.
    struct Output: Sendable {
        var writers: [String: [any SinkWriter]] = [:]
        var progress: EpochProgress
    }

    private struct Item: Sendable {
        let source: String
        let partition: SourcePartition
        let range: OffsetRange
    }

    /// The partitions nobody has taken yet, and whether a worker failed.
    private final class Queue: Sendable {
        private let state: Mutex<(items: [Item], failed: Bool)>

        init(_ items: [Item]) { state = Mutex((items, false)) }

        func take() -> Item? { state.withLock { $0.failed ? nil : $0.items.popLast() } }
        func fail() { state.withLock { $0.failed = true } }
        var hasFailed: Bool { state.withLock { $0.failed } }
    }

    /// Reads everything, or throws the first failure after all workers have stopped.
    func run() async throws(PipelineError) -> Output {
        let items = try await items()
        let smallestFirst = items.sorted {
            ($0.range.count, $0.partition, $0.range.start) < ($1.range.count, $1.partition, $1.range.start)
        }
        let queue = Queue(smallestFirst)
        let results = await withTaskGroup(of: Result<Output, PipelineError>.self) { group in
            for _ in 0..<max(1, min(parts.workers, items.count)) {
                group.addTask { await work(queue) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var output = Output(progress: EpochProgress(epoch: epoch, startedMicros: context.epochMicros))
        for result in results { output.add(try result.get()) }
        for (source, partitions) in planned.ranges {
            output.progress.sources[source, default: .init()].ranges = partitions
        }
        return output
    }

    /// Planned ranges, those that are large in pieces, so that no worker is left alone with one at the end.
    private func items() async throws(PipelineError) -> [Item] {
        var items: [Item] = []
        for (name, partitions) in planned.ranges {
            let total = partitions.values.reduce(0) { $0 + $1.count }
            for (partition, range) in partitions {
                let count = parts.workers < 2 ? 1 : range.count * Int64(parts.workers * 4) / max(1, total)
                var pieces = [range]
                if count > 1, let source = parts.sources[name]?.source {
                    do throws(PipelineError) {
                        pieces = try await source.pieces(of: range, in: partition, atMost: Int(count))
                    } catch {
                        throw error.within("source", name)
                    }
                }
                items += pieces.map { Item(source: name, partition: partition, range: $0) }
            }
        }
        return items
    }

    private func work(_ queue: Queue) async -> Result<Output, PipelineError> {
        var worker = Worker(reading: self)
        do throws(PipelineError) {
            while let item = queue.take() {
                try await worker.read(item, until: { queue.hasFailed })
            }
            return .success(worker.output)
        } catch {
            queue.fail()
            return .failure(error)
        }
    }

    /// One worker's state: its writers and counts.
    private struct Worker {
        let reading: EpochReading
        let sinksOfRelation: [String: [String]]
        var output: Output

        init(reading: EpochReading) {
            self.reading = reading
            sinksOfRelation = Dictionary(grouping: reading.parts.sinks.keys.sorted()) {
                reading.parts.sinks[$0]?.relation ?? ""
            }
            output = Output(progress: EpochProgress(epoch: reading.epoch, startedMicros: 0))
        }

        mutating func read(_ item: Item, until abandoned: () -> Bool) async throws(PipelineError) {
            guard let bound = reading.parts.sources[item.source] else { return }
            do throws(PipelineError) {
                let reader = try await bound.source.open(item.partition, item.range)
                while let batch = try await reader.next() {
                    if abandoned() { return }
                    try take(batch, of: item.source, onMalformed: bound.onMalformed)
                }
            } catch {
                throw error.within("source", item.source)
            }
        }

        private mutating func take(
            _ batch: SourceBatch, of source: String, onMalformed: SourceDeclaration.MalformedAction
        ) throws(PipelineError) {
            count(batch, of: source, onMalformed: onMalformed)
            var letters: [DeadLetter] = []
            switch onMalformed {
            case .drop: break
            case .deadLetter: letters = batch.malformed.map { letter($0, in: batch, of: source) }
            case .fail:
                if let first = batch.malformed.first { throw failure(first, in: batch) }
            }
            if batch.rows.rowCount > 0 {
                let processed = try reading.parts.processor.process(
                    source: source, rows: batch.rows, context: reading.context)
                for (relation, rows) in processed.outputs where rows.rowCount > 0 {
                    for sink in sinksOfRelation[relation] ?? [] { try append(rows, to: sink) }
                }
                for (name, count) in processed.violations { output.progress.violations[name, default: 0] += count }
                letters += processed.rejected.map { letter($0, in: batch, of: source) }
            }
            try keep(letters)
            reading.parts.events.rowsRead(source, rows: batch.records.count)
        }

        private mutating func count(
            _ batch: SourceBatch, of source: String, onMalformed: SourceDeclaration.MalformedAction
        ) {
            var progress = output.progress.sources[source] ?? .init()
            progress.records += batch.records.count
            progress.bytes += batch.records.bytes.count
            progress.malformed += batch.malformed.count
            if onMalformed == .drop { progress.dropped += batch.malformed.count }
            output.progress.sources[source] = progress
        }

        private mutating func append(_ rows: ColumnBatch, to sink: String) throws(PipelineError) {
            do throws(PipelineError) {
                try writer(of: sink)?.append(rows)
            } catch {
                throw error.within("sink", sink)
            }
            output.progress.sinks[sink, default: .init()].rows += rows.rowCount
        }

        private mutating func writer(of sink: String) throws(PipelineError) -> (any SinkWriter)? {
            if let writer = output.writers[sink]?.first { return writer }
            guard let writer = try reading.parts.allSinks[sink]?.makeWriter(for: reading.epoch) else { return nil }
            output.writers[sink] = [writer]
            return writer
        }

        private mutating func keep(_ letters: [DeadLetter]) throws(PipelineError) {
            guard let first = letters.first else { return }
            guard let sink = reading.parts.deadLetters else {
                throw PipelineError(
                    first.code, first.message,
                    at: [.init("partition", first.partition.name), .init("offset", "\(first.position)")],
                    hint: "Fix the producer, or name a \"deadLetters\" table to keep such records and go on")
            }
            try append(sink.rows(letters, reading.epoch), to: EngineParts.deadLetterName)
        }

        private func letter(_ malformed: MalformedRecord, in batch: SourceBatch, of source: String) -> DeadLetter {
            DeadLetter(
                source: source, partition: batch.partition,
                position: Offset(batch.records.positions[malformed.recordIndex]), stage: "decode",
                code: malformed.code, message: malformed.message, raw: batch.records.record(malformed.recordIndex))
        }

        private func letter(_ rejected: RejectedRow, in batch: SourceBatch, of source: String) -> DeadLetter {
            let record = Int(batch.recordIndices[rejected.row])
            return DeadLetter(
                source: source, partition: batch.partition, position: Offset(batch.records.positions[record]),
                stage: rejected.stage, code: rejected.code, message: rejected.message,
                raw: batch.records.record(record))
        }

        private func failure(_ malformed: MalformedRecord, in batch: SourceBatch) -> PipelineError {
            PipelineError(
                malformed.code, malformed.message,
                at: [
                    .init("partition", batch.partition.name),
                    .init("offset", "\(batch.records.positions[malformed.recordIndex])"),
                ],
                hint: "Fix the producer, or set \"onMalformed\" of this source to \"deadLetter\"")
        }
    }
}

extension EpochReading.Output {
    /// Adds another worker's share.
    mutating func add(_ other: EpochReading.Output) {
        for (sink, more) in other.writers { writers[sink, default: []] += more }
        for (source, more) in other.progress.sources {
            var sum = progress.sources[source] ?? .init()
            sum.records += more.records
            sum.bytes += more.bytes
            sum.malformed += more.malformed
            sum.dropped += more.dropped
            progress.sources[source] = sum
        }
        for (sink, more) in other.progress.sinks { progress.sinks[sink, default: .init()].rows += more.rows }
        progress.violations.merge(other.progress.violations) { $0 + $1 }
    }
}
