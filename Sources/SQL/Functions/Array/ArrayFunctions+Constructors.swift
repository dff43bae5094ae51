// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension ArrayFunctions {
    /// Arrays from values.
    static let constructors: [FunctionDefinition] = [
        define("array", "array(expr, ...)", "An array of the values.") { arguments throws(FunctionBindingError) in
            let element = try ArraySignature.common(arguments, arrays: [], values: Array(arguments.indices))
            let result = DataType.array(element: element, containsNull: arguments.contains(where: \.nullable))
            let lenient = Set(arguments.indices)
            return .strict("array", arguments.map { _ in element }, of: arguments, to: result, lenient: lenient) {
                call, errors in
                let source = GatheredColumns(call.arguments.map(\.storedColumn))
                return call.lists(from: source.column, as: result, &errors) { row, out, _ in
                    for argument in call.arguments.indices {
                        out.elements.append(source.starts[argument] + call.position(row, of: argument))
                    }
                }
            }
        },
        define("array_repeat", "array_repeat(element, count)", "An array of count times the element.") {
            arguments throws(FunctionBindingError) in
            try ArraySignature.check(arguments, 2...2)
            let types = [arguments[0].type, try ArraySignature.int(arguments, 1)]
            let result = DataType.array(element: types[0], containsNull: arguments[0].nullable)
            return .strict("array_repeat", types, of: arguments, to: result, lenient: [0]) { call, errors in
                let times = call.int(1)
                return call.lists(from: call.arguments[0].storedColumn, as: result, &errors) { row, out, errors in
                    let count = max(Int(times[row]), 0)
                    guard isAllowed(count, row, &errors) else { return }
                    for _ in 0..<count { out.elements.append(call.position(row, of: 0)) }
                }
            }
        },
        define(
            "sequence", "sequence(start, stop[, step])",
            "The array from start to stop (both included) by step: numbers, DATEs or TIMESTAMPs, 1 or 1 day by default.",
            bind: SequenceFunction.bind),
        define(
            "arrays_zip", "arrays_zip(a1, a2, ...)", "An array whose n-th STRUCT has the n-th elements of the arrays."
        ) {
            arguments throws(FunctionBindingError) in try zip(arguments)
        },
    ]

    /// Whether a row may get this many elements; reports the row where not.
    static func isAllowed(_ count: Int, _ row: Int, _ errors: inout RowErrors) -> Bool {
        if count <= ListBuilder.elementLimit { return true }
        errors.add(
            row: row, .memoryExceeded,
            "the array would have \(count) elements, above the limit of \(ListBuilder.elementLimit)")
        return false
    }

    private static func zip(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        var fields: [Field] = []
        for index in arguments.indices {
            let element = try ArraySignature.element(arguments, index)
            fields.append(Field(arguments[index].name ?? "\(index)", element.type))
        }
        let structure = DataType.structure(fields)
        let result = DataType.array(element: structure, containsNull: false)
        let memberTypes = fields.map(\.type)
        let types = memberTypes.map { DataType.array(element: $0, containsNull: true) }
        return .strict("arrays_zip", types, of: arguments, to: result) { call, _ in
            let lists = call.arguments.map { ListInput($0) }
            var offsets = BufferBuilder<Int32>(capacity: call.rowCount + 1)
            var total: Int32 = 0
            offsets.append(0)
            for row in 0..<call.rowCount {
                if call.valid?[row] ?? true { total += Int32(lists.map { $0.range(row).count }.max() ?? 0) }
                offsets.append(total)
            }
            let ends = offsets.finish()
            let members = lists.indices.map { index -> Column in
                var gather = GatherBuilder(capacity: Int(total))
                for row in 0..<call.rowCount {
                    let range = lists[index].range(row)
                    for element in 0..<Int(ends[row + 1] - ends[row]) {
                        if element < range.count {
                            gather.append(range.lowerBound + element)
                        } else {
                            gather.appendNull()
                        }
                    }
                }
                return gather.finish(from: lists[index].element, as: memberTypes[index])
            }
            let element = Column(structure, count: Int(total), validity: nil, storage: .fields(members))
            return Column(
                result, count: call.rowCount, validity: call.valid, storage: .list(offsets: ends, element: element))
        }
    }
}
