// SPDX-License-Identifier: Apache-2.0
import StreamTesting

/// Runs Python programs that know Delta tables and nothing of our code.
enum Interoperability {
    static var isPresent: Bool { DeltaReader.python != nil }

    /// What a program printed, as lines.
    static func python(_ code: String, _ arguments: String...) async throws -> [String] {
        try await DeltaReader.lines(code, arguments)
    }

    /// The rows of a table by each reader, as sorted JSON lines with sorted keys.
    static func rows(of table: String, by reader: Reader) async throws -> [String] {
        let load =
            switch reader {
            case .deltalake:
                "from deltalake import DeltaTable, QueryBuilder; data = pa.table(QueryBuilder().register('t', DeltaTable(path)).execute('select * from t').read_all())"
            case .polars: "import polars; data = polars.read_delta(path).to_arrow()"
            case .duckdb:
                "import duckdb, duckdb_ext\nwith duckdb_ext.init(duckdb.connect()) as con:\n    con.execute(\"set timezone='UTC'\")\n    data = con.execute(f\"select * from delta_scan('{path}')\").fetch_arrow_table()"
            }
        return try await python(
            """
            import json, sys, base64, datetime, decimal
            import pyarrow as pa
            path = sys.argv[1]
            \(load)
            def plain(value):
                if isinstance(value, datetime.datetime):
                    if value.tzinfo: value = value.astimezone(datetime.timezone.utc)
                    return value.strftime('%Y-%m-%dT%H:%M:%S.%f') + ('Z' if value.tzinfo else '')
                if isinstance(value, (datetime.date, decimal.Decimal)): return str(value)
                if isinstance(value, bytes): return '0x' + value.hex()
                if isinstance(value, dict): return {k: plain(v) for k, v in value.items()}
                if isinstance(value, list):
                    if value and isinstance(value[0], tuple): return [[plain(k), plain(v)] for k, v in value]
                    if value and isinstance(value[0], dict) and set(value[0]) == {'key', 'value'}:
                        return [[plain(e['key']), plain(e['value'])] for e in value]
                    return [plain(v) for v in value]
                return value
            for line in sorted(json.dumps(plain(row), sort_keys=True) for row in data.to_pylist()): print(line)
            """, table)
    }

    enum Reader: String, CaseIterable { case deltalake, polars, duckdb }
}
