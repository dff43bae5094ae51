# SPDX-License-Identifier: Apache-2.0
"""Ten million live keys in a pipeline whose memory cannot hold them: a window of all of them, running totals, sessions, a join,
and the first record of each.

Each key comes a fixed number of times in an order that jumps about, so that what every group must be is known in closed form; DuckDB
compares. Memory is the peak of the process while it runs: the pipeline's budget, and an allowance for program, libraries and stacks.
"""
import json
import os
import pathlib
import shutil
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
BUDGET_MEBIBYTES = 512
ALLOWANCE_MEBIBYTES = 64
LEAST_RECORDS_PER_SECOND = 100_000
# Coprime to the number of keys, so that the keys of consecutive rows are far apart and each comes equally often.
STEP = 7_368_787
OTHER_STEP = 3_141_593
ROUNDS = 2


class Job:
    def __init__(self, folder, name, keys, sql, **transform):
        self.folder, self.keys, self.rows = pathlib.Path(folder) / name, keys, keys * ROUNDS
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.table = str(self.folder / "table")
        sources, transforms = self.parts(" ".join(sql.split()), transform)
        spec = {
            "name": name, "trigger": {"availableNow": True}, "memory": f"{BUDGET_MEBIBYTES} MiB",
            "sources": sources, "transforms": transforms,
            "sinks": {"table": {"type": "delta", "from": "totals", "table": self.table}},
            "checkpoint": str(self.folder / "checkpoint"),
        }
        self.pipeline = str(self.folder / "pipeline.json")
        pathlib.Path(self.pipeline).write_text(json.dumps(spec))

    def parts(self, sql, transform):
        source = {"type": "rate", "rows": self.rows, "partitions": 4}
        if "window" in sql:
            source["watermark"] = {"column": "timestamp", "delay": "1 second"}
        sql = sql.format(key=f"(value * {STEP}) % {self.keys}")
        return {"numbers": source}, {"totals": {"sql": sql, **transform}}

    def start(self):
        return subprocess.Popen(
            [MILLRACE, "run", self.pipeline, "--progress", "json", "--finish"], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)

    def run(self):
        started = time.monotonic()
        process = self.start()
        peak = Peak(process.pid)
        errors = []
        reader = threading.Thread(target=lambda: errors.append(process.stderr.read()))
        reader.start()
        spilled = 0
        for line in process.stdout:
            progress = json.loads(line)
            for state in progress.get("stateOperators", []):
                spilled = max(spilled, state["customMetrics"]["spilledBytes"])
        reader.join()
        assert process.wait() == 0, errors[0][-3000:]
        wall = time.monotonic() - started
        return self.rows / wall, peak.mebibytes(), spilled / 2**20

    def killed(self, epochs):
        """Kills the process with state on disk after some epochs."""
        process = self.start()
        seen = 0
        for line in process.stdout:
            states = json.loads(line).get("stateOperators", [])
            seen += any(state["customMetrics"]["spilledBytes"] > 0 for state in states)
            if seen >= epochs:
                break
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return seen >= epochs

    def spilled_files(self):
        return list((self.folder / "checkpoint" / "state" / "spill").glob("*"))


class FirstJob(Job):
    """The first record of each key; `sql` gives the keys, `transform` deduplicates them."""

    def parts(self, sql, transform):
        sources, keyed = super().parts(sql, {})
        if "within" in transform:
            sources["numbers"]["watermark"] = {"column": "timestamp", "delay": "1 second"}
        return sources, {"keyed": keyed["totals"], "totals": {"op": "deduplicate", "from": "keyed", "keys": ["k"], **transform}}


class JoinJob(Job):
    """Each key comes once on a side, in an order of its own; a half of them comes on both, a quarter on one alone."""

    def parts(self, sql, transform):
        sources, transforms = {}, {"totals": {"sql": sql, **transform}}
        for side, step, shift in [("l", STEP, 0), ("r", OTHER_STEP, self.keys // 2)]:
            sources[f"{side}_numbers"] = {
                "type": "rate", "rows": self.keys, "partitions": 2, "watermark": {"column": "timestamp", "delay": "1 second"}}
            transforms[side] = {
                "sql": f"SELECT (value * {step}) % {self.keys} + {shift} AS k, value, timestamp FROM {side}_numbers"}
        return sources, transforms


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


WINDOWED = """
    SELECT {key} AS k, window.start AS start, count(*) AS n, sum(value) AS total, avg(value) AS mean, last(value) AS newest
    FROM numbers GROUP BY window(timestamp, '100 days'), {key}
"""
SESSIONS = """
    SELECT {key} AS k, session_window.start AS start, session_window.end AS finish, count(*) AS n, sum(value) AS total, first(value) AS oldest,
           last(value) AS newest
    FROM numbers GROUP BY session_window(timestamp, '100 days'), {key}
"""
RUNNING = "SELECT {key} AS k, count(*) AS n, sum(value) AS total, max(value) AS newest FROM numbers GROUP BY {key}"

KEYED = "SELECT {key} AS k, value, timestamp FROM numbers"
JOIN = """
    SELECT l.k AS left_key, l.value AS left_value, r.k AS right_key, r.value AS right_value FROM l FULL JOIN r
    ON l.k = r.k AND l.timestamp >= r.timestamp - INTERVAL '100' DAYS AND l.timestamp <= r.timestamp + INTERVAL '100' DAYS
"""


def table(job):
    connection = duckdb.connect()
    connection.register("given", DeltaTable(job.table).to_pyarrow_dataset())
    # The first value of key k is k times the inverse of the step.
    inverse = pow(STEP, -1, job.keys)
    connection.sql(f"CREATE VIEW checked AS SELECT *, k * {inverse} % {job.keys} AS first FROM given")
    return connection


def assert_windowed(job):
    wrong = f"""
        n <> {ROUNDS} OR total <> {ROUNDS} * first + {job.keys * ROUNDS * (ROUNDS - 1) // 2} OR newest <> first + {job.keys * (ROUNDS - 1)}
        OR abs(mean - total / n) > 1e-6
    """
    given = table(job)
    found = given.sql(
        f"SELECT count(*), count(DISTINCT k), min(k), max(k), count(*) FILTER (WHERE {wrong}) FROM checked").fetchone()
    assert found == (job.keys, job.keys, 0, job.keys - 1, 0), found


def assert_sessions(job):
    """One session a key, from its first row, which is a millisecond after the row before it, to a hundred days after its last."""
    wrong = f"""
        n <> {ROUNDS} OR total <> {ROUNDS} * first + {job.keys * ROUNDS * (ROUNDS - 1) // 2} OR oldest <> first
        OR newest <> first + {job.keys * (ROUNDS - 1)} OR epoch_ms(finish) - epoch_ms(start) <> {job.keys * (ROUNDS - 1) + 100 * 86_400_000}
        OR epoch_ms(start) - (SELECT min(epoch_ms(start)) FROM given) <> first
    """
    given = table(job)
    found = given.sql(
        f"SELECT count(*), count(DISTINCT k), min(k), max(k), count(*) FILTER (WHERE {wrong}) FROM checked").fetchone()
    assert found == (job.keys, job.keys, 0, job.keys - 1, 0), found


def assert_running(job):
    """Every total that was given is right for its count, none is given twice, and each key came to its last one."""
    wrong = f"total <> n * first + {job.keys} * (n * (n - 1) // 2) OR newest <> first + {job.keys} * (n - 1)"
    given = table(job)
    found = given.sql(
        f"""
        SELECT count(DISTINCT k), min(k), max(k), count(*) FILTER (WHERE n = {ROUNDS}), count(*) FILTER (WHERE n > {ROUNDS} OR {wrong}),
               count(*) - count(DISTINCT (k * {ROUNDS + 1} + n)) FROM checked
        """
    ).fetchone()
    assert found == (job.keys, 0, job.keys - 1, job.keys, 0, 0), found


def assert_once(job):
    """Each key is given once, with its first value."""
    given = table(job)
    found = given.sql(
        "SELECT count(*), count(DISTINCT k), min(k), max(k), count(*) FILTER (WHERE value <> first) FROM checked").fetchone()
    assert found == (job.keys, job.keys, 0, job.keys - 1, 0), found


def assert_joined(job):
    """Each row of both sides came out once: with the partner of its key where there is one, else alone."""
    given = table_of_pairs(job)
    half = job.keys // 2
    found = given.sql(
        f"""
        SELECT count(*), count(left_key), count(DISTINCT left_key), min(left_key), max(left_key), count(right_key), count(DISTINCT right_key),
               min(right_key), max(right_key), count(*) FILTER (WHERE left_key = right_key),
               count(*) FILTER (WHERE left_value * {STEP} % {job.keys} <> left_key),
               count(*) FILTER (WHERE right_value * {OTHER_STEP} % {job.keys} + {half} <> right_key) FROM given
        """
    ).fetchone()
    keys = job.keys
    assert found == (keys + half, keys, keys, 0, keys - 1, keys, keys, half, keys + half - 1, keys - half, 0, 0), found


def table_of_pairs(job):
    connection = duckdb.connect()
    connection.register("given", DeltaTable(job.table).to_pyarrow_dataset())
    return connection


def measured(job, check):
    speed, memory, spilled = job.run()
    check(job)
    print(
        f"        {job.keys:,} keys: {speed:,.0f} records/s, {memory:.0f} MiB of {BUDGET_MEBIBYTES} + {ALLOWANCE_MEBIBYTES} MiB,"
        f" {spilled:.0f} MiB spilled")
    assert not job.spilled_files(), "spilled files are left"
    assert speed >= LEAST_RECORDS_PER_SECOND, f"only {speed:,.0f} records/s"
    assert memory <= BUDGET_MEBIBYTES + ALLOWANCE_MEBIBYTES, f"{memory:.0f} MiB"
    assert job.keys < 5_000_000 or spilled > 0, "nothing was spilled"


def kills(job, check):
    count = sum(job.killed(epochs) for epochs in (2, 1, 3))
    speed, memory, spilled = job.run()
    check(job)
    print(f"        {count} kills with spilled state; the last run took {memory:.0f} MiB, {spilled:.0f} MiB spilled")
    assert not job.spilled_files(), "spilled files are left"
    assert memory <= BUDGET_MEBIBYTES + ALLOWANCE_MEBIBYTES, f"{memory:.0f} MiB"


def a_window_of_all_keys(folder, keys):
    measured(Job(folder, "windowed", keys, WINDOWED), assert_windowed)


def running_totals(folder, keys):
    measured(Job(folder, "running", keys, RUNNING, outputMode="update"), assert_running)


def kills_of_a_window(folder, keys):
    kills(Job(folder, "windowed-kills", keys, WINDOWED), assert_windowed)


def kills_of_running_totals(folder, keys):
    kills(Job(folder, "running-kills", keys, RUNNING, outputMode="update"), assert_running)


def sessions(folder, keys):
    measured(Job(folder, "sessions", keys, SESSIONS), assert_sessions)


def kills_of_sessions(folder, keys):
    kills(Job(folder, "sessions-kills", keys, SESSIONS), assert_sessions)


def a_join_of_all_keys(folder, keys):
    measured(JoinJob(folder, "joined", keys, JOIN), assert_joined)


def kills_of_a_join(folder, keys):
    kills(JoinJob(folder, "joined-kills", keys, JOIN), assert_joined)


def first_records(folder, keys):
    measured(FirstJob(folder, "first", keys, KEYED), assert_once)


def first_records_within_a_time(folder, keys):
    measured(FirstJob(folder, "first-within", keys, KEYED, within="100 days"), assert_once)


def kills_of_first_records(folder, keys):
    kills(FirstJob(folder, "first-kills", keys, KEYED, within="100 days"), assert_once)


CHECKS = [
    a_window_of_all_keys, running_totals, sessions, a_join_of_all_keys, first_records, first_records_within_a_time, kills_of_a_window,
    kills_of_running_totals, kills_of_sessions, kills_of_a_join, kills_of_first_records,
]


def main():
    words = [word for word in sys.argv[1:] if not word.isdigit()]
    keys = next((int(word) for word in sys.argv[1:] if word.isdigit()), 10_000_000)
    chosen = [check for check in CHECKS if not words or any(word in check.__name__ for word in words)]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for check in chosen:
            started = time.monotonic()
            try:
                check(folder, keys)
                print(f"passed  {check.__name__} ({time.monotonic() - started:.1f} s)", flush=True)
            except Exception:
                failed += 1
                print(f"FAILED  {check.__name__}\n{traceback.format_exc()}", flush=True)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
