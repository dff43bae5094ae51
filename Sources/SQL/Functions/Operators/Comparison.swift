// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// Binding of `= <> < <= > >= <=>` by the common type of the operands.
enum Comparison {
    typealias Relation = BytesComparison.Relation

    /// A comparison whose result is NULL when an operand is.
    static func bind(
        _ relation: Relation, name: String, _ arguments: [FunctionArgument]
    ) throws(FunctionBindingError) -> BoundFunction {
        let type = try commonType(arguments)
        return BoundFunction(
            parameterTypes: [type, type], resultType: .boolean, nullable: arguments.contains { $0.nullable },
            implementation: .scalar(ScalarFunction(name: name, canFail: false, body: body(relation, type))))
    }

    /// Equality that takes NULL as a value and never gives NULL.
    static func bindNullSafe(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        let type = try commonType(arguments)
        let equal = body(.equal, type)
        return BoundFunction(
            parameterTypes: [type, type], resultType: .boolean, nullable: false,
            implementation: .scalar(
                ScalarFunction(name: "<=>", canFail: false) { arguments, count, errors in
                    let (left, right) = (presence(arguments[0], count), presence(arguments[1], count))
                    let bothNull = left.or(right).inverted
                    if arguments.contains(where: \.isNullConstant) { return Kernel.boolean(bothNull, nil) }
                    let equal = equal(arguments, count, &errors)
                    return Kernel.boolean(equal.bits.and(left).and(right).or(bothNull), nil)
                }))
    }

    /// The type both operands are cast to: decimals keep all digits of both.
    static func commonType(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> DataType {
        guard arguments.count == 2 else { throw .argumentCount(expected: "2") }
        guard let type = TypeCoercion.common(arguments[0].type, arguments[1].type) else {
            throw .argumentType(index: 1, expected: "a type that compares with \(arguments[0].type)")
        }
        guard isOrdered(type) else { throw .argumentType(index: 0, expected: "a type that can be compared") }
        return type
    }

    /// Whether values of the type can be compared: all but MAP.
    static func isOrdered(_ type: DataType) -> Bool {
        switch type {
        case .map: false
        case .array(let element, _): isOrdered(element)
        case .structure(let fields): fields.allSatisfy { isOrdered($0.type) }
        default: true
        }
    }

    /// Which rows are not NULL.
    static func presence(_ operand: Operand, _ count: Int) -> Bitmap {
        if operand.isNullConstant { return Bitmap(repeating: false, count: count) }
        if case .column(let column) = operand, case .none = column.storage {
            return Bitmap(repeating: false, count: count)
        }
        return operand.validity ?? Bitmap(repeating: true, count: count)
    }

    /// A comparison of two operands of one type.
    static func body(_ relation: Relation, _ type: DataType) -> ScalarFunction.Body {
        switch type {
        case .void: { _, count, _ in Column(nulls: .boolean, count: count) }
        case .boolean: bits(relation)
        case .tinyint: numbers(relation, Int8.self)
        case .smallint: numbers(relation, Int16.self)
        case .int, .date, .yearMonthInterval: numbers(relation, Int32.self)
        case .bigint, .timestamp, .timestampNTZ, .dayTimeInterval: numbers(relation, Int64.self)
        case .decimal: numbers(relation, Int128.self)
        case .float: floating(relation, Float.self)
        case .double: floating(relation, Double.self)
        case .string, .binary: bytes(relation)
        case .structure, .array, .map: nested(relation)
        }
    }

    @inline(__always)
    private static func numbers<Number: FixedWidthInteger & ColumnElement>(
        _ relation: Relation, _: Number.Type
    ) -> ScalarFunction.Body {
        switch relation {
        case .equal: Kernel.test { (left: Number, right: Number) in left == right }
        case .notEqual: Kernel.test { (left: Number, right: Number) in left != right }
        case .less: Kernel.test { (left: Number, right: Number) in left < right }
        case .lessOrEqual: Kernel.test { (left: Number, right: Number) in left <= right }
        case .greater: Kernel.test { (left: Number, right: Number) in left > right }
        case .greaterOrEqual: Kernel.test { (left: Number, right: Number) in left >= right }
        }
    }

    /// NaN equals itself and is larger than every other number.
    @inline(__always)
    private static func floating<Number: BinaryFloatingPoint & ColumnElement>(
        _ relation: Relation, _: Number.Type
    ) -> ScalarFunction.Body {
        switch relation {
        case .equal:
            Kernel.test { (left: Number, right: Number) in left == right || (left != left && right != right) }
        case .notEqual:
            Kernel.test { (left: Number, right: Number) in !(left == right || (left != left && right != right)) }
        case .less: Kernel.test { (left: Number, right: Number) in left < right || (right != right && left == left) }
        case .lessOrEqual: Kernel.test { (left: Number, right: Number) in left <= right || right != right }
        case .greater: Kernel.test { (left: Number, right: Number) in left > right || (left != left && right == right) }
        case .greaterOrEqual: Kernel.test { (left: Number, right: Number) in left >= right || left != left }
        }
    }

    private static func bits(_ relation: Relation) -> ScalarFunction.Body {
        { arguments, count, _ in
            if arguments.contains(where: \.isNullConstant) { return Column(nulls: .boolean, count: count) }
            let (left, right) = (arguments[0].column(rowCount: count), arguments[1].column(rowCount: count))
            let (one, other) = (left.bits, right.bits)
            let result =
                switch relation {
                case .equal: one.andNot(other).or(other.andNot(one)).inverted
                case .notEqual: one.andNot(other).or(other.andNot(one))
                case .less: other.andNot(one)
                case .lessOrEqual: one.andNot(other).inverted
                case .greater: one.andNot(other)
                case .greaterOrEqual: other.andNot(one).inverted
                }
            return Kernel.boolean(result, Bitmap.intersection(left.validity, right.validity))
        }
    }

    private static func bytes(_ relation: Relation) -> ScalarFunction.Body {
        { arguments, count, _ in
            if arguments.contains(where: \.isNullConstant) { return Column(nulls: .boolean, count: count) }
            let validity = Bitmap.intersection(arguments[0].validity, arguments[1].validity)
            switch (arguments[0], arguments[1]) {
            case (.column(let left), .constant(let right)):
                return Kernel.boolean(BytesComparison.test(left, relation, constant: onlyBytes(right)), validity)
            case (.constant(let left), .column(let right)):
                return Kernel.boolean(
                    BytesComparison.test(right, mirrored(relation), constant: onlyBytes(left)), validity)
            default:
                let (left, right) = (arguments[0].column(rowCount: count), arguments[1].column(rowCount: count))
                return Kernel.boolean(BytesComparison.test(left, relation, right), validity)
            }
        }
    }

    private static func onlyBytes(_ one: Column) -> Buffer<UInt8> {
        guard case .bytes(let offsets, let bytes) = one.expandingDictionary().storage else { return Buffer() }
        return bytes.slice(Int(offsets[0])..<Int(offsets[1]))
    }

    private static func mirrored(_ relation: Relation) -> Relation {
        switch relation {
        case .equal, .notEqual: relation
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        }
    }

    private static func nested(_ relation: Relation) -> ScalarFunction.Body {
        { arguments, count, _ in
            if arguments.contains(where: \.isNullConstant) { return Column(nulls: .boolean, count: count) }
            let (left, right) = (arguments[0].column(rowCount: count), arguments[1].column(rowCount: count))
            var result = BitmapBuilder(capacity: count)
            for row in 0..<count { result.append(relation.holds(RowOrder.compare(left, row, right, row))) }
            return Kernel.boolean(result.finish(), Bitmap.intersection(left.validity, right.validity))
        }
    }
}
