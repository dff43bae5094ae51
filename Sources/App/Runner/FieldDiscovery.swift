// SPDX-License-Identifier: Apache-2.0
import Checkpoint
import Columnar
import Failures
import JSONText
import SQL
import StreamCore
import Synchronization

/// Finds columns among the unknown fields of records: `unknownFields: "evolve"`.
///
/// - The type is the narrowest that holds the values of the batch that first has the field: BOOLEAN, BIGINT, DOUBLE, DATE,
///   TIMESTAMP, else STRING, which keeps objects and arrays as JSON. A field that is always NULL is no column yet.
/// - What cannot be a column of a Delta table stays in `_rescued`: names that differ from a column's by case alone, names with
///   blanks or one of `,;{}()=.[]`, fields below a declared STRUCT, and everything beyond `mostColumns`.
final class FieldDiscovery: Sendable {
    static let mostColumns = 1000

    /// The columns found in this run, in the order found, by source.
    private let found = Mutex<[String: [InferredField]]>([:])

    /// What looks into the unknown fields of a source; `nil` when it wants none to be columns.
    func observer(of source: SourceDeclaration) -> UnknownFieldObserver? {
        guard source.unknownFields == .evolve else { return nil }
        let known = Set((source.schema.fields + source.connector.metadataFields).map { $0.name.lowercased() })
        let isJSON = if case .csv = source.format { false } else { true }
        return { [self] rescued throws(PipelineError) in
            let fields = Self.fields(in: rescued, known: known, isJSON: isJSON)
            if fields.isEmpty { return }
            add(fields, to: source.name)
            let names = fields.map { "'\($0.name)' \($0.type.columnType)" }.joined(separator: ", ")
            throw PipelineError(.schemaGrew, "records have new fields: \(names)", at: [.init("source", source.name)])
        }
    }

    /// The columns found, by source.
    var fields: [String: [DiscoveredField]] {
        found.withLock { $0 }.mapValues { $0.map { DiscoveredField(name: $0.name, type: $0.type.columnType) } }
    }

    private func add(_ fields: [InferredField], to source: String) {
        found.withLock { found in
            var known = found[source] ?? []
            for field in fields {
                guard let index = known.firstIndex(where: { $0.name.lowercased() == field.name.lowercased() }) else {
                    known.append(field)
                    continue
                }
                // Of names that differ by case alone, the first becomes a column.
                if known[index].name == field.name { known[index].type = known[index].type.merged(with: field.type) }
            }
            found[source] = known
        }
    }

    private static func fields(in rescued: Column, known: Set<String>, isJSON: Bool) -> [InferredField] {
        var fields: [InferredField] = []
        var places: [String: Int] = [:]
        for row in 0..<rescued.count {
            guard case .string(let text) = rescued.value(at: row),
                let members = (try? JSONValue(parsing: Array(text.utf8)))?.members
            else { continue }
            for member in members {
                let type = InferredType(member.value, isJSON: isJSON)
                let folded = member.name.lowercased()
                if let place = places[folded] {
                    if fields[place].name == member.name { fields[place].type = fields[place].type.merged(with: type) }
                } else if type != .unknown, !known.contains(folded), canBeColumn(member.name),
                    known.count + fields.count < mostColumns
                {
                    places[folded] = fields.count
                    fields.append(InferredField(name: member.name, type: type))
                }
            }
        }
        return fields
    }

    private static func canBeColumn(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 255
            && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && !",;{}()=.[]".utf8.contains($0) }
    }
}

extension InferredType {
    /// The type of a value; in CSV every value is a text.
    fileprivate init(_ value: JSONValue, isJSON: Bool) {
        if !isJSON, let text = value.string {
            self.init(text: text, isJSON: false)
        } else {
            self.init(value)
        }
    }

    /// The type of a column for such values.
    fileprivate var columnType: String {
        switch self {
        case .array, .structure: "STRING"
        default: ddl
        }
    }
}

extension DiscoveredField {
    /// As a column, which is always nullable.
    ///
    /// - Throws: `corruptCheckpoint` when the type is none.
    func column() throws(PipelineError) -> Field {
        guard let type = (try? Schema(parsingDDL: "c \(self.type)"))?.fields.first?.type else {
            throw PipelineError(.corruptCheckpoint, "the type '\(self.type)' of column '\(name)' is unknown")
        }
        return Field(name, type)
    }
}
