// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// Makes columns of values that the file holds as bytes of a fixed meaning: decimals, INT96 timestamps, halves, UUIDs.
enum FixedConversions {
    /// Converts `count` values of `length` bytes each.
    static func convert(
        _ bytes: Buffer<UInt8>, _ length: Int, _ count: Int, _ conversion: LeafConversion
    ) throws(PipelineError) -> Column.Storage {
        let source = bytes.span
        switch conversion {
        case .decimal:
            var values = BufferBuilder<Int128>(capacity: count)
            for index in 0..<count {
                values.append(try decimal(source.extracting((index * length)..<((index + 1) * length))))
            }
            return .int128(values.finish())
        case .float16:
            var values = BufferBuilder<Float>(capacity: count)
            for index in 0..<count { values.append(half(source.littleEndian(at: index * 2, as: UInt16.self))) }
            return .float(values.finish())
        case .uuid: return uuids(source, count)
        default:
            guard bytes.count <= Int(Int32.max) else {
                throw PipelineError(.unsupported, "a column of a row group holds more than 2 GiB")
            }
            var offsets = BufferBuilder<Int32>(capacity: count + 1)
            for index in 0...count { offsets.append(Int32(truncatingIfNeeded: index * length)) }
            return .bytes(offsets: offsets.finish(), bytes: bytes)
        }
    }

    /// Decimals of any length.
    static func decimals(_ storage: Column.Storage) throws(PipelineError) -> Column.Storage {
        guard case .bytes(let offsets, let bytes) = storage else { return storage }
        let (starts, source) = (offsets.span, bytes.span)
        var values = BufferBuilder<Int128>(capacity: starts.count)
        for index in 0..<(starts.count - 1) {
            values.append(try decimal(source.extracting(Int(starts[index])..<Int(starts[index + 1]))))
        }
        return .int128(values.finish())
    }

    /// Big-endian two's complement; bytes above 16 must only repeat the sign.
    private static func decimal(_ bytes: Span<UInt8>) throws(PipelineError) -> Int128 {
        guard bytes.count > 0 else { return 0 }
        let sign: UInt8 = bytes[0] & 0x80 == 0 ? 0 : 0xFF
        var value: Int128 = sign == 0 ? 0 : -1
        for index in bytes.indices {
            if index < bytes.count - 16 && bytes[index] != sign {
                throw PipelineError(.unsupported, "a decimal of the Parquet file has more than 38 digits")
            }
            value = value << 8 | Int128(bytes[index])
        }
        return value
    }

    /// Nanoseconds of the day and Julian day, as Impala and old Spark wrote timestamps.
    static func timestamps(_ bytes: Buffer<UInt8>) -> Buffer<Int64> {
        let source = bytes.span
        var values = BufferBuilder<Int64>(capacity: source.count / 12)
        for index in 0..<(source.count / 12) {
            let nanos = source.littleEndian(at: index * 12, as: Int64.self)
            let days = Int64(source.littleEndian(at: index * 12 + 8, as: Int32.self)) - 2_440_588
            // Wrapping: days beyond the range of microseconds make no timestamp anyhow.
            values.append(days &* 86_400_000_000 &+ (nanos / 1_000 - (nanos % 1_000 < 0 ? 1 : 0)))
        }
        return values.finish()
    }

    private static func half(_ bits: UInt16) -> Float {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10 & 0x1F)
        let fraction = UInt32(bits & 0x3FF)
        switch exponent {
        case 0: return (sign == 0 ? 1 : -1) * Float(fraction) / 16_777_216
        case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }

    private static func uuids(_ source: Span<UInt8>, _ count: Int) -> Column.Storage {
        let digits = Array("0123456789abcdef".utf8)
        var offsets = BufferBuilder<Int32>(capacity: count + 1)
        var bytes = BufferBuilder<UInt8>(capacity: count * 36)
        offsets.append(0)
        for index in 0..<count {
            for byte in 0..<16 {
                if byte == 4 || byte == 6 || byte == 8 || byte == 10 { bytes.append(UInt8(ascii: "-")) }
                let value = source[index * 16 + byte]
                bytes.append(digits[Int(value >> 4)])
                bytes.append(digits[Int(value & 15)])
            }
            offsets.append(Int32(truncatingIfNeeded: bytes.count))
        }
        return .bytes(offsets: offsets.finish(), bytes: bytes.finish())
    }
}
