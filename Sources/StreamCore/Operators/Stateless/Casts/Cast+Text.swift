// SPDX-License-Identifier: Apache-2.0
internal import Columnar

extension Cast {
    /// Reads text. A dictionary is read once per value, not once per row.
    static func fromString(_ column: Column, to target: DataType) -> Converted {
        switch column.storage {
        case .dictionary(let codes, let values) where values.count < codes.count && values.count > 0:
            let read = fromString(values, to: target)
            let failed = read.failed.flatMap { failures -> Bitmap? in
                let flags = bits(failures).taking(codes).bits
                return flags.setCount == 0 ? nil : flags
            }
            return Converted(read.column.withValidity(nil).taking(codes), failed: failed)
        case .dictionary: return fromString(column.expandingDictionary(), to: target)
        case .bytes(let offsets, let bytes): return fromBytes(column, offsets, bytes, to: target)
        default: return .unsupported(column, target)
        }
    }

    private static func fromBytes(
        _ column: Column, _ offsets: Buffer<Int32>, _ bytes: Buffer<UInt8>, to target: DataType
    ) -> Converted {
        switch target {
        case .binary: return Converted(column.retyped(.binary))
        case .boolean:
            let (values, failed) = read(offsets, bytes) { text -> Int8? in
                BooleanText.parse(text).map { $0 ? 1 : 0 }
            }
            return Converted(bits(Elementwise.test(values) { $0 != 0 }), failed: failed)
        case .tinyint: return number(offsets, bytes, target) { IntegerText.parse($0, as: Int8.self).value }
        case .smallint: return number(offsets, bytes, target) { IntegerText.parse($0, as: Int16.self).value }
        case .int: return number(offsets, bytes, target) { IntegerText.parse($0, as: Int32.self).value }
        case .bigint: return number(offsets, bytes, target) { IntegerText.parse($0, as: Int64.self).value }
        case .float: return number(offsets, bytes, target) { FloatingPointText.parseFloat($0) }
        case .double: return number(offsets, bytes, target) { FloatingPointText.parseDouble($0) }
        case .decimal(let precision, let scale):
            return number(offsets, bytes, target) {
                DecimalText.parse($0, precision: precision, scale: scale).value
            }
        case .date: return number(offsets, bytes, target) { DateText.parse($0) }
        case .timestamp: return number(offsets, bytes, target) { TimestampText.parse($0, region: TimeZoneDatabase.utc) }
        case .timestampNTZ: return number(offsets, bytes, target) { TimestampText.parseLocal($0) }
        case .dayTimeInterval: return number(offsets, bytes, target) { IntervalText.parseDayTime($0) }
        case .yearMonthInterval: return number(offsets, bytes, target) { IntervalText.parseYearMonth($0) }
        default: return .unsupported(column, target)
        }
    }

    private static func number<Number: ColumnElement>(
        _ offsets: Buffer<Int32>, _ bytes: Buffer<UInt8>, _ target: DataType, _ parse: (Span<UInt8>) -> Number?
    ) -> Converted {
        let (values, failed) = read(offsets, bytes, parse)
        return Converted(target, values, failed: failed)
    }

    private static func read<Number: ColumnElement>(
        _ offsets: Buffer<Int32>, _ bytes: Buffer<UInt8>, _ parse: (Span<UInt8>) -> Number?
    ) -> (Buffer<Number>, failed: Bitmap?) {
        let (starts, source) = (offsets.span, bytes.span)
        let count = starts.count - 1
        var values = BufferBuilder<Number>(capacity: count)
        var failed = BitmapBuilder(capacity: count)
        for row in 0..<count {
            let value = parse(source.extracting(Int(starts[row])..<Int(starts[row + 1])))
            values.append(value ?? Number.zero)
            failed.append(value == nil)
        }
        return (values.finish(), failed.setCount == 0 ? nil : failed.finish())
    }
}
