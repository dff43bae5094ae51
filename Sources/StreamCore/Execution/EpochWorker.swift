// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// One worker's share of an epoch: its sink writers, its counts, and its side of the operators' intakes.
///
/// Used by one task at a time: while partitions are read, and again for each operator's output.
struct EpochWorker: Sendable {
    /// Which worker it is; its intakes and its shard have the same number.
    let index: Int
    let reading: EpochReading
    private(set) var writers: [String: any SinkWriter] = [:]
    var progress: EpochProgress
    /// Rows of the operators' outputs taken so far, for their order.
    private var outputRows: Int64 = 0

    init(index: Int, reading: EpochReading) {
        self.index = index
        self.reading = reading
        progress = EpochProgress(epoch: reading.epoch, startedMicros: reading.context.epochMicros)
    }

    private var parts: EngineParts { reading.parts }

    // MARK: Records of a source

    /// Reads one range to its end.
    mutating func read(_ item: EpochReading.Item, until abandoned: () -> Bool) async throws(PipelineError) {
        guard let bound = parts.sources[item.source] else { return }
        var rows: Int64 = 0
        do throws(PipelineError) {
            let reader = try await bound.source.open(item.partition, item.range)
            while let batch = try await reader.next() {
                reading.arrivals.add()
                if abandoned() { return }
                try take(batch, of: item.source, bound, order: item.order + rows)
                rows += Int64(batch.rows.rowCount)
            }
        } catch {
            throw error.within("source", item.source)
        }
    }

    private mutating func take(
        _ batch: SourceBatch, of source: String, _ bound: EngineParts.BoundSource, order: Int64
    ) throws(PipelineError) {
        count(batch, of: source, bound)
        var letters: [DeadLetter] = []
        switch bound.onMalformed {
        case .drop: break
        case .deadLetter: letters = batch.malformed.map { letter($0, in: batch, of: source) }
        case .fail:
            if let first = batch.malformed.first { throw failure(first, in: batch) }
        }
        if batch.rows.rowCount > 0 {
            let rejected = try process(batch.rows, of: source, order: order)
            letters += rejected.map { letter($0, in: batch, of: source) }
        }
        try keep(letters)
        parts.events.rowsRead(source, rows: batch.records.count)
    }

    private mutating func count(_ batch: SourceBatch, of source: String, _ bound: EngineParts.BoundSource) {
        var counts = progress.sources[source] ?? .init()
        counts.records += batch.records.count
        counts.bytes += batch.records.bytes.count
        counts.malformed += batch.malformed.count
        if bound.onMalformed == .drop { counts.dropped += batch.malformed.count }
        if let column = bound.watermark?.column, let newest = batch.rows.greatestInt64(of: column) {
            counts.eventTimes[batch.partition] = max(counts.eventTimes[batch.partition] ?? newest, newest)
        }
        progress.sources[source] = counts
    }

    // MARK: Rows

    /// Computes what sinks and operators get from rows of a source or of an operator.
    ///
    /// - Returns: the rows that were not used.
    private mutating func process(
        _ rows: ColumnBatch, of origin: String, order: Int64
    ) throws(PipelineError) -> [RejectedRow] {
        let processed = try parts.processor.process(source: origin, rows: rows, context: reading.context)
        var rejected = processed.rejected
        for (relation, rows) in processed.outputs where rows.rowCount > 0 {
            for sink in reading.sinksOfRelation[relation] ?? [] { try append(rows, to: sink) }
            for reader in reading.readersOfRelation[relation] ?? [] {
                let refused = try offer(rows, to: reader, order: order)
                guard let origins = processed.origins[relation] else {
                    rejected += refused
                    continue
                }
                rejected += refused.map { $0.moved(to: Int(origins[$0.row])) }
            }
        }
        for (name, count) in processed.violations { progress.violations[name, default: 0] += count }
        return rejected
    }

    /// Offers rows to an operator's intake, and empties the intake when it holds much.
    private mutating func offer(
        _ rows: ColumnBatch, to reader: EpochReading.Reader, order: Int64
    ) throws(PipelineError) -> [RejectedRow] {
        let host = reader.host
        let intake = host.intakes[index]
        let context = IntakeContext(evaluation: reading.context, watermark: host.watermark, order: order)
        let refused = try intake.take(rows, input: reader.input, context: context)
        let counts = intake.takeCounts()
        var mine = progress.operators[host.identity.name] ?? .init()
        mine.lateRows += counts.lateDropped + refused.reduce(0) { $0 + ($1.code == .lateRecord ? 1 : 0) }
        mine.timelessRows += counts.timeless
        progress.operators[host.identity.name] = mine
        if intake.byteCount > reading.intakeBytes { try host.drain(worker: index) }
        return refused
    }

    /// Hands everything that its intakes hold to the shards.
    func drain() throws(PipelineError) {
        for host in reading.hosts { try host.drain(worker: index) }
    }

    /// Takes rows that a shard gives at the end of the epoch.
    mutating func take(_ batch: ColumnBatch, of host: OperatorHost) throws(PipelineError) {
        guard batch.rowCount > 0 else { return }
        let name = host.identity.name
        progress.operators[name, default: .init()].outputRows += batch.rowCount
        let order = Int64(index) << 40 + outputRows
        outputRows += Int64(batch.rowCount)
        var letters: [DeadLetter] = []
        for refused in try process(batch, of: host.bound.output, order: order) {
            let text = parts.deadLetters?.text(batch, refused.row)
            letters.append(
                DeadLetter(
                    source: name, partition: SourcePartition(""), position: Offset(0), stage: refused.stage,
                    code: refused.code, message: refused.message, raw: text ?? Buffer([])))
        }
        try keep(letters)
    }

    /// Takes what else a shard says at the end of the epoch.
    mutating func take(_ output: ShardOutput, of host: OperatorHost) throws(PipelineError) {
        let name = host.identity.name
        progress.operators[name, default: .init()].updatedRows += output.updatedRows
        progress.operators[name, default: .init()].removedRows += output.removedRows
        try keep(
            output.failures.map { failure in
                DeadLetter(
                    source: name, partition: SourcePartition(""), position: Offset(0), stage: name, code: failure.code,
                    message: failure.message, raw: Buffer(Array(failure.key.utf8)))
            })
    }

    // MARK: Sinks

    private mutating func append(_ rows: ColumnBatch, to sink: String) throws(PipelineError) {
        do throws(PipelineError) {
            try writer(of: sink)?.append(rows)
        } catch {
            throw error.within("sink", sink)
        }
        progress.sinks[sink, default: .init()].rows += rows.rowCount
    }

    private mutating func writer(of sink: String) throws(PipelineError) -> (any SinkWriter)? {
        if let writer = writers[sink] { return writer }
        guard let writer = try parts.allSinks[sink]?.makeWriter(for: reading.epoch) else { return nil }
        writers[sink] = writer
        return writer
    }

    // MARK: Dead letters

    private mutating func keep(_ letters: [DeadLetter]) throws(PipelineError) {
        guard let first = letters.first else { return }
        guard let sink = parts.deadLetters else {
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
            stage: rejected.stage, code: rejected.code, message: rejected.message, raw: batch.records.record(record))
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

extension RejectedRow {
    /// The same refusal of another row: the input row that the refused one was made of.
    fileprivate func moved(to row: Int) -> RejectedRow {
        RejectedRow(row: row, stage: stage, code: code, message: message)
    }
}

extension ColumnBatch {
    /// The greatest value of a column of 64-bit integers that is not NULL; `nil` when there is none. O(rows).
    fileprivate func greatestInt64(of name: String) -> Int64? {
        guard let index = schema.index(of: name), case .int64(let values) = columns[index].storage else { return nil }
        let span = values.span
        var greatest: Int64?
        if let validity = columns[index].validity {
            for row in 0..<rowCount where validity[row] { greatest = max(greatest ?? .min, span[row]) }
        } else if rowCount > 0 {
            var found = span[0]
            for row in 1..<rowCount { found = max(found, span[row]) }
            greatest = found
        }
        return greatest
    }
}
