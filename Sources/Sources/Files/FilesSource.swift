// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures
import Formats
public import StreamCore
import Synchronization

/// Files of a directory, a pattern, or one file, as a stream of records.
///
/// - Partition: a file, by its absolute path. A path stands for its content: a file may grow at its end, and is read on
///   from where it was left; one that became shorter or was rewritten is reported (`fileChanged`) and left alone.
/// - Offset: the first byte that has not been read. A plain file is done while its size is the offset. A compressed file is
///   read in one epoch, whole, and its offset is then its compressed size; it must be complete when it appears.
/// - A last line without a line end waits for it. When everything that is there is to be read (`availableNow`, `once`), it is
///   taken as a record; should the file go on in the middle of it, that is reported, and the rest is a record of its own.
/// - Order: by modification time, then by path. Hidden files (`_x`, `.x`) are not read.
/// - A file that cannot be opened is reported and read when it can; one that vanishes between planning and reading fails the epoch.
public final class FilesSource: Source {
    /// The declared columns, `_rescued` where unknown fields are rescued, then the metadata columns that SQL names.
    public let schema: Schema
    let metadata: FileMetadataColumns
    private let name: String
    private let options: FilesSourceOptions
    private let declaration: SourceDeclaration
    private let listing: FileListing
    private let planner: FilePlanner
    private let events: any RunEvents
    private let state: Mutex<State>

    private struct State {
        var memory = FilePlanner.Memory()
        var decoders: [RecordDecoder] = []
        /// What was there when `availableNow` began, by the moment it began.
        var frozen: (until: Int64, entries: [FileListing.Entry])?
        var wasFound = false
        var notes: Set<String> = []
    }

    /// A source by its declaration.
    ///
    /// - Throws: `unsupported` or `schemaMismatch` where the format cannot give the declared columns.
    public init(
        name: String, options: FilesSourceOptions, declaration: SourceDeclaration, clock: any Clock,
        events: any RunEvents
    ) throws(PipelineError) {
        let decoder = try RecordDecoder(
            format: declaration.format, schema: declaration.schema, unknownFields: declaration.unknownFields)
        self.name = name
        self.options = options
        self.declaration = declaration
        self.events = events
        metadata = FileMetadataColumns(fields: declaration.metadataColumns)
        schema = Schema(decoder.schema.fields + declaration.metadataColumns)
        listing = FileListing(path: options.path, recursive: options.recursive)
        planner = FilePlanner(
            end: FileEnd(splitter: LineSplitter(format: declaration.format)),
            maxAgeMicros: options.maxFileAgeMicros, clock: clock)
        state = Mutex(State(decoders: [decoder]))
    }

    /// Takes files in order until a limit is reached, at least one record or compressed file.
    public func plan(after committed: SourceOffsets, limits: EpochLimits) async throws(PipelineError) -> SourceRanges {
        guard let entries = try entries(until: limits.availableUntilMicros) else { return [:] }
        var memory = state.withLock { state in
            let memory = state.memory
            state.memory = FilePlanner.Memory()
            return memory
        }
        var reports: [String] = []
        let ranges = try planner.plan(
            entries, after: committed, limits: limits, memory: &memory, report: { reports.append($0) })
        state.withLock { $0.memory = memory }
        for report in reports { note(report) }
        return ranges
    }

    private func entries(until moment: Int64?) throws(PipelineError) -> [FileListing.Entry]? {
        if let moment, let frozen = state.withLock({ $0.frozen }), frozen.until == moment { return frozen.entries }
        var directories: [String] = []
        guard let entries = try listing.entries(directories: &directories) else {
            let problem = PipelineError(
                .missingFile, "there is no '\(listing.root)'", at: [.init("source", name)],
                hint: "Create it, or correct 'path'")
            if !state.withLock({ $0.wasFound }) { throw problem }
            note("\(problem.what); waiting for it")
            return nil
        }
        state.withLock { state in
            state.wasFound = true
            if let moment { state.frozen = (moment, entries) }
        }
        return entries
    }

    /// Says something once for as long as it stays true; a thousand different things at most are remembered.
    private func note(_ message: String) {
        let isNew = state.withLock { state in
            if state.notes.count >= 1000 { state.notes.removeAll() }
            return state.notes.insert(message).inserted
        }
        if isNew { events.note(.warning, name, message) }
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
                format: declaration.format, schema: declaration.schema, unknownFields: declaration.unknownFields)
        }
        return try FileReader(
            partition: partition, range: range, modifiedMicros: status.modifiedMicros, source: self, decoder: decoder)
    }

    func giveBack(_ decoder: RecordDecoder) { state.withLock { $0.decoders.append(decoder) } }

    /// Moves or deletes files that are read to their end, as the options say.
    public func release(_ offsets: SourceOffsets) async throws(PipelineError) {
        guard options.archiveTo != nil || options.deleteAfter else { return }
        for (partition, offset) in offsets {
            guard let status = try FileStatus(path: partition.name), status.byteCount == offset.position else {
                continue
            }
            if let archive = options.archiveTo {
                let root = listing.root == "/" ? "/" : listing.root + "/"
                let inside =
                    partition.name.hasPrefix(root)
                    ? String(partition.name.dropFirst(root.count))
                    : partition.name.split(separator: "/").last.map(String.init) ?? partition.name
                let target = Directory.absolute(archive) + "/" + inside
                try Directory.make(target.split(separator: "/").dropLast().joined(separator: "/"))
                _ = try Directory.move(partition.name, to: target)
            } else {
                _ = try Directory.delete(partition.name)
            }
        }
    }

    /// Nothing runs in the background.
    public func close() async {}
}
