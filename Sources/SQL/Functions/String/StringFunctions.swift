// SPDX-License-Identifier: Apache-2.0

/// The functions of text. Positions and lengths count code points of STRING and bytes of BINARY.
enum StringFunctions {
    /// All of them.
    static let all: [FunctionDefinition] =
        lengths + cases + trims + pads + concatenations + substrings + replacements + searches + patterns + encodings
        + bytes + characterSets + urls + formats + similarities + validities
}
