// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Formats
import StreamCore

/// Decides what an epoch reads of the files that are there.
struct FilePlanner: Sendable {
    let end: FileEnd
    let standing: FileStanding
    let counter: RecordCounter
    let maxAgeMicros: Int64?
    let clock: any Clock

    /// What an epoch reads, and what else was learnt.
    struct Plan: Sendable {
        var ranges: SourceRanges = [:]
        /// Files that have nothing more to read until they change.
        var settled: Set<String> = []
        /// Files that are read to their end and should have been moved or deleted.
        var leftovers: SourceOffsets = [:]
        /// How many bytes of a file the limits leave for later epochs.
        var left: [String: Int64] = [:]
    }

    /// What an epoch may read of one file.
    private enum Finding {
        case some(FileEnd.Share)
        case nothingComplete
    }

    /// What is left of the epoch's limits.
    private struct Budget {
        var records: Int?
        var bytes: Int?
        var files: Int?

        var isSpent: Bool { (records ?? 1) <= 0 || (bytes ?? 1) <= 0 || (files ?? 1) <= 0 }

        mutating func spend(bytes spent: Int64, records counted: Int) {
            records = records.map { $0 - counted }
            bytes = bytes.map { $0 - Int(spent) }
            files = files.map { $0 - 1 }
        }
    }

    /// - Parameter counts: the records of compressed files that were counted and not read yet, by path.
    func plan(
        _ entries: [FileListing.Entry], after committed: SourceOffsets, limits: EpochLimits,
        counts: inout RecordCounter.Counts, report: (String) -> Void
    ) throws(PipelineError) -> Plan {
        var plan = Plan()
        var budget = Budget(records: limits.records, bytes: limits.bytes, files: limits.files)
        var isFull = false
        let oldest = maxAgeMicros.map { clock.nowMicros - $0 }
        for entry in entries {
            let partition = SourcePartition(entry.path)
            if committed[partition] == nil, let oldest, entry.modifiedMicros < oldest {
                plan.settled.insert(entry.path)
                continue
            }
            if isFull || budget.isSpent {
                let bytes = entry.byteCount - (committed[partition]?.position ?? 0)
                if bytes > 0 { plan.left[entry.path] = bytes }
                continue
            }
            let start: Int64
            switch try standing.of(entry, read: committed[partition]) {
            case .unread(let from): start = from
            case .unreadable(let reason):
                if let reason { report(reason) }
                continue
            case .changed(let what):
                report(what)
                plan.settled.insert(entry.path)
                continue
            case .done(let isLeftover):
                if isLeftover { plan.leftovers[partition] = committed[partition] }
                plan.settled.insert(entry.path)
                continue
            }
            let request = FileEnd.Request(
                start: start, size: entry.byteCount, bytes: budget.bytes.map(Int64.init), records: budget.records,
                takesRest: limits.availableUntilMicros != nil, mayExceed: plan.ranges.isEmpty)
            let file: InputFile
            do throws(PipelineError) {
                file = try InputFile(path: entry.path)
            } catch {
                if error.code != .missingFile { report(FileStanding.unreadable(entry, error)) }
                continue
            }
            guard case .some(let share) = try share(of: entry, request, file, &counts, report) else {
                plan.settled.insert(entry.path)
                continue
            }
            if share.end > start {
                let identity = try FileIdentity(file, end: share.end)
                plan.ranges[partition] = OffsetRange(
                    start: Offset(start), end: Offset(share.end, incarnation: identity.text))
                budget.spend(bytes: share.end - start, records: share.records)
            }
            if share.isCut {
                isFull = true
                plan.left[entry.path] = entry.byteCount - share.end
            }
        }
        return plan
    }

    /// What the epoch reads of a file; nothing with `isCut` when its next record does not fit any more.
    private func share(
        of entry: FileListing.Entry, _ request: FileEnd.Request, _ file: borrowing InputFile,
        _ counts: inout RecordCounter.Counts, _ report: (String) -> Void
    ) throws(PipelineError) -> Finding {
        if FileCompression(path: entry.path) != .none {
            // One piece.
            let records = request.records == nil ? 0 : counter.count(entry, &counts)
            let fits =
                request.mayExceed
                || entry.byteCount <= request.bytes ?? .max && records <= request.records ?? .max
            return .some(
                FileEnd.Share(end: fits ? entry.byteCount : request.start, records: fits ? records : 0, isCut: !fits))
        }
        if request.start > 0 { try checkSeam(entry, request.start, file, report) }
        if let share = try end.find(request, in: file) { return .some(share) }
        guard let bytes = request.bytes, entry.byteCount - request.start > bytes, !request.mayExceed else {
            return .nothingComplete
        }
        return .some(FileEnd.Share(end: request.start, records: 0, isCut: true))
    }

    /// A file that was read up to a line without end must go on with that end, or the line was not whole.
    private func checkSeam(
        _ entry: FileListing.Entry, _ start: Int64, _ file: borrowing InputFile, _ report: (String) -> Void
    ) throws(PipelineError) {
        var builder = BufferBuilder<UInt8>(capacity: 2)
        guard try file.read(at: start - 1, upTo: 2, into: &builder) == 2 else { return }
        let feed = UInt8(ascii: "\n")
        if builder.span[0] != feed && builder.span[1] != feed && builder.span[1] != UInt8(ascii: "\r") {
            report(
                "fileChanged: '\(entry.path)' went on inside a line that was read as a record at byte \(start); the rest is read as another"
            )
        }
    }
}
