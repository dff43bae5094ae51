// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// `sequence`: numbers, dates or timestamps from a start to a stop.
enum SequenceFunction {
    /// What one step adds.
    private enum Step {
        /// A number, days or microseconds.
        case units(Int64)
        case months(Int)
    }

    static func bind(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        try ArraySignature.check(arguments, 2...3)
        guard let bound = TypeCoercion.common(arguments[0].type, arguments[1].type) else {
            throw .argumentType(index: 1, expected: "\(arguments[0].type)")
        }
        var types = [bound, bound]
        var element = bound
        switch bound {
        case .tinyint, .smallint, .int, .bigint:
            if arguments.count == 3 {
                guard let common = TypeCoercion.common(bound, arguments[2].type), common.isInteger else {
                    throw .argumentType(index: 2, expected: "an integer")
                }
                element = common
                types = [common, common, common]
            }
        case .date, .timestamp, .timestampNTZ:
            if arguments.count == 3 {
                guard arguments[2].type == .dayTimeInterval || arguments[2].type == .yearMonthInterval else {
                    throw .argumentType(index: 2, expected: "INTERVAL")
                }
                types.append(arguments[2].type)
            }
        default: throw .argumentType(index: 0, expected: "an integer, DATE or TIMESTAMP")
        }
        let member = element
        let result = DataType.array(element: member, containsNull: false)
        return .strict("sequence", types, of: arguments, to: result) { call, errors in
            build(call, member, result, &errors)
        }
    }

    private static func build(
        _ call: FunctionCall, _ element: DataType, _ result: DataType, _ errors: inout RowErrors
    ) -> Column {
        let (starts, stops) = (WideNumbers(call.arguments[0]), WideNumbers(call.arguments[1]))
        let steps = call.arguments.count == 3 ? WideNumbers(call.arguments[2]) : nil
        let stepType = call.arguments.count == 3 ? call.arguments[2].type : nil
        var values = BufferBuilder<Int64>()
        var offsets = BufferBuilder<Int32>(capacity: call.rowCount + 1)
        offsets.append(0)
        for row in 0..<call.rowCount {
            if call.valid?[row] ?? true {
                let (start, stop) = (starts[row], stops[row])
                if let step = step(steps?[row], stepType, element, start, stop, row, &errors) {
                    append(start, stop, step, element, row, &values, &errors)
                }
            }
            offsets.append(Int32(truncatingIfNeeded: values.count))
        }
        let elements = Column(narrowing: values.finish(), to: element)
        return Column(
            result, count: call.rowCount, validity: call.valid,
            storage: .list(offsets: offsets.finish(), element: elements))
    }

    private static func step(
        _ given: Int64?, _ type: DataType?, _ element: DataType, _ start: Int64, _ stop: Int64, _ row: Int,
        _ errors: inout RowErrors
    ) -> Step? {
        let day: Int64 = 86_400_000_000
        guard let given else {
            let unit: Int64 = element == .timestamp || element == .timestampNTZ ? day : 1
            return .units(start <= stop ? unit : -unit)
        }
        if type == .yearMonthInterval { return .months(Int(given)) }
        guard element == .date else { return .units(given) }
        if given % day == 0 { return .units(given / day) }
        errors.add(row: row, .invalidFunctionArgument, "the step of a sequence of dates must be whole days or months")
        return nil
    }

    private static func append(
        _ start: Int64, _ stop: Int64, _ step: Step, _ element: DataType, _ row: Int,
        _ values: inout BufferBuilder<Int64>,
        _ errors: inout RowErrors
    ) {
        let sign: Int =
            switch step {
            case .units(let units): Int(units.signum())
            case .months(let months): months.signum()
            }
        if start == stop {
            values.append(start)
            return
        }
        guard (start < stop && sign > 0) || (start > stop && sign < 0) else {
            errors.add(
                row: row, .invalidFunctionArgument, "the step of the sequence does not lead from its start to its stop")
            return
        }
        if case .units(let units) = step {
            let (distance, overflow) = stop.subtractingReportingOverflow(start)
            let steps = overflow ? Int.max : Int(distance / units)
            guard ArrayFunctions.isAllowed(steps, row, &errors) else { return }
        }
        let first = values.count
        var current = start
        var number = 0
        while sign > 0 ? current <= stop : current >= stop {
            if values.count - first >= ListBuilder.elementLimit {
                _ = ArrayFunctions.isAllowed(ListBuilder.elementLimit + 1, row, &errors)
                return
            }
            values.append(current)
            number += 1
            switch step {
            case .units(let units):
                let (next, overflow) = current.addingReportingOverflow(units)
                if overflow { return }
                current = next
            case .months(let months): current = adding(months: months * number, to: start, element)
            }
        }
    }

    private static func adding(months: Int, to start: Int64, _ element: DataType) -> Int64 {
        if element == .date {
            return Int64(CalendarDate(daysSinceEpoch: Int(start)).adding(months: months).daysSinceEpoch)
        }
        let day = TimestampText.microsPerDay
        let days = start.flooringDivision(by: day)
        let date = CalendarDate(daysSinceEpoch: Int(days)).adding(months: months)
        return Int64(date.daysSinceEpoch) * day + start.flooringRemainder(by: day)
    }
}

/// An integer argument of any width, by row, in 64 bits.
struct WideNumbers {
    private let values: NumberInput<Int64>

    init(_ operand: Operand) {
        let column = operand.storedColumn
        let wide: Buffer<Int64> =
            switch column.storage {
            case .int8(let values): Elementwise.map(values) { Int64($0) }
            case .int16(let values): Elementwise.map(values) { Int64($0) }
            case .int32(let values): Elementwise.map(values) { Int64($0) }
            case .int64(let values): values
            default: Buffer(repeating: 0, count: max(column.count, 1))
            }
        values = NumberInput(wide, isConstant: operand.isConstant)
    }

    subscript(row: Int) -> Int64 { values[row] }
}

extension Column {
    /// A column of a narrower integer, DATE or TIMESTAMP type; the numbers must fit.
    init(narrowing values: Buffer<Int64>, to type: DataType) {
        switch type {
        case .tinyint: self.init(type, Elementwise.map(values) { Int8(truncatingIfNeeded: $0) })
        case .smallint: self.init(type, Elementwise.map(values) { Int16(truncatingIfNeeded: $0) })
        case .int, .date: self.init(type, Elementwise.map(values) { Int32(truncatingIfNeeded: $0) })
        default: self.init(type, values)
        }
    }
}
