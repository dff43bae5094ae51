// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// Bodies of functions over fixed-width values: NULL where an argument is, one specialised loop otherwise.
///
/// Operations are also run on the meaningless values of null rows: they must be defined for every input.
enum Kernel {
    /// One argument, every value has a result.
    @inline(__always)
    static func unary<A: ColumnElement, Result: ColumnElement>(
        _ type: DataType, _ operation: @escaping @Sendable (A) -> Result
    ) -> ScalarFunction.Body {
        { arguments, count, _ in
            let input = arguments[0].column(rowCount: count)
            let values: Buffer<Result> = Elementwise.map(input.elements(A.self)) { operation($0) }
            return Column(type, values, validity: input.validity)
        }
    }

    /// One argument, some values have no result: an error of the row.
    @inline(__always)
    static func unaryChecked<A: ColumnElement, Result: ColumnElement>(
        _ type: DataType, _ code: PipelineError.Code, _ message: StaticString,
        _ operation: @escaping @Sendable (A) -> (Result, failed: Bool)
    ) -> ScalarFunction.Body {
        { arguments, count, errors in
            let input = arguments[0].column(rowCount: count)
            let (values, failed) = Elementwise.mapChecked(input.elements(A.self)) { operation($0) }
            report(failed, input.validity, code, message, &errors)
            return Column(type, values, validity: input.validity)
        }
    }

    /// One argument, some values have no result: NULL.
    @inline(__always)
    static func unaryPartial<A: ColumnElement, Result: ColumnElement>(
        _ type: DataType, _ operation: @escaping @Sendable (A) -> (Result, failed: Bool)
    ) -> ScalarFunction.Body {
        { arguments, count, _ in
            let input = arguments[0].column(rowCount: count)
            let (values, failed) = Elementwise.mapChecked(input.elements(A.self)) { operation($0) }
            return Column(type, values, validity: removing(failed, from: input.validity))
        }
    }

    /// Two arguments, every pair has a result.
    @inline(__always)
    static func binary<A: ColumnElement, B: ColumnElement, Result: ColumnElement>(
        _ type: DataType, _ operation: @escaping @Sendable (A, B) -> Result
    ) -> ScalarFunction.Body {
        { arguments, count, _ in
            let (left, right) = (arguments[0], arguments[1])
            if left.isNullConstant || right.isNullConstant { return Column(nulls: type, count: count) }
            let values: Buffer<Result> = Elementwise.map(left.lane(A.self), right.lane(B.self), count: count) {
                operation($0, $1)
            }
            return Column(type, values, validity: Bitmap.intersection(left.validity, right.validity))
        }
    }

    /// Two arguments, some pairs have no result: an error of the row.
    @inline(__always)
    static func binaryChecked<A: ColumnElement, B: ColumnElement, Result: ColumnElement>(
        _ type: DataType, _ code: PipelineError.Code, _ message: StaticString,
        _ operation: @escaping @Sendable (A, B) -> (Result, failed: Bool)
    ) -> ScalarFunction.Body {
        { arguments, count, errors in
            let (left, right) = (arguments[0], arguments[1])
            if left.isNullConstant || right.isNullConstant { return Column(nulls: type, count: count) }
            let (values, failed) = Elementwise.mapChecked(left.lane(A.self), right.lane(B.self), count: count) {
                operation($0, $1)
            }
            let validity = Bitmap.intersection(left.validity, right.validity)
            report(failed, validity, code, message, &errors)
            return Column(type, values, validity: validity)
        }
    }

    /// Two arguments, some pairs have no result: NULL.
    @inline(__always)
    static func binaryPartial<A: ColumnElement, B: ColumnElement, Result: ColumnElement>(
        _ type: DataType, _ operation: @escaping @Sendable (A, B) -> (Result, failed: Bool)
    ) -> ScalarFunction.Body {
        { arguments, count, _ in
            let (left, right) = (arguments[0], arguments[1])
            if left.isNullConstant || right.isNullConstant { return Column(nulls: type, count: count) }
            let (values, failed) = Elementwise.mapChecked(left.lane(A.self), right.lane(B.self), count: count) {
                operation($0, $1)
            }
            let validity = Bitmap.intersection(left.validity, right.validity)
            return Column(type, values, validity: removing(failed, from: validity))
        }
    }

    /// Two arguments, a condition over them.
    @inline(__always)
    static func test<A: ColumnElement, B: ColumnElement>(
        _ condition: @escaping @Sendable (A, B) -> Bool
    ) -> ScalarFunction.Body {
        { arguments, count, _ in
            let (left, right) = (arguments[0], arguments[1])
            if left.isNullConstant || right.isNullConstant { return Column(nulls: .boolean, count: count) }
            let bits = Elementwise.test(left.lane(A.self), right.lane(B.self), count: count) { condition($0, $1) }
            return boolean(bits, Bitmap.intersection(left.validity, right.validity))
        }
    }

    /// Any arguments, computed row by row where none is NULL: for what is rare or costly anyway.
    ///
    /// `compute` gives the result of a row, or `nil` for NULL; it may report an error.
    static func rows<Result: ColumnElement>(
        _ type: DataType, _: Result.Type = Result.self,
        _ prepare: @escaping @Sendable ([Column]) -> (Int, inout RowErrors) -> Result?
    ) -> ScalarFunction.Body {
        { arguments, count, errors in
            if arguments.contains(where: \.isNullConstant) { return Column(nulls: type, count: count) }
            let columns = arguments.map { $0.column(rowCount: count) }
            let validity = columns.reduce(Bitmap?.none) { Bitmap.intersection($0, $1.validity) }
            let compute = prepare(columns)
            var values = BufferBuilder<Result>(capacity: count)
            var present = BitmapBuilder(capacity: count)
            for row in 0..<count {
                let value = (validity?[row] ?? true) ? compute(row, &errors) : nil
                values.append(value ?? Result.zero)
                present.append(value != nil)
            }
            return Column(type, values.finish(), validity: present.finishValidity())
        }
    }

    /// A BOOLEAN column.
    static func boolean(_ bits: Bitmap, _ validity: Bitmap?) -> Column {
        Column(.boolean, count: bits.count, validity: validity, storage: .bits(bits))
    }

    /// Reports failures of rows that are not NULL.
    static func report(
        _ failed: Bitmap?, _ validity: Bitmap?, _ code: PipelineError.Code, _ message: StaticString,
        _ errors: inout RowErrors
    ) {
        guard let failed else { return }
        for row in (validity.map { failed.and($0) } ?? failed).setIndices.array {
            errors.add(row: Int(row), code, "\(message)")
        }
    }

    /// The validity without the rows that failed.
    static func removing(_ failed: Bitmap?, from validity: Bitmap?) -> Bitmap? {
        Bitmap.intersection(validity, failed?.inverted)
    }
}
