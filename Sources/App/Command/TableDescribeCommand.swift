// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures
import JSONText
import SQL

/// `millrace table describe`
struct TableDescribeCommand: Command {
    static let usage = CommandUsage(
        name: "table describe", summary: "Show a Delta table's columns, partitions, size and properties.",
        operands: [TableUsage.table], options: [TableUsage.format],
        examples: [("millrace table describe data/iot-files/readings", "The newest version.")])

    private let location: String
    private let isJSON: Bool

    init(_ arguments: ParsedArguments) throws(PipelineError) {
        location = arguments.operands.first ?? ""
        isJSON = arguments.value("--format") == "json"
    }

    func run(_ context: CommandContext) async throws(PipelineError) -> ExitCode {
        let snapshot = try await DeltaTable.open(location).snapshot()
        let table = snapshot.tableProtocol
        let features = Set((table.readerFeatures ?? []) + (table.writerFeatures ?? [])).sorted()
        let rows = snapshot.files.reduce(Int64?(0)) { sum, file in
            sum.flatMap { sum in file.recordCount.map { sum + $0 } }
        }
        if isJSON {
            let document: JSONValue = [
                "location": .string(location), "version": .number(snapshot.version.number),
                "id": .string(snapshot.metadata.id), "schema": .string(snapshot.schema.logical.ddl),
                "partitionColumns": .array(snapshot.metadata.partitionColumns.map { .string($0) }),
                "numFiles": .number(snapshot.fileCount), "sizeInBytes": .number(snapshot.byteCount),
                "numRecords": rows.map { .number($0) } ?? nil,
                "minReaderVersion": .number(table.minReaderVersion),
                "minWriterVersion": .number(table.minWriterVersion),
                "tableFeatures": .array(features.map { .string($0) }),
                "properties": .object(
                    snapshot.metadata.configuration.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }),
                "txns": .object(snapshot.txns.sorted { $0.key < $1.key }.map { ($0.key, .number($0.value.version)) }),
            ]
            context.print(document.text)
            return .done
        }
        var facts = [
            ("location", location), ("version", "\(snapshot.version)"), ("id", snapshot.metadata.id),
            ("created", TableUsage.time(millis: snapshot.metadata.createdMillis)),
            ("partitioned by", snapshot.metadata.partitionColumns.joined(separator: ", ")),
            ("files", "\(NumberText.grouped(snapshot.fileCount)), \(NumberText.bytes(snapshot.byteCount))"),
            ("rows", rows.map { NumberText.grouped($0) } ?? "unknown"),
            ("protocol", "reader \(table.minReaderVersion), writer \(table.minWriterVersion)"),
            ("features", features.joined(separator: ", ")),
        ]
        facts += snapshot.txns.sorted { $0.key < $1.key }.map { ("epoch of \($0.key)", "\($0.value.version)") }
        facts += snapshot.metadata.configuration.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        facts.removeAll { $0.1.isEmpty }
        let width = facts.map(\.0.count).max() ?? 0
        for (name, value) in facts {
            context.print(name + String(repeating: " ", count: width + 2 - name.count) + value)
        }
        var columns = TextTable(["column", "type", "null", "comment"])
        columns.rows = snapshot.schema.logical.fields.map {
            [$0.name, $0.type.ddl, $0.nullable ? "yes" : "no", $0.comment]
        }
        context.print("\n" + columns.text)
        return .done
    }
}
