// SPDX-License-Identifier: Apache-2.0
import Failures
import StreamCore

/// Knows which files are there: lists them, and then follows the changes that the system tells of.
///
/// - A listing is made at the start, when changes were lost, when directories came or went, and every `verifyNanos`,
///   since not every change is told (links, memory maps).
/// - Where the system tells nothing (network file systems, limits reached), every question is a listing; that is said once.
struct FileDiscovery: Sendable {
    /// Makes what notices changes; `nil`, with the reason, where there is none.
    typealias MakeWatcher = @Sendable () -> (watcher: (any ChangeWatching)?, reason: String)

    private enum Mode: Sendable {
        case unasked
        case watching(any ChangeWatching)
        case listing
    }

    let listing: FileListing
    let clock: any Clock
    let makeWatcher: MakeWatcher
    var catalog = FileCatalog()
    private var mode = Mode.unasked
    private var rules: [String: [FileListing.NameRule]] = [:]
    private var listedNanos: Int64?
    private var listingNanos: Int64 = 0
    /// The moment at which everything was frozen.
    private var frozenMicros: Int64?

    static let verifyNanos: Int64 = 30_000_000_000
    private static let patientNanos: Int64 = 1_000_000_000

    init(listing: FileListing, clock: any Clock, makeWatcher: @escaping MakeWatcher) {
        self.listing = listing
        self.clock = clock
        self.makeWatcher = makeWatcher
    }

    /// How long it may take until the next question.
    var idlePollNanos: Int64 {
        if case .watching = mode, listedNanos != nil { return Self.patientNanos }
        // A listing of many files should not keep a core busy.
        return max(10_000_000, listingNanos * 20)
    }

    /// Brings the catalog up to date; `false` when the root is missing.
    ///
    /// - Parameter moment: what came after the first question with this moment is left out: `availableNow`.
    mutating func refresh(until moment: Int64?, report: (String) -> Void) throws(PipelineError) -> Bool {
        if let moment {
            if frozenMicros == moment { return true }
            let isFound = try list(nil, report: report)
            if isFound { frozenMicros = moment }
            return isFound
        }
        if case .unasked = mode {
            mode = watcherMode(report)
            listedNanos = nil
        }
        guard case .watching(let watcher) = mode else { return try list(nil, report: report) }
        let changes = watcher.takeChanges()
        let isDue = listedNanos.map { clock.monotonicNanos - $0 >= Self.verifyNanos } ?? true
        if isDue || changes.needsListing { return try list(watcher, report: report) }
        for change in changes.names { try apply(change) }
        return true
    }

    private func watcherMode(_ report: (String) -> Void) -> Mode {
        let reason: String
        if let name = FileSystemKind(path: listing.root).remoteName {
            reason = "'\(listing.root)' is on \(name)"
        } else {
            let (watcher, refusal) = makeWatcher()
            if let watcher { return .watching(watcher) }
            reason = refusal
        }
        report("changes of files are not told here: \(reason); they are found by listing")
        return .listing
    }

    private mutating func list(
        _ watcher: (any ChangeWatching)?, report: (String) -> Void
    ) throws(PipelineError) -> Bool {
        let started = clock.monotonicNanos
        var rules: [String: [FileListing.NameRule]] = [:]
        var refusal: String?
        watcher?.startOver()
        let entries = try listing.entries { directory, rule in
            rules[directory, default: []].append(rule)
            if refusal == nil, case .refused(let reason)? = watcher?.watch(directory) { refusal = reason }
        }
        if let refusal {
            report("changes of files are not told here: \(refusal); they are found by listing")
            watcher?.close()
            mode = .listing
        } else {
            watcher?.dropOthers()
        }
        listingNanos = clock.monotonicNanos - started
        self.rules = rules
        listedNanos = entries == nil ? nil : started
        catalog.replace(with: entries ?? [])
        return entries != nil
    }

    private mutating func apply(_ change: FileChanges.Name) throws(PipelineError) {
        guard let rules = rules[change.directory], rules.contains(where: { $0.accepts(change.name) }) else { return }
        let path = FileListing.join(change.directory, change.name)
        let status = try FileStatus(path: path)
        catalog.update(path, status.flatMap { $0.kind == .file ? FileListing.Entry(path: path, $0) : nil })
    }

    /// Stops watching.
    mutating func close() {
        if case .watching(let watcher) = mode { watcher.close() }
        mode = .listing
    }
}
