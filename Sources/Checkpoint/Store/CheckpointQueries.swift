// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText
import StreamCore

/// The statements behind the checkpoint store, on one connection.
enum CheckpointQueries {
    static func insert(
        _ ranges: [String: SourceRanges], of epoch: Epoch, _ connection: SQLiteConnection
    ) throws(PipelineError) {
        for (source, partitions) in ranges {
            for (partition, range) in partitions {
                try connection.run(
                    """
                    INSERT INTO ranges (epoch, source, partition, start, stop, incarnation) VALUES (?, ?, ?, ?, ?, ?)
                    """,
                    [
                        .integer(epoch.number), .text(source), .text(partition.name), .integer(range.start.position),
                        .integer(range.end.position), .text(orNull: range.end.incarnation),
                    ])
            }
        }
    }

    /// Notes the versions of tables that an epoch was planned with, and forgets those of the epochs before it.
    static func insert(
        tables: [String: String], of epoch: Epoch, _ connection: SQLiteConnection
    ) throws(PipelineError) {
        guard !tables.isEmpty else { return }
        try connection.run("DELETE FROM lookup_versions", [])
        for (name, version) in tables {
            try connection.run(
                "INSERT INTO lookup_versions (epoch, name, version) VALUES (?, ?, ?)",
                [.integer(epoch.number), .text(name), .text(version)])
        }
    }

    /// Notes how partitions stand once an epoch is read, and forgets that of the epochs before it.
    static func insert(
        standing: [String: [SourcePartition: PartitionStanding]], of epoch: Epoch, _ connection: SQLiteConnection
    ) throws(PipelineError) {
        guard !standing.isEmpty else { return }
        try connection.run("DELETE FROM planned_standings", [])
        for (source, partitions) in standing {
            let behind = partitions.compactMap { partition, state -> (String, JSONValue)? in
                switch state {
                case .behind(let left): (partition.name, .number(left))
                case .atEnd: (partition.name, .number(0))
                case .finished: nil
                }
            }
            try connection.run(
                "INSERT INTO planned_standings (epoch, source, behind) VALUES (?, ?, ?)",
                [.integer(epoch.number), .text(source), .text(JSONValue.object(behind).text)])
        }
    }

    private static func standing(
        of epoch: Epoch, _ connection: SQLiteConnection
    ) throws(PipelineError) -> [String: [SourcePartition: PartitionStanding]] {
        // A checkpoint that is only looked at may be older than this table.
        guard try CheckpointSchema.has(column: "behind", of: "planned_standings", connection) else { return [:] }
        var standing: [String: [SourcePartition: PartitionStanding]] = [:]
        for row in try connection.run(
            "SELECT source, behind FROM planned_standings WHERE epoch = ?", [.integer(epoch.number)])
        {
            guard let source = row[0].text, let text = row[1].text else { continue }
            standing[source] = [:]
            for member in try JSONValue(parsing: text).members ?? [] {
                guard let left = member.value.int64 else { continue }
                standing[source]?[SourcePartition(member.name)] = left > 0 ? .behind(left) : .atEnd
            }
        }
        return standing
    }

    private static func tables(
        of epoch: Epoch, _ connection: SQLiteConnection
    ) throws(PipelineError) -> [String: String] {
        // A checkpoint that is only looked at may be older than this table.
        guard try CheckpointSchema.has(column: "version", of: "lookup_versions", connection) else { return [:] }
        var tables: [String: String] = [:]
        for row in try connection.run(
            "SELECT name, version FROM lookup_versions WHERE epoch = ?", [.integer(epoch.number)])
        {
            if let name = row[0].text, let version = row[1].text { tables[name] = version }
        }
        return tables
    }

    static func insert(_ decided: DecidedEpoch, now: Int64, _ connection: SQLiteConnection) throws(PipelineError) {
        let epoch = SQLiteValue.integer(decided.epoch.number)
        try connection.run(
            """
            INSERT INTO epochs (epoch, state, decided_micros, state_token) VALUES (?, 'decided', ?, ?)
            ON CONFLICT (epoch) DO UPDATE SET
                state = 'decided', decided_micros = excluded.decided_micros, state_token = excluded.state_token
            """, [epoch, .integer(now), decided.state.text.isEmpty ? .null : .text(decided.state.text)])
        try connection.run("DELETE FROM ranges WHERE epoch = ?", [epoch])
        try insert(decided.ranges, of: decided.epoch, connection)
        for (source, partitions) in decided.ranges {
            for (partition, range) in partitions {
                try connection.run(
                    """
                    INSERT INTO offsets (source, partition, position, incarnation) VALUES (?, ?, ?, ?)
                    ON CONFLICT (source, partition)
                    DO UPDATE SET position = excluded.position, incarnation = excluded.incarnation
                    """,
                    [
                        .text(source), .text(partition.name), .integer(range.end.position),
                        .text(orNull: range.end.incarnation),
                    ])
            }
        }
        for (sink, token) in decided.tokens {
            try connection.run(
                "INSERT INTO tokens (epoch, sink, token) VALUES (?, ?, ?)", [epoch, .text(sink), .text(token.text)])
        }
        for (source, micros) in decided.watermarks {
            try connection.run(
                "INSERT INTO watermarks (epoch, source, micros) VALUES (?, ?, ?)",
                [epoch, .text(source), .integer(micros)])
        }
        for (source, partitions) in decided.eventTimes {
            for (partition, micros) in partitions {
                try connection.run(
                    "INSERT INTO event_times (epoch, source, partition, micros) VALUES (?, ?, ?, ?)",
                    [epoch, .text(source), .text(partition.name), .integer(micros)])
            }
        }
        for (name, micros) in decided.operatorWatermarks {
            try connection.run(
                "INSERT INTO operator_watermarks (epoch, operator, micros) VALUES (?, ?, ?)",
                [epoch, .text(name), .integer(micros)])
        }
    }

    static func forget(before epoch: Int64, _ connection: SQLiteConnection) throws(PipelineError) {
        guard epoch > 0 else { return }
        for table in ["epochs", "ranges", "tokens", "watermarks", "event_times"] {
            try connection.run("DELETE FROM \(table) WHERE epoch < ?", [.integer(epoch)])
        }
        // What is restored of an older epoch needs its watermark.
        try connection.run(
            "DELETE FROM operator_watermarks WHERE epoch < min(?, ifnull((SELECT min(epoch) FROM state_files), ?))",
            [.integer(epoch), .integer(epoch)])
    }

    static func state(_ connection: SQLiteConnection) throws(PipelineError) -> CheckpointState {
        var state = CheckpointState(offsets: try offsets(connection))
        let newest = try connection.run(
            "SELECT epoch, state FROM epochs WHERE state <> 'planned' ORDER BY epoch DESC LIMIT 1")
        if let row = newest.first, let number = row[0].integer {
            state.decided = try decided(Epoch(number), connection)
            state.confirmed = row[1].text == "confirmed"
        }
        let planned = try connection.run(
            "SELECT epoch, planned_micros FROM epochs WHERE state = 'planned' ORDER BY epoch DESC LIMIT 1")
        if let row = planned.first, let number = row[0].integer {
            let expected = state.decided?.epoch.next ?? .first
            guard number == expected.number else {
                throw PipelineError(
                    .corruptCheckpoint, "epoch \(number) is planned, but epoch \(expected) comes next",
                    at: [.init("file", connection.path)])
            }
            state.planned = PlannedEpoch(
                epoch: Epoch(number), ranges: try ranges(of: Epoch(number), connection), startedMicros: row[1].integer,
                tables: try tables(of: Epoch(number), connection),
                standing: try standing(of: Epoch(number), connection))
        }
        return state
    }

    /// The column, or NULL where an early checkpoint that nobody has opened to write lacks it.
    private static func incarnation(
        in table: String, _ connection: SQLiteConnection
    ) throws(PipelineError) -> String {
        try CheckpointSchema.has(column: "incarnation", of: table, connection) ? "incarnation" : "NULL"
    }

    static func offsets(_ connection: SQLiteConnection) throws(PipelineError) -> [String: SourceOffsets] {
        var offsets: [String: SourceOffsets] = [:]
        let incarnation = try incarnation(in: "offsets", connection)
        for row in try connection.run("SELECT source, partition, position, \(incarnation) FROM offsets") {
            guard let source = row[0].text, let partition = row[1].text, let position = row[2].integer else { continue }
            offsets[source, default: [:]][SourcePartition(partition)] = Offset(position, incarnation: row[3].text)
        }
        return offsets
    }

    static func ranges(of epoch: Epoch, _ connection: SQLiteConnection) throws(PipelineError) -> [String: SourceRanges]
    {
        var ranges: [String: SourceRanges] = [:]
        let incarnation = try incarnation(in: "ranges", connection)
        let rows = try connection.run(
            "SELECT source, partition, start, stop, \(incarnation) FROM ranges WHERE epoch = ?",
            [.integer(epoch.number)])
        for row in rows {
            guard let source = row[0].text, let partition = row[1].text, let start = row[2].integer,
                let stop = row[3].integer
            else { continue }
            ranges[source, default: [:]][SourcePartition(partition)] =
                OffsetRange(start: Offset(start), end: Offset(stop, incarnation: row[4].text))
        }
        return ranges
    }

    static func decided(_ epoch: Epoch, _ connection: SQLiteConnection) throws(PipelineError) -> DecidedEpoch {
        var tokens: [String: SinkToken] = [:]
        for row in try connection.run("SELECT sink, token FROM tokens WHERE epoch = ?", [.integer(epoch.number)]) {
            if let sink = row[0].text, let token = row[1].text { tokens[sink] = SinkToken(token) }
        }
        var watermarks: [String: Int64] = [:]
        let rows = try connection.run("SELECT source, micros FROM watermarks WHERE epoch = ?", [.integer(epoch.number)])
        for row in rows { if let source = row[0].text, let micros = row[1].integer { watermarks[source] = micros } }
        let token = try connection.run("SELECT state_token FROM epochs WHERE epoch = ?", [.integer(epoch.number)])
        return DecidedEpoch(
            epoch: epoch, ranges: try ranges(of: epoch, connection), tokens: tokens, watermarks: watermarks,
            eventTimes: try eventTimes(of: epoch, connection),
            operatorWatermarks: try operatorWatermarks(of: epoch, connection),
            state: StateToken(token.first?[0].text ?? ""))
    }

    static func eventTimes(
        of epoch: Epoch, _ connection: SQLiteConnection
    ) throws(PipelineError) -> [String: [SourcePartition: Int64]] {
        var times: [String: [SourcePartition: Int64]] = [:]
        let rows = try connection.run(
            "SELECT source, partition, micros FROM event_times WHERE epoch = ?", [.integer(epoch.number)])
        for row in rows {
            guard let source = row[0].text, let partition = row[1].text, let micros = row[2].integer else { continue }
            times[source, default: [:]][SourcePartition(partition)] = micros
        }
        return times
    }

    static func operatorWatermarks(
        of epoch: Epoch, _ connection: SQLiteConnection
    ) throws(PipelineError) -> [String: Int64] {
        var watermarks: [String: Int64] = [:]
        let rows = try connection.run(
            "SELECT operator, micros FROM operator_watermarks WHERE epoch = ?", [.integer(epoch.number)])
        for row in rows { if let name = row[0].text, let micros = row[1].integer { watermarks[name] = micros } }
        return watermarks
    }
}
