// SPDX-License-Identifier: Apache-2.0

extension FunctionDefinition {
    /// Operators, mathematics, choices, casts, dates and times.
    static let expressionFunctions: [FunctionDefinition] =
        operatorFunctions + mathFunctions + conditionalFunctions + conversionFunctions + dateFieldFunctions
        + dateArithmeticFunctions + dateMakingFunctions + dateTextFunctions
}
