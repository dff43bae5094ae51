// SPDX-License-Identifier: Apache-2.0
import Columnar
import JSONText

/// Which leaf columns of a table's files get bounds in the log.
///
/// The first `delta.dataSkippingNumIndexedCols` (32) leaves, or those that `delta.dataSkippingStatsColumns` names, and those
/// that the table is clustered by. An array or a map counts as one leaf and has no bounds.
public struct StatisticsColumns: Sendable {
    /// Paths of physical names.
    let paths: Set<[String]>

    /// The columns that a table's properties ask for; partition columns have their values in the log and are none of them.
    public init(_ head: TableHead) {
        let configuration = head.metadata.configuration
        let mapping = head.columnMapping
        let logical = head.schema.logical
        let physical = (try? head.schema.physical(mapping)) ?? logical
        let partitions = Set(head.metadata.partitionColumns)
        var leaves: [(logical: [String], physical: [String])] = []
        for (field, physicalField) in zip(logical.fields, physical.fields) where !partitions.contains(field.name) {
            Self.collect(field, physicalField, [], [], into: &leaves)
        }
        var chosen: Set<[String]>
        if let names = configuration["delta.dataSkippingStatsColumns"] {
            let wanted = Self.columnNames(names)
            chosen = Set(
                leaves.filter { leaf in wanted.contains { Self.starts(leaf.logical, with: $0) } }.map(\.physical))
        } else {
            let count = head.metadata.integer("delta.dataSkippingNumIndexedCols") ?? 32
            chosen = Set(leaves.prefix(count < 0 ? leaves.count : count).map(\.physical))
        }
        chosen.formUnion(Self.clusteringColumns(head))
        paths = chosen
    }

    private static func collect(
        _ field: Field, _ physical: Field, _ path: [String], _ physicalPath: [String],
        into leaves: inout [(logical: [String], physical: [String])]
    ) {
        let (here, physicalHere) = (path + [field.name], physicalPath + [physical.name])
        guard case .structure(let members) = field.type, case .structure(let physicalMembers) = physical.type else {
            leaves.append((here, physicalHere))
            return
        }
        for (member, physicalMember) in zip(members, physicalMembers) {
            collect(member, physicalMember, here, physicalHere, into: &leaves)
        }
    }

    private static func starts(_ path: [String], with wanted: [String]) -> Bool {
        path.count >= wanted.count && zip(path, wanted).allSatisfy { $0.lowercased() == $1.lowercased() }
    }

    /// Splits `a, b.c, ` + "`x.y`" into paths; back quotes keep dots and commas together.
    private static func columnNames(_ text: String) -> [[String]] {
        var names: [[String]] = []
        var (path, part, isQuoted): ([String], String, Bool) = ([], "", false)
        func endPart() {
            let trimmed = part.drop { $0 == " " }
            if !trimmed.isEmpty { path.append(String(trimmed).trimmingBlanksAtEnd()) }
            part = ""
        }
        for character in text + "," {
            switch character {
            case "`": isQuoted.toggle()
            case "." where !isQuoted: endPart()
            case "," where !isQuoted:
                endPart()
                if !path.isEmpty { names.append(path) }
                path = []
            default: part.append(character)
            }
        }
        return names
    }

    private static func clusteringColumns(_ head: TableHead) -> [[String]] {
        guard let text = head.domainMetadata["delta.clustering"]?.configuration,
            let columns = (try? JSONValue(parsing: text))?["clusteringColumns"]?.elements
        else { return [] }
        return columns.map { $0.elements?.compactMap(\.string) ?? [] }.filter { !$0.isEmpty }
    }
}

extension String {
    fileprivate func trimmingBlanksAtEnd() -> String {
        var text = self
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }
}
