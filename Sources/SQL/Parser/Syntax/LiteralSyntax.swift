// SPDX-License-Identifier: Apache-2.0
import Columnar

/// A literal as written.
enum LiteralSyntax: Hashable, Sendable {
    case null
    case boolean(Bool)
    case number(Value, DataType)
    case string(String)
    case binary([UInt8])
    /// `DATE '…'`, `TIMESTAMP '…'`, `TIMESTAMP_NTZ '…'`: read by the cast from STRING.
    case typed(DataType, String)
    /// A whole number of months or microseconds.
    case interval(Value, DataType)
}
