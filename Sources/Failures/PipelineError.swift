// SPDX-License-Identifier: Apache-2.0

/// The one error type of Millrace: what happened, where, whose fault it is, whether trying again can help, and what to do.
///
/// Callers act on `code`, `fault` and `retry`, never on text.
public struct PipelineError: Error, Sendable, Hashable {
    /// Who has to act.
    public enum Fault: String, Sendable, Hashable {
        /// The pipeline file, a flag, SQL text or input data is wrong.
        case user
        /// A broker, store, disk or other process failed.
        case external
        /// Millrace itself is wrong.
        case bug
    }

    /// Whether the same call can succeed later without anyone changing anything.
    public enum Retry: String, Sendable, Hashable {
        case never
        case withBackoff
    }

    /// One step of the way to the place that failed, for example `("partition", "3")`.
    public struct Place: Sendable, Hashable {
        /// The kind of place: `source`, `partition`, `offset`, `file`, `line`, `table`, `version`, …
        public let kind: String
        /// Which one.
        public let name: String

        /// A place of a kind.
        public init(_ kind: String, _ name: String) {
            self.kind = kind
            self.name = name
        }
    }

    /// What an error says, behind one reference: an error is rare, and a small one costs every call that can fail less.
    private final class Content: Sendable {
        let code: Code
        let what: String
        let places: [Place]
        let hint: String
        let cause: String

        init(_ code: Code, _ what: String, _ places: [Place], _ hint: String, _ cause: String) {
            self.code = code
            self.what = what
            self.places = places
            self.hint = hint
            self.cause = cause
        }
    }

    private let content: Content

    /// What callers and scripts act on.
    public var code: Code { content.code }
    /// What happened, in a sentence without a full stop.
    public var what: String { content.what }
    /// Where, from the outermost to the innermost place.
    public var places: [Place] { content.places }
    /// What to do, in a sentence; empty when there is nothing to say.
    public var hint: String { content.hint }
    /// The text of the error underneath; empty when there is none.
    public var cause: String { content.cause }

    /// An error with its code; fault and retry follow from the code.
    public init(_ code: Code, _ what: String, at places: [Place] = [], hint: String = "", cause: String = "") {
        content = Content(code, what, places, hint, cause)
    }

    /// Who has to act.
    public var fault: Fault { code.fault }
    /// Whether the same call can succeed later.
    public var retry: Retry { code.retry }

    /// The same error with an outer place added, as it passes outward; a place that it already names there is not repeated.
    public func within(_ kind: String, _ name: String) -> PipelineError {
        if places.first == Place(kind, name) { return self }
        return PipelineError(code, what, at: [Place(kind, name)] + places, hint: hint, cause: cause)
    }
}

extension PipelineError {
    /// By everything they say.
    public static func == (left: PipelineError, right: PipelineError) -> Bool {
        (left.code, left.what, left.places, left.hint, left.cause)
            == (right.code, right.what, right.places, right.hint, right.cause)
    }

    /// By code, text and places.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(code)
        hasher.combine(what)
        hasher.combine(places)
    }
}

extension PipelineError: CustomStringConvertible {
    /// `code: what (place, place): cause. Hint`, in one line.
    public var description: String {
        var text = "\(code.rawValue): \(what)"
        if !places.isEmpty {
            text += " (" + places.map { "\($0.kind) \($0.name)" }.joined(separator: ", ") + ")"
        }
        if !cause.isEmpty { text += ": \(cause)" }
        if !hint.isEmpty { text += ". \(hint)" }
        return text
    }
}
