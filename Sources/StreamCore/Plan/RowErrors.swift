// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures

/// The rows of a batch that an expression could not be computed for, with the first reason of each.
public struct RowErrors: Sendable {
    /// Why one row failed.
    public struct Entry: Hashable, Sendable {
        /// The row in the batch.
        public let row: Int32
        /// The reason as a code.
        public let code: PipelineError.Code
        /// The reason in words, without the expression's text.
        public let message: String
        /// The text of the innermost expression that has one; filled in by the evaluator.
        public var expression: String
    }

    /// The failures, in the order they were found; a row may appear more than once.
    public private(set) var entries: [Entry] = []

    /// No failures.
    public init() {}

    /// Whether no row failed.
    public var isEmpty: Bool { entries.isEmpty }

    /// Notes that `row` failed. Allocates only on failure.
    public mutating func add(row: Int, _ code: PipelineError.Code, _ message: @autoclosure () -> String) {
        entries.append(Entry(row: Int32(row), code: code, message: message(), expression: ""))
    }

    /// Adds a failure as it is.
    public mutating func add(_ entry: Entry) { entries.append(entry) }

    /// Gives the failures from position `start` on the expression's text where they have none yet.
    public mutating func label(from start: Int, expression: String) {
        guard !expression.isEmpty, start < entries.count else { return }
        for index in start..<entries.count where entries[index].expression.isEmpty {
            entries[index].expression = expression
        }
    }

    /// Adds the failures of one row that stands for `rowCount` rows to each of them.
    mutating func repeatForEveryRow(_ found: RowErrors, rowCount: Int) {
        for entry in found.entries {
            for row in 0..<rowCount {
                add(Entry(row: Int32(row), code: entry.code, message: entry.message, expression: entry.expression))
            }
        }
    }

    /// Adds the failures of `other`, whose rows are positions in `rows`, as failures of the rows named there.
    public mutating func merge(_ other: RowErrors, mappedBy rows: Buffer<Int32>) {
        for entry in other.entries {
            entries.append(
                Entry(
                    row: rows[Int(entry.row)], code: entry.code, message: entry.message, expression: entry.expression))
        }
    }

    /// Adds the failures of `other`, keeping those whose row `keep` has, under the expression text where they have none yet.
    public mutating func merge(_ other: RowErrors, where keep: Bitmap? = nil, expression: String = "") {
        for var entry in other.entries where keep?[Int(entry.row)] ?? true {
            if entry.expression.isEmpty { entry.expression = expression }
            entries.append(entry)
        }
    }
}
