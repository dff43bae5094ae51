// SPDX-License-Identifier: Apache-2.0
import JSONText
import StreamCore

extension Provenance {
    /// The members of `commitInfo.millrace` that say where an epoch came from.
    var members: [(String, JSONValue)] {
        var sources: [(String, JSONValue)] = []
        for name in Set(offsets.keys).union(starts.keys).sorted() {
            sources.append(
                (name, ["end": Self.json(offsets[name] ?? [:]), "start": Self.json(starts[name] ?? [:])]))
        }
        return [
            ("pipeline", .string(pipeline)), ("pipelineHash", .string(pipelineHash)), ("epoch", .number(epoch.number)),
            ("sources", .object(sources)),
            (
                "watermarks",
                .object(watermarks.sorted { $0.key < $1.key }.map { ($0.key, .number($0.value)) })
            ),
        ]
    }

    private static func json(_ offsets: SourceOffsets) -> JSONValue {
        .object(offsets.sorted { $0.key < $1.key }.map { ($0.key.name, .number($0.value.position)) })
    }

    /// Reads `commitInfo.millrace`; `nil` when it is not one of ours.
    init?(_ json: JSONValue) {
        guard let pipeline = json["pipeline"]?.string, let hash = json["pipelineHash"]?.string,
            let epoch = json["epoch"]?.int64
        else { return nil }
        self.init(pipeline: pipeline, pipelineHash: hash, epoch: Epoch(epoch), offsets: [:])
        for source in json["sources"]?.members ?? [] {
            offsets[source.name] = Self.offsets(source.value["end"])
            starts[source.name] = Self.offsets(source.value["start"])
        }
        for watermark in json["watermarks"]?.members ?? [] { watermarks[watermark.name] = watermark.value.int64 }
    }

    private static func offsets(_ json: JSONValue?) -> SourceOffsets {
        var offsets: SourceOffsets = [:]
        for member in json?.members ?? [] {
            if let position = member.value.int64 { offsets[SourcePartition(member.name)] = Offset(position) }
        }
        return offsets
    }
}
