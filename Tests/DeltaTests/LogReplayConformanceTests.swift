// SPDX-License-Identifier: Apache-2.0
import Delta
import Failures
import JSONText
import StreamTesting
import Testing

/// Tables that other programs wrote: what their logs say, and which of them must be refused.
@Suite(.enabled(if: DeltaCorpus.isPresent, "needs the conformance corpora (MILLRACE_CONFORMANCE)"))
struct LogReplayConformanceTests {
    @Test(arguments: DeltaCorpus.tables("ok", "log_only"))
    func theLogGivesVersionProtocolMetadataSchemaAndFiles(table: DeltaCorpus.Table) async throws {
        let expected = try DeltaCorpus.expectation(table)
        if strings(expected["latest"]?["protocol"]?["readerFeatures"]).contains(where: { $0.hasPrefix("variant") }) {
            let error = await #expect(throws: PipelineError.self) {
                try await DeltaTable.open(DeltaCorpus.path(table) + "/table").snapshot()
            }
            #expect(error?.what.contains("'variantType") == true)
            return
        }
        let snapshot = try await DeltaTable.open(DeltaCorpus.path(table) + "/table").snapshot()
        #expect(snapshot.version.number == expected["latest_version"]?.int64)

        let tableProtocol = expected["latest"]?["protocol"]
        #expect(snapshot.tableProtocol.minReaderVersion == tableProtocol?["minReaderVersion"]?.int64.map { Int($0) })
        #expect(snapshot.tableProtocol.minWriterVersion == tableProtocol?["minWriterVersion"]?.int64.map { Int($0) })
        #expect(Set(snapshot.tableProtocol.readerFeatures ?? []) == strings(tableProtocol?["readerFeatures"]))
        #expect(Set(snapshot.tableProtocol.writerFeatures ?? []) == strings(tableProtocol?["writerFeatures"]))

        let metadata = expected["latest"]?["metadata"]
        #expect(snapshot.metadata.id == metadata?["id"]?.string)
        #expect(snapshot.metadata.createdMillis == metadata?["createdTime"]?.int64)
        #expect(snapshot.metadata.partitionColumns == metadata?["partitionColumns"]?.elements?.compactMap(\.string))
        let configuration = (metadata?["configuration"]?.members ?? []).map { ($0.name, $0.value.string) }
        #expect(
            snapshot.metadata.configuration
                == Dictionary(configuration, uniquingKeysWith: { $1 }).compactMapValues { $0 })
        #expect(sorted(snapshot.schema.json) == sorted(expected["latest"]?["schema"] ?? [:]))

        let count = expected["latest"]?["active_file_count"]?.int64
        #expect(snapshot.fileCount == count.map { Int($0) })
        let files = expected["latest"]?["active_files"]?.elements ?? []
        let found = Dictionary(snapshot.files.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        for file in files {
            let path = try #require(file["path"]?.string)
            guard case .add(let spelled)? = try Action(json: ["add": ["path": .string(path), "size": 0]]) else {
                continue
            }
            let match = found[spelled.path]
            #expect(match != nil, "\(path) is active")
            #expect(match?.byteCount == file["size"]?.int64, "\(path)")
        }
    }

    @Test(arguments: DeltaCorpus.tables("must_fail"))
    func brokenTablesAreRefused(table: DeltaCorpus.Table) async throws {
        await #expect(throws: PipelineError.self) {
            try await DeltaTable.open(DeltaCorpus.path(table) + "/table").snapshot()
        }
    }

    @Test(arguments: DeltaCorpus.tables("unsupported_feature"))
    func unsupportedFeaturesAreRefusedByName(table: DeltaCorpus.Table) async throws {
        let error = await #expect(throws: PipelineError.self) {
            try await DeltaTable.open(DeltaCorpus.path(table) + "/table").snapshot()
        }
        #expect(error?.code == .unsupportedTableFeature)
        let names = ["catalogOwned", "catalogManaged", "variant", "geo"]
        #expect(names.contains { error?.what.contains($0) ?? false }, "\(error?.what ?? "")")
    }

    @Test(arguments: DeltaCorpus.tables("reader_dependent"))
    func doubtfulTablesDoNotCrash(table: DeltaCorpus.Table) async throws {
        _ = try? await DeltaTable.open(DeltaCorpus.path(table) + "/table").snapshot()
    }

    private func strings(_ json: JSONValue?) -> Set<String> { Set(json?.elements?.compactMap(\.string) ?? []) }

    /// Members sorted by name at every depth.
    private func sorted(_ json: JSONValue) -> JSONValue {
        switch json.kind {
        case .object(let members):
            .object(members.sorted { $0.name < $1.name }.map { ($0.name, sorted($0.value)) })
        case .array(let elements): .array(elements.map(sorted))
        default: json
        }
    }
}
