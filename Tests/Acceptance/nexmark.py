# SPDX-License-Identifier: Apache-2.0
"""Nexmark's queries over recorded persons, auctions and bids: rows equal to what DuckDB and, where it is recorded, RisingWave answer.

Each query runs three times: at once, in small epochs, and killed with SIGKILL again and again. Needs MILLRACE_NEXMARK, the folder
with inputs/ and results/ (of RisingWave's e2e_test/nexmark).
"""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import traceback

import duckdb
from deltalake import DeltaTable

MILLRACE = os.environ["MILLRACE_BINARY"]
CORPUS = pathlib.Path(os.environ["MILLRACE_NEXMARK"])
TABLES = {
    "person": "id BIGINT, name STRING, email_address STRING, credit_card STRING, city STRING, state STRING, date_time TIMESTAMP, extra STRING",
    "auction": "id BIGINT, item_name STRING, description STRING, initial_bid BIGINT, reserve BIGINT, date_time TIMESTAMP, expires TIMESTAMP, seller BIGINT, category BIGINT, extra STRING",
    "bid": "auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, date_time TIMESTAMP, extra STRING",
}
HOP = "SELECT auction, window, count(*) AS num FROM bid GROUP BY auction, window(date_time, '10 seconds', '2 seconds')"
HOP_ORACLE = """SELECT auction, time_bucket(INTERVAL 2 SECOND, date_time) - n * INTERVAL 2 SECOND AS start, count(*) AS num
    FROM bid, range(5) AS slides(n) GROUP BY ALL"""

# query → (our SQL, DuckDB's SQL; None: the same text)
QUERIES = {
    "q0": ("SELECT auction, bidder, price, date_time, extra FROM bid", None),
    "q1": ("SELECT auction, bidder, 0.908 * price AS price, date_time, extra FROM bid", None),
    "q2": ("SELECT auction, price FROM bid WHERE auction % 123 = 16", None),
    "q3": (
        """SELECT p.name, p.city, p.state, a.id FROM auction a JOIN person p ON a.seller = p.id
           WHERE a.category = 10 AND p.state IN ('or', 'id', 'ca')""", None),
    "q4": (
        """SELECT category, avg(final) AS average FROM (
             SELECT max(b.price) AS final, a.category, a.id FROM auction a JOIN bid b ON a.id = b.auction
             WHERE b.date_time BETWEEN a.date_time AND a.expires GROUP BY a.id, a.category) GROUP BY category""", None),
    "q5": (
        f"""WITH counts AS ({HOP}), most AS (SELECT window, max(num) AS maxn FROM counts GROUP BY window)
            SELECT counts.auction, counts.num FROM counts JOIN most ON counts.window = most.window AND counts.num >= most.maxn""",
        f"""WITH counts AS ({HOP_ORACLE}), most AS (SELECT start, max(num) AS maxn FROM counts GROUP BY start)
            SELECT auction, num FROM counts JOIN most ON counts.start = most.start AND num >= maxn"""),
    "q7": (
        """WITH most AS (SELECT max(price) AS maxprice, window FROM bid GROUP BY window(date_time, '10 seconds'))
           SELECT b.auction, b.price, b.bidder, b.date_time FROM bid b JOIN most ON b.price = most.maxprice
           AND b.date_time BETWEEN most.window.end - INTERVAL 10 SECONDS AND most.window.end""",
        """WITH most AS (SELECT max(price) AS maxprice, time_bucket(INTERVAL 10 SECOND, date_time) + INTERVAL 10 SECOND AS ending FROM bid GROUP BY ending)
           SELECT auction, price, bidder, date_time FROM bid JOIN most ON price = maxprice AND date_time BETWEEN ending - INTERVAL 10 SECOND AND ending"""),
    "q8": (
        """WITH p AS (SELECT id, name, window FROM person GROUP BY id, name, window(date_time, '10 seconds')),
                a AS (SELECT seller, window FROM auction GROUP BY seller, window(date_time, '10 seconds'))
           SELECT p.id, p.name, p.window.start AS starttime FROM p JOIN a ON p.id = a.seller AND p.window = a.window""",
        """WITH p AS (SELECT DISTINCT id, name, time_bucket(INTERVAL 10 SECOND, date_time) AS start FROM person),
                a AS (SELECT DISTINCT seller, time_bucket(INTERVAL 10 SECOND, date_time) AS start FROM auction)
           SELECT p.id, p.name, p.start FROM p JOIN a ON p.id = a.seller AND p.start = a.start"""),
    "q11": (
        """SELECT bidder, count(*) AS bids, session_window.start AS starttime, session_window.end AS endtime
           FROM bid GROUP BY bidder, session_window(date_time, '10 seconds')""",
        """WITH marked AS (SELECT bidder, date_time, date_time - lag(date_time) OVER w > INTERVAL 10 SECOND IS NOT FALSE AS opens
                           FROM bid WINDOW w AS (PARTITION BY bidder ORDER BY date_time)),
                numbered AS (SELECT *, sum(opens::INT) OVER (PARTITION BY bidder ORDER BY date_time) AS session FROM marked)
           SELECT bidder, count(*), min(date_time), max(date_time) + INTERVAL 10 SECOND FROM numbered GROUP BY bidder, session"""),
    "q12": (
        """SELECT bidder, count(*) AS bids, window.start AS starttime, window.end AS endtime
           FROM bid GROUP BY bidder, window(date_time, '10 seconds')""",
        """SELECT bidder, count(*), time_bucket(INTERVAL 10 SECOND, date_time) AS start, start + INTERVAL 10 SECOND
           FROM bid GROUP BY bidder, start"""),
    "q17": (
        """SELECT auction, date_format(date_time, 'yyyy-MM-dd') AS day, count(*) AS total_bids,
             count(*) FILTER (WHERE price < 10000) AS rank1_bids,
             count(*) FILTER (WHERE price >= 10000 AND price < 1000000) AS rank2_bids,
             count(*) FILTER (WHERE price >= 1000000) AS rank3_bids,
             min(price) AS min_price, max(price) AS max_price, avg(price) AS avg_price, sum(price) AS sum_price
           FROM bid GROUP BY auction, date_format(date_time, 'yyyy-MM-dd')""",
        """SELECT auction, strftime(date_time, '%Y-%m-%d') AS day, count(*), count(*) FILTER (WHERE price < 10000),
             count(*) FILTER (WHERE price >= 10000 AND price < 1000000), count(*) FILTER (WHERE price >= 1000000),
             min(price), max(price), avg(price), sum(price) FROM bid GROUP BY auction, day"""),
    "q18": (
        """SELECT auction, bidder, last.price, last.channel, last.url, last.date_time, last.extra FROM (
             SELECT auction, bidder, max_by(named_struct('price', price, 'channel', channel, 'url', url, 'date_time', date_time, 'extra', extra), named_struct('t', date_time, 'p', price)) AS last
             FROM bid GROUP BY auction, bidder)""",
        """SELECT auction, bidder, price, channel, url, date_time, extra FROM bid
           QUALIFY row_number() OVER (PARTITION BY bidder, auction ORDER BY date_time DESC, price DESC) = 1"""),
    "q20": (
        """SELECT b.auction, b.bidder, b.price, b.channel, b.url, b.date_time, b.extra, a.item_name, a.description, a.initial_bid, a.reserve,
             a.date_time AS a_date_time, a.expires, a.seller, a.category, a.extra AS a_extra
           FROM bid b JOIN auction a ON b.auction = a.id WHERE a.category = 10""", None),
}
WITH_RESULTS = ["q3", "q4", "q5", "q7", "q8", "q17"]


def pipeline(folder, query, sql, **more):
    names = [name for name in TABLES if f" {name}" in f" {sql} "]
    sources = {
        name: {
            "type": "files", "path": str(CORPUS / "inputs" / f"{name}.jsonl"), "format": {"type": "json"}, "schema": TABLES[name],
            "watermark": {"column": "date_time", "delay": "10 seconds"},
        }
        for name in names
    }
    spec = {
        "name": query, "trigger": {"availableNow": True}, "sources": sources, "transforms": {"answer": {"sql": " ".join(sql.split())}},
        "sinks": {"table": {"type": "delta", "from": "answer", "table": str(folder / "table")}},
        "deadLetters": {"type": "delta", "table": str(folder / "dead")}, "checkpoint": str(folder / "checkpoint"), **more,
    }
    folder.mkdir(parents=True)
    path = folder / "pipeline.json"
    path.write_text(json.dumps(spec, indent=2))
    return path


def command(path, *arguments):
    return [MILLRACE, "run", str(path), "--progress", "none", *arguments]


def finish(path):
    done = subprocess.run(command(path, "--finish"), capture_output=True, text=True)
    assert done.returncode == 0, f"exit {done.returncode}: {done.stderr[-2000:]}"


def cell(value):
    if value is None:
        return "NULL"
    if hasattr(value, "isoformat"):
        return value.replace(tzinfo=None).isoformat(sep=" ")
    if isinstance(value, (int, float)) or type(value).__name__ == "Decimal":
        return f"{float(value):.10g}"
    return str(value)


def rows_of(folder):
    dead = folder / "dead"
    letters = DeltaTable(str(dead)).to_pyarrow_table().to_pylist() if dead.exists() else []
    assert not letters, f"{len(letters)} dead letters: {letters[0]['message']}"
    if not (folder / "table").exists():
        return []
    return sorted(tuple(cell(value) for value in row.values()) for row in DeltaTable(str(folder / "table")).to_pyarrow_table().to_pylist())


def oracle(sql):
    return sorted(tuple(cell(value) for value in row) for row in duckdb.sql(sql).fetchall())


def recorded(query):
    text = (CORPUS / "results" / f"{query}.slt.part").read_text().split("----\n")[1]
    return sorted(tuple(number(word) for word in line.split()) for line in text.splitlines() if line.strip())


def number(word):
    try:
        return f"{float(word):.6g}"
    except ValueError:
        return word.rstrip("0") if ":" in word and "." in word else word


def check(folder, query, kills):
    ours, theirs = QUERIES[query]
    expected = oracle(theirs or ours)
    whole = pipeline(folder / "whole", query, ours)
    finish(whole)
    found = rows_of(folder / "whole")
    assert found == expected, f"at once: {len(found)} rows, {len(expected)} expected\n  {found[:3]}\n  {expected[:3]}"
    if query in WITH_RESULTS:
        words = sorted(tuple(number(word) for text in row for word in text.split()) for row in found)
        assert words == recorded(query), f"RisingWave recorded\n  {recorded(query)[:3]}\nwe gave\n  {words[:3]}"
    small = pipeline(folder / "small", query, ours, maxRecordsPerEpoch=7)
    finish(small)
    assert rows_of(folder / "small") == expected, "in small epochs"
    killed = pipeline(folder / "killed", query, ours, maxRecordsPerEpoch=3)
    for _ in range(kills):
        process = subprocess.Popen(command(killed), stderr=subprocess.DEVNULL)
        time.sleep(random.uniform(0.005, 0.15))
        process.kill()
        process.wait()
    finish(killed)
    assert rows_of(folder / "killed") == expected, "after kills"
    print(f"        {query}: {len(expected)} rows")


def main():
    chosen = [query for query in QUERIES if len(sys.argv) == 1 or query in sys.argv[1:]]
    random.seed(7)
    duckdb.sql("SET TimeZone = 'UTC'")
    for name in TABLES:
        fields = TABLES[name].replace("STRING", "VARCHAR").split(", ")
        columns = ", ".join(f"{field.split()[0]}: '{field.split()[1]}'" for field in fields)
        duckdb.sql(f"CREATE VIEW {name} AS SELECT * FROM read_json('{CORPUS}/inputs/{name}.jsonl', columns={{{columns}}})")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for query in chosen:
            try:
                check(pathlib.Path(folder) / query, query, kills=6)
                print(f"passed  {query}", flush=True)
            except Exception as error:
                failed += 1
                print(f"FAILED  {query}: {error if isinstance(error, AssertionError) else traceback.format_exc()}", flush=True)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
