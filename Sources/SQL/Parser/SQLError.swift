// SPDX-License-Identifier: Apache-2.0
public import Failures

/// One mistake in a SQL text.
public struct SQLError: Error, Hashable, Sendable {
    /// Where it is.
    public let position: SQLPosition
    /// `invalidSQL`, `unknownName`, `typeMismatch`, `unsupported` or `invalidFunctionArgument`.
    public let code: PipelineError.Code
    /// What is wrong, in a sentence without a full stop.
    public let message: String
    /// What to do; empty when there is nothing to say.
    public let hint: String

    /// A mistake.
    public init(position: SQLPosition, code: PipelineError.Code, message: String, hint: String = "") {
        self.position = position
        self.code = code
        self.message = message
        self.hint = hint
    }
}

extension SQLError: CustomStringConvertible {
    /// `line:column: code: message; hint`.
    public var description: String {
        "\(position.line):\(position.column): \(code.rawValue): \(message)" + (hint.isEmpty ? "" : "; \(hint)")
    }
}
