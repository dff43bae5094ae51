# SPDX-License-Identifier: Apache-2.0
"""The main job at full size: Kafka in, exactly-once Delta tables out, whatever happens to the process.

The generator is deterministic, so what was produced is known from the same records written to files and read by DuckDB;
the tables are read by deltalake. Each check prints one line; the last line counts them.
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
import pyarrow as pa
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from deltalake import DeltaTable, write_deltalake

MILLRACE = os.environ["MILLRACE_BINARY"]
KAFKA = os.environ["MILLRACE_KAFKA"]
SCHEMA = (
    "device STRING NOT NULL, ts TIMESTAMP NOT NULL, temperature DOUBLE, humidity DOUBLE, "
    "site STRING, seq BIGINT, ok BOOLEAN"
)
COLUMNS = "{device: 'VARCHAR', ts: 'TIMESTAMPTZ', temperature: 'DOUBLE', humidity: 'DOUBLE', site: 'VARCHAR', seq: 'BIGINT', ok: 'BOOLEAN'}"
SUMMARY = """
    SELECT device, count(*) AS n, sum(seq) AS seqs, sum(hash(device, {time}, temperature, humidity, site, seq, ok)) AS digest
    FROM {rows} GROUP BY device ORDER BY device
"""


class Job:
    """One pipeline over one topic, with a raw table and a filtered one."""

    def __init__(self, folder, brokers, topic, **more):
        self.folder = pathlib.Path(folder) / topic
        self.folder.mkdir()
        self.brokers, self.topic = brokers, topic
        self.raw, self.hot, self.dead = (str(self.folder / name) for name in ("raw", "hot", "dead"))
        spec = {
            "name": topic,
            "trigger": {"interval": "100 ms"},
            "sources": {
                "readings": {
                    "type": "kafka", "brokers": brokers, "topics": [topic], "startingOffsets": "earliest",
                    "format": {"type": "json"}, "schema": SCHEMA, "onMalformed": "deadLetter",
                }
            },
            "transforms": {
                "good": {"sql": "SELECT *, CAST(ts AS DATE) AS day FROM readings"},
                "hot": {"sql": "SELECT device, ts, temperature, seq FROM good WHERE ok AND temperature > 20.5"},
            },
            "sinks": {
                "raw": {"type": "delta", "from": "good", "table": self.raw, "partitionBy": ["day"]},
                "hot": {"type": "delta", "from": "hot", "table": self.hot},
            },
            "deadLetters": {"type": "delta", "table": self.dead},
            "checkpoint": str(self.folder / "checkpoint"),
            **more,
        }
        self.pipeline = str(self.folder / "pipeline.json")
        pathlib.Path(self.pipeline).write_text(json.dumps(spec))

    def create_topic(self, partitions=4):
        admin = AdminClient({"bootstrap.servers": self.brokers})
        for future in admin.create_topics([NewTopic(self.topic, partitions, 1)]).values():
            future.result(30)

    def generate(self, rows, rate=None):
        target = f"kafka://{self.brokers}/{self.topic}"
        command = [MILLRACE, "generate", "iot", "--rows", str(rows), "--seed", "1", "--to", target]
        return subprocess.Popen(command + (["--rate", str(rate)] if rate else []))

    def command(self, *arguments):
        return [MILLRACE, "run", self.pipeline, "--progress", "none", *arguments]

    def drain(self):
        done = subprocess.run(self.command("--available-now"), capture_output=True, text=True)
        assert done.returncode == 0, f"exit {done.returncode}: {done.stderr[-3000:]}"

    def start(self):
        return subprocess.Popen(self.command(), stderr=subprocess.DEVNULL)

    def versions(self):
        return [DeltaTable(path).version() for path in (self.raw, self.hot)]


def produced(folder, rows):
    """The same records as files."""
    path = pathlib.Path(folder) / f"expected-{rows}"
    if not path.exists():
        path.mkdir()
        subprocess.check_call([MILLRACE, "generate", "iot", "--rows", str(rows), "--seed", "1", "--to", str(path)])
    return f"read_json('{path}/*', format='newline_delimited', columns={COLUMNS})"


def assert_in_topic(job, rows):
    """A producer that loses records is told from a pipeline that does."""
    consumer = Consumer({"bootstrap.servers": job.brokers, "group.id": "counting"})
    places = [TopicPartition(job.topic, partition) for partition in range(4)]
    ends = [consumer.get_watermark_offsets(place, timeout=10)[1] for place in places]
    consumer.close()
    assert sum(ends) == rows, f"the topic has {sum(ends)} records, {rows} were produced: {ends}"


def tell_missing(job, raw, rows):
    """Prints which records are missing, where they stand in the topic, and what the checkpoint read when."""
    missing = sorted(set(range(rows)) - set(raw.column("seq").to_pylist()))[:20]
    print(f"        missing seq {missing}")
    if os.path.exists(f"{job.dead}/_delta_log"):
        print(f"        {DeltaTable(job.dead).to_pyarrow_table().num_rows} dead letters")
    consumer = Consumer({"bootstrap.servers": job.brokers, "group.id": "missing"})
    places = [TopicPartition(job.topic, partition, 0) for partition in range(4)]
    ends = [consumer.get_watermark_offsets(place, timeout=10)[1] for place in places]
    print(f"        ends of the partitions {ends}, {sum(ends)} records")
    consumer.assign(places)
    left, idle = sum(ends), 0
    while left > 0 and idle < 10:
        messages = [message for message in consumer.consume(20_000, 1) if not message.error()]
        idle = 0 if messages else idle + 1
        left -= len(messages)
        for message in messages:
            if json.loads(message.value())["seq"] in missing:
                print(f"        in the topic: {message.partition()}@{message.offset()} {message.value()[:120]}")
    consumer.close()
    epochs = [MILLRACE, "checkpoint", "list", str(job.folder / "checkpoint"), "--limit", "100"]
    print(subprocess.run(epochs, capture_output=True, text=True).stdout[-20_000:], flush=True)


def assert_exact(job, folder, rows, own="true", paced=False):
    """Compares with what was produced. A paced generator spreads event times by its rate, so they are then left out."""
    time = "0" if paced else "epoch_us(ts)"
    raw = DeltaTable(job.raw).to_pyarrow_table()
    hot = DeltaTable(job.hot).to_pyarrow_table()
    source = produced(folder, rows)
    if raw.num_rows < rows:
        tell_missing(job, raw, rows)
    assert raw.num_rows >= rows, f"{raw.num_rows} rows, {rows} produced"
    expected = duckdb.sql(SUMMARY.format(rows=source, time=time)).fetchall()
    found = duckdb.sql(SUMMARY.format(rows=f"(SELECT * FROM raw WHERE {own})", time=time)).fetchall()
    assert found == expected, f"devices differ: {[pair for pair in zip(found, expected) if pair[0] != pair[1]][:3]}"
    filtered = f"SELECT count(*), sum(seq), sum(hash(device, {time}, temperature, seq)) FROM {{}}"
    expected_hot = duckdb.sql(filtered.format(f"{source} WHERE ok AND temperature > 20.5")).fetchall()
    assert duckdb.sql(filtered.format("hot")).fetchall() == expected_hot
    days = f"SELECT count(*) FROM raw WHERE {own} AND day <> CAST(ts AT TIME ZONE 'UTC' AS DATE)"
    assert duckdb.sql(days).fetchall() == [(0,)]


def a_million_records_are_there_once(folder, brokers, rows):
    job = Job(folder, brokers, "million")
    job.create_topic()
    assert job.generate(rows).wait() == 0
    assert_in_topic(job, rows)
    job.drain()
    assert_exact(job, folder, rows)
    before = job.versions()
    job.drain()
    assert job.versions() == before, "a run with nothing to read made a version"


def ten_kills_under_load_lose_and_double_nothing(folder, brokers, rows):
    job = Job(folder, brokers, "kills")
    job.create_topic()
    producer = job.generate(rows, rate=60_000)
    generator = random.Random(7)
    for _ in range(10):
        process = job.start()
        time.sleep(generator.uniform(0.2, 1.8))
        assert process.poll() is None, f"the run ended by itself with {process.returncode}"
        process.kill()
        process.wait()
    assert producer.wait() == 0
    assert_in_topic(job, rows)
    job.drain()
    assert_exact(job, folder, rows, paced=True)


def a_foreign_writer_all_the_time_loses_nothing(folder, brokers, rows):
    job = Job(folder, brokers, "foreign")
    job.create_topic()
    producer = job.generate(rows // 2, rate=100_000)
    process = job.start()
    while not os.path.exists(f"{job.raw}/_delta_log/00000000000000000001.json"):
        assert process.poll() is None
        time.sleep(0.05)
    fields = DeltaTable(job.raw).schema()
    arrow = pa.schema(fields)
    appended, stop, problems = [0], threading.Event(), []

    def append():
        while not stop.is_set():
            row = {
                "device": "foreign", "ts": 0, "temperature": 1.0, "humidity": None, "site": "x", "seq": -1 - appended[0],
                "ok": True, "day": 0,
            }
            table = pa.Table.from_pylist([row], schema=pa.schema([f.with_nullable(True) if f.name not in ("device", "ts") else f for f in arrow]))
            try:
                write_deltalake(job.raw, table, mode="append")
                appended[0] += 1
            except Exception as error:
                problems.append(error)
            time.sleep(0.02)

    writer = threading.Thread(target=append)
    writer.start()
    assert producer.wait() == 0
    assert_in_topic(job, rows // 2)
    time.sleep(2)
    stop.set()
    writer.join()
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    job.drain()
    assert appended[0] > 10, f"only {appended[0]} foreign appends; {problems[:1]}"
    assert_exact(job, folder, rows // 2, own="seq >= 0", paced=True)
    found = DeltaTable(job.raw).to_pyarrow_table(columns=["seq"]).column("seq").to_pylist()
    assert sorted(seq for seq in found if seq < 0) == sorted(-1 - i for i in range(appended[0]))


MALFORMED = [
    ("empty", b""), ("not json", b"hello"), ("truncated", b'{"device":"d","ts":"2026-01-01T00:00:00Z","temp'),
    ("array of numbers", b"[1,2,3]"), ("a number", b"42"), ("a string", b'"text"'), ("null", b"null"),
    ("missing device", b'{"ts":"2026-01-01T00:00:00Z"}'), ("null device", b'{"device":null,"ts":"2026-01-01T00:00:00Z"}'),
    ("missing ts", b'{"device":"d"}'), ("bad ts", b'{"device":"d","ts":"yesterday"}'),
    ("bad month", b'{"device":"d","ts":"2026-13-01T00:00:00Z"}'),
    ("text for a number", b'{"device":"d","ts":"2026-01-01T00:00:00Z","temperature":"warm"}'),
    ("object for a number", b'{"device":"d","ts":"2026-01-01T00:00:00Z","temperature":{}}'),
    ("fraction for BIGINT", b'{"device":"d","ts":"2026-01-01T00:00:00Z","seq":1.5}'),
    ("overflow of BIGINT", b'{"device":"d","ts":"2026-01-01T00:00:00Z","seq":9223372036854775808}'),
    ("number for BOOLEAN", b'{"device":"d","ts":"2026-01-01T00:00:00Z","ok":1}'),
    ("not UTF-8", b'{"device":"\xff\xfe","ts":"2026-01-01T00:00:00Z"}'),
    ("two values", b'{"device":"d","ts":"2026-01-01T00:00:00Z"} {"x":1}'),
    ("bad escape", b'{"device":"\\q","ts":"2026-01-01T00:00:00Z"}'),
]


def malformed_records_are_kept_once_each(folder, brokers, rows):
    job = Job(folder, brokers, "malformed")
    job.create_topic()
    producer = Producer({"bootstrap.servers": brokers, "linger.ms": 50, "queue.buffering.max.messages": 1_000_000})
    bad, good, problems = {}, 0, []

    def delivered(kind, raw):
        def note(error, message):
            problems.append(error) if error else bad.__setitem__((message.partition(), message.offset()), (kind, raw))

        return note

    for number in range(100_000):
        partition = number % 4
        if number % 100 == 50:
            kind, raw = MALFORMED[number // 100 % len(MALFORMED)]
            producer.produce(job.topic, raw, partition=partition, on_delivery=delivered(kind, raw))
        else:
            value = {"device": f"d{number % 50}", "ts": "2026-01-01T00:00:00Z", "temperature": 21.0, "seq": number, "ok": True}
            producer.produce(job.topic, json.dumps(value).encode(), partition=partition)
            good += 1
        producer.poll(0)
    producer.flush(60)
    assert not problems and len(bad) == 1000, (problems[:1], len(bad))
    job.drain()
    assert DeltaTable(job.raw).to_pyarrow_table(columns=["seq"]).num_rows == good
    letters = DeltaTable(job.dead).to_pyarrow_table().to_pylist()
    found = {(int(row["partition"].rsplit("-", 1)[1]), row["position"]): row for row in letters}
    assert len(letters) == len(found) == len(bad), (len(letters), len(found), len(bad))
    codes = {}
    for place, (kind, raw) in bad.items():
        row = found[place]
        assert row["raw"] == raw and row["source"] == "readings" and row["code"] and row["message"], (kind, row)
        codes.setdefault(kind, set()).add((row["code"], row["message"]))
    for kind, answers in codes.items():
        assert len(answers) == 1, (kind, answers)
        print(f"        {kind:22} {next(iter(answers))[0]}: {next(iter(answers))[1][:90]}")


def windows_of(folder, brokers, name):
    """A pipeline that counts per device and two seconds, epoch by epoch of equal length, and its command."""
    home = pathlib.Path(folder) / name
    home.mkdir()
    spec = {
        "name": "windows", "trigger": {"availableNow": True}, "maxRecordsPerEpoch": 20_000,
        "sources": {
            "readings": {
                "type": "kafka", "brokers": brokers, "topics": ["late"], "startingOffsets": "earliest", "format": {"type": "json"},
                "schema": SCHEMA, "watermark": {"column": "ts", "delay": "1 second"},
            }
        },
        "transforms": {
            "counts": {"sql": "SELECT device, window.start AS began, count(*) AS n, sum(seq) AS seqs FROM readings GROUP BY device, window(ts, '2 seconds')"}
        },
        "sinks": {"counts": {"type": "delta", "from": "counts", "table": str(home / "counts")}},
        "deadLetters": {"type": "delta", "table": str(home / "dead")},
        "checkpoint": str(home / "checkpoint"),
    }
    (home / "pipeline.json").write_text(json.dumps(spec))
    return home, [MILLRACE, "run", str(home / "pipeline.json"), "--finish", "--progress", "none"]


def kills_do_not_decide_what_is_late(folder, brokers, rows):
    target = f"kafka://{brokers}/late"
    subprocess.check_call([MILLRACE, "generate", "iot", "--rows", str(rows), "--devices", "100", "--partitions", "1", "--to", target])
    quiet, command = windows_of(folder, brokers, "quiet")
    subprocess.check_call(command, stderr=subprocess.DEVNULL)
    killed, command = windows_of(folder, brokers, "killed")
    generator, kills = random.Random(3), 0
    while True:
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            assert process.wait(generator.uniform(0.1, 0.6)) == 0, f"exit {process.returncode}"
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
    assert kills > 0
    for table, columns in (("counts", "*"), ("dead", "partition, position, code")):
        one, other = (DeltaTable(str(home / table)).to_pyarrow_table() for home in (quiet, killed))
        assert one.num_rows == other.num_rows > 0, f"{table}: {one.num_rows} rows, {other.num_rows} with {kills} kills"
        differing = duckdb.sql(f"SELECT count(*) FROM (SELECT {columns} FROM one EXCEPT ALL SELECT {columns} FROM other)").fetchall()
        assert differing == [(0,)], f"{table}: {differing} rows differ after {kills} kills"


CHECKS = [
    a_million_records_are_there_once,
    ten_kills_under_load_lose_and_double_nothing,
    a_foreign_writer_all_the_time_loses_nothing,
    malformed_records_are_kept_once_each,
    kills_do_not_decide_what_is_late,
]


def main():
    words = [word for word in sys.argv[1:] if not word.isdigit()]
    rows = next((int(word) for word in sys.argv[1:] if word.isdigit()), 1_000_000)
    chosen = [check for check in CHECKS if not words or any(word in check.__name__ for word in words)]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        port = 20_000 + os.getpid() % 20_000
        brokers = subprocess.check_output([KAFKA, "start", f"{folder}/kafka", str(port)], text=True).split()[0]
        try:
            for check in chosen:
                started = time.monotonic()
                try:
                    check(folder, brokers, rows)
                    print(f"passed  {check.__name__} ({time.monotonic() - started:.1f} s)", flush=True)
                except Exception:
                    failed += 1
                    print(f"FAILED  {check.__name__}\n{traceback.format_exc()}", flush=True)
        finally:
            subprocess.call([KAFKA, "stop", f"{folder}/kafka"], stdout=subprocess.DEVNULL)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
