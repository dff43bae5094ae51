// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures
import Formats
public import StreamCore
import Synchronization

/// Files of a directory, a pattern, or one file, as a stream of records.
///
/// - Partition: a file, by its absolute path. Its content is told from others by number, birth and first bytes, which are
///   remembered with the offset. A file may grow at its end, and is read on from where it was left. One that became shorter,
///   was rewritten or replaced is reported (`fileChanged`), once, and left alone; but where files are moved or deleted when
///   they are read, another file at the same path is read as a new one.
/// - Offset: the first byte that has not been read. A plain file is done while its size is the offset. A compressed file is
///   read in one epoch, whole, and its offset is then its compressed size; it must be complete when it appears.
/// - A last line without a line end waits for it. When everything that is there is to be read (`availableNow`, `once`), it is
///   taken as a record; should the file go on in the middle of it, that is reported, and the rest is a record of its own.
/// - Files are found by listing, and then by what inotify tells, which wakes an engine that has nothing to do.
/// - Order: by modification time, then by path; where windows wait for them, the file furthest back in event time first
///   (`FilePace`). Hidden files (`_x`, `.x`) are not read.
/// - A file that cannot be opened is reported and read when it can; one that vanishes between planning and reading fails the epoch.
public final class FilesSource: Source {
    /// The declared columns, `_rescued` where unknown fields are rescued, then the metadata columns that SQL names.
    public let schema: Schema
    let metadata: FileMetadataColumns
    private let name: String
    private let options: FilesSourceOptions
    private let declaration: SourceDeclaration
    private let root: String
    private let planner: FilePlanner
    private let events: any RunEvents
    private let state: Mutex<State>
    /// Where readers put what they read; a few of them read at once.
    let chunks = BlockPool(blockBytes: FileReader.chunkBytes, keepingAtMost: 2)

    /// What planning knows; taken out of the state while a plan is made.
    private struct Planning: Sendable {
        var discovery: FileDiscovery
        var counts: RecordCounter.Counts = [:]
        var pace = FilePace()
        var isFirst = true
        /// How many bytes of each file of the last plan it left for later epochs; `nil` before the first.
        var left: [String: Int64]?
        var isBounded = false
    }

    private struct State {
        var planning: Planning
        var decoders: [RecordDecoder]
        var wasFound = false
        var notes: Set<String> = []
    }

    /// A source by its declaration, which wakes the engine when files come or grow.
    ///
    /// - Throws: `unsupported` or `schemaMismatch` where the format cannot give the declared columns.
    public convenience init(
        name: String, options: FilesSourceOptions, declaration: SourceDeclaration, clock: any Clock,
        events: any RunEvents, wake: WakeSignal = WakeSignal()
    ) throws(PipelineError) {
        try self.init(name: name, options: options, declaration: declaration, clock: clock, events: events) {
            InotifyWatcher.make { wake.wake() }
        }
    }

    /// A source whose changes something else notices.
    init(
        name: String, options: FilesSourceOptions, declaration: SourceDeclaration, clock: any Clock,
        events: any RunEvents, makeWatcher: @escaping FileDiscovery.MakeWatcher
    ) throws(PipelineError) {
        let decoder = try RecordDecoder(
            format: declaration.format, schema: declaration.schema, unknownFields: declaration.unknownFields,
            observer: declaration.unknownFieldObserver)
        self.name = name
        self.options = options
        self.declaration = declaration
        self.events = events
        metadata = FileMetadataColumns(fields: declaration.metadataColumns)
        schema = Schema(decoder.schema.fields + declaration.metadataColumns)
        let discovery = FileDiscovery(
            listing: FileListing(path: options.path, recursive: options.recursive), clock: clock,
            makeWatcher: makeWatcher)
        root = discovery.listing.root
        planner = FilePlanner(
            end: FileEnd(splitter: LineSplitter(format: declaration.format)),
            standing: FileStanding(takesFiles: options.archiveTo != nil || options.deleteAfter),
            counter: RecordCounter(format: declaration.format), maxAgeMicros: options.maxFileAgeMicros, clock: clock)
        state = Mutex(State(planning: Planning(discovery: discovery), decoders: [decoder]))
    }

    /// Takes of the files in order until a limit is reached, at least one record or compressed file.
    public func plan(after committed: SourceOffsets, limits: EpochLimits) async throws(PipelineError) -> SourceRanges {
        var planning = state.withLock { $0.planning }
        defer { state.withLock { $0.planning = planning } }
        guard try find(until: limits.availableUntilMicros, &planning.discovery) else { return [:] }
        var reports: [String] = []
        if let eventTimes = limits.eventTimes { planning.pace.learn(committed, eventTimes) }
        let plan = try planner.plan(
            planning.discovery.catalog.pendingEntries(), after: committed, limits: limits,
            pace: limits.eventTimes == nil ? nil : planning.pace, counts: &planning.counts,
            report: { reports.append($0) })
        planning.discovery.catalog.settle(plan.settled)
        planning.left = plan.ranges.reduce(into: plan.left) { left, read in
            left[read.key.name] = left[read.key.name] ?? 0
        }
        planning.isBounded = limits.availableUntilMicros != nil
        for report in reports { note(report) }
        if planning.isFirst {
            // Their epoch was confirmed, and the process ended before they were taken away.
            for (partition, offset) in plan.leftovers { takeAway(partition, offset) }
        }
        planning.isFirst = false
        return plan.ranges
    }

    /// A file that is read to its end is finished, unless `idleAfter` says how long to wait for more of it.
    public func standing(after offsets: SourceOffsets) -> [SourcePartition: PartitionStanding]? {
        let planning = state.withLock { $0.planning }
        guard let left = planning.left else { return nil }
        let waits = declaration.watermark?.idleAfterMicros != nil && !planning.isBounded
        var standing: [SourcePartition: PartitionStanding] = [:]
        if waits { for partition in offsets.keys { standing[partition] = .atEnd } }
        for (path, bytes) in left {
            standing[SourcePartition(path)] = bytes > 0 ? .behind(bytes) : waits ? .atEnd : .finished
        }
        return standing
    }

    /// How long it may take until the next question when no change wakes the engine.
    public var idlePollNanos: Int64 { state.withLock { $0.planning.discovery.idlePollNanos } }

    private func find(until moment: Int64?, _ discovery: inout FileDiscovery) throws(PipelineError) -> Bool {
        guard try discovery.refresh(until: moment, report: { note($0, .info) }) else {
            let problem = PipelineError(
                .missingFile, "there is no '\(root)'", at: [.init("source", name)],
                hint: "Create it, or correct 'path'")
            if !state.withLock({ $0.wasFound }) { throw problem }
            note("\(problem.what); waiting for it")
            return false
        }
        state.withLock { $0.wasFound = true }
        return true
    }

    /// Says something once for as long as it stays true; a thousand different things at most are remembered.
    private func note(_ message: String, _ level: EventLevel = .warning) {
        let isNew = state.withLock { state in
            if state.notes.count >= 1000 { state.notes.removeAll() }
            return state.notes.insert(message).inserted
        }
        if isNew { events.note(level, name, message) }
    }

    /// Opens a file at the start of its range.
    public func open(
        _ partition: SourcePartition, _ range: OffsetRange
    ) async throws(PipelineError) -> any PartitionReader {
        guard let status = try FileStatus(path: partition.name) else {
            throw PipelineError(
                .fileChanged, "'\(partition.name)' was planned for this epoch and is gone",
                at: [.init("source", name)], hint: "Put it back: the epoch reads it again")
        }
        let decoder: RecordDecoder
        if let free = state.withLock({ $0.decoders.popLast() }) {
            decoder = free
        } else {
            decoder = try RecordDecoder(
                format: declaration.format, schema: declaration.schema, unknownFields: declaration.unknownFields,
                observer: declaration.unknownFieldObserver)
        }
        return try FileReader(
            partition: partition, range: range, modifiedMicros: status.modifiedMicros, source: self, decoder: decoder)
    }

    /// Cuts a plain file between records, into pieces of a MiB or more.
    public func pieces(
        of range: OffsetRange, in partition: SourcePartition, atMost count: Int
    ) async throws(PipelineError) -> [OffsetRange] {
        try pieces(of: range, in: partition, atMost: count, minimumBytes: 1 << 20)
    }

    func pieces(
        of range: OffsetRange, in partition: SourcePartition, atMost count: Int, minimumBytes: Int64
    ) throws(PipelineError) -> [OffsetRange] {
        guard FileCompression(path: partition.name) == .none, range.count >= 2 * minimumBytes,
            try FileStatus(path: partition.name)?.kind == .file
        else { return [range] }
        let borders = try planner.end.borders(
            in: range.start.position..<range.end.position, atMost: count, minimumBytes: minimumBytes,
            InputFile(path: partition.name))
        return zip([range.start.position] + borders, borders + [range.end.position]).map {
            OffsetRange(start: Offset($0), end: Offset($1, incarnation: range.end.incarnation))
        }
    }

    func giveBack(_ decoder: RecordDecoder) { state.withLock { $0.decoders.append(decoder) } }

    /// Moves or deletes files that are read to their end, as the options say.
    public func release(_ offsets: SourceOffsets) async throws(PipelineError) {
        for (partition, offset) in offsets { takeAway(partition, offset) }
    }

    private func takeAway(_ partition: SourcePartition, _ offset: Offset) {
        guard options.archiveTo != nil || options.deleteAfter else { return }
        do throws(PipelineError) {
            try FinishedFiles(archive: options.archiveTo, root: root).take(partition.name, readTo: offset)
        } catch {
            note("'\(partition.name)' is read and stays where it is until the next start: \(error)")
        }
    }

    /// Stops watching.
    public func close() async { state.withLock { $0.planning.discovery.close() } }
}
