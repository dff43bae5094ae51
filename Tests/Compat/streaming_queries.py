# SPDX-License-Identifier: Apache-2.0
"""Spark Structured Streaming as a second opinion: the same SQL over the same files gives the same rows, in append mode, when all
that is there has been read. Windows that the watermark has not passed come out of neither."""
import json
import random
from datetime import datetime

# No session ends right at the watermark: Spark would close it, and we would wait for a record at that moment.
WATERMARK = "1005 milliseconds"
# The number of the last reading, which passes the filters of all queries: in Spark, the watermark follows only records that are left of
# filters that its optimizer moves below it.
LAST = 28 * 2_100
TUMBLING = """
    SELECT window.start AS start, window.end AS end, site, count(*) AS n, sum(seq) AS seqs, min(temperature) AS low,
           max(temperature) AS high, count(humidity) AS humid, count_if(ok) AS good, bool_and(ok) AS all_ok,
           avg(seq) AS mean, max_by(device, seq) AS newest, min_by(device, temperature) AS coldest
    FROM readings GROUP BY window(ts, '2 seconds'), site
"""
SLIDING = """
    SELECT window.start AS start, device, count(*) AS n, max(seq) AS newest
    FROM readings WHERE seq % 50 = 0 GROUP BY window(ts, '5 seconds', '1 second'), device
"""
OFFSET = """
    SELECT window.start AS start, count(*) AS n, sum(CAST(temperature AS DECIMAL(10,3))) AS exact, round(avg(temperature), 9) AS mean
    FROM readings GROUP BY window(ts, '7 seconds', '7 seconds', '3 seconds')
"""
SESSION = """
    SELECT session_window.start AS start, session_window.end AS end, device, count(*) AS n, sum(seq) AS seqs
    FROM readings WHERE seq % 20 = 0 GROUP BY session_window(ts, '3 seconds'), device
"""
VARIABLE_SESSION = """
    SELECT session_window.start AS start, session_window.end AS end, device, count(*) AS n
    FROM readings WHERE seq % 20 = 0
    GROUP BY session_window(ts, CASE WHEN ok THEN '1 second' ELSE '4 seconds' END), device
"""
CHAINED = """
    SELECT window(window_time(w), '10 seconds').start AS start, max(n) AS most, sum(n) AS total
    FROM (SELECT window AS w, site, count(*) AS n FROM readings GROUP BY window(ts, '2 seconds'), site)
    GROUP BY window(window_time(w), '10 seconds')
"""
HAVING = """
    SELECT window.start AS start, device, count(*) FILTER (WHERE ok) AS good, round(stddev_samp(seq), 6) AS spread,
           round(var_pop(seq), 6) AS variance
    FROM readings GROUP BY window(ts, '2 seconds'), device HAVING count(*) > 1 AND max(temperature) > 20
"""
SIDES = """
    WITH a AS (SELECT device, ts AS a_ts, seq AS a_seq FROM readings WHERE seq % 7 = 0),
         b AS (SELECT device, ts AS b_ts, seq AS b_seq FROM readings WHERE seq % 5 = 0)
"""
BOUNDS = "a.device = b.device AND b_ts >= a_ts AND b_ts <= a_ts + INTERVAL 3 SECONDS"
INNER = f"{SIDES} SELECT a.device, a_ts, a_seq, b_ts, b_seq FROM a JOIN b ON {BOUNDS}"
LEFT = f"{SIDES} SELECT a.device, a_ts, a_seq, b_ts, b_seq FROM a LEFT JOIN b ON {BOUNDS} AND b_seq % 10 = 0"
RIGHT = f"{SIDES} SELECT b.device, a_ts, a_seq, b_ts, b_seq FROM a RIGHT JOIN b ON {BOUNDS} AND a_seq % 14 = 0"
FULL = f"{SIDES} SELECT a.device AS a_device, b.device AS b_device, a_ts, a_seq, b_ts, b_seq FROM a FULL JOIN b ON {BOUNDS}"
SEMI = f"{SIDES} SELECT a.device, a_ts, a_seq FROM a LEFT SEMI JOIN b ON {BOUNDS}"
OF_WINDOWS = """
    WITH a AS (SELECT window, device, count(*) AS n FROM readings WHERE seq % 3 = 0 GROUP BY window(ts, '2 seconds'), device),
         b AS (SELECT window, device, max(seq) AS newest FROM readings WHERE seq % 4 = 0 GROUP BY window(ts, '2 seconds'), device)
    SELECT a.window.start AS start, a.device, n, newest FROM a JOIN b ON a.window = b.window AND a.device = b.device
"""


def generate(world):
    """Readings out of order, but never by more than the watermark allows: however they are split into epochs, none is late."""
    world.generate()
    chance = random.Random(1)
    records = []
    for file in sorted(world.input.iterdir()):
        for line in file.read_text().splitlines():
            record = json.loads(line)
            if record["seq"] > LAST:
                continue
            second = datetime.fromisoformat(record["ts"]).timestamp()
            records.append((second + chance.random() * 0.9, line))
        file.unlink()
    (world.input / "readings.jsonl").write_text("".join(f"{line}\n" for _, line in sorted(records)))


def ours(world, transforms):
    """The rows that our pipeline gives; the last transform is the answer."""
    generate(world)
    spec = {
        "name": world.folder.name,
        "trigger": {"availableNow": True},
        "maxRecordsPerEpoch": 7_000,
        "sources": {
            "readings": {
                "type": "files", "path": str(world.input), "format": {"type": "json"}, "schema": world.schema,
                "watermark": {"column": "ts", "delay": WATERMARK},
            }
        },
        "transforms": transforms,
        "sinks": {"out": {"type": "delta", "from": list(transforms)[-1], "table": world.table}},
        "deadLetters": {"type": "delta", "table": str(world.folder / "dead")},
        "checkpoint": str(world.folder / "checkpoint"),
    }
    world.pipeline.write_text(json.dumps(spec))
    world.run_to_end()


def theirs(spark, world, answer):
    """The rows that Spark gives for the same files, read in one go: none can be late."""
    stream = (
        spark.readStream.schema(world.schema.replace(" NOT NULL", "")).json(str(world.input)).withWatermark("ts", WATERMARK)
    )
    query = (
        answer(spark, stream).writeStream.format("delta").outputMode("append").trigger(availableNow=True)
        .option("checkpointLocation", str(world.folder / "spark-checkpoint")).start(str(world.folder / "spark-table"))
    )
    query.awaitTermination()
    return spark.read.format("delta").load(str(world.folder / "spark-table"))


def same(spark, world):
    left = spark.read.format("delta").load(world.table)
    right = spark.read.format("delta").load(str(world.folder / "spark-table")).select(left.columns)
    missing, extra = right.exceptAll(left), left.exceptAll(right)
    counts = (missing.count(), extra.count())
    assert counts == (0, 0), f"{counts} rows differ; Spark: {missing.head(2)} ours: {extra.head(2)}"
    assert left.count() > 0, "nothing came out"


def query_check(name, sql):
    def check(make_world, spark, folder):
        world = make_world(folder, f"stream-{name}")
        ours(world, {"answer": {"sql": " ".join(sql.split())}})

        def answer(spark, stream):
            stream.createOrReplaceTempView("readings")
            return spark.sql(sql)

        theirs(spark, world, answer)
        same(spark, world)

    check.__name__ = f"spark_agrees_on_{name}"
    return check


def deduplication(make_world, spark, folder):
    world = make_world(folder, "stream-deduplicate")
    # All columns are keys, so that it does not matter which of equal rows each engine takes for the first.
    ours(
        world,
        {
            "seconds": {"sql": "SELECT device, ts, date_trunc('second', ts) AS second FROM readings WHERE seq % 2 = 0"},
            "once": {"op": "deduplicate", "from": "seconds", "keys": ["device", "second"], "within": "10 seconds"},
            "answer": {"sql": "SELECT device, second FROM once"},
        },
    )

    def answer(spark, stream):
        rows = stream.where("seq % 2 = 0").selectExpr("device", "ts", "date_trunc('second', ts) AS second")
        return rows.dropDuplicatesWithinWatermark(["device", "second"]).select("device", "second")

    theirs(spark, world, answer)
    same(spark, world)


deduplication.__name__ = "spark_agrees_on_deduplication"

QUERIES = {
    "tumbling_windows": TUMBLING, "sliding_windows": SLIDING, "windows_with_offset": OFFSET, "session_windows": SESSION,
    "sessions_of_variable_gap": VARIABLE_SESSION, "windows_of_windows": CHAINED, "having_and_filter": HAVING,
    "inner_join": INNER, "left_join": LEFT, "right_join": RIGHT, "full_join": FULL, "semi_join": SEMI,
    "join_of_windows": OF_WINDOWS,
}
CHECKS = [query_check(name, sql) for name, sql in QUERIES.items()] + [deduplication]
