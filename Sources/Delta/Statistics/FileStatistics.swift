// SPDX-License-Identifier: Apache-2.0
import Columnar
import JSONText
public import Parquet

/// The statistics of a data file as they stand in `add.stats`.
///
/// Delta protocol, "Per-file Statistics"; strings are cut to 32 characters and timestamps to milliseconds, as Spark does, but so
/// that the bounds always hold: a cut maximum is rounded up.
public enum FileStatistics {
    /// Strings keep so many characters.
    private static let stringLength = 32

    /// The text for `add.stats` of a file that was just written.
    public static func text(_ file: ParquetFileSummary, columns: StatisticsColumns) -> String {
        var minimum = Tree()
        var maximum = Tree()
        var nulls = Tree()
        for column in file.columns where !column.isRepeated && columns.paths.contains(column.path) {
            if let low = column.minimum.flatMap(lowerBound), let high = column.maximum.flatMap(upperBound) {
                minimum.set(column.path, low)
                maximum.set(column.path, high)
            }
            nulls.set(column.path, .number(column.nullCount))
        }
        let json: JSONValue = [
            "numRecords": .number(file.rowCount), "minValues": minimum.json, "maxValues": maximum.json,
            "nullCount": nulls.json,
        ]
        return json.text
    }

    /// A value of `add.stats_parsed` as JSON; NULLs are left out.
    static func json(_ value: Value, _ type: DataType) -> JSONValue? {
        guard case .structure(let fields) = type else { return lowerBound(value) ?? exact(value) }
        guard case .structure(let members) = value else { return Optional.none }
        var present: [(String, JSONValue)] = []
        for (field, member) in zip(fields, members) {
            let isMaximum = field.name == "maxValues"
            if let json = isMaximum ? maximum(member, field.type) : json(member, field.type) {
                present.append((field.name, json))
            }
        }
        return .object(present)
    }

    private static func maximum(_ value: Value, _ type: DataType) -> JSONValue? {
        guard case .structure(let fields) = type else { return upperBound(value) ?? exact(value) }
        guard case .structure(let members) = value else { return Optional.none }
        return .object(
            zip(fields, members).compactMap { field, member in maximum(member, field.type).map { (field.name, $0) } })
    }

    private static func exact(_ value: Value) -> JSONValue? {
        if case .boolean(let truth) = value { .boolean(truth) } else { Optional.none }
    }

    static func lowerBound(_ value: Value) -> JSONValue? {
        switch value {
        case .string(let text):
            return .string(String(String.UnicodeScalarView(text.unicodeScalars.prefix(stringLength))))
        case .timestamp(let micros): return .string(CalendarText.timestamp(millis: floorMillis(micros)) + "Z")
        case .timestampNTZ(let micros): return .string(CalendarText.timestamp(millis: floorMillis(micros)))
        default: return bound(value)
        }
    }

    static func upperBound(_ value: Value) -> JSONValue? {
        switch value {
        case .string(let text): return cutMaximum(text).map { .string($0) }
        case .timestamp(let micros): return .string(CalendarText.timestamp(millis: -floorMillis(-micros)) + "Z")
        case .timestampNTZ(let micros): return .string(CalendarText.timestamp(millis: -floorMillis(-micros)))
        default: return bound(value)
        }
    }

    /// Types whose bounds are exact; `nil` for those that have none.
    private static func bound(_ value: Value) -> JSONValue? {
        switch value {
        case .tinyint(let number): return .number(number)
        case .smallint(let number): return .number(number)
        case .int(let number): return .number(number)
        case .bigint(let number): return .number(number)
        case .float(let number):
            guard number.isFinite else { return Optional.none }
            return JSONValue(.number("\(number)"))
        case .double(let number):
            guard number.isFinite else { return Optional.none }
            return JSONValue(.number("\(number)"))
        case .decimal(let unscaled, let scale):
            return JSONValue(.number(StatisticsValue.text(decimal: unscaled, scale: scale)))
        case .date(let days): return .string(CalendarText.date(Int64(days)))
        default: return Optional.none
        }
    }

    private static func floorMillis(_ micros: Int64) -> Int64 {
        let rest = micros % 1000
        return micros / 1000 - (rest < 0 ? 1 : 0)
    }

    /// The first characters and one that sorts after whatever was cut off; `nil` when there is none such.
    private static func cutMaximum(_ text: String) -> String? {
        let scalars = text.unicodeScalars
        guard let next = scalars.dropFirst(stringLength).first else { return text }
        guard next.value < 0x10FFFF else { return nil }
        let last: Unicode.Scalar = next.value < 0x7F ? "\u{7F}" : "\u{10FFFF}"
        return String(String.UnicodeScalarView(Array(scalars.prefix(stringLength)) + [last]))
    }

    /// Values by path of names, in the order they came.
    private struct Tree {
        private var members: [(name: String, node: Node)] = []

        private indirect enum Node {
            case leaf(JSONValue)
            case branch(Tree)
        }

        mutating func set(_ path: [String], _ value: JSONValue) {
            guard let name = path.first else { return }
            if path.count == 1 {
                members.append((name, .leaf(value)))
                return
            }
            let rest = Array(path.dropFirst())
            if let index = members.firstIndex(where: { $0.name == name }), case .branch(var tree) = members[index].node
            {
                tree.set(rest, value)
                members[index].node = .branch(tree)
            } else {
                var tree = Tree()
                tree.set(rest, value)
                members.append((name, .branch(tree)))
            }
        }

        var json: JSONValue {
            .object(
                members.map { member in
                    switch member.node {
                    case .leaf(let value): (member.name, value)
                    case .branch(let tree): (member.name, tree.json)
                    }
                })
        }
    }
}
