# SPDX-License-Identifier: Apache-2.0
"""Recorded answers of other streaming engines: Arroyo's SQL tests and RisingWave's end-to-end tests.

Queries that the dialect covers are written in it and must give the recorded rows, at once and in epochs of a few records; every other
query or file is listed here with the reason, and one that is neither fails. Needs MILLRACE_STREAMING, the folder with
arroyo-sql-testing/ and risingwave/. Words behind the command choose checks by their names.
"""
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import traceback

import duckdb
from deltalake import DeltaTable

MILLRACE = os.environ["MILLRACE_BINARY"]
CORPUS = pathlib.Path(os.environ["MILLRACE_STREAMING"])
ARROYO = CORPUS / "arroyo-sql-testing"
RISINGWAVE = CORPUS / "risingwave" / "slt"

# Arroyo: query → our SQL. Its windows are called TUMBLE, HOP(slide, size) and SESSION(gap).
ARROYO_QUERIES = {
    "cast_to_sink_type": "SELECT timestamp, string(driver_id) AS driver_id FROM cars",
    "debezium_coercion": "SELECT counter FROM impulse",
    "every_aggregate": """SELECT event_type, round(avg(driver_id), 4) AS avg_driver, bit_and(driver_id) AS bit_and_driver,
        bit_or(driver_id) AS bit_or_driver, bit_xor(driver_id) AS bit_xor_driver, bool_and(driver_id > 0) AS bool_and_driver,
        bool_or(driver_id > 0) AS bool_or_driver, count(*) AS cnt, max(driver_id) AS max_driver, median(driver_id) AS median_driver,
        min(driver_id) AS min_driver, sum(driver_id) AS sum_driver, round(corr(driver_id, unix_seconds(timestamp)), 4) AS corr_driver_ts,
        round(covar_pop(driver_id, unix_seconds(timestamp)), 4) AS covar_pop_driver_ts,
        round(covar_samp(driver_id, unix_seconds(timestamp)), 4) AS covar_samp_driver_ts, round(stddev(driver_id), 4) AS stddev_driver,
        round(stddev_pop(driver_id), 4) AS stddev_pop_driver, round(variance(driver_id), 4) AS var_driver,
        round(var_pop(driver_id), 4) AS var_pop_driver, approx_count_distinct(driver_id, 0.01) AS approx_distinct_driver
        FROM cars GROUP BY event_type""",
    "hourly_by_event_type": """SELECT event_type, window.start AS hour, count(*) AS count FROM cars
        GROUP BY event_type, window(timestamp, '1 hour')""",
    "memory_table": "SELECT driver_id, event_type FROM cars",
    "month_loose_watermark": "SELECT window.start AS month, count(*) AS count FROM cars GROUP BY window(timestamp, '30 days')",
    "offset_impulse_join": """SELECT a.window.start AS start, a.counter FROM
        (SELECT window, counter FROM impulse GROUP BY window(timestamp, '1 second'), counter) a JOIN
        (SELECT window, counter FROM impulse_again GROUP BY window(timestamp, '1 second'), counter) b
        ON a.counter = b.counter AND a.window = b.window""",
    "reinvoke_window_function": """SELECT window.start AS start, window.end AS end, count(DISTINCT driver_id) AS drivers FROM
        (SELECT driver_id, window, count(*) AS pickups FROM cars WHERE event_type = 'pickup' GROUP BY driver_id, window(timestamp, '1 hour'))
        WHERE pickups > 2 GROUP BY window""",
    "session_window": """SELECT session_window.start AS start, session_window.end AS end, user_id, count(*) AS rows FROM
        (SELECT timestamp, CASE WHEN counter % 10 = 0 THEN 0 ELSE counter END AS user_id FROM impulse)
        GROUP BY session_window(timestamp, '20 seconds'), user_id""",
    "sliding_window_end": """SELECT count(*) AS count, min(counter) AS min, max(counter) AS max, window.start AS start, window.end AS end
        FROM impulse GROUP BY window(timestamp, '10 seconds', '2 seconds')""",
    "test_merge_sink": """SELECT * FROM cars WHERE driver_id = 100 AND event_type = 'pickup' UNION ALL
        SELECT * FROM cars_again WHERE driver_id = 101 AND event_type = 'dropoff'""",
    "tight_watermark": "SELECT window.end AS timestamp, count(*) AS count FROM cars GROUP BY window(timestamp, '1 hour')",
    "union": "SELECT counter, 'first' AS source FROM impulse UNION ALL SELECT counter, 'second' AS source FROM impulse_again",
    "updating_inner_join": """SELECT a.counter AS left_count, b.counter AS right_count FROM impulse a
        JOIN (SELECT * FROM impulse_again WHERE counter % 2 = 1) b ON a.counter = b.counter""",
}
ARROYO_REASONS = {
    "debezium_agg": "the input is a changelog with updates and deletions, which sources do not read",
    "updating_full_join": "Arroyo refuses it too",
    "updating_inner_join_with_updating": "Arroyo refuses it too",
    "updating_left_join": "Arroyo refuses it too",
    "updating_right_join": "Arroyo refuses it too",
}
# Columns of the recorded answer that have no counterpart.
ARROYO_WITHOUT = {
    "every_aggregate": {
        **{f"regr_{name}": "there is no such function" for name in "slope avgx avgy count intercept r2 sxx syy sxy".split()},
        "approx_median_driver": "DataFusion's t-digest", "approx_percentile_cont_driver": "DataFusion's t-digest",
        "approx_percentile_cont_weighted_driver": "DataFusion's t-digest",
    }
}
# Estimates, with the error that they may have.
ARROYO_ESTIMATES = {"approx_distinct_driver": 0.03}
ARROYO_SOURCES = {
    "cars": ("cars.json", "timestamp TIMESTAMP, driver_id BIGINT, event_type STRING, location STRING"),
    "impulse": ("impulse.json", "timestamp TIMESTAMP, counter BIGINT, subtask_index BIGINT"),
}

# RisingWave: (file, number of the query in it) → (our SQL, event time by table, what the run needs).
RISINGWAVE_QUERIES = {
    ("time_window.slt", 0): (
        "SELECT row_id, uid, created_at, w.start AS s, w.end AS e FROM (SELECT *, window(created_at, '30 minutes') AS w FROM t1)", "created_at"),
    ("time_window.slt", 1): (
        "SELECT row_id, uid, created_at, window.start AS s, window.end AS e FROM t1 GROUP BY row_id, uid, created_at, window(created_at, '30 minutes', '15 minutes')",
        "created_at"),
    ("time_window.slt", 2): ("SELECT sum(v) AS v, window.start AS s FROM t1 GROUP BY window(created_at, '30 minutes')", "created_at"),
    ("time_window.slt", 3): ("SELECT uid, sum(v) AS v, window.start AS s FROM t1 GROUP BY uid, window(created_at, '30 minutes')", "created_at"),
    ("time_window.slt", 4): ("SELECT sum(v) AS v, window.start AS s FROM t1 GROUP BY window(created_at, '30 minutes', '15 minutes')", "created_at"),
    ("time_window.slt", 5): (
        "SELECT uid, sum(v) AS v, window.start AS s FROM t1 GROUP BY uid, window(created_at, '30 minutes', '15 minutes')", "created_at"),
    ("time_window.slt", 6): ("SELECT uid, sum(v) AS v, window.start AS s FROM t1 GROUP BY uid, window(created_at, '2 days', '1 day')", "created_at"),
    ("time_window_join.slt", 0): (
        """SELECT l.num AS ln, l.id AS li, r.num AS rn, r.id AS ri, coalesce(l.w.start, r.w.start) AS s, coalesce(l.w.end, r.w.end) AS e
           FROM (SELECT *, window(row_time, '5 minutes') AS w FROM LeftTable) l
           FULL JOIN (SELECT *, window(row_time, '5 minutes') AS w FROM RightTable) r ON l.num = r.num AND l.w = r.w""", "row_time"),
    ("bug_fixes/hop_window_update_10495.slt", 0): (
        "SELECT k, ts, window.start AS s, window.end AS e FROM t1 GROUP BY k, ts, window(ts, '30 minutes', '10 minutes')", "ts"),
    ("eowc/eowc_group_agg.slt", 0): ("SELECT window.start AS s, max(foo) AS m FROM t GROUP BY window(tm, '1 hour')", "tm closed 5 minutes"),
    ("eowc/eowc_group_agg.slt", 1): ("SELECT window.start AS s, max(foo) AS m FROM t GROUP BY window(tm, '1 hour')", "tm closed 5 minutes"),
    ("aggregate/selective_agg.slt", 0): ("SELECT count(x) FILTER (WHERE x < 100) AS c, sum(y) FILTER (WHERE y < 100) AS s FROM t", None),
    ("aggregate/selective_agg.slt", 1): ("SELECT count(x) FILTER (WHERE x < 100) AS c, sum(y) FILTER (WHERE y < 100) AS s FROM t GROUP BY x", None),
    ("aggregate/two_phase_agg.slt", 1): ("SELECT min(v3) AS c1, sum(v1) AS c2 FROM t GROUP BY v1, v3, v2", None),
    ("aggregate/two_phase_agg.slt", 2): ("SELECT min(v3) AS c1, sum(v1) AS c2, min(v1) AS c3 FROM t GROUP BY v1", None),
    ("aggregate/count_star.slt", 0): ("SELECT count(*) AS c FROM t", None),
    ("aggregate/count_star.slt", 1): ("SELECT count(v) AS c FROM t", None),
    ("aggregate/distinct_agg.slt", 0): ("SELECT count(DISTINCT v1) AS c FROM t", None),
    ("aggregate/distinct_agg.slt", 1): ("SELECT v2, count(DISTINCT v1) AS c FROM t GROUP BY v2", None),
    ("aggregate/distinct_agg.slt", 2): ("SELECT v2, count(DISTINCT v1) AS c, max(v3) AS m FROM t GROUP BY v2", None),
    ("aggregate/distinct_agg.slt", 3): (
        "SELECT v1, count(DISTINCT v2) AS c, count(DISTINCT v3) AS d, max(v2) AS m FROM t GROUP BY v1", None),
    ("aggregate/distinct_agg.slt", 4): (
        "SELECT v1, count(DISTINCT v2) AS c, min(DISTINCT v2) AS n, count(DISTINCT v3) AS d, max(v3) AS m FROM t GROUP BY v1", None),
    ("aggregate/boolean.slt", 1): ("SELECT bool_and(v) AS a, bool_or(v) AS o FROM t", None),
    ("aggregate/boolean.slt", 2): ("SELECT bool_and(v) AS a, bool_or(v) AS o FROM t", None),
    ("aggregate/bit_agg.slt", 0): ("SELECT bit_xor(v1) AS a, bit_xor(v2) AS b, bit_xor(v3) AS c FROM t1", None),
    ("extreme_null.slt", 0): ("SELECT round(avg(v1), 1) AS a, sum(v2) AS s, count(v3) AS c FROM t1", None),
    ("extreme_null.slt", 1): ("SELECT round(avg(v1), 1) AS a, sum(v2) AS s, count(v3) AS c FROM t1", None),
    ("extreme_null.slt", 2): ("SELECT sum(v1) AS s, min(v1) AS n, max(v1) AS x, v3 FROM t4 GROUP BY v3", None),
    ("join/join.slt.part", 0): (
        "SELECT t1.v1 AS a, t1.v2 AS b, t1.v3 AS c, t2.v1 AS d, t2.v2 AS e, t2.v3 AS f FROM t1 INNER JOIN t2 ON t1.v1 = t2.v1", None),
    ("join/join.slt.part", 5): (
        """SELECT t1.event AS event, t1.name AS name FROM t1 INNER JOIN t2
           ON t1.name = t2.name AND t1.event = concat('event_', array_join(array(t2.uid, t1.item_id), '_'))""", None),
    ("basic.slt", 0): ("SELECT v1, v2, v3 FROM t1", None),
    ("basic.slt", 1): ("SELECT round(avg(v1), 1) AS a, sum(v2) AS s, count(v3) AS c FROM t1", None),
    ("basic.slt", 2): ("SELECT v1, v2, v3 FROM t1", None),
    ("basic.slt", 3): ("SELECT round(avg(v1), 1) AS a, sum(v2) AS s, count(v3) AS c FROM t1", None),
    ("basic.slt", 4): ("SELECT sum(v1) AS s, min(v1) AS n, max(v1) AS x, v3 FROM t4 GROUP BY v3", None),
    ("basic.slt", 6): ("SELECT v2, avg(v1) FILTER (WHERE false) AS a FROM t1 GROUP BY v2", None),
    **{
        ("union.slt", number + offset): (sql, None)
        for number, sql in enumerate([
            "SELECT * FROM t1 UNION ALL SELECT * FROM t2", "SELECT * FROM t1 UNION SELECT * FROM t2",
            "SELECT v1, v4 FROM t1 UNION ALL SELECT v1, v4 FROM t2", "SELECT v4, v1 FROM t1 UNION SELECT v4, v1 FROM t2",
        ])
        for offset in (2, 6)
    },
    ("union.slt", 0): ("SELECT * FROM t1 UNION ALL SELECT * FROM t2", None),
    ("union.slt", 1): ("SELECT * FROM t1 UNION SELECT * FROM t2", None),
    ("join/join-3way.slt.part", 0): ("SELECT v1, v3, v5 FROM t1 JOIN t2 ON v1 = v3 JOIN t3 ON v1 = v5", None),
}
RISINGWAVE_REASONS = {
    "answers of tables whose rows are deleted and updated, where a stream only grows": [
        "changelog.slt", "noop_update_elimination.slt", "dynamic_filter.slt", "bug_fixes/issue_11915.slt", "bug_fixes/issue_19352.slt",
    ],
    "a table that is written by a query and read by another": ["bug_fixes/issue_23857.slt"],
    "ORDER BY and LIMIT, or window functions (top N)": [
        "order_by.slt", "group_top_n/group_top_1.slt", "group_top_n/main.slt", "bug_fixes/limit_topn_tie_breaker.slt",
        "bug_fixes/issue_8570.slt", "bug_fixes/issue_5825.slt", "bug_fixes/issue_12299.slt", "eowc/eowc_group_top_n.slt",
        "eowc/eowc_over_window_numbering_no_partition.slt",
    ],
    "queries without a stream: VALUES, constants, table functions": [
        "values.slt", "bug_fixes/issue_15302.slt", "bug_fixes/issue_15198.slt",
    ],
    "LATERAL": ["bug_fixes/issue_15075.slt"],
    "GAP_FILL": ["gap_fill.slt", "gap_fill_eowc.slt", "gap_fill_partition_by.slt"],
    "aggregates over an order of their own (array_agg(x ORDER BY y), WITHIN GROUP, string_agg)": [
        "aggregate/array_agg.slt", "aggregate/ordered_set_agg.slt", "aggregate/string_agg.slt", "aggregate/two_phase_approx_percentile_merge.slt",
    ],
    "types and texts of PostgreSQL (jsonb, intervals of days and hours, records, zones of a session)": [
        "aggregate/basic_agg.slt", "aggregate/jsonb_agg.slt", "struct_table.slt", "expr_context.slt", "bug_fixes/panic_on_interval_4575_comment.slt",
    ],
    "GROUPING SETS and CUBE": ["grouping_sets/cube.slt"],
    "ASOF joins": ["join/asof_join.slt.part"],
    "outer joins without event time: a row without partner would never come": [
        "outer_join.slt", "join/full_outer_join_global_agg.slt.part",
    ],
    "joins on NULL-safe equality, sub-queries in expressions": ["null_safe_equal_join.slt"],
    "now() as a bound that moves": ["now_semi_join.slt", "watermark_ttl.slt"],
    "questions about state tables of RisingWave": ["join/hash_join_watermark.slt.part"],
    "joins with tables as of now, which change while the query runs": [
        "temporal_join/non_append_only/temporal_join_non_lookup_cond.slt", "temporal_join/non_append_only/temporal_join_with_index3.slt",
        "temporal_join/append_only/temporal_join_watermark.slt", "temporal_join/append_only/temporal_join_with_index.slt",
        "temporal_join/append_only/temporal_join_multiple_rows.slt", "temporal_join/append_only/issue_15257.slt",
        "temporal_join/append_only/nested_loop.slt",
    ],
}
DELETED = "its rows are deleted or updated, where a stream only grows"
# Queries of files of which others are covered.
RISINGWAVE_QUERY_REASONS = {
    ("aggregate/bit_agg.slt", 1): DELETED, ("aggregate/boolean.slt", 3): DELETED, ("aggregate/boolean.slt", 4): DELETED,
    ("bug_fixes/hop_window_update_10495.slt", 1): DELETED, **{("union.slt", number): DELETED for number in range(10, 18)},
    ("aggregate/boolean.slt", 0): "the one row of an aggregate over nothing, which append mode does not give",
    ("aggregate/two_phase_agg.slt", 0): "a question about RisingWave's settings",
    ("basic.slt", 5): "DECIMAL has no infinity and no NaN",
    **{("extreme_null.slt", number): "columns of INTERVAL" for number in range(3, 7)},
    **{("join/join.slt.part", number): "outer joins without event time: a row without partner would never come" for number in range(1, 5)},
}
TYPES = {"INTEGER": "INT", "BIGINT": "BIGINT", "SMALLINT": "SMALLINT", "VARCHAR": "STRING", "TIMESTAMP": "TIMESTAMP", "BOOLEAN": "BOOLEAN", "FLOAT": "FLOAT", "DOUBLE": "DOUBLE"}


def run(folder, sources, sql, finish=True, **more):
    spec = {
        "name": "recorded", "trigger": {"availableNow": True}, "sources": sources, "transforms": {"answer": {"sql": " ".join(sql.split())}},
        "sinks": {"table": {"type": "delta", "from": "answer", "table": str(folder / "table")}},
        "deadLetters": {"type": "delta", "table": str(folder / "dead")}, "checkpoint": str(folder / "checkpoint"), **more,
    }
    folder.mkdir(parents=True)
    path = folder / "pipeline.json"
    path.write_text(json.dumps(spec, indent=2))
    done = subprocess.run([MILLRACE, "run", str(path), "--progress", "none", *(["--finish"] if finish else [])], capture_output=True, text=True)
    assert done.returncode == 0, f"exit {done.returncode}: {done.stderr[-2000:]}"
    if (folder / "dead").exists():
        letters = DeltaTable(str(folder / "dead")).to_pyarrow_table().to_pylist()
        assert not letters, f"{len(letters)} dead letters: {letters[0]['message']}"
    return DeltaTable(str(folder / "table")).to_pyarrow_table().to_pylist() if (folder / "table").exists() else []


def source(path, schema, event_time=None, delay="400 days"):
    found = {"type": "files", "path": str(path), "format": {"type": "json"}, "schema": schema}
    if event_time:
        found["watermark"] = {"column": event_time, "delay": delay}
    return found


def cell(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value) if re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", value) else value
        except ValueError:
            pass
    if hasattr(value, "isoformat"):
        return value.replace(tzinfo=None).isoformat()
    if isinstance(value, (int, float)):
        return f"{float(value):.10g}"
    return str(value)


def same(found, expected, what):
    found, expected = sorted(map(tuple, found)), sorted(map(tuple, expected))
    assert found == expected, f"{what}: {len(found)} rows, {len(expected)} expected\n  {found[:3]}\n  {expected[:3]}"


def check_arroyo(folder, case):
    name = case["name"]
    sources = {}
    for table, (file, schema) in ARROYO_SOURCES.items():
        for copy in (table, f"{table}_again"):
            if re.search(rf"\b{copy}\b", ARROYO_QUERIES[name]):
                sources[copy] = source(ARROYO / "inputs" / file, schema, "timestamp")
    lines = [json.loads(line) for line in (ARROYO / case["golden"]).read_text().splitlines()]
    if case["output_kind"].startswith("updating"):
        latest = {}
        for line in lines:
            if line["before"]:
                latest.pop(line["before"][case["primary_key"]], None)
            if line["after"]:
                latest[line["after"][case["primary_key"]]] = line["after"]
        lines = list(latest.values())
    for form, more in (("at once", {}), ("in small epochs", {"maxRecordsPerEpoch": 100 if len(lines) < 1000 else 900})):
        rows = run(folder / form.replace(" ", "-"), sources, ARROYO_QUERIES[name], **more)
        without = ARROYO_WITHOUT.get(name, {})
        names = [column for column in lines[0] if column not in without]
        assert not rows or set(rows[0]) == set(names), f"columns {sorted(rows[0])}, expected {sorted(names)}"
        for estimate, error in ARROYO_ESTIMATES.items():
            if estimate in names:
                ours, theirs = ({row[names[0]]: row[estimate] for row in side} for side in (rows, lines))
                assert all(abs(ours[key] - theirs[key]) <= error * theirs[key] for key in theirs), f"{estimate}: {ours}, {theirs}"
        exact = [column for column in names if column not in ARROYO_ESTIMATES]
        same([[cell(row[c]) for c in exact] for row in rows], [[cell(row[c]) for c in exact] for row in lines], form)
    return len(lines)


def statements(file):
    """The statements and queries of a sqllogictest file, each with its recorded lines."""
    for record in re.split(r"\n\s*\n", (RISINGWAVE / file).read_text()):
        lines = [line for line in record.strip().splitlines() if not line.startswith("#")]
        if not lines or lines[0].split()[0] not in ("statement", "query"):
            continue
        kind, body = lines[0], "\n".join(lines[1:])
        sql, _, rows = body.partition("----")
        yield kind, sql.strip().rstrip(";"), [line for line in rows.strip().splitlines()]


def check_risingwave(folder, file, number):
    sql, event_time = RISINGWAVE_QUERIES[file, number]
    database = duckdb.connect()
    queries, tables = 0, []
    for kind, statement, recorded in statements(file):
        if kind.startswith("query"):
            if queries == number:
                break
            queries += 1
        elif kind == "statement ok" and re.match(r"(?i)(create table|insert|drop table)", statement):
            statement = re.sub(r"(?i)\b(decimal|numeric)\b", "double", statement)
            statement = re.sub(r"(?is),\s*watermark for .*", ")", re.sub(r"(?i)\)\s*append only$", ")", statement))
            database.execute(statement)
    else:
        raise AssertionError(f"there is no query {number} in {file}")
    words = (event_time or "").split(maxsplit=2)
    sources = {}
    folder.mkdir(parents=True)
    for (table,) in database.execute("SELECT table_name FROM information_schema.tables").fetchall():
        if not re.search(rf"(?i)\b{table}\b", sql):
            continue
        columns = database.execute("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = ? ORDER BY ordinal_position", [table]).fetchall()
        path = folder / f"{table}.json"
        database.execute(f"COPY (SELECT * FROM {table}) TO '{path}' (FORMAT json, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%S.%fZ')")
        schema = ", ".join(f"{name} {TYPES[kind]}" for name, kind in columns)
        sources[table] = source(path, schema, words[0] if words else None, words[2] if len(words) > 2 else "400 days")
    letters = kind.split()[1]
    expected = [split_row(line, letters) for line in recorded]
    for form, more in (("at once", {}), ("in small epochs", {"maxRecordsPerEpoch": 2})):
        rows = run(folder / form.replace(" ", "-"), sources, sql, finish=len(words) < 3, **more)
        same([[cell(value) for value in row.values()] for row in rows], expected, form)
    return len(expected)


def split_row(line, letters):
    """Cells of a recorded line: a moment has a blank of its own."""
    parts = re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?|\S+", line)
    return [cell(float(part)) if re.fullmatch(r"-?\d+(\.\d+)?", part) else cell(part) for part in parts]


def checks():
    """Everything that is recorded, as (name, function or reason)."""
    for case in map(json.loads, (ARROYO / "cases.jsonl").read_text().splitlines()):
        name = case["name"]
        if name in ARROYO_QUERIES:
            yield f"arroyo {name}", lambda folder, case=case: check_arroyo(folder, case)
        else:
            yield f"arroyo {name}", ARROYO_REASONS.get(name)
    reasons = {file: reason for reason, files in RISINGWAVE_REASONS.items() for file in files}
    for path in sorted(RISINGWAVE.rglob("*.slt*")):
        file = path.relative_to(RISINGWAVE).as_posix()
        numbers = [number for name, number in RISINGWAVE_QUERIES if name == file]
        for number in numbers:
            yield f"risingwave {file} {number}", lambda folder, file=file, number=number: check_risingwave(folder, file, number)
        if not numbers:
            yield f"risingwave {file}", reasons.get(file)
            continue
        for number in range(sum(kind.startswith("query") for kind, _, _ in statements(file))):
            if number not in numbers:
                yield f"risingwave {file} {number}", RISINGWAVE_QUERY_REASONS.get((file, number))


def main():
    passed, failed, listed = 0, 0, {}
    with tempfile.TemporaryDirectory() as folder:
        for index, (name, check) in enumerate(checks()):
            if len(sys.argv) > 1 and not any(word in name for word in sys.argv[1:]):
                continue
            if isinstance(check, str):
                listed.setdefault(check, []).append(name)
                continue
            try:
                assert check, "it is neither checked nor listed with a reason"
                print(f"passed  {name}: {check(pathlib.Path(folder) / str(index))} rows", flush=True)
                passed += 1
            except Exception as error:
                failed += 1
                print(f"FAILED  {name}: {error if isinstance(error, AssertionError) else traceback.format_exc()}", flush=True)
    for reason, names in listed.items():
        print(f"listed  {len(names)}: {reason}")
    print(f"{passed} passed, {failed} failed, {sum(map(len, listed.values()))} listed with a reason")
    return 1 if failed else 0


sys.exit(main())
