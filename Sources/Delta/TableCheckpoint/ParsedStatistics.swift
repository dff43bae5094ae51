// SPDX-License-Identifier: Apache-2.0
import Columnar
import JSONText

/// `add.stats_parsed` and `add.partitionValues_parsed`: statistics and partition values as typed columns of a table checkpoint.
///
/// Written when `delta.checkpoint.writeStatsAsStruct` is on; readers then need not parse JSON.
struct ParsedStatistics {
    /// The two fields of `add`; partition values only in partitioned tables.
    let fields: [Field]
    private let statistics: [Field]
    private let partitions: [Field]

    /// The columns for a table; `nil` when its properties do not ask for them or its columns cannot be named.
    init?(_ head: TableHead) {
        guard head.metadata.isOn("delta.checkpoint.writeStatsAsStruct"),
            let physical = try? head.schema.physical(head.columnMapping)
        else { return nil }
        let columns = StatisticsColumns(head)
        let partitionNames = head.metadata.partitionColumns
        var (data, partitions): ([Field], [Field]) = ([], [])
        for (logical, field) in zip(head.schema.logical.fields, physical.fields) {
            if partitionNames.contains(logical.name) {
                partitions.append(Field(field.name, field.type))
            } else {
                data.append(field)
            }
        }
        let bounds = Self.bounds(data, [], columns)
        let counts = Self.counts(data, [], columns)
        statistics =
            [Field("numRecords", .bigint)]
            + (bounds.isEmpty ? [] : [Field("minValues", .structure(bounds)), Field("maxValues", .structure(bounds))])
            + (counts.isEmpty ? [] : [Field("nullCount", .structure(counts))])
        self.partitions = partitions
        fields =
            (partitions.isEmpty ? [] : [Field("partitionValues_parsed", .structure(partitions))])
            + [Field("stats_parsed", .structure(statistics))]
    }

    private static func bounds(_ fields: [Field], _ path: [String], _ columns: StatisticsColumns) -> [Field] {
        fields.compactMap { field in
            let here = path + [field.name]
            switch field.type {
            case .structure(let members):
                let inner = bounds(members, here, columns)
                return inner.isEmpty ? nil : Field(field.name, .structure(inner))
            case .array, .map, .boolean, .binary, .void: return nil
            default: return columns.paths.contains(here) ? Field(field.name, field.type) : nil
            }
        }
    }

    private static func counts(_ fields: [Field], _ path: [String], _ columns: StatisticsColumns) -> [Field] {
        fields.compactMap { field in
            let here = path + [field.name]
            if case .structure(let members) = field.type {
                let inner = counts(members, here, columns)
                return inner.isEmpty ? nil : Field(field.name, .structure(inner))
            }
            return columns.paths.contains(here) ? Field(field.name, .bigint) : nil
        }
    }

    /// The values for one file, NULL where its statistics say nothing.
    func values(of file: AddFile) -> [Value] {
        var values: [Value] = []
        if !partitions.isEmpty {
            values.append(
                .structure(
                    partitions.map { field in
                        let text = file.partitionValues[field.name] ?? nil
                        return text.map { StatisticsValue.parse($0, field.type) } ?? .null
                    }))
        }
        let stats = file.stats.flatMap { try? JSONValue(parsing: $0) }
        values.append(stats.map { Self.value($0, .structure(statistics)) } ?? .null)
        return values
    }

    private static func value(_ json: JSONValue, _ type: DataType) -> Value {
        if case .structure(let fields) = type {
            guard json.members != nil else { return .null }
            return .structure(fields.map { field in json[field.name].map { value($0, field.type) } ?? .null })
        }
        switch json.kind {
        case .number(let text), .string(let text): return StatisticsValue.parse(text, type)
        default: return .null
        }
    }
}
