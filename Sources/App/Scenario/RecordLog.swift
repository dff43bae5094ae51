// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore
import Synchronization

/// The records of one source in a test, by partition, as a broker or folder keeps them: they outlive the pipeline.
final class RecordLog: Sendable {
    /// A record and what a broker knows of it.
    struct Record: Sendable {
        var bytes: [UInt8]
        var key: [UInt8]?
        var headers: [(name: String, value: [UInt8])] = []
        var timestampMicros: Int64
    }

    private struct State {
        var partitions: [SourcePartition: [Record]] = [:]
        /// Whether the next plan may read.
        var isOpen = false
    }

    private let state = Mutex(State())

    /// Adds records; with none, makes the partition known.
    func append(_ records: [Record], to partition: SourcePartition) {
        state.withLock { $0.partitions[partition, default: []] += records }
    }

    /// Lets the next plan read what is there.
    func open() { state.withLock { $0.isOpen = true } }

    /// Whether the next plan may read; it may once.
    func takeOpening() -> Bool {
        state.withLock { state in
            defer { state.isOpen = false }
            return state.isOpen
        }
    }

    /// How many records each partition has.
    var counts: [SourcePartition: Int] { state.withLock { $0.partitions.mapValues(\.count) } }

    /// The records of a range.
    func records(_ partition: SourcePartition, _ range: Range<Int>) -> ArraySlice<Record> {
        state.withLock { state in
            let all = state.partitions[partition] ?? []
            return all[range.clamped(to: 0..<all.count)]
        }
    }

    /// Whether something lies beyond the offsets.
    func hasMore(after offsets: SourceOffsets) -> Bool {
        counts.contains { $0.value > Int(offsets[$0.key]?.position ?? 0) }
    }
}
