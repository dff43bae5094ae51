// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// Collects maps of gathered keys and values, refusing keys that are NULL or come twice.
struct MapBuilder: ~Copyable {
    private var keys: GatherBuilder
    private var values: GatherBuilder
    private var offsets: BufferBuilder<Int32>
    private var validity: BitmapBuilder
    private var seen: ElementSet
    private let order: ElementOrder
    private var rowKeys: [Int] = []

    /// Maps whose keys are gathered from a column.
    init(_ call: FunctionCall, keys column: Column) {
        keys = GatherBuilder(capacity: call.rowCount)
        values = GatherBuilder(capacity: call.rowCount)
        offsets = BufferBuilder(capacity: call.rowCount + 1)
        validity = BitmapBuilder(capacity: call.rowCount)
        order = ElementOrder(column)
        seen = ElementSet(column, order)
        offsets.append(0)
    }

    /// Appends an entry to the current row; no value position is NULL.
    mutating func append(key: Int, value: Int?) {
        rowKeys.append(key)
        keys.append(key)
        if let value { values.append(value) } else { values.appendNull() }
    }

    /// Closes a row, reporting it when a key is NULL or comes twice.
    mutating func endRow(_ row: Int, _ errors: inout RowErrors) {
        seen.reset(count: rowKeys.count)
        for key in rowKeys {
            if order.isNull(key) {
                errors.add(row: row, .invalidFunctionArgument, "a key of a map cannot be NULL")
                break
            }
            if !seen.insert(key) {
                errors.add(row: row, .invalidFunctionArgument, "a key of the map comes twice")
                break
            }
        }
        rowKeys.removeAll(keepingCapacity: true)
        offsets.append(Int32(truncatingIfNeeded: keys.count))
        validity.append(true)
    }

    /// Closes a row as NULL.
    mutating func endNullRow() {
        offsets.append(Int32(truncatingIfNeeded: keys.count))
        validity.append(false)
    }

    /// The maps.
    consuming func finish(keys keySource: Column, values valueSource: Column, as type: DataType) -> Column {
        guard case .map(let key, let value, _) = type else { preconditionFailure("maps are of MAP types") }
        let count = offsets.count - 1
        let bits = validity.finishValidity()
        return Column(
            type, count: count, validity: bits,
            storage: .map(
                offsets: offsets.finish(), keys: keys.finish(from: keySource, as: key),
                values: values.finish(from: valueSource, as: value)))
    }
}
