// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText

/// Collects the problems of one file and gives them in the order of the text.
struct ProblemList {
    private let document: PipelineDocument
    private var found: [(offset: Int, problem: Problem)] = []

    /// An empty list about `document`.
    init(about document: PipelineDocument) { self.document = document }

    /// Whether the file cannot be used.
    var hasErrors: Bool { found.contains { $0.problem.severity == .error } }

    /// Notes an error at a byte offset of the text (or a value of an override).
    mutating func error(at offset: Int, _ code: PipelineError.Code, _ what: String, hint: String = "") {
        add(.error, at: offset, code, what, hint)
    }

    /// Notes a warning.
    mutating func warning(at offset: Int, _ code: PipelineError.Code, _ what: String, hint: String = "") {
        add(.warning, at: offset, code, what, hint)
    }

    private mutating func add(
        _ severity: Problem.Severity, at offset: Int, _ code: PipelineError.Code, _ what: String, _ hint: String
    ) {
        let override = document.override(at: offset)
        let problem = Problem(
            severity: severity, file: document.file, position: override == nil ? document.position(of: offset) : nil,
            override: override, code: code, what: what, hint: hint)
        if !found.contains(where: { $0.problem == problem }) { found.append((offset, problem)) }
    }

    /// All problems: overrides first, then by position.
    var sorted: [Problem] {
        found.enumerated().sorted { ($0.element.offset, $0.offset) < ($1.element.offset, $1.offset) }.map(
            \.element.problem)
    }
}
