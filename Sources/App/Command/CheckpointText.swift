// SPDX-License-Identifier: Apache-2.0
import Checkpoint
import JSONText
import StreamCore

/// Parts of checkpoints as JSON.
enum CheckpointText {
    /// Offsets by partition.
    static func json(_ offsets: SourceOffsets) -> JSONValue {
        .object(offsets.sorted { $0.key < $1.key }.map { ($0.key.name, .number($0.value.position)) })
    }

    /// One epoch.
    static func json(_ entry: CheckpointReport.EpochEntry) -> JSONValue {
        func time(_ micros: Int64?) -> JSONValue { micros.map { .string(TimeText.iso(micros: $0)) } ?? nil }
        let ranges = entry.ranges.sorted { $0.key < $1.key }.map { source, ranges in
            let partitions = ranges.sorted { $0.key < $1.key }.map { partition, range -> (String, JSONValue) in
                (partition.name, [.number(range.start.position), .number(range.end.position)])
            }
            return (source, JSONValue.object(partitions))
        }
        return [
            "epoch": .number(entry.epoch.number), "state": .string(entry.state), "planned": time(entry.plannedMicros),
            "decided": time(entry.decidedMicros), "confirmed": time(entry.confirmedMicros), "ranges": .object(ranges),
            "watermarks": .object(entry.watermarks.sorted { $0.key < $1.key }.map { ($0.key, time($0.value)) }),
        ]
    }

    /// One operator's state.
    static func json(_ entry: StateReport.OperatorEntry) -> JSONValue {
        [
            "kind": .string(entry.identity.kind),
            "watermark": entry.watermark == .none ? nil : .string(TimeText.iso(micros: entry.watermark.micros)),
            "files": .number(entry.fileCount), "rows": .number(entry.rowCount),
            "snapshotBytes": .number(entry.snapshotBytes), "changesBytes": .number(entry.changesBytes),
        ]
    }
}
