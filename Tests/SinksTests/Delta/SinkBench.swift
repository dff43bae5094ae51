// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures
import JSONText
import ObjectStore
import Sinks
import StreamCore
import StreamTesting

/// Builds Delta sinks over a store and runs epochs through them.
struct SinkBench {
    static let schema = Schema([
        Field("device", .string, nullable: false), Field("value", .double), Field("day", .date),
    ])

    let store: any ObjectStore
    let events = RecordedEvents()
    let clock = ManualClock()

    init(_ store: any ObjectStore = MemoryObjectStore()) { self.store = store }

    func sink(
        schema: Schema = SinkBench.schema, appId: String? = nil, attempts: Int = 30, foldsHistory: Bool = false,
        _ change: (inout DeltaSinkOptions) -> Void = { $0.partitionBy = ["day"] }
    ) -> DeltaSink {
        var options = DeltaSinkOptions(table: "memory")
        options.appId = appId
        change(&options)
        var policy = CommitPolicy()
        let clock = clock
        policy.nowMillis = { clock.nowMicros / 1000 }
        policy.pause = { _ in await Task.yield() }
        policy.attempts = attempts
        return DeltaSink(
            declaration: SinkDeclaration(name: "out", from: "rows", schema: schema, connector: .delta(options)),
            options: options, pipeline: "p", events: events, clock: clock,
            table: DeltaTable(store: store, policy: policy), foldsHistory: foldsHistory)
    }

    /// Rows `device-<n>`, n / 2, and the day n modulo 2 (or NULL).
    static func batch(_ numbers: Range<Int>) -> ColumnBatch {
        ColumnBatch(
            schema: schema,
            columns: [
                Column(.string, numbers.map { .string("device-\($0)") }),
                Column(.double, numbers.map { .double(Double($0) / 2) }),
                Column(.date, numbers.map { $0 % 3 == 2 ? .null : .date(20_454 + Int32($0 % 3)) }),
            ], rowCount: numbers.count)
    }

    static func provenance(_ epoch: Int64, end: Int64? = nil, source: String = "topic-0") -> Provenance {
        Provenance(
            pipeline: "p", pipelineHash: "hash", epoch: Epoch(epoch),
            offsets: ["in": [SourcePartition(source): Offset(end ?? (epoch + 1) * 10)]],
            starts: ["in": [SourcePartition(source): Offset(epoch * 10)]], watermarks: ["in": epoch])
    }

    static func prepare(
        _ sink: DeltaSink, _ epoch: Int64, _ workers: [[ColumnBatch]]
    ) async throws(PipelineError) -> SinkToken {
        var writers: [any SinkWriter] = []
        for batches in workers {
            let writer = try sink.makeWriter(for: Epoch(epoch))
            for batch in batches { try writer.append(batch) }
            writers.append(writer)
        }
        return try await sink.prepare(Epoch(epoch), writers: writers)
    }

    /// One epoch with the rows of `numbers`.
    @discardableResult
    static func run(
        _ sink: DeltaSink, _ epoch: Int64, _ numbers: Range<Int>
    ) async throws(PipelineError) -> PublishOutcome {
        let token = try await prepare(sink, epoch, [[batch(numbers)]])
        return try await sink.publish(Epoch(epoch), token, provenance: provenance(epoch))
    }

    func snapshot() async throws(PipelineError) -> TableSnapshot { try await DeltaTable(store: store).snapshot() }

    /// Rows by the statistics of the files.
    func rowCount() async throws(PipelineError) -> Int64 {
        try await snapshot().files.reduce(0) { $0 + ($1.recordCount ?? 0) }
    }
}
