// SPDX-License-Identifier: Apache-2.0
public import Failures
public import StreamCore

/// What a checkpoint holds, for people; read without its lock, so also while the pipeline runs.
public struct CheckpointReport: Sendable {
    /// The pipeline's name.
    public let pipeline: String
    /// The hash of its newest definition.
    public let hash: String
    /// Where each source stands.
    public let offsets: [String: SourceOffsets]
    /// The newest epochs, newest first.
    public let epochs: [EpochEntry]

    /// One epoch of the log.
    public struct EpochEntry: Sendable {
        /// The epoch.
        public let epoch: Epoch
        /// `planned`, `decided` or `confirmed`.
        public let state: String
        /// When it was planned, decided and confirmed, µs since 1970 UTC.
        public let plannedMicros: Int64?
        /// When it was decided.
        public let decidedMicros: Int64?
        /// When it was confirmed.
        public let confirmedMicros: Int64?
        /// What it read.
        public let ranges: [String: SourceRanges]
        /// The watermarks of sources and of operators after it, µs since 1970 UTC.
        public let watermarks: [String: Int64]
    }

    /// Reads the checkpoint in `directory`, with at most `limit` epochs.
    ///
    /// - Throws: `missingFile` when there is none.
    public init(directory: String, limit: Int) throws(PipelineError) {
        let connection = try Self.connection(directory)
        let version = try CheckpointSchema.check(connection)
        let owner = try connection.run("SELECT name, hash FROM pipeline ORDER BY rowid DESC LIMIT 1").first
        pipeline = owner?[0].text ?? ""
        hash = owner?[1].text ?? ""
        offsets = try CheckpointQueries.offsets(connection)
        let rows = try connection.run(
            """
            SELECT epoch, state, planned_micros, decided_micros, confirmed_micros
            FROM epochs ORDER BY epoch DESC LIMIT ?
            """, [.integer(Int64(limit))])
        var epochs: [EpochEntry] = []
        for row in rows {
            let epoch = Epoch(row[0].integer ?? 0)
            epochs.append(
                EpochEntry(
                    epoch: epoch, state: row[1].text ?? "", plannedMicros: row[2].integer,
                    decidedMicros: row[3].integer, confirmedMicros: row[4].integer,
                    ranges: try CheckpointQueries.ranges(of: epoch, connection),
                    watermarks: try Self.watermarks(of: epoch, version, connection)))
        }
        self.epochs = epochs
    }

    private static func watermarks(
        of epoch: Epoch, _ version: Int64, _ connection: SQLiteConnection
    ) throws(PipelineError) -> [String: Int64] {
        var watermarks = version > 1 ? try CheckpointQueries.operatorWatermarks(of: epoch, connection) : [:]
        let rows = try connection.run("SELECT source, micros FROM watermarks WHERE epoch = ?", [.integer(epoch.number)])
        for row in rows { if let source = row[0].text, let micros = row[1].integer { watermarks[source] = micros } }
        return watermarks
    }

    /// The checkpoint in a folder, to be read only.
    static func connection(_ directory: String) throws(PipelineError) -> SQLiteConnection {
        let path = directory + "/checkpoint.sqlite"
        do throws(PipelineError) {
            return try SQLiteConnection(path: path, mode: .readOnly)
        } catch {
            throw PipelineError(
                .missingFile, "there is no checkpoint", at: [.init("file", path)],
                hint: "Name a pipeline file or a checkpoint folder of a pipeline that has run", cause: error.cause)
        }
    }
}
