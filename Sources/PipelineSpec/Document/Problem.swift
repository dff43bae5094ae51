// SPDX-License-Identifier: Apache-2.0
public import Failures
public import JSONText

/// One thing that is wrong, or worth knowing, about a pipeline file.
public struct Problem: Sendable, Hashable {
    /// Whether the file can be used in spite of it.
    public enum Severity: String, Sendable { case error, warning }

    /// Whether the file can be used in spite of it.
    public let severity: Severity
    /// The file as it was named.
    public let file: String
    /// Where in the file; `nil` when the place is an override of the command line or the whole file.
    public let position: TextPosition?
    /// The override that it is about.
    public let override: String?
    /// What scripts act on.
    public let code: PipelineError.Code
    /// What is wrong, in a sentence without a full stop.
    public let what: String
    /// What to do; empty when there is nothing to say.
    public let hint: String

    /// `file:line:column: code: what; hint`.
    public var description: String {
        let place = override.map { "--set \($0)" } ?? position.map { "\(file):\($0.line):\($0.column)" } ?? file
        let kind = severity == .warning ? "warning: " : ""
        return "\(place): \(kind)\(code.rawValue): \(what)" + (hint.isEmpty ? "" : "; \(hint)")
    }

    /// The problem as one JSON object.
    public var json: JSONValue {
        var members: [(String, JSONValue)] = [("file", .string(file))]
        if let position { members += [("line", .number(position.line)), ("column", .number(position.column))] }
        if let override { members.append(("override", .string(override))) }
        members += [
            ("severity", .string(severity.rawValue)), ("code", .string(code.rawValue)), ("what", .string(what)),
            ("hint", .string(hint)),
        ]
        return .object(members)
    }
}
