// SPDX-License-Identifier: Apache-2.0
import Failures

/// The tables of `checkpoint.sqlite`, by format version.
///
/// Version 1 knew no state: it had `pipeline`, `epochs`, `ranges`, `offsets`, `tokens` and `watermarks`. Version 2 adds event times,
/// the operators with their watermarks, and the files of their state. Version 3 has the same tables: state files may have an earlier layout
/// than that of the operator's newest meaning, which a build that knows only version 2 would not see. Older versions become the current
/// one when they are opened to write.
enum CheckpointSchema {
    /// The version this build writes.
    static let formatVersion: Int64 = 3
    /// The oldest version this build reads.
    static let oldestVersion: Int64 = 1
    /// Marks the file as ours (`PRAGMA application_id`): "MLRC".
    static let applicationID: Int64 = 0x4D4C_5243

    /// Statements that make an empty database of the current version.
    static let creation = """
        CREATE TABLE pipeline (
            name TEXT NOT NULL, hash TEXT NOT NULL, definition TEXT NOT NULL, since_micros INTEGER NOT NULL);
        CREATE TABLE epochs (
            epoch INTEGER PRIMARY KEY, state TEXT NOT NULL CHECK (state IN ('planned', 'decided', 'confirmed')),
            planned_micros INTEGER, decided_micros INTEGER, confirmed_micros INTEGER, state_token TEXT);
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
        \(stateTables)
        \(discoveredFields)
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(formatVersion);
        """

    /// What version 2 adds.
    ///
    /// `operators` has a row for each time an operator's meaning changed; the newest counts. State of epochs before `birth_epoch` is not
    /// its own. Rows of equal `birth_epoch` are the history of one state: the files of an epoch have the layout of the row in force then. `superseded_epoch` is the epoch since which a file is not needed any more to restore the newest state.
    private static let stateTables = """
        CREATE TABLE event_times (
            epoch INTEGER NOT NULL, source TEXT NOT NULL, partition TEXT NOT NULL, micros INTEGER NOT NULL,
            PRIMARY KEY (epoch, source, partition)) WITHOUT ROWID;
        CREATE TABLE operator_watermarks (
            epoch INTEGER NOT NULL, operator TEXT NOT NULL, micros INTEGER NOT NULL,
            PRIMARY KEY (epoch, operator)) WITHOUT ROWID;
        CREATE TABLE operators (
            name TEXT NOT NULL, since_epoch INTEGER NOT NULL, birth_epoch INTEGER NOT NULL, kind TEXT NOT NULL,
            meaning TEXT NOT NULL, retired INTEGER NOT NULL, PRIMARY KEY (name, since_epoch)) WITHOUT ROWID;
        CREATE TABLE state_slices (
            operator TEXT NOT NULL, epoch INTEGER NOT NULL, first_group INTEGER NOT NULL, end_group INTEGER NOT NULL,
            superseded_epoch INTEGER, PRIMARY KEY (operator, epoch, first_group)) WITHOUT ROWID;
        CREATE TABLE state_files (
            path TEXT PRIMARY KEY, operator TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('changes', 'snapshot')),
            state_table TEXT NOT NULL, epoch INTEGER NOT NULL, first_group INTEGER NOT NULL, end_group INTEGER NOT NULL,
            sequence INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL, checksum TEXT NOT NULL,
            superseded_epoch INTEGER) WITHOUT ROWID;
        \(lookupTables)
        \(plannedStandings)
        CREATE TABLE state_floors (
            operator TEXT PRIMARY KEY, epoch INTEGER NOT NULL, superseded_epoch INTEGER) WITHOUT ROWID;
        """

    /// The versions of the tables that the lookups of a planned epoch use.
    private static let lookupTables =
        "CREATE TABLE IF NOT EXISTS lookup_versions (epoch INTEGER NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, "
        + "PRIMARY KEY (epoch, name)) WITHOUT ROWID;"

    /// How the partitions of a source stand once a planned epoch is read: a JSON object with what each of those that may hold the
    /// watermark is behind.
    private static let plannedStandings =
        "CREATE TABLE IF NOT EXISTS planned_standings (epoch INTEGER NOT NULL, source TEXT NOT NULL, behind TEXT NOT NULL, "
        + "PRIMARY KEY (epoch, source)) WITHOUT ROWID;"

    /// Makes the tables in an empty database, or brings an existing one of ours to the current version.
    static func prepare(_ connection: SQLiteConnection) throws(PipelineError) {
        let tables = try connection.run("SELECT count(*) FROM sqlite_schema")[0][0].integer ?? 0
        if tables == 0 {
            try connection.transaction { () throws(PipelineError) in try connection.execute(creation) }
            return
        }
        let version = try check(connection)
        if version == 1 { try migrateFrom1(connection) }
        if version < formatVersion { try connection.execute("PRAGMA user_version = \(formatVersion)") }
        try connection.execute(discoveredFields)
        try connection.execute(lookupTables)
        try connection.execute(plannedStandings)
        if try !has(column: "superseded_epoch", of: "state_floors", connection) {
            try connection.execute("ALTER TABLE state_floors ADD COLUMN superseded_epoch INTEGER")
        }
    }

    /// Columns that `unknownFields: "evolve"` found, in the order in which they became columns.
    private static let discoveredFields = """
        CREATE TABLE IF NOT EXISTS discovered_fields (
            source TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, since_micros INTEGER NOT NULL,
            UNIQUE (source, name));
        """

    private static func migrateFrom1(_ connection: SQLiteConnection) throws(PipelineError) {
        try connection.transaction { () throws(PipelineError) in
            for table in ["ranges", "offsets"] where try !has(column: "incarnation", of: table, connection) {
                try connection.execute("ALTER TABLE \(table) ADD COLUMN incarnation TEXT")
            }
            try connection.execute("ALTER TABLE epochs ADD COLUMN state_token TEXT")
            try connection.execute(stateTables)
            try connection.execute("PRAGMA user_version = 2")
        }
    }

    /// Whether a table has a column; the first checkpoints of version 1 lack some.
    static func has(
        column: String, of table: String, _ connection: SQLiteConnection
    ) throws(PipelineError) -> Bool {
        try !connection.run("SELECT 1 FROM pragma_table_info('\(table)') WHERE name = '\(column)'").isEmpty
    }

    /// Refuses a file that is not a checkpoint or is of a later version; gives the version.
    @discardableResult
    static func check(_ connection: SQLiteConnection) throws(PipelineError) -> Int64 {
        guard try connection.run("PRAGMA application_id")[0][0].integer == applicationID else {
            throw PipelineError(
                .corruptCheckpoint, "the file is not a checkpoint of Millrace", at: [.init("file", connection.path)],
                hint: "Give the pipeline a \"checkpoint\" folder of its own")
        }
        let version = try connection.run("PRAGMA user_version")[0][0].integer ?? 0
        guard (oldestVersion...formatVersion).contains(version) else {
            throw PipelineError(
                .corruptCheckpoint,
                "the checkpoint has format version \(version); this build reads \(oldestVersion) to \(formatVersion)",
                at: [.init("file", connection.path)], hint: "Run the version of Millrace that wrote it, or a later one")
        }
        return version
    }
}
