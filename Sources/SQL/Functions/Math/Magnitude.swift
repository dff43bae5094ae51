// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// Binding of abs.
enum Magnitude {
    static func bindAbs(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        guard arguments.count == 1 else { throw .argumentCount(expected: "1") }
        let type: DataType = arguments[0].type == .string || arguments[0].type == .void ? .double : arguments[0].type
        let body: ScalarFunction.Body
        switch type {
        case .tinyint: body = integer(type, Int8.self)
        case .smallint: body = integer(type, Int16.self)
        case .int, .yearMonthInterval: body = integer(type, Int32.self)
        case .bigint, .dayTimeInterval: body = integer(type, Int64.self)
        case .decimal: body = Kernel.unary(type) { (value: Int128) in value < 0 ? 0 &- value : value }
        case .float: body = Kernel.unary(type) { (value: Float) in value.magnitude }
        case .double: body = Kernel.unary(type) { (value: Double) in value.magnitude }
        default: throw .argumentType(index: 0, expected: "a number or an interval")
        }
        return BoundFunction(
            parameterTypes: [type], resultType: type, nullable: arguments[0].nullable,
            implementation: .scalar(
                ScalarFunction(name: "abs", canFail: !Arithmetic.isFloating(type), body: body)))
    }

    @inline(__always)
    private static func integer<Number: FixedWidthInteger & SignedInteger & ColumnElement>(
        _ type: DataType, _: Number.Type
    ) -> ScalarFunction.Body {
        Kernel.unaryChecked(type, .numericOverflow, "the result does not fit the type") { (value: Number) in
            (value < 0 ? 0 &- value : value, failed: value == Number.min)
        }
    }
}

/// The body of width_bucket.
enum Buckets {
    static let body = Kernel.rows(.bigint, Int64.self) { columns in
        let values = columns[0].elements(Double.self)
        let lows = columns[1].elements(Double.self)
        let highs = columns[2].elements(Double.self)
        let counts = columns[3].elements(Int64.self)
        return { row, _ in
            let (value, low, high, count) = (values[row], lows[row], highs[row], counts[row])
            guard count > 0, count < .max, low != high, low.isFinite, high.isFinite, !value.isNaN else { return nil }
            let outside = low < high ? value < low : value > low
            if outside { return 0 }
            if low < high ? value >= high : value <= high { return count + 1 }
            return Int64(exactly: (Double(count) * (value - low) / (high - low)).rounded(.down)).map { $0 + 1 }
        }
    }
}
