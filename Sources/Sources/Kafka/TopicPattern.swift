// SPDX-License-Identifier: Apache-2.0
import Failures

/// A regular expression that whole topic names must match.
struct TopicPattern {
    private let expression: Regex<AnyRegexOutput>

    /// - Throws: `invalidArgument` when it is no regular expression.
    init(_ text: String) throws(PipelineError) {
        do {
            expression = try Regex(text)
        } catch {
            throw PipelineError(
                .invalidArgument, "\"topicPattern\" is no regular expression", at: [.init("pattern", text)],
                cause: "\(error)")
        }
    }

    /// Whether the whole name matches. Internal topics (`__…`) never do.
    func matches(_ name: String) -> Bool {
        !name.hasPrefix("__") && (try? expression.wholeMatch(in: name)) != nil
    }
}
