# SPDX-License-Identifier: Apache-2.0
"""Exactly-once into a Kafka topic and a Delta table, whatever happens to the process, the broker and the wire between them.

Toxiproxy stands before the broker and can swallow its answers, so that a broker is killed between a request to commit and the answer.
What consumers see is read by kcat and by the Java client's console consumer, both read committed.
"""
import collections
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from deltalake import DeltaTable

MILLRACE = os.environ["MILLRACE_BINARY"]
KAFKA = os.environ["MILLRACE_KAFKA"]
TOXIPROXY = os.environ["MILLRACE_TOXIPROXY"]
ROWS = 60_000


class Cluster:
    """A broker behind a proxy."""

    def __init__(self, folder):
        self.folder = f"{folder}/kafka"
        self.port = 20_000 + os.getpid() % 10_000
        self.proxy_port, self.control_port = self.port + 10, self.port + 11
        self.brokers = f"127.0.0.1:{self.proxy_port}"
        self.proxy = subprocess.Popen(
            [TOXIPROXY, "-host", "127.0.0.1", "-port", str(self.control_port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                self.control("POST", "/proxies", name="kafka", listen=self.brokers, upstream=f"127.0.0.1:{self.port}")
                break
            except OSError:
                time.sleep(0.05)
        self.start()

    def control(self, method, path, **body):
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(f"http://127.0.0.1:{self.control_port}{path}", data, method=method)
        urllib.request.urlopen(request).read()

    def start(self):
        subprocess.check_call(
            [KAFKA, "start", self.folder, str(self.port), f"advertised.listeners=PLAINTEXT://{self.brokers}"],
            stdout=subprocess.DEVNULL)

    def kill(self):
        subprocess.check_call([KAFKA, "kill", self.folder], stdout=subprocess.DEVNULL)

    def swallow_answers(self):
        self.control(
            "POST", "/proxies/kafka/toxics", name="mute", type="timeout", stream="downstream", attributes={"timeout": 0})

    def heal(self):
        self.control("DELETE", "/proxies/kafka/toxics/mute")

    def close(self):
        subprocess.call([KAFKA, "kill", self.folder], stdout=subprocess.DEVNULL)
        self.proxy.kill()


class Job:
    """A topic into a topic and a table."""

    def __init__(self, folder, cluster, name, **properties):
        self.cluster, self.name = cluster, name
        self.folder = pathlib.Path(folder) / name
        self.folder.mkdir()
        self.table = str(self.folder / "table")
        admin = AdminClient({"bootstrap.servers": cluster.brokers})
        for future in admin.create_topics([NewTopic(f"{name}-{end}", 3, 1) for end in ("in", "out")]).values():
            future.result(30)
        subprocess.check_call(
            [MILLRACE, "generate", "iot", "--rows", str(ROWS), "--to", f"kafka://{cluster.brokers}/{name}-in"],
            stderr=subprocess.DEVNULL)
        spec = {
            "name": name,
            "trigger": {"interval": "20 ms"},
            "maxRecordsPerEpoch": 300,
            "sources": {
                "readings": {
                    "type": "kafka", "brokers": cluster.brokers, "topics": [f"{name}-in"],
                    "schema": "device STRING NOT NULL, seq BIGINT NOT NULL",
                }
            },
            "sinks": {
                "topic": {
                    "type": "kafka", "from": "readings", "brokers": cluster.brokers, "topic": f"{name}-out",
                    "key": "device", "properties": properties,
                },
                "table": {"type": "delta", "from": "readings", "table": self.table},
            },
            "deadLetters": {"type": "delta", "table": str(self.folder / "dead")},
            "checkpoint": str(self.folder / "checkpoint"),
        }
        self.pipeline = str(self.folder / "pipeline.json")
        pathlib.Path(self.pipeline).write_text(json.dumps(spec))
        self.log = open(self.folder / "log", "a")

    def start(self):
        return subprocess.Popen([MILLRACE, "run", self.pipeline, "--progress", "none"], stderr=self.log)

    def stop(self, process):
        process.send_signal(signal.SIGTERM)
        code = process.wait(120)
        assert code == 0, f"exit {code}: {(self.folder / 'log').read_text()[-3000:]}"

    def drain(self):
        done = subprocess.run(
            [MILLRACE, "run", self.pipeline, "--progress", "none", "--available-now"], capture_output=True, text=True)
        assert done.returncode == 0, f"exit {done.returncode}: {done.stderr[-3000:]}"

    def progress(self):
        """How far the table is, without opening it whole."""
        try:
            return DeltaTable(self.table).version()
        except Exception:
            return -1

    def console(self, topic):
        """What the Java client's console consumer prints. It ends when nothing comes for a while, which on a busy machine is longer."""
        for millis in (8_000, 30_000, 120_000):
            done = subprocess.run(
                [KAFKA, "consumer", "--bootstrap-server", self.cluster.brokers, "--topic", topic, "--from-beginning",
                 "--timeout-ms", str(millis), "--isolation-level", "read_committed"], capture_output=True, text=True)
            lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
            if len(lines) >= ROWS:
                break
        return lines

    def assert_exact(self):
        out = f"{self.name}-out"
        kcat = subprocess.check_output(
            ["kcat", "-q", "-b", self.cluster.brokers, "-C", "-t", out, "-e", "-o", "beginning", "-X",
             "isolation.level=read_committed", "-f", "%s\n"], text=True).splitlines()
        java = self.console(out)
        expected = collections.Counter(range(ROWS))
        for who, lines in (("kcat", kcat), ("console consumer", java)):
            seen = collections.Counter(json.loads(line)["seq"] for line in lines)
            missing, doubled = expected - seen, seen - expected
            assert seen == expected, f"{who}: {len(missing)} missing, {sum(doubled.values())} doubled of {len(lines)}"
        table = DeltaTable(self.table)
        assert collections.Counter(table.to_pyarrow_table(columns=["seq"])["seq"].to_pylist()) == expected
        position = Consumer({"bootstrap.servers": self.cluster.brokers, "group.id": f"millrace-sink-{self.name}.topic"})
        next_epoch = position.committed([TopicPartition(out, 0)], timeout=20)[0].offset
        recorded = next(commit["millrace"] for commit in table.history() if "millrace" in commit)
        epoch = recorded["epoch"] if isinstance(recorded, dict) else json.loads(recorded)["epoch"]
        assert next_epoch == epoch + 1, (next_epoch, epoch)


def kills_of_process_and_broker_and_lost_answers_are_repaired(folder, cluster):
    job = Job(folder, cluster, "killed")
    dice = random.Random(7)
    faults = ["answers", "process", "broker", "answers", "process", "answers", "process", "answers"]
    process = job.start()
    for fault in faults:
        before = job.progress()
        for _ in range(600):
            if job.progress() > before + 3 or process.poll() is not None:
                break
            time.sleep(0.05)
        assert process.poll() is None, f"it has ended with {process.returncode}"
        time.sleep(dice.uniform(0.0, 0.3))
        print(f"        {fault} after version {job.progress()}", flush=True)
        if fault == "process":
            process.kill()
            process.wait()
            process = job.start()
        else:
            if fault == "answers":
                cluster.swallow_answers()
                time.sleep(dice.uniform(0.02, 0.2))
            cluster.kill()
            if fault == "answers":
                cluster.heal()
            cluster.start()
    time.sleep(1)
    job.stop(process)
    job.drain()
    job.assert_exact()


def transactions_that_last_too_long_are_published_again(folder, cluster):
    job = Job(folder, cluster, "paused", **{"transaction.timeout.ms": 1500})
    dice = random.Random(3)
    process = job.start()
    for _ in range(6):
        time.sleep(dice.uniform(0.3, 0.8))
        process.send_signal(signal.SIGSTOP)
        time.sleep(3)
        process.send_signal(signal.SIGCONT)
    time.sleep(1)
    job.stop(process)
    aborted = (job.folder / "log").read_text().count("the brokers aborted it")
    print(f"        {aborted} transactions were aborted by the broker", flush=True)
    job.drain()
    job.assert_exact()


CHECKS = [
    kills_of_process_and_broker_and_lost_answers_are_repaired,
    transactions_that_last_too_long_are_published_again,
]


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(folder)
        try:
            for check in [check for check in CHECKS if all(word in check.__name__ for word in sys.argv[1:])]:
                started = time.monotonic()
                try:
                    check(folder, cluster)
                    print(f"passed  {check.__name__} ({time.monotonic() - started:.1f} s)", flush=True)
                except Exception:
                    failed += 1
                    print(f"FAILED  {check.__name__}\n{traceback.format_exc()}", flush=True)
        finally:
            cluster.close()
    return 1 if failed else 0


sys.exit(main())
