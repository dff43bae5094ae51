// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// Reads the first records of a place as bytes, through the source that would read it in a pipeline.
struct RecordSampler {
    let place: SourcePlace
    let count: Int
    let log: Logger

    /// At most `count` records.
    func run() async throws(PipelineError) -> [[UInt8]] {
        let clock = SystemClock()
        let declaration = SourceDeclaration(
            name: "sample", connector: place.connector, format: .raw,
            schema: Schema([Field("value", .binary, nullable: false)]))
        let pipeline = Pipeline(
            name: "infer", hash: "", definition: "{}", mode: .microBatch, trigger: .once, limits: EpochLimits(),
            workers: 1, memoryBytes: 64 << 20, sources: ["sample": declaration], transforms: [], sinks: [:],
            deadLetters: nil, checkpoint: "")
        let factory = ConnectorFactory(pipeline: pipeline, clock: clock, events: LoggedEvents(log: log))
        let source = try factory.source(declaration)
        let now = clock.nowMicros
        do throws(PipelineError) {
            let records = try await Patience.wait(for: "'\(place.text)'", micros: Patience.micros) {
                await attempt(source, now: now)
            }
            await source.close()
            return records
        } catch {
            await source.close()
            throw error
        }
    }

    private func attempt(_ source: any Source, now: Int64) async -> Result<[[UInt8]], PipelineError> {
        do throws(PipelineError) {
            let records = try await read(source, now: now)
            return .success(records)
        } catch {
            return .failure(error)
        }
    }

    private func read(_ source: any Source, now: Int64) async throws(PipelineError) -> [[UInt8]] {
        var records: [[UInt8]] = []
        let limits = EpochLimits(records: count, availableUntilMicros: now)
        let ranges = try await source.plan(after: [:], limits: limits)
        for (partition, range) in ranges.sorted(by: { $0.key < $1.key }) {
            let reader = try await source.open(partition, range)
            while records.count < count, let batch = try await reader.next() {
                for index in 0..<min(batch.records.count, count - records.count) {
                    records.append(batch.records.record(index).array)
                }
            }
        }
        return records
    }
}
