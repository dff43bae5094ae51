// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Values of statistics and partition columns from their text.
enum StatisticsValue {
    /// The value; NULL when the text is none of that type.
    static func parse(_ text: String, _ type: DataType) -> Value {
        let bytes = Array(text.utf8)
        switch type {
        case .boolean: return text == "true" ? .boolean(true) : text == "false" ? .boolean(false) : .null
        case .tinyint: return Int8(text).map { .tinyint($0) } ?? .null
        case .smallint: return Int16(text).map { .smallint($0) } ?? .null
        case .int: return Int32(text).map { .int($0) } ?? .null
        case .bigint: return Int64(text).map { .bigint($0) } ?? .null
        case .float: return Float(text).map { .float($0) } ?? .null
        case .double: return Double(text).map { .double($0) } ?? .null
        case .decimal(let precision, let scale):
            guard case .value(let number) = DecimalText.parse(bytes.span, precision: precision, scale: scale) else {
                return .null
            }
            return .decimal(number, scale: scale)
        case .string: return .string(text)
        case .date: return DateText.parse(bytes.span).map { .date($0) } ?? .null
        case .timestamp: return TimestampText.parse(bytes.span).map { .timestamp($0) } ?? .null
        case .timestampNTZ: return TimestampText.parseLocal(bytes.span).map { .timestampNTZ($0) } ?? .null
        default: return .null
        }
    }

    /// A decimal with exactly `scale` digits after the point.
    static func text(decimal unscaled: Int128, scale: Int) -> String {
        var bytes = BufferBuilder<UInt8>(capacity: 48)
        DecimalText.write(unscaled, scale: scale, to: &bytes)
        return bytes.finish().text
    }
}
