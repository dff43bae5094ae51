// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Precision and scale of decimal results, by the rules of Spark 4 (after Hive and SQL Server).
///
/// Source: Spark SQL reference, "Decimal arithmetic"; `spark.sql.decimalOperations.allowPrecisionLoss` is true.
enum DecimalPrecision {
    /// The most digits.
    static let maximum = 38
    /// The fewest digits after the point that a division keeps when digits must go.
    static let minimumAdjustedScale = 6

    /// The decimal that holds every value of an integer type; `nil` for other types.
    static func holding(_ type: DataType) -> (precision: Int, scale: Int)? {
        switch type {
        case .tinyint: (3, 0)
        case .smallint: (5, 0)
        case .int: (10, 0)
        case .bigint: (20, 0)
        case .decimal(let precision, let scale): (precision, scale)
        default: nil
        }
    }

    /// The decimal that holds exactly the value of an integer literal.
    static func holding(literal value: Int64) -> (precision: Int, scale: Int) {
        (max(1, String(value.magnitude).count), 0)
    }

    /// The decimal that holds the values of both, cut to 38 digits in favour of those before the point.
    static func wider(_ left: (precision: Int, scale: Int), _ right: (precision: Int, scale: Int)) -> DataType {
        let scale = max(left.scale, right.scale)
        let whole = max(left.precision - left.scale, right.precision - right.scale)
        return preferringWhole(precision: whole + scale, scale: scale)
    }

    /// Cuts digits after the point until the rest fits.
    static func preferringWhole(precision: Int, scale: Int) -> DataType {
        if precision <= maximum { return .decimal(precision: precision, scale: scale) }
        return .decimal(precision: maximum, scale: max(0, scale - (precision - maximum)))
    }

    /// Cuts digits after the point, but keeps at least six of them, as arithmetic does.
    static func adjusted(precision: Int, scale: Int) -> DataType {
        if precision <= maximum { return .decimal(precision: precision, scale: scale) }
        let whole = precision - scale
        let kept = max(maximum - whole, min(scale, minimumAdjustedScale))
        return .decimal(precision: maximum, scale: kept)
    }

    /// The result of an operator (`+ - * / %`) over two decimals; `nil` for other operators.
    static func result(
        of symbol: String, _ left: (precision: Int, scale: Int), _ right: (precision: Int, scale: Int)
    ) -> DataType? {
        switch symbol {
        case "+", "-":
            let scale = max(left.scale, right.scale)
            let whole = max(left.precision - left.scale, right.precision - right.scale)
            return adjusted(precision: whole + scale + 1, scale: scale)
        case "*":
            return adjusted(precision: left.precision + right.precision + 1, scale: left.scale + right.scale)
        case "/":
            let scale = max(minimumAdjustedScale, left.scale + right.precision + 1)
            return adjusted(precision: left.precision - left.scale + right.scale + scale, scale: scale)
        case "%":
            let scale = max(left.scale, right.scale)
            let whole = min(left.precision - left.scale, right.precision - right.scale)
            return adjusted(precision: whole + scale, scale: scale)
        default:
            return nil
        }
    }
}
