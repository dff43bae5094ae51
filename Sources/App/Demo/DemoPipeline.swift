// SPDX-License-Identifier: Apache-2.0

/// The pipeline of the demonstration: `examples/iot-kafka/pipeline.json`, which a test compares with this text.
enum DemoPipeline {
    /// The topic it reads.
    static let topic = "iot.readings"

    /// The file, with its tables and checkpoint below `folder`.
    static func text(folder: String) -> String {
        example.replacing("data/iot-kafka", with: folder).replacing("state/iot-kafka", with: "\(folder)/checkpoint")
    }

    /// The example as it is in the project.
    static let example = #"""
        {
          "$schema": "https://millrace.dev/schema/pipeline-1.json",
          "name": "iot-kafka",
          "trigger": { "interval": "500 ms" },
          "sources": {
            "readings": {
              "type": "kafka",
              "brokers": "${KAFKA_BROKERS:-127.0.0.1:9092}",
              "topics": ["iot.readings"],
              "startingOffsets": "earliest",
              "format": { "type": "json" },
              "schema": "device STRING NOT NULL, ts TIMESTAMP NOT NULL, temperature DOUBLE, humidity DOUBLE, site STRING, seq BIGINT, ok BOOLEAN",
              "watermark": { "column": "ts", "delay": "10 seconds", "idleAfter": "30 seconds" },
              "onMalformed": "deadLetter"
            }
          },
          "transforms": {
            "good": {
              "sql": "SELECT device, ts, temperature, humidity, site, seq, CAST(ts AS DATE) AS day, _partition AS kafka_partition, _offset AS kafka_offset FROM readings WHERE ok"
            },
            "warm": {
              "sql": "SELECT device, site, ts, temperature FROM good WHERE temperature >= 25"
            }
          },
          "sinks": {
            "raw": { "type": "delta", "from": "good", "table": "data/iot-kafka/readings", "partitionBy": ["day"] },
            "hot": { "type": "delta", "from": "warm", "table": "data/iot-kafka/warm" }
          },
          "deadLetters": { "type": "delta", "table": "data/iot-kafka/dead_letters" },
          "checkpoint": "state/iot-kafka"
        }

        """#
}
