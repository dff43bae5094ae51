// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures

extension TableHead {
    /// Refuses new columns that the table cannot hold as its protocol is.
    ///
    /// - Throws: `unsupported` for a type that no table holds, `schemaMismatch` for a name that Delta does not allow,
    ///   `unsupportedTableFeature` for a type that needs a feature which the table lacks.
    public func requireCanAdd(_ fields: [Field]) throws(PipelineError) {
        for field in fields {
            try TableCreation.checkName(field.name)
            guard !TableCreation.hasTimestampNTZ(field.type) || tableProtocol.has("timestampNtz") else {
                throw PipelineError(
                    .unsupportedTableFeature,
                    "column '\(field.name)' needs the table feature 'timestampNtz', which the table does not have",
                    hint: "CAST it to TIMESTAMP, or enable the feature on the table")
            }
        }
        _ = try schema.appending(fields)
    }
}
