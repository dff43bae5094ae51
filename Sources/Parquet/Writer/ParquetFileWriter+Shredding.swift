// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

extension ParquetFileWriter {
    /// Appends one column to its leaves, from leaf `leaf` on, which is moved behind the last one.
    func append(_ column: Column, _ field: Field, leaf: inout Int) throws(PipelineError) {
        switch field.type {
        case .structure, .array, .map:
            let run = LevelRun(rowCount: column.count)
            try shred(column, field.type, nullable: field.nullable, run, repetition: 0, leaf: &leaf)
        default:
            let writer = leaves[leaf]
            leaf += 1
            guard field.nullable || column.nullCount == 0 else { throw missingValue(writer) }
            writer.pages.appendLevels(validity: column.validity, count: column.count)
            try writer.append(column.storage, column.validity?.setIndices)
        }
    }

    private func shred(
        _ column: Column, _ type: DataType, nullable: Bool, _ outer: LevelRun, repetition: Int, leaf: inout Int
    ) throws(PipelineError) {
        var run = outer
        if nullable {
            run = run.passingOptional(column.validity)
        } else if let validity = column.validity, run.reachesNull(validity) {
            throw missingValue(leaves[leaf])
        }
        switch (column.storage, type) {
        case (.fields(let members), .structure(let fields)):
            for (member, field) in zip(members, fields) {
                try shred(member, field.type, nullable: field.nullable, run, repetition: repetition, leaf: &leaf)
            }
        case (.list(let offsets, let element), .array(let item, let containsNull)):
            run = run.passingRepeated(offsets, repetition: repetition + 1)
            try shred(element, item, nullable: containsNull, run, repetition: repetition + 1, leaf: &leaf)
        case (.map(let offsets, let keys, let values), .map(let key, let value, let valueContainsNull)):
            run = run.passingRepeated(offsets, repetition: repetition + 1)
            try shred(keys, key, nullable: false, run, repetition: repetition + 1, leaf: &leaf)
            try shred(values, value, nullable: valueContainsNull, run, repetition: repetition + 1, leaf: &leaf)
        default:
            let writer = leaves[leaf]
            leaf += 1
            writer.pages.appendLevels(definitions: run.definitions.span, repetitions: run.repetitions.span)
            try writer.append(column.storage, run.reachedRows)
        }
    }

    private func missingValue(_ writer: LeafWriter) -> PipelineError {
        PipelineError(
            .missingValue, "column '\(writer.pages.leaf.path.joined(separator: "."))' is NOT NULL and got a NULL")
    }
}
