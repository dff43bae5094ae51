// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures
import JSONText
import StreamCore

/// What `prepare` of a Delta sink made: all that a later process needs to publish it.
struct DeltaSinkToken {
    /// Of tokens that add rows; those that replace rows have the next, so that no older release takes them for the same.
    static let format: Int64 = 1
    static let replacingFormat: Int64 = 2

    /// Unique for each `prepare`; tells our commit of an epoch from somebody else's.
    let id: String
    /// What the rows do to the table.
    let mode: DeltaSinkOptions.Mode
    /// The columns by which rows are replaced, for upserts.
    let keys: [String]
    /// The columns of the files, by physical name.
    let fileSchema: Schema
    /// Columns that the table may lack.
    let addedFields: [Field]
    let rowCount: Int64
    let files: [AddFile]

    var text: String {
        get throws(PipelineError) {
            let format = mode == .append ? Self.format : Self.replacingFormat
            let json: JSONValue = [
                "format": .number(format), "id": .string(id), "mode": .string(mode.rawValue),
                "keys": .array(keys.map { .string($0) }), "schema": try TableSchema(fileSchema).json,
                "added": try TableSchema(Schema(addedFields)).json, "rows": .number(rowCount),
                "files": .array(files.map(\.json)),
            ]
            return json.text
        }
    }

    init(
        id: String, mode: DeltaSinkOptions.Mode, keys: [String], fileSchema: Schema, addedFields: [Field],
        rowCount: Int64, files: [AddFile]
    ) {
        self.id = id
        self.mode = mode
        self.keys = keys
        self.fileSchema = fileSchema
        self.addedFields = addedFields
        self.rowCount = rowCount
        self.files = files
    }

    /// Reads a token of the checkpoint.
    ///
    /// - Throws: `corruptCheckpoint` when it is none of ours or of a newer format.
    init(_ token: SinkToken) throws(PipelineError) {
        do throws(PipelineError) {
            let json = try JSONValue(parsing: token.text)
            guard let format = json["format"]?.int64, [Self.format, Self.replacingFormat].contains(format),
                let id = json["id"]?.string, let schema = json["schema"],
                let added = json["added"], let rows = json["rows"]?.int64, let files = json["files"]?.elements
            else { throw PipelineError(.corruptCheckpoint, "format or members are not known") }
            let mode = json["mode"]?.string.map { DeltaSinkOptions.Mode(rawValue: $0) } ?? .append
            guard let mode else { throw PipelineError(.corruptCheckpoint, "the mode is not known") }
            self.id = id
            self.mode = mode
            keys = (json["keys"]?.elements ?? []).compactMap(\.string)
            fileSchema = try TableSchema(text: schema.text).logical
            addedFields = try TableSchema(text: added.text).logical.fields
            rowCount = rows
            var adds: [AddFile] = []
            for file in files { adds.append(try AddFile(json: file)) }
            self.files = adds
        } catch {
            throw PipelineError(
                .corruptCheckpoint, "the checkpoint holds a token that this Delta sink cannot read",
                hint: "Use the release that wrote the checkpoint, or restore it", cause: error.description)
        }
    }
}
