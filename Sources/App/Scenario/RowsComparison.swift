// SPDX-License-Identifier: Apache-2.0
import Columnar
import JSONText
import PipelineSpec

/// Compares rows with those that were expected.
struct RowsComparison {
    /// What is not as expected; `nil` when all is.
    let failure: ScenarioOutcome.Failure?

    /// At most so many rows of each kind are shown.
    private static let maxShown = 40

    /// Compares; the order counts only when it was asked for.
    init(_ expected: ScenarioExpectation.Rows, given all: [[Value]]) {
        let latest = expected.latestBy.isEmpty ? all : RowKey.latest(all, by: expected.latestBy, expected.schema)
        let given = latest.map { row in expected.columns.map { row[$0] } }
        let fields = expected.columns.map { expected.schema.fields[$0] }
        func key(_ row: [Value]) -> String { RowKey.text(row, fields) }
        var left: [String: Int] = [:]
        for row in expected.rows { left[key(row), default: 0] += 1 }
        var unexpected: [[Value]] = []
        for row in given {
            let key = key(row)
            if let count = left[key], count > 0 { left[key] = count - 1 } else { unexpected.append(row) }
        }
        var missing: [[Value]] = []
        for row in expected.rows.reversed() {
            let key = key(row)
            guard let count = left[key], count > 0 else { continue }
            left[key] = count - 1
            missing.append(row)
        }
        missing.reverse()
        let isInOrder = !expected.isOrdered || given.map(key) == expected.rows.map(key)
        if missing.isEmpty && unexpected.isEmpty && isInOrder {
            failure = nil
            return
        }
        let place = "rows of '\(expected.name)'"
        var failure = ScenarioOutcome.Failure(position: expected.position, step: "", what: "")
        if missing.isEmpty && unexpected.isEmpty {
            failure.what = "\(place): the rows are there, in another order"
            failure.difference = Self.table(given.map { (" ", $0) }, fields)
        } else {
            let matching = given.count - unexpected.count
            failure.what =
                "\(place): \(missing.count) missing (-), \(unexpected.count) unexpected (+), \(matching) as expected"
            failure.difference = Self.table(Self.paired(missing, unexpected), fields)
        }
        failure.missing = missing.map { Self.json($0, fields) }
        failure.unexpected = unexpected.map { Self.json($0, fields) }
        self.failure = failure
    }

    /// Each missing row, followed by the unexpected one that is most like it; then the other unexpected ones.
    private static func paired(_ missing: [[Value]], _ unexpected: [[Value]]) -> [(String, [Value])] {
        var (lines, rest) = ([(String, [Value])](), unexpected)
        for row in missing {
            lines.append(("-", row))
            // A full comparison of large differences would take longer than anyone reads.
            guard missing.count <= maxShown else { continue }
            let likeness = rest.map { other in zip(row, other).count { $0 == $1 } }
            if let best = likeness.max(), best > 0, let index = likeness.firstIndex(of: best) {
                lines.append(("+", rest.remove(at: index)))
            }
        }
        return lines + rest.map { ("+", $0) }
    }

    private static func table(_ lines: [(String, [Value])], _ fields: [Field]) -> String {
        var table = TextTable([" "] + fields.map(\.name))
        table.rows = lines.prefix(2 * maxShown).map { mark, row in
            [mark] + zip(fields, row).map { ValueText.cell($1, $0.type) }
        }
        let more = lines.count - 2 * maxShown
        return table.text + (more > 0 ? "\n… and \(more) more rows" : "")
    }

    private static func json(_ row: [Value], _ fields: [Field]) -> JSONValue {
        .object(zip(fields, row).map { ($0.name, ValueText.json($1, $0.type)) })
    }
}

/// A row as a text that is equal for equal rows.
enum RowKey {
    /// The values as JSON, entries of maps in the order of their keys, since a MAP has none.
    static func text(_ row: [Value], _ fields: [Field]) -> String {
        JSONValue.array(zip(fields, row).map { canonical(ValueText.json(normal($1), $0.type)) }).text
    }

    /// Of rows equal in the columns the last, at the place where the first stood.
    static func latest(_ rows: [[Value]], by columns: [Int], _ schema: Schema) -> [[Value]] {
        let fields = columns.map { schema.fields[$0] }
        var places: [String: Int] = [:]
        var kept: [[Value]] = []
        for row in rows {
            let key = text(columns.map { row[$0] }, fields)
            if let place = places[key] {
                kept[place] = row
            } else {
                places[key] = kept.count
                kept.append(row)
            }
        }
        return kept
    }

    private static func normal(_ value: Value) -> Value {
        switch value {
        case .double(let number) where number == 0: .double(0)
        case .float(let number) where number == 0: .float(0)
        default: value
        }
    }

    private static func canonical(_ json: JSONValue) -> JSONValue {
        switch json.kind {
        case .object(let members):
            .object(members.sorted { $0.name < $1.name }.map { ($0.name, canonical($0.value)) })
        case .array(let elements): .array(elements.map { canonical($0) })
        default: json
        }
    }
}
