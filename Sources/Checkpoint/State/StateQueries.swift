// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText
import StreamCore

/// The statements that keep the record of operators and of the files of their state.
enum StateQueries {
    // MARK: Operators

    /// An operator as it was registered.
    struct RegisteredOperator: Hashable, Sendable {
        var identity: OperatorIdentity
        /// The first epoch whose changes belong to its state.
        var birth: Epoch
    }

    /// The operators as of an epoch, or the newest ones.
    static func operators(
        asOf epoch: Epoch? = nil, _ connection: SQLiteConnection
    ) throws(PipelineError) -> [String: RegisteredOperator] {
        var operators: [String: RegisteredOperator] = [:]
        let rows = try connection.run(
            """
            SELECT name, kind, meaning, birth_epoch, retired FROM operators WHERE since_epoch <= ?
            ORDER BY since_epoch
            """, [.integer(epoch?.number ?? .max)])
        for row in rows {
            guard let name = row[0].text, let kind = row[1].text, let text = row[2].text, let birth = row[3].integer
            else { continue }
            if row[4].integer == 1 {
                operators[name] = nil
            } else {
                let identity = OperatorIdentity(name: name, kind: kind, meaning: try meaning(text, of: name))
                operators[name] = RegisteredOperator(identity: identity, birth: Epoch(birth))
            }
        }
        return operators
    }

    private static func meaning(
        _ text: String, of name: String
    ) throws(PipelineError) -> [OperatorIdentity.MeaningPart] {
        guard let parts = try JSONValue(parsing: text).elements else {
            throw PipelineError(.corruptCheckpoint, "what operator '\(name)' means cannot be read")
        }
        return parts.map { OperatorIdentity.MeaningPart($0["name"]?.string ?? "", $0["definition"]?.string ?? "") }
    }

    /// What the state of an operator has meant, oldest first: since it was empty, and from each epoch at which that changed.
    ///
    /// The rows of a state file have the layout of the meaning that was in force at the file's epoch.
    static func meanings(
        of operatorName: String, _ connection: SQLiteConnection
    ) throws(PipelineError) -> [StateRestore.Meaning] {
        let rows = try connection.run(
            """
            SELECT since_epoch, kind, meaning FROM operators WHERE name = ?1 AND retired = 0 AND birth_epoch = (
                SELECT birth_epoch FROM operators WHERE name = ?1 ORDER BY since_epoch DESC LIMIT 1)
            ORDER BY since_epoch
            """, [.text(operatorName)])
        var meanings: [StateRestore.Meaning] = []
        for row in rows {
            guard let since = row[0].integer, let kind = row[1].text, let text = row[2].text else { continue }
            let identity = OperatorIdentity(
                name: operatorName, kind: kind, meaning: try meaning(text, of: operatorName))
            meanings.append(.init(since: Epoch(since), identity: identity))
        }
        return meanings
    }

    /// Makes these the operators from the epoch after `last` on.
    static func register(
        _ identities: [OperatorIdentity], dropping: Set<String>, after last: Epoch, _ connection: SQLiteConnection
    ) throws(PipelineError) {
        let known = try operators(connection)
        let wanted = Set(identities.map(\.name))
        for (name, old) in known where !wanted.contains(name) {
            try insert(old.identity, birth: old.birth, since: last.next, retired: true, connection)
            try supersede(operatorName: name, at: last, connection)
        }
        for identity in identities {
            let old = known[identity.name]
            let isDropped = old != nil && dropping.contains(identity.name)
            if isDropped { try supersede(operatorName: identity.name, at: last, connection) }
            if !isDropped, old?.identity == identity { continue }
            let birth = isDropped ? last.next : old?.birth ?? last.next
            try insert(identity, birth: birth, since: last.next, retired: false, connection)
        }
    }

    private static func insert(
        _ identity: OperatorIdentity, birth: Epoch, since: Epoch, retired: Bool, _ connection: SQLiteConnection
    ) throws(PipelineError) {
        let meaning = JSONValue.array(
            identity.meaning.map { ["name": .string($0.name), "definition": .string($0.definition)] })
        try connection.run(
            """
            INSERT INTO operators (name, since_epoch, birth_epoch, kind, meaning, retired) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (name, since_epoch) DO UPDATE SET
                birth_epoch = excluded.birth_epoch, kind = excluded.kind, meaning = excluded.meaning,
                retired = excluded.retired
            """,
            [
                .text(identity.name), .integer(since.number), .integer(birth.number), .text(identity.kind),
                .text(meaning.text), .integer(retired ? 1 : 0),
            ])
    }

    private static func supersede(
        operatorName: String, at epoch: Epoch, _ connection: SQLiteConnection
    ) throws(PipelineError) {
        for table in ["state_files", "state_slices"] {
            try connection.run(
                "UPDATE \(table) SET superseded_epoch = ? WHERE operator = ? AND superseded_epoch IS NULL",
                [.integer(epoch.number), .text(operatorName)])
        }
    }

    // MARK: Files

    /// Records what a decided epoch adds.
    static func insert(
        _ entries: StateEntries, of epoch: Epoch, _ connection: SQLiteConnection
    ) throws(PipelineError) {
        for file in entries.files {
            try connection.run(
                """
                INSERT INTO state_files (path, operator, kind, state_table, epoch, first_group, end_group, sequence, rows,
                    bytes, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    .text(file.path), .text(file.operatorName), .text(file.kind.rawValue), .text(file.table),
                    .integer(file.epoch.number), .integer(Int64(file.groups.lowerBound)),
                    .integer(Int64(file.groups.upperBound)), .integer(Int64(file.sequence)),
                    .integer(Int64(file.rowCount)), .integer(Int64(file.byteCount)), .text(file.checksum),
                ])
        }
        for slice in entries.slices {
            try connection.run(
                "INSERT INTO state_slices (operator, epoch, first_group, end_group) VALUES (?, ?, ?, ?)",
                [
                    .text(slice.operatorName), .integer(slice.epoch.number), .integer(Int64(slice.groups.lowerBound)),
                    .integer(Int64(slice.groups.upperBound)),
                ])
        }
        for path in entries.supersededFiles {
            try connection.run(
                "UPDATE state_files SET superseded_epoch = ? WHERE path = ?", [.integer(epoch.number), .text(path)])
        }
        for slice in entries.supersededSlices {
            try connection.run(
                "UPDATE state_slices SET superseded_epoch = ? WHERE operator = ? AND epoch = ? AND first_group = ?",
                [
                    .integer(epoch.number), .text(slice.operatorName), .integer(slice.epoch.number),
                    .integer(Int64(slice.groups.lowerBound)),
                ])
        }
    }

    /// Forgets what was superseded at `epoch` or before, and gives the paths of the files, which can then be removed.
    static func forget(supersededThrough epoch: Int64, _ connection: SQLiteConnection) throws(PipelineError) -> [String]
    {
        guard epoch >= 0 else { return [] }
        let rows = try connection.run(
            "SELECT path FROM state_files WHERE superseded_epoch <= ?", [.integer(epoch)])
        guard !rows.isEmpty else { return [] }
        try connection.run(
            """
            INSERT INTO state_floors (operator, epoch, superseded_epoch)
            SELECT operator, max(epoch), max(superseded_epoch) FROM state_files
            WHERE superseded_epoch <= ? AND kind = 'changes' GROUP BY operator
            ON CONFLICT (operator) DO UPDATE
            SET epoch = max(epoch, excluded.epoch), superseded_epoch = excluded.superseded_epoch
            """, [.integer(epoch)])
        try connection.run("DELETE FROM state_files WHERE superseded_epoch <= ?", [.integer(epoch)])
        try connection.run("DELETE FROM state_slices WHERE superseded_epoch <= ?", [.integer(epoch)])
        return rows.compactMap { $0[0].text }
    }

    /// The files of all operators; those that the newest state needs, or all that are still there.
    static func files(
        withSuperseded: Bool, _ connection: SQLiteConnection
    ) throws(PipelineError) -> [StateFile] {
        let filter = withSuperseded ? "" : "WHERE superseded_epoch IS NULL"
        let rows = try connection.run(
            """
            SELECT operator, kind, state_table, epoch, first_group, end_group, sequence, rows, bytes, checksum
            FROM state_files \(filter)
            """)
        var files: [StateFile] = []
        for row in rows {
            guard let name = row[0].text, let kind = row[1].text.flatMap({ StateFile.Kind(rawValue: $0) }),
                let table = row[2].text, let epoch = row[3].integer, let groups = groups(row[4], row[5]),
                let sequence = row[6].integer, let rowCount = row[7].integer, let byteCount = row[8].integer,
                let checksum = row[9].text
            else { throw PipelineError(.corruptCheckpoint, "the record of a state file cannot be read") }
            files.append(
                StateFile(
                    operatorName: name, kind: kind, table: table, epoch: Epoch(epoch), groups: groups,
                    sequence: Int(sequence), rowCount: Int(rowCount), byteCount: Int(byteCount), checksum: checksum))
        }
        return files
    }

    private static func groups(_ first: SQLiteValue, _ end: SQLiteValue) -> Range<Int>? {
        guard let first = first.integer, let end = end.integer, 0 <= first, first <= end, end <= KeyGroups.count else {
            return nil
        }
        return Int(first)..<Int(end)
    }

    static func slices(
        withSuperseded: Bool, _ connection: SQLiteConnection
    ) throws(PipelineError) -> [StateSlice] {
        let filter = withSuperseded ? "" : "WHERE superseded_epoch IS NULL"
        let rows = try connection.run("SELECT operator, epoch, first_group, end_group FROM state_slices \(filter)")
        return rows.compactMap { row in
            guard let name = row[0].text, let epoch = row[1].integer, let groups = groups(row[2], row[3]) else {
                return nil
            }
            return StateSlice(operatorName: name, epoch: Epoch(epoch), groups: groups)
        }
    }

    /// By operator which files hold its state.
    static func indexes(
        asOf epoch: Epoch? = nil, _ connection: SQLiteConnection
    ) throws(PipelineError) -> [String: StateIndex] {
        var indexes: [String: StateIndex] = [:]
        for (name, registered) in try operators(asOf: epoch, connection) {
            indexes[name] = StateIndex(birth: registered.birth)
        }
        for file in try files(withSuperseded: epoch != nil, connection) {
            indexes[file.operatorName]?.files.append(file)
        }
        for slice in try slices(withSuperseded: epoch != nil, connection) {
            indexes[slice.operatorName]?.slices.append(slice)
        }
        return indexes
    }

    /// The watermark of an operator at the end of each epoch that is remembered.
    static func watermarks(
        of operatorName: String, _ connection: SQLiteConnection
    ) throws(PipelineError) -> [Epoch: Watermark] {
        let rows = try connection.run(
            "SELECT epoch, micros FROM operator_watermarks WHERE operator = ?", [.text(operatorName)])
        var watermarks: [Epoch: Watermark] = [:]
        for row in rows {
            if let epoch = row[0].integer, let micros = row[1].integer {
                watermarks[Epoch(epoch)] = Watermark(micros: micros)
            }
        }
        return watermarks
    }

    /// The last decided epoch; −1 before the first.
    static func lastDecided(_ connection: SQLiteConnection) throws(PipelineError) -> Epoch {
        let rows = try connection.run("SELECT max(epoch) FROM epochs WHERE state <> 'planned'")
        return Epoch(rows.first?[0].integer ?? -1)
    }
}
