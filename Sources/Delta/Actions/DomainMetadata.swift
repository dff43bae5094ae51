// SPDX-License-Identifier: Apache-2.0
public import Failures
public import JSONText

/// The `domainMetadata` action: configuration of a named domain, such as row tracking or clustering.
public struct DomainMetadata: Hashable, Sendable {
    /// The domain; those that begin with `delta.` belong to the protocol.
    public var domain: String
    /// Text that the domain's owner understands.
    public var configuration: String
    /// Whether the domain is deleted.
    public var removed: Bool

    /// A domain's configuration.
    public init(domain: String, configuration: String, removed: Bool = false) {
        self.domain = domain
        self.configuration = configuration
        self.removed = removed
    }

    /// Reads the action's value.
    public init(json: JSONValue) throws(PipelineError) {
        let fields = try ActionFields("domainMetadata", json)
        domain = try fields.string("domain")
        configuration = try fields.optionalString("configuration") ?? ""
        removed = try fields.boolean("removed", default: false)
    }

    /// The action's value.
    public var json: JSONValue {
        .action([
            ("domain", .string(domain)), ("configuration", .string(configuration)), ("removed", .boolean(removed)),
        ])
    }
}
