# SPDX-License-Identifier: Apache-2.0
"""The usual loop: confluent-kafka consumes, pyarrow parses, deltalake appends."""
import io
import sys

import pyarrow as pa
import pyarrow.json as pj
from confluent_kafka import Consumer, TopicPartition
from deltalake import write_deltalake

brokers, work = sys.argv[1:]
schema = pa.schema(
    [
        ("device", pa.string()), ("ts", pa.timestamp("us", "UTC")), ("temperature", pa.float64()),
        ("humidity", pa.float64()), ("site", pa.string()), ("seq", pa.int64()), ("ok", pa.bool_()),
    ]
)
options = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
consumer = Consumer({"bootstrap.servers": brokers, "group.id": "loop", "enable.auto.commit": False})
partitions = consumer.list_topics("iot").topics["iot"].partitions
ends = {p: consumer.get_watermark_offsets(TopicPartition("iot", p))[1] for p in partitions}
consumer.assign([TopicPartition("iot", p, 0) for p in partitions])
left = sum(ends.values())
while left > 0:
    values = []
    while left > 0 and len(values) < 500_000:
        batch = consumer.consume(10_000, timeout=1)
        values += [message.value() for message in batch if message.error() is None]
        left -= len(batch)
    table = pj.read_json(io.BytesIO(b"\n".join(values)), parse_options=options)
    write_deltalake(f"{work}/table", table, mode="append")
consumer.close()
