// SPDX-License-Identifier: Apache-2.0

/// Decimals as plain digits.
enum DecimalText {
    /// The number with exactly `scale` digits after the point.
    static func text(_ unscaled: Int128, scale: Int) -> String {
        var digits = String(unscaled.magnitude)
        if digits.count <= scale { digits = String(repeating: "0", count: scale + 1 - digits.count) + digits }
        let sign = unscaled < 0 ? "-" : ""
        guard scale > 0 else { return sign + digits }
        return sign + digits.dropLast(scale) + "." + digits.suffix(scale)
    }
}
