// SPDX-License-Identifier: Apache-2.0
import Columnar

extension DataType {
    /// Whether both are the same type but for field names, comments and nullability.
    func hasLayout(of other: DataType) -> Bool {
        switch (self, other) {
        case (.structure(let fields), .structure(let others)):
            fields.count == others.count && zip(fields, others).allSatisfy { $0.type.hasLayout(of: $1.type) }
        case (.array(let element, _), .array(let other, _)): element.hasLayout(of: other)
        case (.map(let key, let value, _), .map(let otherKey, let otherValue, _)):
            key.hasLayout(of: otherKey) && value.hasLayout(of: otherValue)
        default: self == other
        }
    }
}
