# SPDX-License-Identifier: Apache-2.0
"""Event time at full size: windows over readings out of order and late, in one file or many, read in small and large epochs.

What was produced is known to DuckDB from the same files; tables and dead letters are read by deltalake. Every record must be in
its window once or in dead letters once, and no record on time may be called late.
"""
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import duckdb
from deltalake import DeltaTable

MILLRACE = os.environ["MILLRACE_BINARY"]
# 10,000 devices and 10,000,000 rows are 1.67 million windows.
DEVICES = int(os.environ.get("MILLRACE_DEVICES", "1000"))
SCHEMA = (
    "device STRING NOT NULL, ts TIMESTAMP NOT NULL, temperature DOUBLE, humidity DOUBLE, "
    "site STRING, seq BIGINT, ok BOOLEAN"
)
COLUMNS = "{device: 'VARCHAR', ts: 'TIMESTAMPTZ', temperature: 'DOUBLE', humidity: 'DOUBLE', site: 'VARCHAR', seq: 'BIGINT', ok: 'BOOLEAN'}"
TUMBLING = """
    SELECT window.start AS start, site, device, count(*) AS n, avg(temperature) AS t_avg, max(temperature) AS t_max, sum(seq) AS seqs
    FROM readings GROUP BY window(ts, '1 minute'), site, device
"""
SLIDING = TUMBLING.replace("'1 minute'", "'10 minutes', '10 seconds'")


def disordered(folder, rows, files):
    """Readings of which 5 % are up to 10 s out of order and 0.1 % an hour and more late, in the order of their arrival."""
    path = pathlib.Path(folder) / f"input-{rows}-{files}"
    if path.exists():
        return path
    path.mkdir()
    plain = pathlib.Path(folder) / f"plain-{rows}"
    if not plain.exists():
        plain.mkdir()
        command = [MILLRACE, "generate", "iot", "--rows", str(rows), "--seed", "1", "--devices", str(DEVICES), "--to", str(plain)]
        subprocess.check_call(command)
    share = -(-rows // files)
    duckdb.sql(
        f"""
        CREATE OR REPLACE TABLE arrivals AS
        SELECT row_number() OVER () - 1 AS place, * FROM read_json('{plain}/*', format='newline_delimited', columns={COLUMNS});
        CREATE OR REPLACE TABLE arrivals AS
        SELECT * REPLACE (CASE
            WHEN hash(place) % 1000 = 0 AND place > {rows} // 2 THEN ts - INTERVAL 1 HOUR
            WHEN hash(place) % 20 = 1 THEN ts - to_milliseconds(hash(place + 7) % 10000)
            ELSE ts END AS ts)
        FROM arrivals
        """
    )
    for number in range(files):
        # Dealt out like cards, so that each file spans the whole time; one file keeps the order.
        duckdb.sql(
            f"""
            COPY (SELECT device, strftime(ts AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ') AS ts, temperature, humidity, site, seq, ok
                  FROM arrivals WHERE place % {files} = {number} ORDER BY place)
            TO '{path}/part-{number:03}.jsonl' (FORMAT json)
            """
        )
    duckdb.sql("DROP TABLE arrivals")
    return path


class Peak(threading.Thread):
    """The peak memory of a process. Its `ru_maxrss` would begin with what this process had when it forked."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.kilobytes = pid, 0
        self.start()

    def run(self):
        while True:
            try:
                lines = pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines()
            except OSError:
                return
            line = next((line for line in lines if line.startswith("VmHWM:")), None)
            if line is None:
                return
            self.kilobytes = int(line.split()[1])
            time.sleep(0.01)

    def mebibytes(self):
        self.join()
        return self.kilobytes / 1024


class Job:
    def __init__(self, folder, name, source, sql, one_file_an_epoch=False, **more):
        self.folder = pathlib.Path(folder) / name
        self.folder.mkdir()
        self.table, self.dead = str(self.folder / "table"), str(self.folder / "dead")
        spec = {
            "name": name,
            "trigger": {"availableNow": True},
            "sources": {
                "readings": {
                    "type": "files", "path": str(source), "format": {"type": "json"}, "schema": SCHEMA,
                    "watermark": {"column": "ts", "delay": "10 seconds"},
                    **({"maxFilesPerEpoch": 1} if one_file_an_epoch else {}),
                }
            },
            "transforms": {"rollup": {"sql": " ".join(sql.split())}},
            "sinks": {"table": {"type": "delta", "from": "rollup", "table": self.table}},
            "deadLetters": {"type": "delta", "table": self.dead},
            "checkpoint": str(self.folder / "checkpoint"),
            **more,
        }
        self.pipeline = str(self.folder / "pipeline.json")
        pathlib.Path(self.pipeline).write_text(json.dumps(spec))

    def run(self, *arguments):
        started = time.monotonic()
        process = subprocess.Popen(
            [MILLRACE, "run", self.pipeline, "--progress", "none", *arguments], stderr=subprocess.PIPE, text=True)
        peak = Peak(process.pid)
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0, errors[-3000:]
        return usage.ru_utime + usage.ru_stime, peak.mebibytes(), time.monotonic() - started

    def killed(self, seconds):
        process = subprocess.Popen(
            [MILLRACE, "run", self.pipeline, "--progress", "none"], stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def result(self):
        return DeltaTable(self.table).to_pyarrow_table()

    def letters(self):
        if not pathlib.Path(self.dead).exists():
            return duckdb.sql("SELECT NULL::VARCHAR AS raw, NULL::VARCHAR AS code WHERE false").to_arrow_table()
        return DeltaTable(self.dead).to_pyarrow_table()


def assert_exact(job, source, width="1 minute", slides=1, slide="1 minute"):
    """The windows over everything that is not in dead letters, and nothing on time in dead letters."""
    rollup, letters = job.result(), job.letters()
    duckdb.register("rollup", rollup)
    duckdb.register("letters", letters)
    assert duckdb.sql("SELECT count(*) FROM letters WHERE code <> 'lateRecord'").fetchone() == (0,)
    duckdb.sql(
        f"""
        CREATE OR REPLACE TEMP TABLE input AS SELECT *, row_number() OVER (PARTITION BY device, seq, ts) AS copy
        FROM read_json('{source}/*', format='newline_delimited', columns={COLUMNS});
        CREATE OR REPLACE TEMP TABLE late AS
        SELECT row->>'device' AS device, CAST(row->>'seq' AS BIGINT) AS seq, CAST(row->>'ts' AS TIMESTAMPTZ) AS ts
        FROM (SELECT CAST(decode(raw) AS JSON) AS row FROM letters)
        """
    )
    on_time = duckdb.sql("SELECT max(ts) - min(ts) FROM input").fetchone()
    late = duckdb.sql("SELECT count(*), count(DISTINCT (device, seq)) FROM late").fetchone()
    assert late[0] == late[1], f"{late[0]} dead letters of {late[1]} records"
    duckdb.sql(
        f"""
        CREATE OR REPLACE TEMP TABLE kept AS SELECT * FROM input ANTI JOIN late USING (device, seq);
        CREATE OR REPLACE TEMP TABLE expected AS
        SELECT time_bucket(INTERVAL '{slide}', ts) - n * INTERVAL '{slide}' AS start, site, device, count(*) AS n,
               avg(temperature) AS t_avg, max(temperature) AS t_max, sum(seq) AS seqs
        FROM kept, range({slides}) AS slides(n) GROUP BY ALL
        """
    )
    groups, rows = duckdb.sql("SELECT count(*), sum(n) FROM expected").fetchone()
    different = duckdb.sql(
        """
        SELECT e.start, r.start, e.device, r.device, e.n, r.n, e.t_avg, r.t_avg FROM expected e
        FULL JOIN rollup r ON e.start = r.start AND e.site = r.site AND e.device = r.device
        WHERE e.n IS DISTINCT FROM r.n OR e.seqs IS DISTINCT FROM r.seqs OR e.t_max IS DISTINCT FROM r.t_max
           OR abs(e.t_avg - r.t_avg) > 1e-9 OR e.t_avg IS NULL <> r.t_avg IS NULL
        LIMIT 5
        """
    ).fetchall()
    assert not different, f"windows differ of {on_time}: {different}"
    assert rollup.num_rows == groups, (rollup.num_rows, groups)
    return groups, late[0]


def no_late_without_reason(source):
    """Dead letters are among the records that were made late on purpose: nothing on time is called late."""
    on_time = duckdb.sql(
        """
        SELECT count(*) FROM late JOIN (SELECT device, seq, ts, max(ts) OVER (ORDER BY seq ROWS UNBOUNDED PRECEDING) AS newest FROM input) i
        USING (device, seq) WHERE i.newest - i.ts < INTERVAL 30 MINUTE
        """
    ).fetchone()
    assert on_time == (0,), f"{on_time[0]} records on time are in dead letters"


def windows_in_one_file(folder, rows):
    source = disordered(folder, rows, 1)
    job = Job(folder, "one", source, TUMBLING, maxRecordsPerEpoch=max(1000, rows // 10))
    cpu, memory, wall = job.run("--finish")
    groups, late = assert_exact(job, source)
    no_late_without_reason(source)
    assert late > 0, "no record was late"
    print(f"        {groups:,} windows, {late:,} late: {cpu / rows * 1e6:.2f} CPU s/M, {memory:.0f} MiB, {rows / wall:,.0f} rows/s")


def windows_in_twenty_files_side_by_side(folder, rows):
    source = disordered(folder, rows, 20)
    job = Job(folder, "twenty", source, TUMBLING)
    cpu, memory, wall = job.run("--finish")
    groups, late = assert_exact(job, source)
    no_late_without_reason(source)
    print(f"        {groups:,} windows, {late:,} late: {cpu / rows * 1e6:.2f} CPU s/M, {memory:.0f} MiB, {rows / wall:,.0f} rows/s")


def open_windows_wait_for_the_next_run(folder, rows):
    source = disordered(folder, rows, 1)
    job = Job(folder, "open", source, TUMBLING)
    job.run()
    before = job.result().num_rows
    job.run()
    assert job.result().num_rows == before
    job.run("--finish")
    assert job.result().num_rows > before, "there were open windows to close"
    assert_exact(job, source)


def kills_lose_and_double_nothing(folder, rows):
    source = disordered(folder, rows, 20)
    job = Job(folder, "kills", source, TUMBLING, maxRecordsPerEpoch=max(1000, rows // 40))
    for number in range(8):
        job.killed(0.1 + 0.07 * number)
    job.run("--finish")
    assert_exact(job, source)


def sliding_windows(folder, rows):
    rows = min(rows, 1_000_000)
    source = disordered(folder, rows, 1)
    job = Job(folder, "sliding", source, SLIDING)
    cpu, memory, wall = job.run("--finish")
    rollup = job.result()
    duckdb.register("rollup", rollup)
    total = duckdb.sql("SELECT sum(n) FROM rollup").fetchone()[0]
    print(f"        {rollup.num_rows:,} windows of {total:,} counts: {cpu / rows * 1e6:.2f} CPU s/M, {memory:.0f} MiB")
    assert_exact(job, source, slides=60, slide="10 seconds")


def changelogs_follow_changes_and_restoring_is_quick(folder, rows):
    """A million keys of which ten thousand change in each of thirty epochs; then a run that restores them for one record."""
    source = pathlib.Path(folder) / "keys"
    source.mkdir()
    numbers = random.Random(1)

    def write(name, keys, modified):
        lines = (f'{{"device":"device-{key:07}","ts":"2026-01-01T00:{key // 60 % 60:02}:{key % 60:02}Z","seq":{key}}}\n' for key in keys)
        (source / name).write_text("".join(lines))
        os.utime(source / name, (modified, modified))

    write("0000.jsonl", range(1_000_000), 0)
    for epoch in range(1, 31):
        write(f"{epoch:04}.jsonl", numbers.sample(range(1_000_000), 10_000), epoch)
    sql = """
        SELECT window.start AS start, device, count(*) AS n, sum(seq) AS seqs, avg(seq) AS average, max(ts) AS latest
        FROM readings GROUP BY window(ts, '1 day'), device
    """
    job = Job(folder, "state", source, sql, one_file_an_epoch=True)
    job.run()
    sizes = [path.stat().st_size for path in sorted((job.folder / "checkpoint/state/rollup").glob("changes-*.parquet"))]
    assert len(sizes) == 31, sizes
    assert max(sizes[1:]) * 50 < sizes[0], sizes
    write("9999.jsonl", [5], 31)
    cpu, memory, wall = job.run()
    print(
        f"        changelogs: {sizes[0]:,} bytes for a million keys, {max(sizes[1:]):,} for ten thousand; "
        f"a run that restores them for one record: {wall:.2f} s, {cpu:.2f} CPU s, {memory:.0f} MiB")
    assert cpu < 2, cpu
    job.run("--finish")
    result = job.result()
    assert result.num_rows == 1_000_000, result.num_rows
    assert sum(result["n"].to_pylist()) == 1_300_001


CHECKS = [
    changelogs_follow_changes_and_restoring_is_quick,
    windows_in_one_file,
    windows_in_twenty_files_side_by_side,
    open_windows_wait_for_the_next_run,
    kills_lose_and_double_nothing,
    sliding_windows,
]


def main():
    words = [word for word in sys.argv[1:] if not word.isdigit()]
    rows = next((int(word) for word in sys.argv[1:] if word.isdigit()), 1_000_000)
    chosen = [check for check in CHECKS if not words or any(word in check.__name__ for word in words)]
    failed = 0
    duckdb.sql("SET TimeZone = 'UTC'")
    with tempfile.TemporaryDirectory() as folder:
        for check in chosen:
            started = time.monotonic()
            try:
                check(folder, rows)
                print(f"passed  {check.__name__} ({time.monotonic() - started:.1f} s)", flush=True)
            except Exception:
                failed += 1
                print(f"FAILED  {check.__name__}\n{traceback.format_exc()}", flush=True)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
