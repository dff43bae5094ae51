// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

extension StringFunctions {
    /// Numbers laid out for people.
    static let formats: [FunctionDefinition] = [
        FunctionDefinition(
            "format_number", group: .string, usage: "format_number(expr, d)",
            summary:
                "The number with commas between thousands and d places, rounded half to even; NULL for a d below 0."
        ) { arguments throws(FunctionBindingError) in
            guard arguments.count == 2 else { throw .argumentCount(expected: "2") }
            let type: DataType =
                switch arguments[0].type {
                case .tinyint, .smallint, .int, .bigint: .bigint
                case .decimal: arguments[0].type
                case .float, .double, .void: .double
                default: throw .argumentType(index: 0, expected: "a number")
                }
            guard arguments[1].type.isInteger || arguments[1].type == .void else {
                throw .argumentType(index: 1, expected: "INT")
            }
            return .strict("format_number", [type, .int], of: arguments, to: .string, givesNull: true, formatNumber)
        }
    ]

    private static let formatNumber: StrictKernel = { call, errors in
        let places = call.int(1)
        var layout = GroupedNumber()
        let operand = call.arguments[0]
        let (integers, decimals, doubles) = (call.bigint(0), NumberInput<Int128>(operand), NumberInput<Double>(operand))
        return call.texts(&errors) { row, out, errors in
            let count = Int(places[row])
            guard count >= 0 else {
                out.isNull = true
                return
            }
            guard out.mayAppend(count, row, &errors) else { return }
            switch operand.type {
            case .bigint:
                let number = integers[row]
                layout.write(UInt128(number.magnitude), exponent: 0, isNegative: number < 0, places: count, &out)
            case .decimal(_, let scale): layout.write(decimals[row], scale: scale, places: count, &out)
            default: layout.write(doubles[row], places: count, &out)
            }
        }
    }
}

/// Lays a number out with commas between thousands and a fixed number of places, in memory kept from row to row.
struct GroupedNumber: ~Copyable {
    private var digits = BufferBuilder<UInt8>()

    /// Appends a decimal number.
    mutating func write(_ unscaled: Int128, scale: Int, places: Int, _ out: inout TextSink) {
        var (magnitude, exponent) = (unscaled.magnitude, -scale)
        if scale > places {
            let divisor = Self.power(scale - places)
            let (quotient, rest) = magnitude.quotientAndRemainder(dividingBy: divisor)
            let twice = rest * 2
            magnitude = quotient + (twice > divisor || (twice == divisor && quotient % 2 == 1) ? 1 : 0)
            exponent = -places
        }
        write(magnitude, exponent: exponent, isNegative: unscaled < 0, places: places, &out)
    }

    /// Appends a binary number, rounded by its exact value.
    mutating func write(_ value: Double, places: Int, _ out: inout TextSink) {
        if value.isNaN { return out.append("NaN") }
        let isNegative = value.sign == .minus
        if value.isInfinite { return out.append(isNegative ? "-∞" : "∞") }
        if value == 0 { return write(0, exponent: 0, isNegative: isNegative, places: places, &out) }
        let shortest = ShortestDecimal(value)
        let cut = -shortest.exponent - places
        if cut <= 0 {
            return write(
                UInt128(shortest.digits), exponent: shortest.exponent, isNegative: isNegative, places: places, &out)
        }
        var quotient: UInt128 = 0
        if cut <= 20 {
            let divisor = Self.power(cut)
            let rest: UInt128
            (quotient, rest) = UInt128(shortest.digits).quotientAndRemainder(dividingBy: divisor)
            let twice = rest * 2
            if twice > divisor || (twice == divisor && Self.roundsUp(value.magnitude, quotient, places)) {
                quotient += 1
            }
        }
        write(quotient, exponent: -places, isNegative: isNegative, places: places, &out)
    }

    /// Whether a number whose shortest digits lie half-way is above the half in truth, or is the half of an odd number.
    private static func roundsUp(_ magnitude: Double, _ quotient: UInt128, _ places: Int) -> Bool {
        guard places <= 15, quotient < 1 << 52 else { return quotient % 2 == 1 }
        let power = Double(Self.power(places))
        let product = magnitude * power
        let error = (-product).addingProduct(magnitude, power)
        let distance = (product - (Double(quotient) + 0.5)) + error
        return distance == 0 ? quotient % 2 == 1 : distance > 0
    }

    private static func power(_ exponent: Int) -> UInt128 {
        var power: UInt128 = 1
        for _ in 0..<exponent { power *= 10 }
        return power
    }

    /// Appends `magnitude × 10^exponent`, which has no more than `places` places.
    mutating func write(
        _ magnitude: UInt128, exponent: Int, isNegative: Bool, places: Int, _ out: inout TextSink
    ) {
        digits.removeAll()
        var rest = magnitude
        while rest > 0 {
            digits.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        }
        // The digits stand from the last to the first.
        let count = digits.count
        if isNegative { out.append("-" as Unicode.Scalar) }
        let whole = max(count + exponent, 0)
        if whole == 0 { out.append("0" as Unicode.Scalar) }
        for index in 0..<whole {
            if index > 0 && (whole - index) % 3 == 0 { out.append("," as Unicode.Scalar) }
            out.bytes.append(index < count ? digits.span[count - 1 - index] : UInt8(ascii: "0"))
        }
        if places == 0 { return }
        out.append("." as Unicode.Scalar)
        for place in 0..<places {
            let index = count + exponent + place
            out.bytes.append(index >= 0 && index < count ? digits.span[count - 1 - index] : UInt8(ascii: "0"))
        }
    }
}
