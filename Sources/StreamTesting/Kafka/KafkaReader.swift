// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Reads topics with kcat, as a consumer that sees committed records only.
public enum KafkaReader {
    /// All records of a topic in the given format of kcat (`%k` key, `%h` headers, `%s` value), a line each, sorted.
    ///
    /// - Parameter count: how many to wait for, a minute or so: markers of transactions come a moment after the call that ends one.
    public static func lines(
        of topic: String, brokers: String, format: String = "%s", atLeast count: Int
    ) async throws -> [String] {
        for _ in 0..<1000 {
            let lines = try await lines(of: topic, brokers: brokers, format: format)
            if lines.count >= count { return lines }
            try await Task.sleep(nanoseconds: 50_000_000)
        }
        return try await lines(of: topic, brokers: brokers, format: format)
    }

    /// All records of a topic in the given format of kcat (`%k` key, `%h` headers, `%s` value), a line each, sorted.
    public static func lines(of topic: String, brokers: String, format: String = "%s") async throws -> [String] {
        let outcome = try await MillraceProcess.run(
            program: "/usr/bin/kcat",
            [
                "-q", "-b", brokers, "-C", "-t", topic, "-e", "-o", "beginning", "-f", format + "\n",
                "-X", "isolation.level=read_committed",
            ])
        guard outcome.status == 0 else { throw Failure(text: outcome.errors) }
        return outcome.output.split(separator: "\n").map(String.init).sorted()
    }

    /// What kcat said.
    public struct Failure: Error, CustomStringConvertible {
        let text: String
        /// The text.
        public var description: String { text }
    }
}
