// SPDX-License-Identifier: Apache-2.0
import Columnar
import Sinks
import StreamCore
import Synchronization
import Testing

struct ConsoleSinkTests {
    private final class Output: Sendable {
        let text = Mutex("")
    }

    @Test func rowsAreShownAsATableOnce() async throws {
        let output = Output()
        let schema = Schema([Field("name", .string), Field("n", .bigint), Field("at", .timestamp)])
        var options = ConsoleSinkOptions()
        options.rows = 2
        let declaration = SinkDeclaration(name: "live", from: "rows", schema: schema, connector: .console(options))
        let sink = ConsoleSink(declaration: declaration, options: options) { text in
            output.text.withLock { $0 += text }
        }
        let columns = [
            Column(.string, [.string("grün"), .null, .string("c")]),
            Column(.bigint, [.bigint(5), .bigint(-1200), .bigint(7)]),
            Column(.timestamp, [.timestamp(0), .null, .null]),
        ]
        let writer = try sink.makeWriter(for: Epoch(3))
        try writer.append(ColumnBatch(schema: schema, columns: columns, rowCount: 3))
        let token = try await sink.prepare(Epoch(3), writers: [writer])
        let provenance = Provenance(pipeline: "p", pipelineHash: "h", epoch: Epoch(3), offsets: [:])
        #expect(output.text.withLock { $0 } == "")
        #expect(try await sink.publish(Epoch(3), token, provenance: provenance) == .published(version: nil))
        #expect(try await sink.publish(Epoch(3), token, provenance: provenance) == .alreadyPublished)
        #expect(try await sink.recover() == .forgetful)
        #expect(
            output.text.withLock { $0 } == """
                live · epoch 3 · 3 rows, 2 shown
                name      n  at
                ────  ─────  ───────────────────────────
                grün      5  1970-01-01T00:00:00.000000Z
                NULL  -1200  NULL

                """)
    }
}
