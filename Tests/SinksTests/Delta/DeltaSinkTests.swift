// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures
import JSONText
import ObjectStore
import Sinks
import StreamCore
import StreamTesting
import Testing

struct DeltaSinkTests {
    @Test func theTableIsThereBeforeTheFirstRow() async throws {
        let bench = SinkBench()
        #expect(try await bench.sink().recover() == .empty)
        let snapshot = try await bench.snapshot()
        #expect(snapshot.version == .first)
        #expect(snapshot.schema.logical == SinkBench.schema)
        #expect(snapshot.metadata.partitionColumns == ["day"])
    }

    @Test func anEpochMakesOneFileForEachTablePartition() async throws {
        let bench = SinkBench()
        let sink = bench.sink()
        _ = try await sink.recover()
        let token = try await SinkBench.prepare(sink, 0, [[SinkBench.batch(0..<5)], [SinkBench.batch(5..<9)], []])
        #expect(try await sink.publish(Epoch(0), token, provenance: SinkBench.provenance(0)) == .published(version: 1))
        let files = try await bench.snapshot().files.sorted { $0.path < $1.path }
        #expect(files.map(\.partitionValues) == [["day": "2026-01-01"], ["day": "2026-01-02"], ["day": nil]])
        #expect(files[0].path.hasPrefix("day=2026-01-01/part-00000-"))
        #expect(files[0].path.hasSuffix(".zstd.parquet"))
        #expect(files[2].path.hasPrefix("day=__HIVE_DEFAULT_PARTITION__/"))
        #expect(
            files[0].stats
                == #"{"numRecords":3,"minValues":{"device":"device-0","value":-0.0},"maxValues":{"device":"device-6","value":3.0},"nullCount":{"device":0,"value":0}}"#
        )
        #expect(try await bench.rowCount() == 9)
        #expect(try await bench.snapshot().txns["millrace:p:out"]?.version == 0)
    }

    @Test func theCommitSaysWhereItsRowsCameFrom() async throws {
        let bench = SinkBench()
        let sink = bench.sink()
        _ = try await sink.recover()
        try await SinkBench.run(sink, 0, 0..<4)
        let info = try #require(try await sink.recoverOffsets())
        #expect(info == SinkBench.provenance(0))
        let commit = try #require(try await DeltaTable(store: bench.store).history(limit: 1).first)
        #expect(commit.operation == "STREAMING UPDATE")
        #expect(commit.isBlindAppend == true)
        #expect(commit.operationMetrics?["numOutputRows"]?.string == "4")
        #expect(commit.json["millrace"]?["epoch"]?.int64 == 0)
        #expect(
            commit.json["millrace"]?["sources"]?.text == #"{"in":{"end":{"topic-0":10},"start":{"topic-0":0}}}"#)
    }

    @Test func publishingAgainChangesNothing() async throws {
        let bench = SinkBench()
        let sink = bench.sink()
        _ = try await sink.recover()
        let token = try await SinkBench.prepare(sink, 0, [[SinkBench.batch(0..<3)]])
        for _ in 0..<3 { _ = try await sink.publish(Epoch(0), token, provenance: SinkBench.provenance(0)) }
        let restarted = bench.sink()
        #expect(try await restarted.recover() == .published(Epoch(0), SinkBench.provenance(0)))
        let outcome = try await restarted.publish(Epoch(0), token, provenance: SinkBench.provenance(0))
        #expect(outcome == .alreadyPublished)
        #expect(try await bench.snapshot().version.number == 1)
        #expect(try await bench.rowCount() == 3)
    }

    @Test func anEpochWithoutRowsWritesNothing() async throws {
        let bench = SinkBench()
        let sink = bench.sink()
        _ = try await sink.recover()
        let token = try await SinkBench.prepare(sink, 0, [[], []])
        #expect(token == SinkToken(""))
        #expect(try await sink.publish(Epoch(0), token, provenance: SinkBench.provenance(0)) == .nothingToPublish)
        #expect(try await SinkBench.run(sink, 1, 0..<3) == .published(version: 1))
        #expect(try await bench.sink().recover() == .published(Epoch(1), SinkBench.provenance(1)))
    }

    @Test func anotherWriterInBetweenIsSteppedOver() async throws {
        let bench = SinkBench()
        let (first, second) = (bench.sink(appId: "a"), bench.sink(appId: "b"))
        for sink in [first, second] { _ = try await sink.recover() }
        for epoch in Int64(0)..<3 {
            try await SinkBench.run(first, epoch, 0..<3)
            try await SinkBench.run(second, epoch, 3..<6)
        }
        #expect(try await bench.snapshot().version.number == 6)
        #expect(try await bench.rowCount() == 18)
    }

    @Test func someoneElseWithOurApplicationIdFencesUs() async throws {
        let bench = SinkBench()
        let (ours, theirs) = (bench.sink(), bench.sink())
        for sink in [ours, theirs] { _ = try await sink.recover() }
        try await SinkBench.run(theirs, 0, 0..<3)
        let error = await #expect(throws: PipelineError.self) { try await SinkBench.run(ours, 0, 0..<3) }
        #expect(error?.code == .fenced)
        #expect(error?.what.contains("millrace:p:out") == true)
        let later = await #expect(throws: PipelineError.self) { try await SinkBench.run(ours, 1, 0..<3) }
        #expect(later?.code == .fenced)
        #expect(try await bench.rowCount() == 3)
    }

    @Test func rowsThatDoNotFitAreRefusedWithEveryReason() async throws {
        let bench = SinkBench()
        _ = try await bench.sink().recover()
        let other = Schema([Field("device", .bigint), Field("extra", .int), Field("day", .date)])
        let error = await #expect(throws: PipelineError.self) { try await bench.sink(schema: other).recover() }
        #expect(error?.code == .schemaMismatch)
        #expect(
            error?.what
                == "the rows do not fit the table: column 'device' is BIGINT, the table's is STRING; the table has no column 'extra'"
        )
        let lacking = await #expect(throws: PipelineError.self) {
            try await bench.sink(schema: Schema([Field("value", .double), Field("day", .date)])).recover()
        }
        #expect(lacking?.what.contains("'device' is NOT NULL, and the rows have no such column") == true)
        let partitioned = await #expect(throws: PipelineError.self) {
            try await bench.sink { $0.partitionBy = ["device"] }.recover()
        }
        #expect(partitioned?.code == .schemaMismatch)
    }

    @Test func aNullWhereTheTableHasNotNullIsRefused() async throws {
        let bench = SinkBench()
        let sink = bench.sink()
        _ = try await sink.recover()
        let writer = try sink.makeWriter(for: Epoch(0))
        let batch = ColumnBatch(
            schema: SinkBench.schema,
            columns: [Column(.string, [.null]), Column(.double, [.null]), Column(.date, [.null])], rowCount: 1)
        let error = #expect(throws: PipelineError.self) { try writer.append(batch) }
        #expect(error?.code == .missingValue)
        #expect(error?.what == "column 'device' is NOT NULL in the table and got 1 NULL")
    }

    @Test func newColumnsAreAddedByTheCommitThatFirstHasThem() async throws {
        let bench = SinkBench()
        let sink = bench.sink()
        _ = try await sink.recover()
        try await SinkBench.run(sink, 0, 0..<3)
        let grown = Schema(SinkBench.schema.fields + [Field("site", .string, nullable: false)])
        let wider = bench.sink(schema: grown) {
            $0.partitionBy = ["day"]
            $0.schemaEvolution = .add
        }
        #expect(try await wider.recover() == .published(Epoch(0), SinkBench.provenance(0)))
        #expect(try await bench.snapshot().schema.logical.count == 3)
        let base = SinkBench.batch(0..<3)
        let batch = ColumnBatch(
            schema: grown, columns: base.columns + [Column(.string, repeating: .string("x"), count: 3)], rowCount: 3)
        for epoch in Int64(1)..<3 {
            let token = try await SinkBench.prepare(wider, epoch, [[batch]])
            _ = try await wider.publish(Epoch(epoch), token, provenance: SinkBench.provenance(epoch))
        }
        let snapshot = try await bench.snapshot()
        #expect(snapshot.schema.logical.fields.last == Field("site", .string))
        #expect(snapshot.version.number == 3)
        #expect(try await bench.rowCount() == 9)
    }

    @Test func columnsThatTheTableCannotHoldAreNotAdded() async throws {
        let bench = SinkBench()
        _ = try await bench.sink().recover()
        for (field, code) in [
            (Field("local", .timestampNTZ), PipelineError.Code.unsupportedTableFeature),
            (Field("a b", .int), .schemaMismatch),
            (Field("v", .void), .unsupported),
        ] {
            let error = await #expect(throws: PipelineError.self) {
                try await bench.sink(schema: Schema(SinkBench.schema.fields + [field])) { $0.schemaEvolution = .add }
                    .recover()
            }
            #expect(error?.code == code)
        }
        #expect(try await bench.snapshot().version == .first)
    }

    @Test func largeEpochsFillFilesAsTheyCome() async throws {
        let bench = SinkBench()
        let sink = bench.sink { $0.targetFileBytes = 64 << 10 }
        _ = try await sink.recover()
        let schema = SinkBench.schema
        let batches = (0..<8).map { part in
            ColumnBatch(
                schema: schema,
                columns: [
                    Column(.string, (0..<20_000).map { .string(UniqueName.uuid() + "\(part)-\($0)") }),
                    Column(.double, repeating: .double(1), count: 20_000),
                    Column(.date, repeating: .date(1), count: 20_000),
                ], rowCount: 20_000)
        }
        let token = try await SinkBench.prepare(sink, 0, [batches + batches, batches])
        _ = try await sink.publish(Epoch(0), token, provenance: SinkBench.provenance(0))
        let snapshot = try await bench.snapshot()
        #expect(snapshot.fileCount >= 2)
        #expect(try await bench.rowCount() == 480_000)
    }

    @Test func deadLettersBecomeRows() async throws {
        let bench = SinkBench()
        let sink = bench.sink(schema: DeadLetterTable.schema) { _ in }
        _ = try await sink.recover()
        let letters = (0..<3).map { number in
            DeadLetter(
                source: "in", partition: SourcePartition("t-\(number)"), position: Offset(Int64(number)),
                stage: "decode",
                code: .malformedRecord, message: "not a number", raw: Buffer(Array("{\(number)".utf8)))
        }
        let rows = DeadLetterTable.rows(letters, pipelineHash: "h", epoch: Epoch(7), timeMicros: 5)
        #expect(
            rows.row(1) == [
                .binary(Array("{1".utf8)), .string("in"), .string("t-1"), .bigint(1), .string("decode"),
                .string("malformedRecord"), .string("not a number"), .string("h"), .bigint(7), .timestamp(5),
            ])
        let token = try await SinkBench.prepare(sink, 7, [[rows]])
        _ = try await sink.publish(Epoch(7), token, provenance: SinkBench.provenance(7))
        #expect(try await bench.rowCount() == 3)
        #expect(DeadLetterTable.rows([], pipelineHash: "h", epoch: .first, timeMicros: 0).rowCount == 0)
    }

    @Test func offsetsOfAllEpochsAreFoldedForALostCheckpoint() async throws {
        let bench = SinkBench()
        let sink = bench.sink()
        _ = try await sink.recover()
        for (epoch, file) in [(Int64(0), "a.json"), (1, "b.json"), (2, "a.json")] {
            let token = try await SinkBench.prepare(sink, epoch, [[SinkBench.batch(0..<1)]])
            _ = try await sink.publish(
                Epoch(epoch), token, provenance: SinkBench.provenance(epoch, end: 100 + epoch, source: file))
        }
        guard case .published(let epoch, let folded?) = try await bench.sink(foldsHistory: true).recover() else {
            Issue.record("the table knows three epochs")
            return
        }
        #expect(epoch == Epoch(2))
        #expect(
            folded.offsets == ["in": [SourcePartition("a.json"): Offset(102), SourcePartition("b.json"): Offset(101)]])
        #expect(folded.starts == ["in": [SourcePartition("a.json"): Offset(20)]])
    }
}
