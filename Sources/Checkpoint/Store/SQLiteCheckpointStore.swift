// SPDX-License-Identifier: Apache-2.0
import Blocking
public import Failures
public import StreamCore

/// The checkpoint of one pipeline in `checkpoint.sqlite`, exclusively locked while it is open.
///
/// Every call runs on one thread of its own. `plan` and `decide` are durable when they return (WAL with a full sync);
/// `confirm` need not be, since publishing again is harmless.
public final class SQLiteCheckpointStore: CheckpointStore {
    /// How many confirmed epochs stay in the log for people to look at.
    public static let keptEpochs: Int64 = 1_000
    /// For how many epochs the files of state that newer ones replaced are kept: how far a checkpoint can be rewound at least.
    public static let keptStateEpochs: Int64 = 100

    private let thread = BlockingThread(label: "millrace.checkpoint")
    private let database: Database
    private let clock: any Clock
    /// The checkpoint's folder.
    let directory: String
    private let keptStateEpochs: Int64

    /// The connection and the lock; used by `thread` alone after `open`.
    private final class Database: @unchecked Sendable {
        var connection: SQLiteConnection?
        var lock: FileLock?

        init(connection: SQLiteConnection, lock: FileLock) {
            self.connection = connection
            self.lock = lock
        }
    }

    private init(database: Database, directory: String, keptStateEpochs: Int64, clock: any Clock) {
        self.database = database
        self.directory = directory
        self.keptStateEpochs = keptStateEpochs
        self.clock = clock
    }

    /// Opens the checkpoint in `directory`, making both where they do not exist.
    ///
    /// - Throws: `checkpointLocked` when another process has it; `checkpointMismatch` when it belongs to another pipeline.
    public static func open(
        directory: String, pipeline: String, hash: String, definition: String, clock: any Clock,
        keptStateEpochs: Int64 = SQLiteCheckpointStore.keptStateEpochs
    ) async throws(PipelineError) -> SQLiteCheckpointStore {
        let now = clock.nowMicros
        return try await BlockingThread(label: "millrace.checkpoint.open").run { () throws(PipelineError) in
            try CheckpointFolder.make(directory)
            let lock = try FileLock(path: directory + "/lock", holder: FileLock.thisProcess)
            let connection = try SQLiteConnection(path: directory + "/checkpoint.sqlite", mode: .readWrite)
            try connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -2048")
            try CheckpointSchema.prepare(connection)
            try claim(connection, pipeline: pipeline, hash: hash, definition: definition, now: now)
            return SQLiteCheckpointStore(
                database: Database(connection: connection, lock: lock), directory: directory,
                keptStateEpochs: keptStateEpochs, clock: clock)
        }
    }

    private static func claim(
        _ connection: SQLiteConnection, pipeline: String, hash: String, definition: String, now: Int64
    ) throws(PipelineError) {
        if let row = try connection.run("SELECT name, hash FROM pipeline ORDER BY rowid DESC LIMIT 1").first {
            guard row[0].text == pipeline else {
                throw PipelineError(
                    .checkpointMismatch,
                    "the checkpoint belongs to pipeline '\(row[0].text ?? "")', not to '\(pipeline)'",
                    at: [.init("file", connection.path)],
                    hint: "Give this pipeline a \"checkpoint\" of its own, or its old name back")
            }
            if row[1].text == hash { return }
        }
        try connection.run(
            "INSERT INTO pipeline (name, hash, definition, since_micros) VALUES (?, ?, ?, ?)",
            [.text(pipeline), .text(hash), .text(definition), .integer(now)])
    }

    /// Runs statements on the checkpoint's thread.
    func run<Result: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws(PipelineError) -> Result
    ) async throws(PipelineError) -> Result {
        let database = database
        return try await thread.run { () throws(PipelineError) in
            guard let connection = database.connection else {
                throw PipelineError(.internalError, "the checkpoint is used after it was closed")
            }
            return try body(connection)
        }
    }

    /// Everything needed to go on.
    public func load() async throws(PipelineError) -> CheckpointState {
        try await run { connection throws(PipelineError) in try CheckpointQueries.state(connection) }
    }

    /// Writes the offset log of an epoch. Durable when it returns.
    public func plan(_ planned: PlannedEpoch) async throws(PipelineError) {
        let started = planned.startedMicros.map { SQLiteValue.integer($0) } ?? .null
        try await run { connection throws(PipelineError) in
            try connection.transaction { () throws(PipelineError) in
                try connection.run(
                    "INSERT INTO epochs (epoch, state, planned_micros) VALUES (?, 'planned', ?)",
                    [.integer(planned.epoch.number), started])
                try CheckpointQueries.insert(planned.ranges, of: planned.epoch, connection)
                try CheckpointQueries.insert(tables: planned.tables, of: planned.epoch, connection)
                try CheckpointQueries.insert(standing: planned.standing, of: planned.epoch, connection)
            }
        }
    }

    /// Step 3 of an epoch, in one transaction. Durable when it returns.
    public func decide(_ decided: DecidedEpoch) async throws(PipelineError) {
        let now = clock.nowMicros
        let state = try StateEntries(decided.state)
        try await run { connection throws(PipelineError) in
            try connection.transaction { () throws(PipelineError) in
                try CheckpointQueries.insert(decided, now: now, connection)
                try StateQueries.insert(state, of: decided.epoch, connection)
            }
        }
    }

    /// Notes that every sink has published the epoch, and forgets what is long past.
    public func confirm(_ epoch: Epoch) async throws(PipelineError) {
        let (now, directory, forgotten) = (clock.nowMicros, directory, epoch.number - keptStateEpochs)
        try await run { connection throws(PipelineError) in
            try connection.execute("PRAGMA synchronous = NORMAL")
            defer { try? connection.execute("PRAGMA synchronous = FULL") }
            let paths = try connection.transaction { () throws(PipelineError) -> [String] in
                try connection.run(
                    "UPDATE epochs SET state = 'confirmed', confirmed_micros = ? WHERE epoch = ?",
                    [.integer(now), .integer(epoch.number)])
                try CheckpointQueries.forget(before: epoch.number - Self.keptEpochs, connection)
                return try StateQueries.forget(supersededThrough: forgotten, connection)
            }
            // Nothing refers to them any more: should the process end here, they are removed when the state is opened.
            for path in paths { try StateDisk.remove(directory + "/" + path) }
        }
    }

    /// The columns that were found in the records of each source, in the order in which they became columns.
    public func discoveredFields() async throws(PipelineError) -> [String: [DiscoveredField]] {
        try await run { connection throws(PipelineError) in
            var fields: [String: [DiscoveredField]] = [:]
            for row in try connection.run("SELECT source, name, type FROM discovered_fields ORDER BY rowid") {
                guard let source = row[0].text, let name = row[1].text, let type = row[2].text else { continue }
                fields[source, default: []].append(DiscoveredField(name: name, type: type))
            }
            return fields
        }
    }

    /// Remembers columns for ever, in one transaction; those that are known keep their type. Durable when it returns.
    public func add(_ fields: [String: [DiscoveredField]]) async throws(PipelineError) {
        let now = clock.nowMicros
        try await run { connection throws(PipelineError) in
            try connection.transaction { () throws(PipelineError) in
                for (source, found) in fields.sorted(by: { $0.key < $1.key }) {
                    for field in found {
                        try connection.run(
                            """
                            INSERT INTO discovered_fields (source, name, type, since_micros) VALUES (?, ?, ?, ?)
                            ON CONFLICT (source, name) DO NOTHING
                            """, [.text(source), .text(field.name), .text(field.type), .integer(now)])
                    }
                }
            }
        }
    }

    /// Closes the database and releases the lock.
    public func close() async {
        let database = database
        _ = try? await thread.run { () throws(PipelineError) in
            database.connection = nil
            database.lock = nil
        }
    }

    /// The version of the SQLite library in use.
    public static var libraryVersion: String { SQLiteConnection.libraryVersion }
}
