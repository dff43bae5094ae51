// SPDX-License-Identifier: Apache-2.0
public import Failures
public import StreamCore

/// Takes a checkpoint back to the end of an earlier epoch: offsets, watermarks and state.
public struct CheckpointRewind: Sendable {
    /// The last decided epoch before.
    public let from: Epoch
    /// The last decided epoch now.
    public let to: Epoch
    /// By sink the epochs after `to` for which it had prepared something: it may have published them.
    public let sinks: [String: ClosedRange<Int64>]

    /// Rewinds the checkpoint in `directory`, which no process may have open.
    ///
    /// - Throws: `checkpointLocked`; `invalidArgument` for an epoch that is not in the log, or whose state is not there any more.
    ///   Nothing has changed then.
    public static func run(directory: String, to epoch: Epoch) throws(PipelineError) -> CheckpointRewind {
        _ = try CheckpointReport.connection(directory)
        let lock = try FileLock(path: directory + "/lock", holder: FileLock.thisProcess)
        defer { withExtendedLifetime(lock) {} }
        let connection = try SQLiteConnection(path: directory + "/checkpoint.sqlite", mode: .readWrite)
        try connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        try CheckpointSchema.prepare(connection)
        return try connection.transaction { () throws(PipelineError) in
            let last = try StateQueries.lastDecided(connection)
            try checkEpoch(epoch, last: last, connection)
            try checkState(epoch, directory, connection)
            let rewind = CheckpointRewind(from: last, to: epoch, sinks: try preparedSinks(after: epoch, connection))
            try apply(epoch, connection)
            return rewind
        }
    }

    private static func checkEpoch(
        _ epoch: Epoch, last: Epoch, _ connection: SQLiteConnection
    ) throws(PipelineError) {
        let first = try connection.run("SELECT min(epoch) FROM epochs")[0][0].integer ?? 0
        guard (first...max(first, last.number)).contains(epoch.number), last.number >= first else {
            throw PipelineError(
                .invalidArgument, "epoch \(epoch) is not in the checkpoint",
                hint: last < .first ? "No epoch is decided yet" : "It holds the epochs \(first) to \(last)")
        }
    }

    /// Refuses when a file is gone that the state of the epoch needs.
    private static func checkState(
        _ epoch: Epoch, _ root: String, _ connection: SQLiteConnection
    ) throws(PipelineError) {
        // What was forgotten was not needed any more since `superseded`; before that, a snapshot has to hold it.
        var floors: [String: (changes: Int64, superseded: Int64)] = [:]
        for row in try connection.run("SELECT operator, epoch, superseded_epoch FROM state_floors") {
            if let name = row[0].text, let floor = row[1].integer { floors[name] = (floor, row[2].integer ?? .max) }
        }
        for (name, index) in try StateQueries.indexes(asOf: epoch, connection).sorted(by: { $0.key < $1.key }) {
            let oldest = index.bases(at: epoch).min()?.number ?? -1
            let isThere = index.steps(at: epoch).allSatisfy { step in
                guard case .rows(let file, _) = step else { return true }
                return StateDisk.isFile(root + "/" + file.path, byteCount: file.byteCount)
            }
            let floor = floors[name] ?? (-1, -1)
            guard oldest >= floor.changes || epoch.number >= floor.superseded, isThere else {
                throw PipelineError(
                    .invalidArgument, "the state of operator '\(name)' at epoch \(epoch) is not there any more",
                    hint: "State is kept for \(SQLiteCheckpointStore.keptStateEpochs) epochs: choose a later one")
            }
        }
    }

    private static func preparedSinks(
        after epoch: Epoch, _ connection: SQLiteConnection
    ) throws(PipelineError) -> [String: ClosedRange<Int64>] {
        var sinks: [String: ClosedRange<Int64>] = [:]
        let rows = try connection.run(
            "SELECT sink, min(epoch), max(epoch) FROM tokens WHERE epoch > ? AND token <> '' GROUP BY sink",
            [.integer(epoch.number)])
        for row in rows {
            if let sink = row[0].text, let first = row[1].integer, let last = row[2].integer {
                sinks[sink] = first...last
            }
        }
        return sinks
    }

    private static func apply(_ epoch: Epoch, _ connection: SQLiteConnection) throws(PipelineError) {
        let number = SQLiteValue.integer(epoch.number)
        // Where a partition stood before the first epoch after.
        let starts = try connection.run(
            """
            SELECT source, partition, start FROM ranges AS later WHERE epoch = (
                SELECT min(epoch) FROM ranges
                WHERE epoch > ? AND source = later.source AND partition = later.partition)
            """, [number])
        for row in starts {
            try connection.run(
                "UPDATE offsets SET position = ? WHERE source = ? AND partition = ?", [row[2], row[0], row[1]])
        }
        for table in [
            "epochs", "ranges", "tokens", "watermarks", "event_times", "operator_watermarks", "planned_standings",
        ] {
            try connection.run("DELETE FROM \(table) WHERE epoch > ?", [number])
        }
        try connection.run("UPDATE epochs SET state = 'confirmed' WHERE epoch = ?", [number])
        try connection.run("DELETE FROM operators WHERE since_epoch > ?", [number])
        for table in ["state_files", "state_slices"] {
            try connection.run("DELETE FROM \(table) WHERE epoch > ?", [number])
            try connection.run(
                "UPDATE \(table) SET superseded_epoch = NULL WHERE superseded_epoch > ?", [number])
        }
    }
}
