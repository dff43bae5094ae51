// SPDX-License-Identifier: Apache-2.0
import Failures

/// The tables of `checkpoint.sqlite`, by format version.
enum CheckpointSchema {
    /// The version this build writes.
    static let formatVersion: Int64 = 1
    /// Marks the file as ours (`PRAGMA application_id`): "MLRC".
    static let applicationID: Int64 = 0x4D4C_5243

    /// Statements that make an empty database of the current version.
    static let creation = """
        CREATE TABLE pipeline (
            name TEXT NOT NULL, hash TEXT NOT NULL, definition TEXT NOT NULL, since_micros INTEGER NOT NULL);
        CREATE TABLE epochs (
            epoch INTEGER PRIMARY KEY, state TEXT NOT NULL CHECK (state IN ('planned', 'decided', 'confirmed')),
            planned_micros INTEGER, decided_micros INTEGER, confirmed_micros INTEGER);
        CREATE TABLE ranges (
            epoch INTEGER NOT NULL, source TEXT NOT NULL, partition TEXT NOT NULL, start INTEGER NOT NULL,
            stop INTEGER NOT NULL, incarnation TEXT, PRIMARY KEY (epoch, source, partition)) WITHOUT ROWID;
        CREATE TABLE offsets (
            source TEXT NOT NULL, partition TEXT NOT NULL, position INTEGER NOT NULL, incarnation TEXT,
            PRIMARY KEY (source, partition)) WITHOUT ROWID;
        CREATE TABLE tokens (
            epoch INTEGER NOT NULL, sink TEXT NOT NULL, token TEXT NOT NULL, PRIMARY KEY (epoch, sink)) WITHOUT ROWID;
        CREATE TABLE watermarks (
            epoch INTEGER NOT NULL, source TEXT NOT NULL, micros INTEGER NOT NULL,
            PRIMARY KEY (epoch, source)) WITHOUT ROWID;
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(formatVersion);
        """

    /// Makes the tables in an empty database, or checks that an existing one is ours and of a version we read.
    static func prepare(_ connection: SQLiteConnection) throws(PipelineError) {
        let tables = try connection.run("SELECT count(*) FROM sqlite_schema")[0][0].integer ?? 0
        if tables == 0 {
            try connection.transaction { () throws(PipelineError) in try connection.execute(creation) }
            return
        }
        try check(connection)
        try addIncarnations(connection)
    }

    /// The first checkpoints did not have these columns.
    private static func addIncarnations(_ connection: SQLiteConnection) throws(PipelineError) {
        for table in ["ranges", "offsets"] where try !hasIncarnations(table, connection) {
            try connection.execute("ALTER TABLE \(table) ADD COLUMN incarnation TEXT")
        }
    }

    private static func hasIncarnations(
        _ table: String, _ connection: SQLiteConnection
    ) throws(PipelineError) -> Bool {
        try !connection.run("SELECT 1 FROM pragma_table_info('\(table)') WHERE name = 'incarnation'").isEmpty
    }

    /// Refuses a file that is not a checkpoint or is of a later version.
    static func check(_ connection: SQLiteConnection) throws(PipelineError) {
        guard try connection.run("PRAGMA application_id")[0][0].integer == applicationID else {
            throw PipelineError(
                .corruptCheckpoint, "the file is not a checkpoint of Millrace", at: [.init("file", connection.path)],
                hint: "Give the pipeline a \"checkpoint\" folder of its own")
        }
        let version = try connection.run("PRAGMA user_version")[0][0].integer ?? 0
        guard version == formatVersion else {
            throw PipelineError(
                .corruptCheckpoint, "the checkpoint has format version \(version); this build reads \(formatVersion)",
                at: [.init("file", connection.path)], hint: "Run the version of Millrace that wrote it, or a later one")
        }
    }
}
