// SPDX-License-Identifier: Apache-2.0
public import Columnar

/// The columns of a relation that SQL can name.
public struct RelationSchema: Hashable, Sendable {
    /// The columns, which `*` stands for.
    public var schema: Schema
    /// Metadata columns (`_offset`, `_file_path`, …), which exist only when named.
    ///
    /// They come after the others in the
    /// rows: a plan over the relation expects all of them there, whether it names them or not.
    ///
    public var hiddenFields: [Field]
    /// The columns, by position, that carry the time which the watermark speaks of: TIMESTAMPs, or the windows of a grouping.
    public var eventTimes: Set<Int>

    /// A relation's columns.
    ///
    /// Hidden fields named like a column are not reachable.
    public init(_ schema: Schema, hiddenFields: [Field] = [], eventTimes: Set<Int> = []) {
        self.schema = schema
        self.hiddenFields = hiddenFields
        self.eventTimes = eventTimes
    }

    /// The columns of a row as it is delivered: the visible, then the hidden.
    public var rowSchema: Schema { Schema(schema.fields + hiddenFields) }
}
