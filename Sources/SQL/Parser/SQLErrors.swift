// SPDX-License-Identifier: Apache-2.0

/// All mistakes found in one SQL text, in the order of their places; never empty.
public struct SQLErrors: Error, Hashable, Sendable {
    /// The mistakes.
    public let errors: [SQLError]

    /// Mistakes, put in the order of their places.
    public init(_ errors: [SQLError]) {
        self.errors = errors.sorted { ($0.position.byteOffset, $0.message) < ($1.position.byteOffset, $1.message) }
    }
}

extension SQLErrors: CustomStringConvertible {
    /// One mistake a line.
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}
