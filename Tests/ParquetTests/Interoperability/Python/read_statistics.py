# SPDX-License-Identifier: Apache-2.0
"""Prints path, null count, minimum and maximum of each leaf of a file with one row group, as pyarrow sees them, one JSON a line."""
import datetime
import decimal
import json
import math
import os
import sys

import pyarrow.parquet as pq

EPOCH = datetime.datetime(1970, 1, 1)


def plain(value):
    if isinstance(value, datetime.datetime):
        return (value.replace(tzinfo=None) - EPOCH) // datetime.timedelta(microseconds=1)
    if isinstance(value, datetime.date):
        return (value - EPOCH.date()).days
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


group = pq.ParquetFile(sys.argv[1]).metadata.row_group(0)
for index in range(group.num_columns):
    column = group.column(index)
    statistics = column.statistics
    has_bounds = statistics.has_min_max
    print(
        json.dumps(
            [
                column.path_in_schema,
                statistics.null_count,
                plain(statistics.min) if has_bounds else None,
                plain(statistics.max) if has_bounds else None,
            ]
        )
    )
# Without the clean-up of native libraries, which sometimes aborts after everything is done.
sys.stdout.flush()
os._exit(0)
