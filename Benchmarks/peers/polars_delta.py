# SPDX-License-Identifier: Apache-2.0
"""Polars reads each file and appends it to the table."""
import glob
import sys

import polars as pl

data, work = sys.argv[1:]
schema = {
    "device": pl.String, "ts": pl.String, "temperature": pl.Float64, "humidity": pl.Float64, "site": pl.String,
    "seq": pl.Int64, "ok": pl.Boolean,
}
for path in sorted(glob.glob(f"{data}/*")):
    frame = pl.read_ndjson(path, schema=schema)
    frame = frame.with_columns(pl.col("ts").str.to_datetime(time_unit="us", time_zone="UTC"))
    frame = frame.with_columns(pl.col("ts").dt.date().alias("day"))
    frame.write_delta(f"{work}/table", mode="append")
