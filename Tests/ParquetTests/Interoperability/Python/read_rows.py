# SPDX-License-Identifier: Apache-2.0
"""Prints the rows of a Parquet file as canonical JSON lines: read_rows.py pyarrow|duckdb|polars|deltalake FILE

One row a line: objects with the column names, numbers as JSON numbers, NaN and infinities as strings, decimals and binary as
strings, dates and timestamps in ISO form with six digits, maps as lists of [key, value] in file order.
"""
import datetime
import decimal
import json
import math
import os
import sys

import pyarrow as pa


def canonical(value, kind):
    if value is None:
        return None
    if pa.types.is_dictionary(kind):
        return canonical(value, kind.value_type)
    if pa.types.is_struct(kind):
        return {field.name: canonical(value[field.name], field.type) for field in kind}
    if pa.types.is_map(kind):
        entries = value.items() if isinstance(value, dict) else value
        return [[canonical(k, kind.key_type), canonical(v, kind.item_type)] for k, v in entries]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return [canonical(item, kind.value_type) for item in value]
    if pa.types.is_floating(kind):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return value
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if pa.types.is_timestamp(kind):
        # Integers avoid the limits of Python's dates.
        raise AssertionError("timestamps are cast to integers before")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def iso(kind):
    """The type with dates and timestamps as integers of days and microseconds, so that every year can be shown."""
    if pa.types.is_timestamp(kind):
        assert kind.unit == "us", kind
        return pa.int64()
    if pa.types.is_date32(kind):
        return pa.int32()
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(f.name, iso(f.type), f.nullable) for f in kind])
    if pa.types.is_map(kind):
        return pa.map_(iso(kind.key_type), iso(kind.item_type))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(iso(kind.value_type))
    if str(kind) == "string_view":
        return pa.string()
    if str(kind) == "binary_view":
        return pa.binary()
    if pa.types.is_large_string(kind):
        return pa.string()
    if pa.types.is_large_binary(kind):
        return pa.binary()
    return kind


def table_of(reader, path):
    if reader == "pyarrow":
        import pyarrow.parquet as pq

        with pq.ParquetFile(path) as file:
            file.metadata.to_dict()
            return file.read()
    if reader == "duckdb":
        import duckdb

        connection = duckdb.connect()
        connection.execute("set TimeZone='UTC'")
        answer = connection.execute("select * from read_parquet(?)", [path]).arrow()
        return answer if isinstance(answer, pa.Table) else answer.read_all()
    if reader == "polars":
        import polars

        return polars.read_parquet(path, use_pyarrow=False).to_arrow()
    raise SystemExit("unknown reader " + reader)


def reinterpret(array, kind):
    """Shows timestamps as integers without a cast that could fail, at any depth."""
    if isinstance(array, pa.ChunkedArray):
        return pa.chunked_array([reinterpret(chunk, kind) for chunk in array.chunks], type=kind)
    if isinstance(array, pa.DictionaryArray):
        return reinterpret(array.dictionary_decode(), kind)
    if pa.types.is_struct(kind):
        children = [reinterpret(array.field(i), kind.field(i).type) for i in range(kind.num_fields)]
        if kind.num_fields == 0:
            return array
        return pa.StructArray.from_arrays(children, fields=list(kind), mask=array.is_null())
    if pa.types.is_map(kind):
        keys = reinterpret(array.keys, kind.key_type)
        items = reinterpret(array.items, kind.item_type)
        return pa.MapArray.from_arrays(without_offset(array), keys, items)
    if pa.types.is_list(kind):
        if pa.types.is_map(array.type):
            array = array.cast(pa.list_(pa.struct([("key", array.type.key_type), ("value", array.type.item_type)])))
        values = reinterpret(array.values, kind.value_type)
        return pa.ListArray.from_arrays(without_offset(array), values)
    if array.type == kind:
        return array
    if pa.types.is_timestamp(array.type) or pa.types.is_date32(array.type):
        return array.view(kind)
    return array.cast(kind)


def without_offset(array):
    import pyarrow.compute as pc

    offsets = array.offsets.cast(pa.int32())
    if array.null_count == 0:
        return offsets
    # A null offset marks a null list.
    mask = pa.concat_arrays([array.is_null(), pa.array([False])])
    return pc.if_else(mask, pa.scalar(None, pa.int32()), offsets)


def main():
    table = table_of(sys.argv[1], sys.argv[2]).combine_chunks()
    columns = []
    for name, column in zip(table.column_names, table.columns):
        kind = iso(column.type)
        column = reinterpret(column, kind)
        columns.append((name, kind, column.to_pylist()))
    for row in range(table.num_rows):
        line = {name: canonical(values[row], kind) for name, kind, values in columns}
        print(json.dumps(line, separators=(",", ":"), ensure_ascii=False))


main()
# Without the clean-up of native libraries, which sometimes aborts after everything is done.
sys.stdout.flush()
os._exit(0)
