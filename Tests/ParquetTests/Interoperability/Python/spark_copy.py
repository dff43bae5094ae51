# SPDX-License-Identifier: Apache-2.0
"""Lets Spark's vectorised reader read a Parquet file and write the rows to another one: spark_copy.py FILE FOLDER"""
import os
import sys

from pyspark.sql import SparkSession

os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
session = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
    .config("spark.sql.parquet.enableVectorizedReader", "true")
    .config("spark.sql.parquet.enableNestedColumnVectorizedReader", "true")
    .config("spark.log.level", "ERROR")
    .getOrCreate()
)
session.read.parquet(sys.argv[1]).coalesce(1).write.parquet(sys.argv[2])
session.stop()
