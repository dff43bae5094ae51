# SPDX-License-Identifier: Apache-2.0
"""Spark with Delta's reference implementation reads, changes and streams our tables, and we append to Spark's.

Each check prints one line; the last line counts them. Exit code 1 when any failed.
"""
import glob
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import traceback

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

import streaming_queries

MILLRACE = os.environ["MILLRACE_BINARY"]
JARS = os.path.abspath(os.environ["MILLRACE_SPARK_JARS"])
ROWS = 60_000
SCHEMA = (
    "device STRING NOT NULL, ts TIMESTAMP NOT NULL, temperature DOUBLE, humidity DOUBLE, "
    "site STRING, seq BIGINT, ok BOOLEAN"
)


def session():
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    builder = SparkSession.builder.master("local[2]").appName("compat")
    settings = {
        "spark.jars": ",".join(glob.glob(f"{JARS}/*.jar")),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.databricks.delta.retentionDurationCheck.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


class World:
    """A folder with generated input files and one pipeline over them."""

    schema = SCHEMA

    def __init__(self, folder, name):
        self.folder = pathlib.Path(folder) / name
        self.input = self.folder / "input"
        self.table = str(self.folder / "table")
        self.input.mkdir(parents=True, exist_ok=True)
        self.pipeline = self.folder / "pipeline.json"

    def generate(self, rows=ROWS, seed=1):
        subprocess.check_call(
            [MILLRACE, "generate", "iot", "--rows", str(rows), "--seed", str(seed), "--to", str(self.input)]
        )

    def write(self, sql="SELECT *, CAST(ts AS DATE) AS day FROM readings", partition_by=("day",), trigger=None, **sink):
        self.pipeline.write_text(
            json.dumps(
                {
                    "name": self.folder.name,
                    "trigger": trigger or {"availableNow": True},
                    "maxRecordsPerEpoch": 10_000,
                    "sources": {
                        "readings": {
                            "type": "files", "path": str(self.input), "format": {"type": "json"}, "schema": SCHEMA,
                        }
                    },
                    "transforms": {"good": {"sql": sql}},
                    "sinks": {
                        "out": {
                            "type": "delta", "from": "good", "table": self.table, "partitionBy": list(partition_by), **sink,
                        }
                    },
                    "deadLetters": {"type": "delta", "table": str(self.folder / "dead")},
                    "checkpoint": str(self.folder / "checkpoint"),
                }
            )
        )

    def run(self, *arguments):
        return subprocess.run(
            [MILLRACE, "run", str(self.pipeline), "--progress", "none", *arguments], capture_output=True, text=True
        )

    def run_to_end(self):
        done = self.run()
        assert done.returncode == 0, done.stderr
        return done

    def start(self):
        return subprocess.Popen(
            [MILLRACE, "run", str(self.pipeline), "--progress", "none"], stderr=subprocess.PIPE, text=True
        )

    def read_input(self, spark):
        return (
            spark.read.schema(SCHEMA.replace(" NOT NULL", "")).json(str(self.input))
            .withColumn("day", F.to_date("ts"))
        )


COLUMNS = ["device", "ts", "temperature", "humidity", "site", "seq", "ok", "day"]


def same_rows(left, right, columns=COLUMNS):
    left, right = left.select(columns), right.select(columns)
    missing, extra = right.exceptAll(left).count(), left.exceptAll(right).count()
    assert (missing, extra) == (0, 0), f"{missing} rows are missing and {extra} are too many"


def spark_reads_our_table(spark, folder):
    world = World(folder, "reads")
    world.generate()
    world.write()
    world.run_to_end()
    same_rows(spark.read.format("delta").load(world.table), world.read_input(spark))
    history = spark.sql(f"DESCRIBE HISTORY delta.`{world.table}`").collect()
    assert len(history) >= ROWS // 10_000, history


def spark_skips_files_by_our_statistics(spark, folder):
    world = World(folder, "reads")
    table = spark.read.format("delta").load(world.table)
    assert table.where("seq < 0").count() == 0
    middle = ROWS // 2
    assert table.where(f"seq >= {middle}").count() == world.read_input(spark).where(f"seq >= {middle}").count()


def spark_maintains_while_the_stream_goes_on(spark, folder):
    """Spark appends, merges, optimizes and vacuums all the time; nothing of either side is lost."""
    world = World(folder, "maintains")
    world.generate(rows=20_000, seed=1)
    world.write(trigger={"interval": "100 ms"})
    process = world.start()
    try:
        deadline = time.monotonic() + 60
        while not glob.glob(f"{world.table}/_delta_log/*2.json") and time.monotonic() < deadline:
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.05)
        foreign = 0
        for turn in range(6):
            subprocess.check_call(
                [MILLRACE, "generate", "iot", "--rows", "5000", "--seed", str(100 + turn), "--to", str(world.input / f"more-{turn}.jsonl")]
            )
            row = [(f"spark-{turn}", -1 - turn)]
            added = spark.createDataFrame(row, "device STRING, seq BIGINT").selectExpr(
                "device", "TIMESTAMP '2026-01-01 00:00:00' AS ts", "CAST(1 AS DOUBLE) AS temperature",
                "CAST(NULL AS DOUBLE) AS humidity", "'spark' AS site", "seq", "true AS ok", "DATE '2026-01-01' AS day",
            )
            added.write.format("delta").mode("append").save(world.table)
            foreign += 1
            if turn == 2:
                spark.sql(f"OPTIMIZE delta.`{world.table}`")
            if turn == 3:
                added.createOrReplaceTempView("changes")
                spark.sql(
                    f"MERGE INTO delta.`{world.table}` t USING changes c ON t.device = c.device "
                    "WHEN MATCHED THEN UPDATE SET site = 'merged' WHEN NOT MATCHED THEN INSERT *"
                )
            if turn == 5:
                spark.sql(f"VACUUM delta.`{world.table}` RETAIN 168 HOURS")
        wanted = 20_000 + 6 * 5_000
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert process.poll() is None, process.stderr.read()
            if spark.read.format("delta").load(world.table).where("seq >= 0").count() >= wanted:
                break
            time.sleep(0.5)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert process.returncode == 0, process.stderr.read()
    table = spark.read.format("delta").load(world.table)
    same_rows(table.where("seq >= 0"), world.read_input(spark))
    assert table.where("seq < 0").count() == foreign
    assert table.where("site = 'merged'").count() == 1


def spark_streams_from_our_table(spark, folder):
    world = World(folder, "reads")
    target = str(world.folder / "streamed")
    query = (
        spark.readStream.format("delta").load(world.table)
        .writeStream.format("delta").option("checkpointLocation", target + "-checkpoint")
        .trigger(availableNow=True).start(target)
    )
    query.awaitTermination(120)
    same_rows(spark.read.format("delta").load(target), world.read_input(spark))


def we_append_to_a_table_that_spark_created(spark, folder, name="created", properties="", partition_by=("day",)):
    world = World(folder, name)
    world.generate()
    partitioned = f"PARTITIONED BY ({', '.join(partition_by)})" if partition_by else ""
    spark.sql(
        f"CREATE TABLE delta.`{world.table}` (device STRING NOT NULL, ts TIMESTAMP NOT NULL, temperature DOUBLE, "
        "humidity DOUBLE, site STRING, seq BIGINT, ok BOOLEAN, day DATE) USING delta "
        f"{partitioned} {properties}"
    )
    spark.sql(
        f"INSERT INTO delta.`{world.table}` VALUES ('spark', TIMESTAMP '2026-01-01 00:00:00', 1, NULL, 's', -1, true, DATE '2026-01-01')"
    )
    world.write(partition_by=partition_by)
    world.run_to_end()
    table = spark.read.format("delta").load(world.table)
    same_rows(table.where("seq >= 0"), world.read_input(spark))
    assert table.where("seq = -1").count() == 1


def with_properties(name, properties, partition_by=("day",)):
    def check(spark, folder):
        we_append_to_a_table_that_spark_created(spark, folder, name, f"TBLPROPERTIES ({properties})", partition_by)

    check.__name__ = f"we_append_to_a_spark_table_with_{name}"
    return check


def we_read_a_table_checkpoint_that_spark_wrote(spark, folder):
    """More than ten Spark commits leave a Parquet checkpoint; we must open the table through it."""
    world = World(folder, "checkpointed")
    world.generate()
    spark.sql(
        f"CREATE TABLE delta.`{world.table}` (device STRING, ts TIMESTAMP, temperature DOUBLE, humidity DOUBLE, site STRING, "
        "seq BIGINT, ok BOOLEAN, day DATE) USING delta PARTITIONED BY (day) TBLPROPERTIES (delta.checkpointInterval = 5)"
    )
    for turn in range(12):
        spark.sql(
            f"INSERT INTO delta.`{world.table}` VALUES ('spark', TIMESTAMP '2026-01-01 00:00:00', 1, NULL, 's', {-1 - turn}, true, DATE '2026-01-01')"
        )
    assert glob.glob(f"{world.table}/_delta_log/*.checkpoint*.parquet")
    for old in sorted(glob.glob(f"{world.table}/_delta_log/0*.json"))[:8]:
        os.remove(old)
    world.write()
    world.run_to_end()
    table = spark.read.format("delta").load(world.table)
    same_rows(table.where("seq >= 0"), world.read_input(spark))
    assert table.where("seq < 0").count() == 12


def spark_opens_the_table_through_our_checkpoint(spark, folder, name="ours", properties={}):
    world = World(folder, name)
    world.generate(rows=150_000)
    world.write(properties=properties)
    world.run_to_end()
    ours = glob.glob(f"{world.table}/_delta_log/*.checkpoint*.parquet")
    assert ours, "no table checkpoint was written"
    newest = max(int(pathlib.Path(path).name.split(".")[0]) for path in ours)
    for path in glob.glob(f"{world.table}/_delta_log/0*.json"):
        if int(pathlib.Path(path).name.split(".")[0]) < newest:
            os.remove(path)
    spark.catalog.clearCache()
    same_rows(spark.read.format("delta").load(world.table), world.read_input(spark))


def second_opinion(check):
    def run(spark, folder):
        check(World, spark, folder)

    run.__name__ = check.__name__
    return run


def spark_opens_the_table_through_our_v2_checkpoint(spark, folder):
    spark_opens_the_table_through_our_checkpoint(spark, folder, "ours-v2", {"delta.checkpointPolicy": "v2"})


UPSERT_SQL = "SELECT *, CAST(ts AS DATE) AS day, length(_file_path) AS origin FROM readings"


def upserted(spark, folder, name, prepare=None, **sink):
    """A file of rows, then one with the same keys for a third of them: each key is there once, the later row."""
    world = World(folder, name)
    subprocess.check_call(
        [MILLRACE, "generate", "iot", "--rows", "30000", "--seed", "1", "--to", str(world.input / "one.jsonl")]
    )
    if prepare:
        prepare(world)
    world.write(sql=UPSERT_SQL, mode="upsert", keys=["device", "seq"], **sink)
    world.run_to_end()
    subprocess.check_call(
        [MILLRACE, "generate", "iot", "--rows", "10000", "--seed", "1", "--to", str(world.input / "longer.jsonl")]
    )
    world.run_to_end()
    return world


def check_upserted(spark, world):
    first = spark.read.schema(SCHEMA.replace(" NOT NULL", "")).json(str(world.input / "one.jsonl"))
    second = spark.read.schema(SCHEMA.replace(" NOT NULL", "")).json(str(world.input / "longer.jsonl"))
    place = len(str(world.input))
    expected = (
        first.join(second.select("device", "seq"), ["device", "seq"], "left_anti").select(first.columns)
        .withColumn("origin", F.lit(place + len("/one.jsonl")))
        .unionByName(second.withColumn("origin", F.lit(place + len("/longer.jsonl"))))
        .withColumn("day", F.to_date("ts"))
    )
    same_rows(spark.read.format("delta").load(world.table).where("seq >= 0"), expected, COLUMNS + ["origin"])


def spark_reads_a_table_that_we_upserted(spark, folder):
    world = upserted(spark, folder, "upserted")
    assert glob.glob(f"{world.table}/_delta_log/*.crc")
    check_upserted(spark, world)
    history = spark.sql(f"DESCRIBE HISTORY delta.`{world.table}`").collect()
    assert any(int(entry.operationMetrics.get("numRemovedFiles", "0")) > 0 for entry in history), history
    spark.sql(f"OPTIMIZE delta.`{world.table}`")
    spark.sql(f"VACUUM delta.`{world.table}` RETAIN 0 HOURS")
    check_upserted(spark, world)


def we_upsert_into_a_table_that_spark_created(spark, folder, properties="delta.checkpointInterval = 2"):
    def prepare(world):
        spark.sql(
            f"CREATE TABLE delta.`{world.table}` (device STRING NOT NULL, ts TIMESTAMP NOT NULL, temperature DOUBLE, "
            "humidity DOUBLE, site STRING, seq BIGINT, ok BOOLEAN, day DATE, origin INT) USING delta "
            f"PARTITIONED BY (day) TBLPROPERTIES ({properties})"
        )
        rows = (
            spark.read.schema(SCHEMA.replace(" NOT NULL", "")).json(str(world.input / "one.jsonl")).limit(5000)
            .withColumn("day", F.to_date("ts")).withColumn("origin", F.lit(-1))
        )
        rows.write.format("delta").mode("append").save(world.table)
        rows.limit(1).withColumn("seq", F.lit(-7).cast("bigint")).write.format("delta").mode("append").save(world.table)

    world = upserted(spark, folder, "upserted-" + str(abs(hash(properties))), prepare)
    check_upserted(spark, world)
    assert spark.read.format("delta").load(world.table).where("seq = -7").count() == 1


def we_upsert_into_a_spark_table_with_column_mapping(spark, folder):
    we_upsert_into_a_table_that_spark_created(spark, folder, "delta.columnMapping.mode = 'name'")


def spark_reads_a_table_that_we_overwrote(spark, folder):
    world = World(folder, "complete")
    world.generate(rows=5000, seed=1)
    world.write(mode="complete")
    world.run_to_end()
    for old in world.input.iterdir():
        old.unlink()
    subprocess.check_call(
        [MILLRACE, "generate", "iot", "--rows", "3000", "--seed", "2", "--to", str(world.input / "second.jsonl")]
    )
    world.run_to_end()
    same_rows(spark.read.format("delta").load(world.table), world.read_input(spark))


def empty_strings_in_partition_columns_are_null_for_both(spark, folder):
    world = World(folder, "empty")
    (world.input / "rows.jsonl").write_text(
        '{"device": "a", "ts": "2026-01-01T00:00:00Z", "site": ""}\n{"device": "b", "ts": "2026-01-01T00:00:00Z"}\n'
    )
    world.write(sql="SELECT device, site FROM readings", partition_by=("site",))
    world.run_to_end()
    spark.sql(f"INSERT INTO delta.`{world.table}` VALUES ('c', '')")
    found = spark.read.format("delta").load(world.table).where("site IS NULL").select("device").collect()
    assert sorted(row.device for row in found) == ["a", "b", "c"], found


CHECKS = [
    spark_reads_our_table,
    spark_skips_files_by_our_statistics,
    spark_streams_from_our_table,
    we_append_to_a_table_that_spark_created,
    with_properties("no_partitions", "delta.appendOnly = false", partition_by=()),
    with_properties("append_only", "delta.appendOnly = true"),
    with_properties("deletion_vectors", "delta.enableDeletionVectors = true"),
    with_properties("column_mapping", "delta.columnMapping.mode = 'name'"),
    with_properties("in_commit_timestamps", "delta.enableInCommitTimestamps = true"),
    with_properties("change_data_feed", "delta.enableChangeDataFeed = true"),
    with_properties("row_tracking", "delta.enableRowTracking = true"),
    with_properties("v2_checkpoints", "delta.checkpointPolicy = 'v2', delta.checkpointInterval = 3"),
    we_read_a_table_checkpoint_that_spark_wrote,
    spark_opens_the_table_through_our_checkpoint,
    spark_opens_the_table_through_our_v2_checkpoint,
    spark_reads_a_table_that_we_upserted,
    we_upsert_into_a_table_that_spark_created,
    we_upsert_into_a_spark_table_with_column_mapping,
    spark_reads_a_table_that_we_overwrote,
    empty_strings_in_partition_columns_are_null_for_both,
    spark_maintains_while_the_stream_goes_on,
] + [second_opinion(check) for check in streaming_queries.CHECKS]


def main():
    spark = session()
    failed = 0
    chosen = [check for check in CHECKS if not sys.argv[1:] or any(word in check.__name__ for word in sys.argv[1:])]
    with tempfile.TemporaryDirectory() as folder:
        for check in chosen:
            started = time.monotonic()
            try:
                check(spark, folder)
                print(f"passed  {check.__name__} ({time.monotonic() - started:.1f} s)", flush=True)
            except Exception:
                failed += 1
                print(f"FAILED  {check.__name__}\n{traceback.format_exc()}", flush=True)
    spark.stop()
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
