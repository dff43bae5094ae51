// SPDX-License-Identifier: Apache-2.0
internal import Columnar

extension Cast {
    static func fromBoolean(_ bits: Bitmap, to target: DataType) -> Converted {
        switch target {
        case .tinyint: Converted(target, numbers(bits, Int8.self))
        case .smallint: Converted(target, numbers(bits, Int16.self))
        case .int: Converted(target, numbers(bits, Int32.self))
        case .bigint: Converted(target, numbers(bits, Int64.self))
        case .float: Converted(target, Elementwise.map(numbers(bits, Int8.self)) { Float($0) })
        case .double: Converted(target, Elementwise.map(numbers(bits, Int8.self)) { Double($0) })
        case .decimal: fromInteger(numbers(bits, Int8.self), to: target)
        case .string: text(bits.count) { row, output in BooleanText.write(bits[row], to: &output) }
        default: .unsupported(Column(nulls: .boolean, count: bits.count), target)
        }
    }

    private static func numbers<Number: FixedWidthInteger & ColumnElement>(
        _ bits: Bitmap, _: Number.Type
    ) -> Buffer<Number> {
        let words = bits.words.span
        var result = BufferBuilder<Number>(capacity: bits.count)
        for row in 0..<bits.count {
            result.append(Number(truncatingIfNeeded: words[row >> 6] >> UInt64(row & 63) & 1))
        }
        return result.finish()
    }

    static func fromInteger<Number: FixedWidthInteger & SignedInteger & ColumnElement>(
        _ values: Buffer<Number>, to target: DataType
    ) -> Converted {
        switch target {
        case .boolean:
            return Converted(bits(Elementwise.test(values) { $0 != 0 }))
        case .tinyint: return resized(values, target, Int8.self)
        case .smallint: return resized(values, target, Int16.self)
        case .int: return resized(values, target, Int32.self)
        case .bigint: return resized(values, target, Int64.self)
        case .float: return Converted(target, Elementwise.map(values) { Float($0) })
        case .double: return Converted(target, Elementwise.map(values) { Double($0) })
        case .decimal(let precision, let scale):
            let power = DecimalText.limit(precision: scale)
            let bound = DecimalText.limit(precision: precision - scale)
            let (numbers, failed) = Elementwise.mapChecked(values) { value -> (Int128, failed: Bool) in
                let wide = Int128(value)
                let fits = wide < bound && wide > -bound
                return fits ? (wide &* power, failed: false) : (0, failed: true)
            }
            return Converted(target, numbers, failed: failed)
        case .timestamp:
            let (micros, failed) = Elementwise.mapChecked(values) { value -> (Int64, failed: Bool) in
                let (product, overflow) = Int64(value).multipliedReportingOverflow(by: 1_000_000)
                return (product, failed: overflow)
            }
            return Converted(target, micros, failed: failed)
        case .string:
            let span = values.span
            return text(values.count) { row, output in IntegerText.write(span[row], to: &output) }
        default: return .unsupported(Column(nulls: .void, count: values.count), target)
        }
    }

    private static func resized<From: FixedWidthInteger, To: FixedWidthInteger & ColumnElement>(
        _ values: Buffer<From>, _ target: DataType, _: To.Type
    ) -> Converted {
        if To.bitWidth >= From.bitWidth {
            return Converted(target, Elementwise.map(values) { To(truncatingIfNeeded: $0) })
        }
        let (numbers, failed) = Elementwise.mapChecked(values) { value -> (To, failed: Bool) in
            let narrow = To(truncatingIfNeeded: value)
            return (narrow, failed: From(truncatingIfNeeded: narrow) != value)
        }
        return Converted(target, numbers, failed: failed)
    }

    static func fromFloatingPoint<Number: BinaryFloatingPoint & ColumnElement>(
        _ values: Buffer<Number>, to target: DataType
    ) -> Converted {
        switch target {
        case .boolean: return Converted(bits(Elementwise.test(values) { $0 != 0 }))
        case .tinyint: return truncated(values, target, Int8.self)
        case .smallint: return truncated(values, target, Int16.self)
        case .int: return truncated(values, target, Int32.self)
        case .bigint: return truncated(values, target, Int64.self)
        case .float: return Converted(target, Elementwise.map(values) { Float($0) })
        case .double: return Converted(target, Elementwise.map(values) { Double($0) })
        case .decimal(let precision, let scale):
            let (numbers, failed) = Elementwise.mapChecked(values) { value -> (Int128, failed: Bool) in
                guard let number = decimal(Double(value), precision: precision, scale: scale) else {
                    return (0, failed: true)
                }
                return (number, failed: false)
            }
            return Converted(target, numbers, failed: failed)
        case .timestamp:
            let (micros, failed) = Elementwise.mapChecked(values) { value -> (Int64, failed: Bool) in
                guard let micros = Int64(exactly: (Double(value) * 1_000_000).rounded(.towardZero)) else {
                    return (0, failed: true)
                }
                return (micros, failed: false)
            }
            return Converted(target, micros, failed: failed)
        case .string:
            let span = values.span
            return text(values.count) { row, output in
                if Number.self == Float.self {
                    FloatingPointText.write(Float(span[row]), to: &output)
                } else {
                    FloatingPointText.write(Double(span[row]), to: &output)
                }
            }
        default: return .unsupported(Column(nulls: .void, count: values.count), target)
        }
    }

    private static func truncated<From: BinaryFloatingPoint, To: FixedWidthInteger & ColumnElement>(
        _ values: Buffer<From>, _ target: DataType, _: To.Type
    ) -> Converted {
        // The bounds are compared as DOUBLE, as Spark does: 2^63 is then the largest BIGINT.
        let (least, most) = (Double(To.min), Double(To.max))
        let (numbers, failed) = Elementwise.mapChecked(values) { value -> (To, failed: Bool) in
            let whole = value.rounded(.towardZero)
            if let number = To(exactly: whole) { return (number, failed: false) }
            return Double(whole) == most
                ? (To.max, failed: false) : (Double(whole) == least ? To.min : 0, failed: Double(whole) != least)
        }
        return Converted(target, numbers, failed: failed)
    }

    /// The shortest decimal of a number, rounded half away from zero; `nil` when it does not fit or is not finite.
    package static func decimal(_ value: Double, precision: Int, scale: Int) -> Int128? {
        guard value.isFinite else { return nil }
        guard value != 0 else { return 0 }
        let shortest = ShortestDecimal(value)
        let shift = shortest.exponent + scale
        guard shift <= 38 else { return nil }
        let digits = Int128(shortest.digits)
        let rounded: Int128
        if shift >= 0 {
            let (product, overflow) = digits.multipliedReportingOverflow(by: DecimalText.limit(precision: shift))
            guard !overflow else { return nil }
            rounded = product
        } else {
            rounded = shift < -38 ? 0 : DecimalText.dividedHalfUp(digits, by: DecimalText.limit(precision: -shift))
        }
        guard rounded < DecimalText.limit(precision: precision) else { return nil }
        return value < 0 ? -rounded : rounded
    }

    static func fromDecimal(_ values: Buffer<Int128>, scale: Int, to target: DataType) -> Converted {
        let power = DecimalText.limit(precision: scale)
        switch target {
        case .boolean: return Converted(bits(Elementwise.test(values) { $0 != 0 }))
        case .tinyint: return whole(values, power, target, Int8.self)
        case .smallint: return whole(values, power, target, Int16.self)
        case .int: return whole(values, power, target, Int32.self)
        case .bigint: return whole(values, power, target, Int64.self)
        case .float:
            return Converted(target, Elementwise.map(values) { Float(double($0, scale: scale)) })
        case .double:
            return Converted(target, Elementwise.map(values) { double($0, scale: scale) })
        case .decimal(let precision, let newScale):
            let (numbers, failed) = Elementwise.mapChecked(values) { value -> (Int128, failed: Bool) in
                guard let number = DecimalText.rescaled(value, from: scale, to: newScale, precision: precision) else {
                    return (0, failed: true)
                }
                return (number, failed: false)
            }
            return Converted(target, numbers, failed: failed)
        case .timestamp:
            let (micros, failed) = Elementwise.mapChecked(values) { value -> (Int64, failed: Bool) in
                let (scaled, overflow) = value.multipliedReportingOverflow(by: 1_000_000)
                guard !overflow, let micros = Int64(exactly: scaled / power) else { return (0, failed: true) }
                return (micros, failed: false)
            }
            return Converted(target, micros, failed: failed)
        case .string:
            let span = values.span
            return text(values.count) { row, output in DecimalText.write(span[row], scale: scale, to: &output) }
        default: return .unsupported(Column(nulls: .void, count: values.count), target)
        }
    }

    private static func whole<To: FixedWidthInteger & ColumnElement>(
        _ values: Buffer<Int128>, _ power: Int128, _ target: DataType, _: To.Type
    ) -> Converted {
        let (numbers, failed) = Elementwise.mapChecked(values) { value -> (To, failed: Bool) in
            guard let number = To(exactly: value / power) else { return (0, failed: true) }
            return (number, failed: false)
        }
        return Converted(target, numbers, failed: failed)
    }

    /// The DOUBLE nearest to a decimal.
    package static func double(_ value: Int128, scale: Int) -> Double {
        if value.magnitude <= 1 << 53, scale <= 15 {
            return Double(Int64(truncatingIfNeeded: value)) / Double(Int64(DecimalText.limit(precision: scale)))
        }
        if scale == 0 { return Double(value) }
        var text = BufferBuilder<UInt8>(capacity: 48)
        DecimalText.write(value, scale: scale, to: &text)
        return FloatingPointText.parseDouble(text.span) ?? .nan
    }

    static func bits(_ bitmap: Bitmap) -> Column {
        Column(.boolean, count: bitmap.count, validity: nil, storage: .bits(bitmap))
    }

    /// A STRING column that `write` fills row by row.
    static func text(_ count: Int, _ write: (Int, inout BufferBuilder<UInt8>) -> Void) -> Converted {
        var bytes = BufferBuilder<UInt8>(capacity: count * 8)
        var offsets = BufferBuilder<Int32>(capacity: count + 1)
        offsets.append(0)
        for row in 0..<count {
            write(row, &bytes)
            offsets.append(Int32(bytes.count))
        }
        return Converted(
            Column(
                .string, count: count, validity: nil,
                storage: .bytes(offsets: offsets.finish(), bytes: bytes.finish())))
    }
}
