// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSONText
import StreamTesting
import Testing

@testable import App

struct DemoTests {
    private let folder = ProjectFolder()

    @Test func demonstrationRunsTheKafkaExample() throws {
        let file = ProjectFolder.project.appending(path: "examples/iot-kafka/pipeline.json")
        #expect(try String(contentsOf: file, encoding: .utf8) == DemoPipeline.example)
    }

    @Test func demonstrationShowsRowsHistoryAndHowToGoOn() async throws {
        let outcome = try await folder.millrace("demo", "--rows", "4000", "--rate", "4000", "--folder", "d")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("Done: 4,000 records in "))
        for word in ["STREAMING UPDATE", "device-000", "DeltaTable(", "delta_scan(", "spark.read"] {
            #expect(outcome.output.contains(word), "\(word)")
        }
        let described = try await folder.millrace("table", "describe", "d/readings", "--format", "json")
        let rows = try JSONValue(parsing: described.output)["numRecords"]?.int64
        let good = try await folder.millrace(
            "sample", "d/pipeline.json", "good", "--set", "sources={\"readings\":{\"type\":\"iot\",\"rows\":4000}}",
            "--set", "transforms.good.sql=SELECT seq FROM readings WHERE ok", "--set",
            "transforms.warm.sql=SELECT 1 AS one", "--set", "sinks.raw.partitionBy=[]", "--rows", "4000", "--format",
            "json")
        #expect(rows == Int64(good.output.split(separator: "\n").count), "\(good.errors)")
    }
}
