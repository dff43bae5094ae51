// SPDX-License-Identifier: Apache-2.0
import Failures

/// Errors as a command shows them.
enum ErrorText {
    /// `code: what (places): cause. Hint`, the hint as a sentence.
    static func line(_ error: PipelineError) -> String {
        let hint = error.hint.prefix(1).uppercased() + error.hint.dropFirst()
        return PipelineError(error.code, error.what, at: error.places, hint: hint, cause: error.cause).description
    }
}
