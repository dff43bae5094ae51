// SPDX-License-Identifier: Apache-2.0
import Failures

/// Why a piece of text could not be read; ends the reading of that piece only.
struct SyntaxFailure: Error {
    let span: SourceSpan
    var code = PipelineError.Code.invalidSQL
    let message: String
    var hint = ""
}
