// SPDX-License-Identifier: Apache-2.0

extension StringFunctions {
    /// Numbers and texts laid out for people.
    static let formats: [FunctionDefinition] = []
}
