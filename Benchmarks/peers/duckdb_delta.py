# SPDX-License-Identifier: Apache-2.0
"""DuckDB reads each file, deltalake appends it."""
import glob
import sys

import duckdb
from deltalake import write_deltalake

data, work = sys.argv[1:]
columns = "{device: 'VARCHAR', ts: 'TIMESTAMPTZ', temperature: 'DOUBLE', humidity: 'DOUBLE', site: 'VARCHAR', seq: 'BIGINT', ok: 'BOOLEAN'}"
for path in sorted(glob.glob(f"{data}/*")):
    table = duckdb.sql(
        f"SELECT *, CAST(ts AS DATE) AS day FROM read_json('{path}', format='newline_delimited', columns={columns})"
    ).arrow()
    write_deltalake(f"{work}/table", table, mode="append")
