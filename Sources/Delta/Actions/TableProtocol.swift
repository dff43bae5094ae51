// SPDX-License-Identifier: Apache-2.0
public import Failures
public import JSONText

/// The `protocol` action: what a program must be able to do to read or write the table.
public struct TableProtocol: Hashable, Sendable {
    /// The least reader version.
    public var minReaderVersion: Int
    /// The least writer version.
    public var minWriterVersion: Int
    /// Features a reader must support, given when the reader version is 3.
    public var readerFeatures: [String]?
    /// Features a writer must support, given when the writer version is 7.
    public var writerFeatures: [String]?
    private var others: [JSONValue.Member] = []

    /// A protocol.
    public init(
        minReaderVersion: Int, minWriterVersion: Int, readerFeatures: [String]? = nil, writerFeatures: [String]? = nil
    ) {
        self.minReaderVersion = minReaderVersion
        self.minWriterVersion = minWriterVersion
        self.readerFeatures = readerFeatures
        self.writerFeatures = writerFeatures
    }

    /// Reads the action's value.
    public init(json: JSONValue) throws(PipelineError) {
        let fields = try ActionFields("protocol", json)
        minReaderVersion = Int(try fields.integer("minReaderVersion"))
        minWriterVersion = Int(try fields.integer("minWriterVersion"))
        readerFeatures = try fields.strings("readerFeatures")
        writerFeatures = try fields.strings("writerFeatures")
        others = fields.others(than: ["minReaderVersion", "minWriterVersion", "readerFeatures", "writerFeatures"])
    }

    /// The action's value.
    public var json: JSONValue {
        .action(
            [
                ("minReaderVersion", .number(minReaderVersion)), ("minWriterVersion", .number(minWriterVersion)),
                ("readerFeatures", readerFeatures.map { .array($0.map { .string($0) }) }),
                ("writerFeatures", writerFeatures.map { .array($0.map { .string($0) }) }),
            ], others: others)
    }
}
