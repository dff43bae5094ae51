// SPDX-License-Identifier: Apache-2.0
import Columnar

/// The `add` column of a table checkpoint for a run of files, built column by column: tables may have very many files.
enum AddColumn {
    /// The column, in the order of `CheckpointSchema.add`.
    static func make(_ files: [AddFile], _ parsed: ParsedStatistics?, statsAsText: Bool) -> Column {
        let type = CheckpointSchema.add(parsed, statsAsText: statsAsText)
        guard case .structure(let fields) = type else { preconditionFailure("an add is a STRUCT") }
        var paths = TextColumnBuilder()
        var partitions = TextMapColumnBuilder()
        var sizes = NumberColumnBuilder()
        var times = NumberColumnBuilder()
        var tags = TextMapColumnBuilder()
        var firstRows = NumberColumnBuilder()
        var versions = NumberColumnBuilder()
        var providers = TextColumnBuilder()
        var stats = TextColumnBuilder()
        var hasVectors = false
        for file in files {
            paths.append(PathEncoding.encoded(file.path))
            partitions.append(file.partitionValues)
            sizes.append(file.byteCount)
            times.append(file.modificationMillis)
            tags.append(file.tags)
            hasVectors = hasVectors || file.deletionVector != nil
            firstRows.append(file.baseRowID)
            versions.append(file.defaultRowCommitVersion)
            providers.append(file.clusteringProvider)
            if statsAsText { stats.append(file.stats) }
        }
        let count = files.count
        let vectorType = fields[6].type
        let vectors =
            hasVectors
            ? Column(vectorType, files.map { $0.deletionVector.map(CheckpointRow.vector) ?? .null })
            : Column(vectorType, repeating: .null, count: count)
        var columns = [
            paths.finish(), partitions.finish(), sizes.finish(), times.finish(),
            Column(
                .boolean, count: count, validity: nil, storage: .bits(Bitmap(repeating: false, count: count))),
            tags.finish(), vectors, firstRows.finish(), versions.finish(), providers.finish(),
        ]
        if statsAsText { columns.append(stats.finish()) }
        if let parsed {
            let values = files.map { parsed.values(of: $0) }
            for (index, field) in parsed.fields.enumerated() {
                columns.append(Column(field.type, values.map { $0[index] }))
            }
        }
        return Column(type, count: count, validity: nil, storage: .fields(columns))
    }
}
