// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures
public import JSONText
import ObjectStore

extension DeltaTable {
    /// What a new table is to be.
    public struct Definition: Sendable {
        /// The columns.
        public var schema: Schema
        /// The columns that the table is partitioned by, in order.
        public var partitionColumns: [String]
        /// Table properties.
        public var properties: [String: String]
        /// Further members of the first `commitInfo`, as JSON.
        public var extra: [(String, JSONValue)]

        /// A definition.
        public init(schema: Schema, partitionColumns: [String] = [], properties: [String: String] = [:]) {
            self.schema = schema
            self.partitionColumns = partitionColumns
            self.properties = properties
            extra = []
        }
    }

    /// Makes the table unless there is one, and gives what is there then. A race with another creator is lost in silence.
    public func createIfAbsent(_ definition: Definition) async throws(PipelineError) -> TableHead {
        if let head = try await headIfPresent() { return head }
        let nowMillis = policy.nowMillis()
        let actions = try TableCreation.actions(definition, nowMillis: nowMillis)
        _ = try await commit { (head) throws(PipelineError) -> TableCommit? in
            guard head == nil else { return nil }
            return TableCommit(
                operation: "CREATE TABLE",
                operationParameters: [
                    ("isManaged", "false"), ("description", nil),
                    (
                        "partitionBy",
                        .string(JSONValue.array(definition.partitionColumns.map { .string($0) }).text)
                    ), ("properties", .string(JSONValue.map(definition.properties).text)),
                ], actions: actions, isBlindAppend: true, extra: definition.extra)
        }
        return try await head()
    }
}
