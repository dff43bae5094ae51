// SPDX-License-Identifier: Apache-2.0
import StreamCore

extension PipelineBuilder {
    /// Sinks whose tables get the columns that sources find in their records, unless the file says otherwise.
    func lettingTablesGrow(
        _ sinks: [String: SinkDeclaration], _ sources: [String: SourceDeclaration], _ transforms: [TransformDeclaration]
    ) -> [String: SinkDeclaration] {
        var growing = Set(sources.values.filter { $0.unknownFields == .evolve }.map { $0.name.lowercased() })
        if growing.isEmpty { return sinks }
        for transform in transforms where transform.plan.inputs.contains(where: { growing.contains($0.lowercased()) }) {
            growing.insert(transform.name.lowercased())
        }
        var sinks = sinks
        for entry in root.entries("sinks") {
            guard case .object(let object) = entry.value, !object.has("schemaEvolution"), var sink = sinks[entry.name],
                growing.contains(sink.from.lowercased()), case .delta(var options) = sink.connector
            else { continue }
            options.schemaEvolution = .add
            sink.connector = .delta(options)
            sinks[entry.name] = sink
        }
        return sinks
    }
}
