// SPDX-License-Identifier: Apache-2.0
import PipelineSpec

/// What a misspelled word of the command line was probably meant to be.
enum SpellingHint {
    /// `did you mean 'x'?`, or `otherwise` when nothing is close.
    static func hint(for word: String, in candidates: [String], otherwise: String) -> String {
        Suggestion.hint(for: word, in: candidates, otherwise: otherwise)
    }
}
