# SPDX-License-Identifier: Apache-2.0
"""DuckDB's batch read_json into one Parquet file."""
import sys

import duckdb

data, work = sys.argv[1:]
columns = "{device: 'VARCHAR', ts: 'TIMESTAMPTZ', temperature: 'DOUBLE', humidity: 'DOUBLE', site: 'VARCHAR', seq: 'BIGINT', ok: 'BOOLEAN'}"
duckdb.sql(
    f"COPY (SELECT *, CAST(ts AS DATE) AS day FROM read_json('{data}/*', format='newline_delimited', columns={columns}))"
    f" TO '{work}/out.parquet' (FORMAT parquet, COMPRESSION zstd)"
)
