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

    /// - Parameters:
    ///   - pace: where the files furthest back in event time come first; without it their order is that of `entries`.
    ///   - counts: the records of compressed files that were counted and not read yet, by path.
    func plan(
        _ entries: [FileListing.Entry], after committed: SourceOffsets, limits: EpochLimits, pace: FilePace?,
        counts: inout RecordCounter.Counts, report: (String) -> Void
    ) throws(PipelineError) -> Plan {
        var draft = Draft(limits)
        swap(&draft.counts, &counts)
        defer { swap(&draft.counts, &counts) }
        let oldest = maxAgeMicros.map { clock.nowMicros - $0 }
        var pending: [FileListing.Entry] = []
        for entry in entries {
            if let oldest, entry.modifiedMicros < oldest, committed[SourcePartition(entry.path)] == nil {
                draft.plan.settled.insert(entry.path)
            } else {
                pending.append(entry)
            }
        }
        if let pace, limits.bytes != nil || limits.records != nil {
            try takeByTime(pending, after: committed, pace, &draft, report)
        } else {
            try takeInOrder(pending, after: committed, &draft, report)
        }
        return draft.plan
    }

    /// A file with something to read, and up to where the epoch reads it.
    private struct Candidate {
        let entry: FileListing.Entry
        let start: Int64
        var end: Int64

        var partition: SourcePartition { SourcePartition(entry.path) }
    }

    /// What may be taken of a file at once.
    private struct Portion {
        var bytes: Int64 = .max
        var records: Int = .max
    }

    /// How taking from a file ended.
    private enum Outcome {
        case hasMore
        case isEmpty
        /// Its next record does not fit into the epoch any more.
        case isFull
    }

    /// A plan in the making.
    private struct Draft {
        var plan = Plan()
        var counts: RecordCounter.Counts = [:]
        var records: Int?
        var bytes: Int?
        var files: Int?
        let takesRest: Bool

        init(_ limits: EpochLimits) {
            (records, bytes, files) = (limits.records, limits.bytes, limits.files)
            takesRest = limits.availableUntilMicros != nil
        }

        var isSpent: Bool { (records ?? 1) <= 0 || (bytes ?? 1) <= 0 || (files ?? 1) <= 0 }

        mutating func spend(bytes spent: Int64, records counted: Int) {
            records = records.map { $0 - counted }
            bytes = bytes.map { $0 - Int(spent) }
        }
    }

    // MARK: Order

    private func takeInOrder(
        _ entries: [FileListing.Entry], after committed: SourceOffsets, _ draft: inout Draft, _ report: (String) -> Void
    ) throws(PipelineError) {
        var isFull = false
        for entry in entries {
            let read = committed[SourcePartition(entry.path)]
            if isFull || draft.isSpent {
                let bytes = entry.byteCount - (read?.position ?? 0)
                if bytes > 0 { draft.plan.left[entry.path] = bytes }
                continue
            }
            guard var file = try judge(entry, read, &draft, report) else { continue }
            if try take(Portion(), of: &file, &draft, report) != .isEmpty {
                isFull = true
                draft.plan.left[entry.path] = entry.byteCount - file.end
            }
        }
    }

    private static let portionBytes: ClosedRange<Int64> = 64 << 10...1 << 20
    private static let portionsPerEpoch = 16

    /// Takes portions, each of the file that is then furthest back in event time. Files of which that is not known yet come
    /// first, and give one portion an epoch.
    private func takeByTime(
        _ entries: [FileListing.Entry], after committed: SourceOffsets, _ pace: FilePace, _ draft: inout Draft,
        _ report: (String) -> Void
    ) throws(PipelineError) {
        var files: [Candidate] = []
        for entry in entries {
            if let file = try judge(entry, committed[SourcePartition(entry.path)], &draft, report) {
                files.append(file)
            }
        }
        let portions = max(Self.portionsPerEpoch, files.count)
        let bytes = draft.bytes.map { Int64($0 / portions) } ?? .max
        let portion =
            files.count == 1
            ? Portion()
            : Portion(
                bytes: min(max(bytes, Self.portionBytes.lowerBound), Self.portionBytes.upperBound),
                records: draft.records.map { max(1, $0 / portions) } ?? .max)

        /// The files that may give more, the one furthest back at the end; equals in their order.
        var queue = files.indices.map {
            (time: pace.time(of: files[$0].entry.path, at: files[$0].start) ?? .min, index: $0)
        }
        queue.sort { ($0.time, $0.index) > ($1.time, $1.index) }
        var hasMore = Set(files.indices)
        while !draft.isSpent, let (time, index) = queue.popLast() {
            var next = portion
            // Without any event time so far, as much again as was read.
            if time == .min { next.bytes = max(next.bytes, files[index].start) }
            switch try take(next, of: &files[index], &draft, report) {
            case .isEmpty: hasMore.remove(index)
            case .isFull: queue.removeAll()
            case .hasMore:
                guard let time = pace.time(of: files[index].entry.path, at: files[index].end) else { continue }
                let place = queue.lastIndex { ($0.time, $0.index) > (time, index) }.map { $0 + 1 } ?? 0
                queue.insert((time, index), at: place)
            }
        }
        for index in hasMore {
            draft.plan.left[files[index].entry.path] = files[index].entry.byteCount - files[index].end
        }
    }

    // MARK: One file

    /// The file when something of it can be read.
    private func judge(
        _ entry: FileListing.Entry, _ read: Offset?, _ draft: inout Draft, _ report: (String) -> Void
    ) throws(PipelineError) -> Candidate? {
        switch try standing.of(entry, read: read) {
        case .unread(let from): return Candidate(entry: entry, start: from, end: from)
        case .unreadable(let reason):
            if let reason { report(reason) }
            return nil
        case .changed(let what):
            report(what)
            draft.plan.settled.insert(entry.path)
            return nil
        case .done(let isLeftover):
            if isLeftover { draft.plan.leftovers[SourcePartition(entry.path)] = read }
            draft.plan.settled.insert(entry.path)
            return nil
        }
    }

    /// Adds more of a file to the epoch.
    private func take(
        _ portion: Portion, of candidate: inout Candidate, _ draft: inout Draft, _ report: (String) -> Void
    ) throws(PipelineError) -> Outcome {
        let entry = candidate.entry
        let budget = Portion(bytes: draft.bytes.map(Int64.init) ?? .max, records: draft.records ?? .max)
        let most = Portion(bytes: min(portion.bytes, budget.bytes), records: min(portion.records, budget.records))
        let request = FileEnd.Request(
            start: candidate.end, size: entry.byteCount, bytes: most.bytes == .max ? nil : most.bytes,
            records: most.records == .max ? nil : most.records, takesRest: draft.takesRest,
            mayExceed: draft.plan.ranges.isEmpty)
        let file: InputFile
        do throws(PipelineError) {
            file = try InputFile(path: entry.path)
        } catch {
            if error.code != .missingFile { report(FileStanding.unreadable(entry, error)) }
            return .isEmpty
        }
        if request.start > 0, request.start == candidate.start { try checkSeam(entry, request.start, file, report) }
        guard let share = try share(of: entry, request, file, &draft.counts) else {
            if candidate.end == candidate.start { draft.plan.settled.insert(entry.path) }
            return .isEmpty
        }
        if share.end > candidate.end {
            if candidate.end == candidate.start { draft.files = draft.files.map { $0 - 1 } }
            draft.spend(bytes: share.end - candidate.end, records: share.records)
            candidate.end = share.end
            let identity = try FileIdentity(file, end: share.end)
            draft.plan.ranges[candidate.partition] = OffsetRange(
                start: Offset(candidate.start), end: Offset(share.end, incarnation: identity.text))
            return share.isCut ? .hasMore : .isEmpty
        }
        if !share.isCut { return .isEmpty }
        let isWhole = most.bytes == budget.bytes && most.records == budget.records
        return isWhole ? .isFull : try take(budget, of: &candidate, &draft, report)
    }

    /// What the epoch reads of a file: nothing with `isCut` when its next record does not fit any more, `nil` when none is complete.
    private func share(
        of entry: FileListing.Entry, _ request: FileEnd.Request, _ file: borrowing InputFile,
        _ counts: inout RecordCounter.Counts
    ) throws(PipelineError) -> FileEnd.Share? {
        if FileCompression(path: entry.path) != .none {
            // One piece.
            let records = request.records == nil ? 0 : counter.count(entry, &counts)
            let fits =
                request.mayExceed
                || entry.byteCount <= request.bytes ?? .max && records <= request.records ?? .max
            return FileEnd.Share(
                end: fits ? entry.byteCount : request.start, records: fits ? records : 0, isCut: !fits)
        }
        if let share = try end.find(request, in: file) { return share }
        guard let bytes = request.bytes, entry.byteCount - request.start > bytes, !request.mayExceed else { return nil }
        return FileEnd.Share(end: request.start, records: 0, isCut: true)
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
