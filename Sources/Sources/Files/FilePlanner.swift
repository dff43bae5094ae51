// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Formats
import StreamCore

/// Decides what an epoch reads of the files that are there.
struct FilePlanner: Sendable {
    let end: FileEnd
    let maxAgeMicros: Int64?
    let clock: any Clock

    /// What is remembered of files between epochs, so that changes are noticed; nothing depends on it.
    struct Memory: Sendable {
        /// When each file that was read to its end had last been modified.
        var modified: [String: Int64] = [:]
    }

    /// What an epoch reads, and the files that have nothing more to read until they change.
    struct Plan: Sendable {
        var ranges: SourceRanges
        var settled: Set<String>
        /// How many bytes of a file the limits leave for later epochs.
        var left: [String: Int64]
    }

    /// What an epoch may read of one file.
    private enum Finding {
        case some(FileEnd.Share)
        case nothingComplete
        /// It cannot be opened now.
        case unreadable
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

    func plan(
        _ entries: [FileListing.Entry], after committed: SourceOffsets, limits: EpochLimits, memory: inout Memory,
        report: (String) -> Void
    ) throws(PipelineError) -> Plan {
        var ranges: SourceRanges = [:]
        var settled: Set<String> = []
        var budget = Budget(records: limits.records, bytes: limits.bytes, files: limits.files)
        var left: [String: Int64] = [:]
        var isFull = false
        let oldest = maxAgeMicros.map { clock.nowMicros - $0 }
        for entry in entries {
            let partition = SourcePartition(entry.path)
            let start = committed[partition]?.position
            let isTooOld = start == nil && oldest.map { entry.modifiedMicros < $0 } == true
            guard !isTooOld, isUnread(entry, start, &memory, report) else {
                settled.insert(entry.path)
                continue
            }
            if isFull || budget.isSpent {
                left[entry.path] = entry.byteCount - (start ?? 0)
                continue
            }
            guard Directory.isReadable(entry.path) else {
                report("'\(entry.path)' cannot be opened: permissionDenied; it is read when it can be")
                continue
            }
            let request = FileEnd.Request(
                start: start ?? 0, size: entry.byteCount, bytes: budget.bytes.map(Int64.init), records: budget.records,
                takesRest: limits.availableUntilMicros != nil, mayExceed: ranges.isEmpty)
            let share: FileEnd.Share
            switch try self.share(of: entry, request, report) {
            case .some(let found): share = found
            case .nothingComplete:
                settled.insert(entry.path)
                continue
            case .unreadable: continue
            }
            if share.end > request.start {
                ranges[partition] = OffsetRange(start: Offset(request.start), end: Offset(share.end))
                budget.spend(bytes: share.end - request.start, records: share.records)
            }
            if share.isCut {
                isFull = true
                left[entry.path] = entry.byteCount - share.end
            }
        }
        return Plan(ranges: ranges, settled: settled, left: left)
    }

    private func isUnread(
        _ entry: FileListing.Entry, _ start: Int64?, _ memory: inout Memory, _ report: (String) -> Void
    ) -> Bool {
        guard let start else { return entry.byteCount > 0 }
        if entry.byteCount == start {
            if let known = memory.modified.updateValue(entry.modifiedMicros, forKey: entry.path),
                known != entry.modifiedMicros
            {
                report("fileChanged: '\(entry.path)' was modified after it was read; its content is not read again")
            }
            return false
        }
        if entry.byteCount < start {
            report(
                "fileChanged: '\(entry.path)' has \(entry.byteCount) bytes, and \(start) were read before; it is left alone"
            )
            return false
        }
        if FileCompression(path: entry.path) != .none {
            report(
                "fileChanged: '\(entry.path)' grew after it was read; compressed files must be complete when they appear"
            )
            return false
        }
        return true
    }

    /// What the epoch reads of a file; nothing with `isCut` when its next record does not fit any more.
    private func share(
        of entry: FileListing.Entry, _ request: FileEnd.Request, _ report: (String) -> Void
    ) throws(PipelineError) -> Finding {
        if FileCompression(path: entry.path) != .none {
            // One piece, whose records are not counted.
            let fits = request.mayExceed || entry.byteCount <= request.bytes ?? .max
            return .some(FileEnd.Share(end: fits ? entry.byteCount : request.start, records: 0, isCut: !fits))
        }
        let file: InputFile
        do throws(PipelineError) {
            file = try InputFile(path: entry.path)
        } catch {
            report("\(error)")
            return .unreadable
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
