// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Arithmetic of unscaled decimals with intermediate results of 256 bits, rounded half away from zero at the end.
enum DecimalArithmetic {
    /// A sum of numbers of two scales at the result's scale; `nil` when it has too many digits.
    static func sum(
        _ left: Int128, scale leftScale: Int, _ right: Int128, scale rightScale: Int,
        to result: (precision: Int, scale: Int)
    ) -> Int128? {
        let scale = max(leftScale, rightScale)
        let (wideLeft, overLeft) = left.multipliedReportingOverflow(by: DecimalText.limit(precision: scale - leftScale))
        let (wideRight, overRight) = right.multipliedReportingOverflow(
            by: DecimalText.limit(precision: scale - rightScale))
        let (total, overflow) = wideLeft.addingReportingOverflow(wideRight)
        if !overLeft && !overRight && !overflow {
            return DecimalText.rescaled(total, from: scale, to: result.scale, precision: result.precision)
        }
        let exact = WideDecimal(left, times: DecimalText.limit(precision: scale - leftScale))
            .adding(WideDecimal(right, times: DecimalText.limit(precision: scale - rightScale)))
        return fitting(exact.divided(by: DecimalText.limit(precision: scale - result.scale)), result.precision)
    }

    /// A product at the result's scale.
    static func product(
        _ left: Int128, _ right: Int128, scale: Int, to result: (precision: Int, scale: Int)
    ) -> Int128? {
        let (small, overflow) = left.multipliedReportingOverflow(by: right)
        if !overflow { return DecimalText.rescaled(small, from: scale, to: result.scale, precision: result.precision) }
        guard scale - result.scale <= 38 else { return nil }
        let exact = WideDecimal(left, times: right)
        return fitting(exact.divided(by: DecimalText.limit(precision: scale - result.scale)), result.precision)
    }

    /// A quotient at the result's scale; the divisor is not zero.
    static func quotient(
        _ left: Int128, scale leftScale: Int, _ right: Int128, scale rightScale: Int,
        to result: (precision: Int, scale: Int)
    ) -> Int128? {
        let shift = result.scale - leftScale + rightScale
        if shift < 0 {
            guard shift >= -38 else { return 0 }
            let (divisor, overflow) = right.multipliedReportingOverflow(by: DecimalText.limit(precision: -shift))
            // A divisor beyond 128 bits makes less than half of the last place of any decimal.
            if overflow { return 0 }
            return fitting(WideDecimal(left, times: 1).divided(by: divisor), result.precision)
        }
        let (start, overflow) = left.multipliedReportingOverflow(by: DecimalText.limit(precision: max(shift - 38, 0)))
        if overflow { return nil }
        let exact = WideDecimal(start, times: DecimalText.limit(precision: min(shift, 38)))
        return fitting(exact.divided(by: right), result.precision)
    }

    /// What is left of a division of numbers of two scales, at the result's scale; the divisor is not zero.
    static func remainder(
        _ left: Int128, scale leftScale: Int, _ right: Int128, scale rightScale: Int,
        to result: (precision: Int, scale: Int)
    ) -> Int128? {
        let scale = max(leftScale, rightScale)
        let (wideRight, overRight) = right.multipliedReportingOverflow(
            by: DecimalText.limit(precision: scale - rightScale))
        // A divisor beyond 128 bits is larger than the dividend.
        if overRight {
            return DecimalText.rescaled(left, from: leftScale, to: result.scale, precision: result.precision)
        }
        let (wideLeft, overLeft) = left.multipliedReportingOverflow(by: DecimalText.limit(precision: scale - leftScale))
        let rest =
            overLeft
            ? WideDecimal(left, times: DecimalText.limit(precision: scale - leftScale)).remainder(by: wideRight)
            : wideLeft % wideRight
        return DecimalText.rescaled(rest, from: scale, to: result.scale, precision: result.precision)
    }

    private static func fitting(_ value: Int128?, _ precision: Int) -> Int128? {
        guard let value, value.magnitude < DecimalText.limit(precision: precision).magnitude else { return nil }
        return value
    }
}

/// A signed number of 256 bits.
private struct WideDecimal {
    private let isNegative: Bool
    private let high: UInt128
    private let low: UInt128

    init(_ left: Int128, times right: Int128) {
        let product = left.magnitude.multipliedFullWidth(by: right.magnitude)
        (high, low) = (product.high, product.low)
        isNegative = (left < 0) != (right < 0)
    }

    private init(isNegative: Bool, high: UInt128, low: UInt128) {
        (self.isNegative, self.high, self.low) = (isNegative, high, low)
    }

    /// The sum; magnitudes stay far below 2^255.
    func adding(_ other: WideDecimal) -> WideDecimal {
        if isNegative == other.isNegative {
            let (sum, carry) = low.addingReportingOverflow(other.low)
            return WideDecimal(isNegative: isNegative, high: high + other.high + (carry ? 1 : 0), low: sum)
        }
        let isLarger = (high, low) >= (other.high, other.low)
        let (larger, smaller) = isLarger ? (self, other) : (other, self)
        let (difference, borrow) = larger.low.subtractingReportingOverflow(smaller.low)
        return WideDecimal(
            isNegative: larger.isNegative, high: larger.high - smaller.high - (borrow ? 1 : 0), low: difference)
    }

    /// The quotient, half away from zero; `nil` when it does not fit 127 bits.
    func divided(by divisor: Int128) -> Int128? {
        let bottom = divisor.magnitude
        guard high < bottom else { return nil }
        let (quotient, remainder) = bottom.dividingFullWidth((high, low))
        let (rounded, overflow) = quotient.addingReportingOverflow(remainder >= bottom - remainder ? 1 : 0)
        guard !overflow, let value = Int128(exactly: rounded) else { return nil }
        return isNegative != (divisor < 0) ? -value : value
    }

    /// What is left, with the sign of the number.
    func remainder(by divisor: Int128) -> Int128 {
        let bottom = divisor.magnitude
        let rest = bottom.dividingFullWidth((high % bottom, low)).remainder
        return isNegative ? -Int128(rest) : Int128(rest)
    }
}
