// SPDX-License-Identifier: Apache-2.0
import CSQLite
import Failures

/// One SQLite connection, used by one thread at a time. Owns the handle and closes it once.
@safe
final class SQLiteConnection {
    private let handle: OpaquePointer
    private var cached: [String: Statement] = [:]
    let path: String

    /// How the database is opened.
    enum Mode { case readWrite, readOnly }

    /// Opens a database file, creating it when writing.
    init(path: String, mode: Mode) throws(PipelineError) {
        self.path = path
        var opened: OpaquePointer?
        let flags =
            switch mode {
            case .readWrite: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .readOnly: SQLITE_OPEN_READONLY
            }
        // SAFETY: the path is a C string for the call; sqlite3_open_v2 gives a handle even on failure, closed below.
        let status = unsafe sqlite3_open_v2(path, &opened, flags | SQLITE_OPEN_NOMUTEX, nil)
        guard status == SQLITE_OK, let opened = unsafe opened else {
            let reason = unsafe opened.map { unsafe String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            unsafe sqlite3_close_v2(opened)
            throw PipelineError(
                .checkpointFailed, "the checkpoint cannot be opened", at: [.init("file", path)], cause: reason)
        }
        unsafe handle = opened
        unsafe sqlite3_busy_timeout(handle, 5_000)
    }

    deinit {
        cached = [:]
        unsafe sqlite3_close_v2(handle)
    }

    /// A prepared statement. Owns its handle and finalises it once.
    @safe
    private final class Statement {
        let handle: OpaquePointer
        init(_ handle: OpaquePointer) { unsafe self.handle = unsafe handle }
        deinit { unsafe sqlite3_finalize(handle) }
    }

    /// Runs statements that give no rows, without parameters.
    func execute(_ sql: String) throws(PipelineError) {
        // SAFETY: the text is a C string for the call, and the handle is open as long as self.
        guard unsafe sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure(sql) }
    }

    /// Runs one statement and gives its rows. Statements are prepared once and kept.
    @discardableResult
    func run(_ sql: String, _ parameters: [SQLiteValue] = []) throws(PipelineError) -> [[SQLiteValue]] {
        let statement = unsafe try prepared(sql).handle
        defer {
            unsafe sqlite3_reset(statement)
            unsafe sqlite3_clear_bindings(statement)
        }
        for (index, parameter) in parameters.enumerated() {
            unsafe try bind(parameter, at: Int32(index + 1), of: statement, sql)
        }
        var rows: [[SQLiteValue]] = []
        while true {
            // SAFETY: the statement belongs to this connection, which one thread uses at a time.
            switch unsafe sqlite3_step(statement) {
            case SQLITE_ROW: rows.append(unsafe row(of: statement))
            case SQLITE_DONE: return rows
            default: throw failure(sql)
            }
        }
    }

    /// Runs `body` in one transaction: all of it becomes durable, or none.
    func transaction<Result>(_ body: () throws(PipelineError) -> Result) throws(PipelineError) -> Result {
        try execute("BEGIN IMMEDIATE")
        do throws(PipelineError) {
            let result = try body()
            try execute("COMMIT")
            return result
        } catch {
            try? execute("ROLLBACK")
            throw error
        }
    }

    private func prepared(_ sql: String) throws(PipelineError) -> Statement {
        if let statement = cached[sql] { return statement }
        var prepared: OpaquePointer?
        // SAFETY: the text is a C string for the call; the statement is finalised by its owner.
        guard unsafe sqlite3_prepare_v2(handle, sql, -1, &prepared, nil) == SQLITE_OK,
            let prepared = unsafe prepared
        else { throw failure(sql) }
        let statement = unsafe Statement(prepared)
        cached[sql] = statement
        return statement
    }

    private func bind(
        _ value: SQLiteValue, at index: Int32, of statement: OpaquePointer, _ sql: String
    ) throws(PipelineError) {
        let status =
            switch value {
            case .null: unsafe sqlite3_bind_null(statement, index)
            case .integer(let number): unsafe sqlite3_bind_int64(statement, index, number)
            case .text(let text):
                // SAFETY: the destructor −1 (SQLITE_TRANSIENT) makes SQLite copy the text before the call returns.
                unsafe sqlite3_bind_text(
                    statement, index, text, Int32(text.utf8.count),
                    unsafeBitCast(-1, to: sqlite3_destructor_type.self))
            }
        guard status == SQLITE_OK else { throw failure(sql) }
    }

    private func row(of statement: OpaquePointer) -> [SQLiteValue] {
        unsafe (0..<sqlite3_column_count(statement)).map { column in
            switch unsafe sqlite3_column_type(statement, column) {
            case SQLITE_INTEGER: .integer(unsafe sqlite3_column_int64(statement, column))
            case SQLITE_NULL: .null
            // SAFETY: for other types SQLite gives zero-terminated UTF-8 that lives until the next step.
            default: unsafe sqlite3_column_text(statement, column).map { .text(unsafe String(cString: $0)) } ?? .null
            }
        }
    }

    private func failure(_ sql: String) -> PipelineError {
        // SAFETY: the message belongs to the open handle and is copied at once.
        let reason = unsafe String(cString: sqlite3_errmsg(handle))
        let code: PipelineError.Code =
            switch unsafe sqlite3_errcode(handle) & 0xFF {
            case SQLITE_CORRUPT, SQLITE_NOTADB: .corruptCheckpoint
            case SQLITE_FULL: .diskFull
            default: .checkpointFailed
            }
        return PipelineError(
            code, "the checkpoint refused a statement", at: [.init("file", path), .init("statement", sql)],
            cause: reason)
    }

    /// The version of the SQLite library in use.
    static var libraryVersion: String {
        // SAFETY: a static string of the library.
        unsafe String(cString: sqlite3_libversion())
    }
}

/// A value in a SQLite row.
enum SQLiteValue: Hashable {
    case null
    case integer(Int64)
    case text(String)

    /// A text, or NULL.
    static func text(orNull text: String?) -> SQLiteValue { text.map { .text($0) } ?? .null }

    var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
    var text: String? { if case .text(let text) = self { text } else { nil } }
}
