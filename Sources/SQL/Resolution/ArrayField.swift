// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// One field of every STRUCT in an ARRAY, as an ARRAY: `orders.price`.
enum ArrayField {
    /// The function for a field by position. O(elements / 64): only the bitmaps are computed.
    static func function(_ index: Int, type: DataType) -> ScalarFunction {
        ScalarFunction(name: "arrayField", canFail: false) { arguments, rowCount, _ in
            let array = arguments[0].column(rowCount: rowCount)
            let result = DataType.array(element: type, containsNull: true)
            guard case .list(let offsets, let element) = array.storage, case .fields(let members) = element.storage
            else {
                return Column(nulls: result, count: rowCount)
            }
            let member = members[index]
            let validity =
                switch (member.validity, element.validity) {
                case (let one?, let other?): one.and(other)
                case (let one, let other): one ?? other
                }
            return Column(
                result, count: rowCount, validity: array.validity,
                storage: .list(offsets: offsets, element: member.withValidity(validity)))
        }
    }
}
