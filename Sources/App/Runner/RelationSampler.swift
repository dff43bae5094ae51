// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// Reads some rows of a relation that keeps no state: sources and transforms as in a run, but no sink and no checkpoint.
struct RelationSampler {
    let pipeline: Pipeline
    let relation: String
    let rows: Int
    let log: Logger

    /// What was read.
    struct Sample {
        var schema: Schema
        var rows: [[Value]] = []
        /// Records that could not be used, each with its reason.
        var rejected: [String] = []
    }

    /// Records of a source that are read at most, when a filter lets few of them through.
    private static let maxRecords = 1_000_000

    /// The rows; fewer when the sources have no more now.
    func run() async throws(PipelineError) -> Sample {
        let clock = SystemClock()
        let factory = ConnectorFactory(pipeline: pipeline, clock: clock, events: LoggedEvents(log: log))
        let needed = pipeline.relations(behind: relation)
        let graph = TransformGraph(
            sources: pipeline.sources, transforms: pipeline.transforms, wanted: [relation])
        let schema = pipeline.transforms.first { $0.name == relation }?.plan.schema
        var sample = Sample(schema: schema ?? pipeline.sources[relation]?.schema ?? Schema([]))
        let moment = clock.nowMicros
        for (name, declaration) in pipeline.sources.sorted(by: { $0.key < $1.key }) where needed.contains(name) {
            let source = TrialSource(try factory.source(declaration))
            do throws(PipelineError) {
                try await read(source, name, graph, until: moment, into: &sample)
            } catch {
                await source.close()
                throw error.within("source", name)
            }
            await source.close()
        }
        return sample
    }

    private func read(
        _ source: any Source, _ name: String, _ graph: TransformGraph, until moment: Int64, into sample: inout Sample
    ) async throws(PipelineError) {
        var (offsets, records) = (SourceOffsets(), 0)
        while sample.rows.count < rows && records < Self.maxRecords {
            let limits = EpochLimits(records: max(1_000, rows), availableUntilMicros: moment)
            let ranges = try await source.plan(after: offsets, limits: limits)
            if ranges.isEmpty { return }
            for (partition, range) in ranges.sorted(by: { $0.key < $1.key }) {
                let reader = try await source.open(partition, range)
                while let batch = try await reader.next() {
                    records += batch.records.count
                    try take(batch, name, graph, into: &sample)
                }
                offsets[partition] = range.end
            }
        }
    }

    private func take(
        _ batch: SourceBatch, _ name: String, _ graph: TransformGraph, into sample: inout Sample
    ) throws(PipelineError) {
        for malformed in batch.malformed {
            let position = batch.records.positions[malformed.recordIndex]
            sample.rejected.append(
                "\(name) \(batch.partition) \(position): \(malformed.code.rawValue): \(malformed.message)")
        }
        let processed = try graph.process(
            source: name, rows: batch.rows, context: EvaluationContext(epochMicros: SystemClock().nowMicros))
        for rejected in processed.rejected {
            sample.rejected.append("\(rejected.stage): \(rejected.code.rawValue): \(rejected.message)")
        }
        guard let output = processed.outputs[relation] else { return }
        sample.schema = output.schema
        for row in 0..<min(output.rowCount, rows - sample.rows.count) { sample.rows.append(output.row(row)) }
    }
}

extension Pipeline {
    /// A relation and the sources and transforms that it reads, directly or through transforms.
    func relations(behind relation: String) -> Set<String> {
        var (needed, waiting) = (Set<String>(), [relation])
        while let name = waiting.popLast() {
            guard needed.insert(name).inserted else { continue }
            waiting += transforms.first { $0.name == name }?.plan.inputs ?? []
        }
        return needed
    }
}
