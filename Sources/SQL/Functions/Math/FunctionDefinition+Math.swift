// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Glibc
import StreamCore

extension FunctionDefinition {
    /// Mathematics.
    static let mathFunctions: [FunctionDefinition] =
        roundingFunctions + realFunctions + pairFunctions + integerFunctions + textNumberFunctions

    private static let roundingFunctions: [FunctionDefinition] = [
        rounding("round", .halfUp, [], "Rounds to a number of places, from the middle away from zero."),
        rounding("bround", .halfEven, [], "Rounds to a number of places, from the middle to the even neighbour."),
        rounding("ceil", .up, ["ceiling"], "Rounds up."),
        rounding("floor", .down, [], "Rounds down."),
        FunctionDefinition("abs", group: .math, usage: "abs(number)", summary: "Gives the magnitude.") {
            (arguments) throws(FunctionBindingError) in try Magnitude.bindAbs(arguments)
        },
        FunctionDefinition(
            "sign", aliases: ["signum"], group: .math, usage: "sign(number)", summary: "Gives −1.0, 0.0 or 1.0."
        ) { (arguments) throws(FunctionBindingError) in
            try Real.bind("sign", arguments) { $0.isNaN ? $0 : $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
        },
    ]

    private static func rounding(
        _ name: String, _ rule: Rounding.Rule, _ aliases: [String], _ summary: String
    ) -> FunctionDefinition {
        FunctionDefinition(name, aliases: aliases, group: .math, usage: "\(name)(number[, places])", summary: summary) {
            (arguments) throws(FunctionBindingError) in
            try Rounding.bind(name, rule, arguments)
        }
    }

    private static let realFunctions: [FunctionDefinition] = [
        real("sqrt", "Gives the square root; NaN of negative numbers.") { $0.squareRoot() },
        real("cbrt", "Gives the cube root.") { Real.cubeRoot($0) },
        real("exp", "Gives e to a power.") { exp($0) },
        real("expm1", "Gives e to a power, less 1, exact near zero.") { expm1($0) },
        real("rint", "Rounds to the nearest whole number, from the middle to the even one.") {
            $0.rounded(.toNearestOrEven)
        },
        real("sin", "Gives the sine.") { sin($0) }, real("cos", "Gives the cosine.") { cos($0) },
        real("tan", "Gives the tangent.") { tan($0) },
        real("cot", "Gives the cotangent.") { 1 / tan($0) }, real("sec", "Gives the secant.") { 1 / cos($0) },
        real("csc", "Gives the cosecant.") { 1 / sin($0) },
        real("asin", "Gives the inverse sine.") { asin($0) }, real("acos", "Gives the inverse cosine.") { acos($0) },
        real("atan", "Gives the inverse tangent.") { atan($0) },
        real("sinh", "Gives the hyperbolic sine.") { sinh($0) },
        real("cosh", "Gives the hyperbolic cosine.") { cosh($0) },
        real("tanh", "Gives the hyperbolic tangent.") { tanh($0) },
        real("asinh", "Gives the inverse hyperbolic sine.") { asinh($0) },
        real("acosh", "Gives the inverse hyperbolic cosine.") { acosh($0) },
        real("atanh", "Gives the inverse hyperbolic tangent.") { atanh($0) },
        real("degrees", "Turns radians into degrees.") { $0 * (180 / Double.pi) },
        real("radians", "Turns degrees into radians.") { $0 * (Double.pi / 180) },
        logarithm("ln", "Gives the natural logarithm; NULL of numbers that are not positive.", above: 0) {
            Glibc.log($0)
        },
        logarithm("log10", "Gives the logarithm to base 10; NULL of numbers that are not positive.", above: 0) {
            log10($0)
        },
        logarithm("log2", "Gives the logarithm to base 2; NULL of numbers that are not positive.", above: 0) {
            log2($0)
        },
        logarithm("log1p", "Gives ln(1 + number), exact near zero; NULL at or below −1.", above: -1) { log1p($0) },
        FunctionDefinition("e", group: .math, usage: "e()", summary: "Gives Euler's number.") {
            (arguments) throws(FunctionBindingError) in try Real.constant(M_E, arguments)
        },
        FunctionDefinition("pi", group: .math, usage: "pi()", summary: "Gives π.") {
            (arguments) throws(FunctionBindingError) in try Real.constant(Double.pi, arguments)
        },
    ]

    private static func real(
        _ name: String, _ summary: String, _ operation: @escaping @Sendable (Double) -> Double
    ) -> FunctionDefinition {
        FunctionDefinition(name, group: .math, usage: "\(name)(number)", summary: summary) {
            (arguments) throws(FunctionBindingError) in
            try Real.bind(name, arguments, operation)
        }
    }

    private static func logarithm(
        _ name: String, _ summary: String, above bound: Double, _ operation: @escaping @Sendable (Double) -> Double
    ) -> FunctionDefinition {
        FunctionDefinition(name, group: .math, usage: "\(name)(number)", summary: summary) {
            (arguments) throws(FunctionBindingError) in
            try Real.bindPartial(name, arguments) { ($0 <= bound ? 0 : operation($0), failed: $0 <= bound) }
        }
    }

    private static let pairFunctions: [FunctionDefinition] = [
        pair("pow", ["power"], "base, exponent", "Gives a power.") { pow($0, $1) },
        pair("atan2", [], "y, x", "Gives the angle of a point.") { atan2($0, $1) },
        pair("hypot", [], "a, b", "Gives the length of a diagonal without overflow on the way.") { hypot($0, $1) },
        FunctionDefinition(
            "log", group: .math, usage: "log([base, ]number)",
            summary: "Gives the logarithm to a base, by default e; NULL where there is none."
        ) { (arguments) throws(FunctionBindingError) in
            if arguments.count == 1 {
                return try Real.bindPartial("log", arguments) { ($0 <= 0 ? 0 : Glibc.log($0), failed: $0 <= 0) }
            }
            guard arguments.count == 2 else { throw .argumentCount(expected: "1 or 2") }
            try Real.check(arguments)
            return BoundFunction(
                parameterTypes: [.double, .double], resultType: .double, nullable: true,
                implementation: .scalar(
                    ScalarFunction(
                        name: "log", canFail: false,
                        body: Kernel.binaryPartial(.double) { (base: Double, value: Double) in
                            let failed = base <= 0 || value <= 0
                            return (failed ? 0 : Glibc.log(value) / Glibc.log(base), failed: failed)
                        })))
        },
        FunctionDefinition(
            "pmod", group: .math, usage: "pmod(left, right)",
            summary: "Gives what is left of a division, never negative."
        ) { (arguments) throws(FunctionBindingError) in try Arithmetic.bind(.pmod, .ansi, name: "pmod", arguments) },
        FunctionDefinition(
            "width_bucket", group: .math, usage: "width_bucket(value, min, max, buckets)",
            summary: "Gives the number of the equally wide bucket that a value falls in; 0 or buckets + 1 outside."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 4 else { throw .argumentCount(expected: "4") }
            return BoundFunction("width_bucket", [.double, .double, .double, .bigint], to: .bigint, body: Buckets.body)
        },
    ]

    private static func pair(
        _ name: String, _ aliases: [String], _ parameters: String, _ summary: String,
        _ operation: @escaping @Sendable (Double, Double) -> Double
    ) -> FunctionDefinition {
        FunctionDefinition(name, aliases: aliases, group: .math, usage: "\(name)(\(parameters))", summary: summary) {
            (arguments) throws(FunctionBindingError) in
            guard arguments.count == 2 else { throw .argumentCount(expected: "2") }
            try Real.check(arguments)
            return BoundFunction(
                parameterTypes: [.double, .double], resultType: .double, nullable: arguments.contains { $0.nullable },
                implementation: .scalar(
                    ScalarFunction(
                        name: name, canFail: false,
                        body: Kernel.binary(.double) { (left: Double, right: Double) in operation(left, right) })))
        }
    }

    private static let integerFunctions: [FunctionDefinition] = [
        FunctionDefinition(
            "factorial", group: .math, usage: "factorial(number)", summary: "Gives n!; NULL outside 0 to 20."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 1 else { throw .argumentCount(expected: "1") }
            return BoundFunction(
                "factorial", [.int], to: .bigint,
                body: Kernel.unaryPartial(.bigint) { (value: Int32) in
                    guard value >= 0, value <= 20 else { return (0 as Int64, failed: true) }
                    var product: Int64 = 1
                    for factor in 1..<max(Int64(value) + 1, 2) { product *= factor }
                    return (product, failed: false)
                })
        },
        FunctionDefinition(
            "bit_count", group: .math, usage: "bit_count(number)", summary: "Counts the bits that are set."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 1 else { throw .argumentCount(expected: "1") }
            guard arguments[0].type.isInteger || arguments[0].type == .boolean || arguments[0].type == .void else {
                throw .argumentType(index: 0, expected: "an integer")
            }
            return BoundFunction(
                parameterTypes: [.bigint], resultType: .int, nullable: arguments[0].nullable,
                implementation: .scalar(
                    ScalarFunction(
                        name: "bit_count", canFail: false,
                        body: Kernel.unary(.int) { (value: Int64) in Int32(value.nonzeroBitCount) })))
        },
        FunctionDefinition(
            "getbit", aliases: ["bit_get"], group: .math, usage: "getbit(number, position)",
            summary: "Gives one bit, counted from the right and 0."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 2 else { throw .argumentCount(expected: "2") }
            guard arguments[0].type.isInteger || arguments[0].type == .void else {
                throw .argumentType(index: 0, expected: "an integer")
            }
            let width: Int32 =
                switch arguments[0].type {
                case .tinyint: 8
                case .smallint: 16
                case .int: 32
                default: 64
                }
            return BoundFunction(
                "getbit", [.bigint, .int], to: .tinyint,
                body: Kernel.binaryChecked(.tinyint, .invalidFunctionArgument, "the number has no bit at this position")
                {
                    (value: Int64, position: Int32) in
                    (
                        Int8(truncatingIfNeeded: value &>> Int64(position) & 1),
                        failed: position < 0 || position >= width
                    )
                })
        },
    ]

    private static let textNumberFunctions: [FunctionDefinition] = [
        FunctionDefinition(
            "bin", group: .math, usage: "bin(number)", summary: "Writes an integer in binary."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 1 else { throw .argumentCount(expected: "1") }
            return BoundFunction("bin", [.bigint], to: .string, nullable: arguments[0].nullable, body: NumberText.bin)
        },
        FunctionDefinition(
            "hex", group: .math, usage: "hex(value)", summary: "Writes an integer, text or bytes in hexadecimal."
        ) { (arguments) throws(FunctionBindingError) in try NumberText.bindHex(arguments) },
        FunctionDefinition(
            "unhex", group: .math, usage: "unhex(text)",
            summary: "Reads hexadecimal digits as bytes; NULL when it is none."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 1 else { throw .argumentCount(expected: "1") }
            return BoundFunction("unhex", [.string], to: .binary, body: NumberText.unhex)
        },
        FunctionDefinition(
            "conv", group: .math, usage: "conv(text, from, to)", summary: "Rewrites a number from one base in another."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 3 else { throw .argumentCount(expected: "3") }
            return BoundFunction("conv", [.string, .int, .int], to: .string, body: NumberText.conv)
        },
    ]
}
