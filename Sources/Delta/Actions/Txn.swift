// SPDX-License-Identifier: Apache-2.0
public import Failures
public import JSONText

/// The `txn` action: how far an application has written, so that a repeated write is recognised.
public struct Txn: Hashable, Sendable {
    /// The application.
    public var appID: String
    /// Its own number; for a pipeline the epoch.
    public var version: Int64
    /// When it was written, ms since 1970 UTC.
    public var lastUpdatedMillis: Int64?

    /// A transaction identifier.
    public init(appID: String, version: Int64, lastUpdatedMillis: Int64? = nil) {
        self.appID = appID
        self.version = version
        self.lastUpdatedMillis = lastUpdatedMillis
    }

    /// Reads the action's value.
    public init(json: JSONValue) throws(PipelineError) {
        let fields = try ActionFields("txn", json)
        appID = try fields.string("appId")
        version = try fields.integer("version")
        lastUpdatedMillis = try fields.optionalInteger("lastUpdated")
    }

    /// The action's value.
    public var json: JSONValue {
        .action([
            ("appId", .string(appID)), ("version", .number(version)),
            ("lastUpdated", lastUpdatedMillis.map { .number($0) }),
        ])
    }
}
