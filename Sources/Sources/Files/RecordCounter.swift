// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Formats
import StreamCore

/// Counts the records of compressed files, where an epoch may read only so many. Cost: the file is decompressed once more.
struct RecordCounter: Sendable {
    /// Counts by path, for the state of the file that was counted.
    typealias Counts = [String: (entry: FileListing.Entry, records: Int)]

    let splitter: LineSplitter
    /// Whether the first record names the columns.
    let hasHeader: Bool

    init(format: RecordFormat) {
        splitter = LineSplitter(format: format)
        hasHeader = if case .csv(let csv) = format { csv.header } else { false }
    }

    /// The records of a file; 0 where it cannot be decompressed, which its reader will say.
    func count(_ entry: FileListing.Entry, _ counts: inout Counts) -> Int {
        if let known = counts[entry.path], known.entry == entry { return known.records }
        let records = (try? counted(entry)).map { $0 - (hasHeader && $0 > 0 ? 1 : 0) } ?? 0
        if counts.count >= 1000 { counts.removeAll() }
        counts[entry.path] = (entry, records)
        return records
    }

    private func counted(_ entry: FileListing.Entry) throws(PipelineError) -> Int {
        var bytes = try FileBytes(path: entry.path, start: 0, end: entry.byteCount, identity: nil)
        var (carried, total, hasMore) = (Buffer<UInt8>(), 0, true)
        var chunk = FileReader.chunkBytes
        while hasMore || carried.count > 0 {
            if hasMore && carried.count < chunk {
                var builder = BufferBuilder<UInt8>(capacity: chunk)
                builder.append(contentsOf: carried)
                hasMore = try bytes.read(upTo: chunk - carried.count, into: &builder)
                carried = builder.finish()
            }
            let (records, consumed) = splitter.split(carried, at: 0, takesRest: !hasMore)
            guard consumed > 0 else {
                if chunk >= FileReader.longestRecord { return total }
                chunk *= 2
                continue
            }
            total += records.count
            carried = carried.slice(consumed..<carried.count)
        }
        return total
    }
}
