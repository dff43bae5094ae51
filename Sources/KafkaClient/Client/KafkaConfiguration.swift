// SPDX-License-Identifier: Apache-2.0
import Failures

/// How to reach a cluster: brokers and librdkafka properties. Its description never shows a secret.
public struct KafkaConfiguration: Hashable, Sendable {
    /// `host:port`, comma-separated.
    public var brokers: String
    /// librdkafka properties, passed through.
    public var properties: [String: String]

    /// A configuration.
    public init(brokers: String, properties: [String: String] = [:]) {
        self.brokers = brokers
        self.properties = properties
    }

    /// Whether the value of a property must not be printed.
    public static func isSecret(_ property: String) -> Bool {
        let name = property.lowercased()
        if name.hasSuffix(".location") { return false }
        return ["password", "secret", "token", "jaas", "pem", "oauthbearer.config", "credential"]
            .contains { name.contains($0) }
            || name == "ssl.key" || name == "sasl.kerberos.kinit.cmd"
    }

    /// The same configuration where properties that the user did not set have these values.
    func withDefaults(_ defaults: [String: String]) -> KafkaConfiguration {
        KafkaConfiguration(brokers: brokers, properties: properties.merging(defaults) { user, _ in user })
    }

    /// Refuses properties that the user has set to something else than they have to be.
    func check(required: [String: String]) throws(PipelineError) {
        for (name, value) in required.sorted(by: { $0.key < $1.key }) {
            guard let wanted = properties[name], wanted != value else { continue }
            throw PipelineError(
                .invalidArgument, "\"properties\" sets \"\(name)\", which has to be \"\(value)\" here",
                hint: "Remove it")
        }
    }

    /// Whether SASL SCRAM is asked for.
    var usesScram: Bool {
        let mechanism = properties["sasl.mechanism"] ?? properties["sasl.mechanisms"] ?? ""
        return mechanism.uppercased().hasPrefix("SCRAM")
    }
}

extension KafkaConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Brokers and properties; secrets as `***`.
    public var description: String {
        let shown = properties.sorted { $0.key < $1.key }
            .map { "\($0.key)=\(Self.isSecret($0.key) ? "***" : $0.value)" }
        return "kafka \(brokers)" + (shown.isEmpty ? "" : " (\(shown.joined(separator: ", ")))")
    }

    /// As `description`.
    public var debugDescription: String { description }

    /// Hides the properties from `dump` and reflection.
    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
