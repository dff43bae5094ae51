// SPDX-License-Identifier: Apache-2.0
import StreamCore

/// How fast event time passes in the files that are being read, so that those furthest back can be read first.
///
/// Every file with something unread holds the watermark. Read one after the other, the windows of all of them would be open
/// until the last one is begun; kept side by side in event time, windows close while the files are read, whether each file
/// has its own days or all have the same. Flink calls it watermark alignment (FLIP-182), and its users have to configure it.
struct FilePace: Sendable {
    /// Where a file's event time was seen.
    private struct Sight: Sendable {
        let position: Int64
        let micros: Int64
    }

    private var sights: [String: (first: Sight, last: Sight)] = [:]

    /// Learns how far files are read, and up to which event time; forgets those of which no event time is known any more.
    mutating func learn(_ offsets: SourceOffsets, _ eventTimes: [SourcePartition: Int64]) {
        var known: [String: (first: Sight, last: Sight)] = [:]
        for (partition, micros) in eventTimes {
            guard let position = offsets[partition]?.position else { continue }
            let sight = Sight(position: position, micros: micros)
            known[partition.name] = (sights[partition.name]?.first ?? sight, sight)
        }
        sights = known
    }

    /// The greatest event time of a file, µs since 1970 UTC, once it is read up to a position; `nil` when that cannot be known:
    /// nothing of it has been read, or it was seen at one position only and this is another.
    func time(of path: String, at position: Int64) -> Int64? {
        guard let (first, last) = sights[path] else { return nil }
        if position <= last.position { return last.micros }
        guard last.position > first.position else { return nil }
        let rate = Double(last.micros - first.micros) / Double(last.position - first.position)
        return last.micros + Int64(rate * Double(position - last.position))
    }
}
