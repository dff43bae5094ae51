// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText

/// Gives added files their row ids in tables with row tracking.
///
/// Delta protocol, "Row Tracking", writer requirements.
enum RowTracking {
    static let domain = "delta.rowTracking"

    /// Sets base row id and first version of each new file, and moves the high-water mark.
    static func assign(
        to actions: inout [Action], version: TableVersion, on head: TableHead?
    ) throws(PipelineError) {
        var mark = head.flatMap { highWaterMark($0) } ?? -1
        let before = mark
        for index in actions.indices {
            guard case .add(var file) = actions[index], file.baseRowID == nil else { continue }
            guard let records = file.recordCount else {
                throw PipelineError(
                    .internalError, "a table with row tracking needs the row count of every file ('\(file.path)')")
            }
            file.baseRowID = mark + 1
            file.defaultRowCommitVersion = version.number
            mark += records
            actions[index] = .add(file)
        }
        guard mark != before else { return }
        let configuration: JSONValue = ["rowIdHighWaterMark": .number(mark)]
        actions.append(.domainMetadata(DomainMetadata(domain: domain, configuration: configuration.text)))
    }

    private static func highWaterMark(_ head: TableHead) -> Int64? {
        guard let text = head.domainMetadata[domain]?.configuration else { return nil }
        return (try? JSONValue(parsing: text))?["rowIdHighWaterMark"]?.int64
    }
}
