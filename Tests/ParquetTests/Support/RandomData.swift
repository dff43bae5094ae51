// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Batches of any type, the same for the same seed.
struct RandomData {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1 }

    /// The next 64 random bits (SplitMix64).
    mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }

    mutating func below(_ bound: Int) -> Int { Int(truncatingIfNeeded: bits() % UInt64(bound)) }

    /// A batch with as many columns and rows as asked for.
    mutating func batch(_ schema: Schema, rows: Int) -> ColumnBatch {
        let columns = schema.fields.map { field in column(field.type, nullable: field.nullable, rows: rows) }
        return ColumnBatch(schema: schema, columns: columns, rowCount: rows)
    }

    private mutating func column(_ type: DataType, nullable: Bool, rows: Int) -> Column {
        // Some columns repeat a few values, so that dictionaries and runs come up.
        let pool = below(3) == 0 ? (0..<(1 + below(6))).map { _ in value(type, nullable: nullable) } : []
        let nullEvery = [2, 5, 1_000][below(3)]
        let runs = below(2) == 0
        var last = value(type, nullable: nullable)
        let values = (0..<rows).map { _ -> Value in
            if nullable && below(nullEvery) == 0 { return .null }
            if runs && below(20) != 0 && (last != .null || nullable) { return last }
            last = pool.isEmpty ? value(type, nullable: nullable) : pool[below(pool.count)]
            return last
        }
        return Column(type, values)
    }

    /// One value; NULL only below a nullable parent.
    mutating func value(_ type: DataType, nullable: Bool) -> Value {
        if nullable && below(12) == 0 { return .null }
        switch type {
        case .boolean: return .boolean(below(2) == 0)
        case .tinyint: return .tinyint(Int8(truncatingIfNeeded: bits()))
        case .smallint: return .smallint(Int16(truncatingIfNeeded: bits()))
        case .int: return .int(Int32(truncatingIfNeeded: skewed()))
        case .bigint: return .bigint(skewed())
        case .float:
            return .float(below(8) == 0 ? [0, -0.0, .infinity, -.infinity][below(4)] : Float(below(1 << 20)) / 7)
        case .double: return .double(below(8) == 0 ? [0, -0.0, 1e300, -1e-300][below(4)] : Double(below(1 << 30)) / 11)
        case .decimal(let precision, let scale):
            let bound = (0..<(1 + below(precision))).reduce(Int128(1)) { power, _ in power * 10 }
            let magnitude = (Int128(bits() >> 1) << 64 | Int128(bits())) % bound
            return .decimal(below(2) == 0 ? magnitude : -magnitude, scale: scale)
        case .string: return .string(text())
        case .binary: return .binary((0..<below(20)).map { _ in UInt8(truncatingIfNeeded: bits()) })
        case .date: return .date(Int32(below(40_000)) - 20_000)
        case .timestamp: return .timestamp(1_700_000_000_000_000 + Int64(below(1 << 40)))
        case .timestampNTZ: return .timestampNTZ(Int64(below(1 << 50)) - (1 << 49))
        case .structure(let fields): return .structure(fields.map { value($0.type, nullable: $0.nullable) })
        case .array(let element, let containsNull):
            return .array((0..<below(5)).map { _ in value(element, nullable: containsNull) })
        case .map(let key, let item, let valueContainsNull):
            var keys = Set<Value>()
            for _ in 0..<below(4) { keys.insert(value(key, nullable: false)) }
            return .map(keys.map { Value.MapEntry($0, value(item, nullable: valueContainsNull)) })
        case .void, .dayTimeInterval, .yearMonthInterval: return .null
        }
    }

    private mutating func skewed() -> Int64 { Int64(bitPattern: bits()) >> Int64(below(64)) }

    private mutating func text() -> String {
        let alphabet: [String] = ["a", "b", "sensor-", "ü", "漢", "🌡", "\"", "\\", "", " "]
        return (0..<below(6)).map { _ in alphabet[below(alphabet.count)] }.joined()
    }
}
