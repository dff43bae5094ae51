# SPDX-License-Identifier: Apache-2.0
"""pyarrow reads each file, deltalake appends it."""
import glob
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
from deltalake import write_deltalake

data, work = sys.argv[1:]
schema = pa.schema(
    [
        ("device", pa.string()), ("ts", pa.timestamp("us", "UTC")), ("temperature", pa.float64()),
        ("humidity", pa.float64()), ("site", pa.string()), ("seq", pa.int64()), ("ok", pa.bool_()),
    ]
)
for path in sorted(glob.glob(f"{data}/*")):
    options = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    table = pj.read_json(path, parse_options=options, read_options=pj.ReadOptions(block_size=8 << 20))
    table = table.append_column("day", pc.cast(pc.cast(table["ts"], pa.timestamp("us")), pa.date32(), safe=False))
    write_deltalake(f"{work}/table", table, mode="append")
