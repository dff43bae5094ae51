// SPDX-License-Identifier: Apache-2.0
import Columnar

/// XXH64 of values as Spark hashes them: each column's values chained onto the hashes so far. NULL leaves a hash as it is.
///
/// Yann Collet, "xxHash fast digest algorithm", specification 0.1.1, XXH64.
enum ValueHash {
    private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
    private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
    private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
    private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
    private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

    /// The hashes of a column's values, each with the hash so far as its seed.
    static func chain(_ column: Column, _ seeds: Buffer<Int64>) -> Buffer<Int64> {
        var result = BufferBuilder<Int64>(capacity: seeds.count)
        for row in 0..<seeds.count {
            result.append(column.isNull(row) ? seeds[row] : hash(column, row, seeds[row]))
        }
        return result.finish()
    }

    private static func hash(_ column: Column, _ row: Int, _ seed: Int64) -> Int64 {
        switch column.storage {
        case .none: return seed
        case .bits(let bits): return hash(Int32(bits[row] ? 1 : 0), seed)
        case .int8(let values): return hash(Int32(values[row]), seed)
        case .int16(let values): return hash(Int32(values[row]), seed)
        case .int32(let values): return hash(values[row], seed)
        case .int64(let values): return hash(values[row], seed)
        case .float(let values):
            let value = values[row]
            let number = value == 0 ? 0 : value.isNaN ? Float.nan : value
            return hash(Int32(bitPattern: number.bitPattern), seed)
        case .double(let values):
            let value = values[row]
            let number = value == 0 ? 0 : value.isNaN ? Double.nan : value
            return hash(Int64(bitPattern: number.bitPattern), seed)
        case .int128(let values):
            if case .decimal(let precision, _) = column.type, precision > 18 {
                return hash(bigEndianBytes(values[row]).span, seed)
            }
            return hash(Int64(truncatingIfNeeded: values[row]), seed)
        case .bytes(let offsets, let bytes):
            return hash(bytes.span.extracting(Int(offsets[row])..<Int(offsets[row + 1])), seed)
        case .dictionary(let codes, let values): return hash(values, Int(codes[row]), seed)
        case .fields(let members):
            var hash = seed
            for member in members where !member.isNull(row) { hash = Self.hash(member, row, hash) }
            return hash
        case .list(let offsets, let element):
            var hash = seed
            for index in Int(offsets[row])..<Int(offsets[row + 1]) where !element.isNull(index) {
                hash = Self.hash(element, index, hash)
            }
            return hash
        case .map(let offsets, let keys, let values):
            var hash = seed
            for index in Int(offsets[row])..<Int(offsets[row + 1]) {
                hash = Self.hash(keys, index, hash)
                if !values.isNull(index) { hash = Self.hash(values, index, hash) }
            }
            return hash
        }
    }

    /// The shortest two's complement form, highest byte first.
    private static func bigEndianBytes(_ number: Int128) -> [UInt8] {
        var bytes = (0..<16).map { UInt8(truncatingIfNeeded: number >> Int128((15 - $0) * 8)) }
        let filler: UInt8 = number < 0 ? 0xFF : 0
        while bytes.count > 1, bytes[0] == filler, (bytes[1] & 0x80 != 0) == (number < 0) { bytes.removeFirst() }
        return bytes
    }

    private static func hash(_ value: Int32, _ seed: Int64) -> Int64 {
        var hash = UInt64(bitPattern: seed) &+ prime5 &+ 4
        hash ^= UInt64(UInt32(bitPattern: value)) &* prime1
        return avalanche(rotated(hash, 23) &* prime2 &+ prime3)
    }

    private static func hash(_ value: Int64, _ seed: Int64) -> Int64 {
        var hash = UInt64(bitPattern: seed) &+ prime5 &+ 8
        hash ^= rotated(UInt64(bitPattern: value) &* prime2, 31) &* prime1
        return avalanche(rotated(hash, 27) &* prime1 &+ prime4)
    }

    private static func hash(_ bytes: Span<UInt8>, _ seed: Int64) -> Int64 {
        let seed = UInt64(bitPattern: seed)
        var position = 0
        var hash: UInt64
        if bytes.count >= 32 {
            var lanes = (seed &+ prime1 &+ prime2, seed &+ prime2, seed, seed &- prime1)
            while position + 32 <= bytes.count {
                lanes.0 = round(lanes.0, bytes.littleEndian(at: position, as: UInt64.self))
                lanes.1 = round(lanes.1, bytes.littleEndian(at: position + 8, as: UInt64.self))
                lanes.2 = round(lanes.2, bytes.littleEndian(at: position + 16, as: UInt64.self))
                lanes.3 = round(lanes.3, bytes.littleEndian(at: position + 24, as: UInt64.self))
                position += 32
            }
            hash = rotated(lanes.0, 1) &+ rotated(lanes.1, 7) &+ rotated(lanes.2, 12) &+ rotated(lanes.3, 18)
            for lane in [lanes.0, lanes.1, lanes.2, lanes.3] {
                hash = (hash ^ round(0, lane)) &* prime1 &+ prime4
            }
        } else {
            hash = seed &+ prime5
        }
        hash = hash &+ UInt64(bytes.count)
        while position + 8 <= bytes.count {
            hash ^= round(0, bytes.littleEndian(at: position, as: UInt64.self))
            hash = rotated(hash, 27) &* prime1 &+ prime4
            position += 8
        }
        if position + 4 <= bytes.count {
            hash ^= UInt64(bytes.littleEndian(at: position, as: UInt32.self)) &* prime1
            hash = rotated(hash, 23) &* prime2 &+ prime3
            position += 4
        }
        while position < bytes.count {
            hash = rotated(hash ^ UInt64(bytes[position]) &* prime5, 11) &* prime1
            position += 1
        }
        return avalanche(hash)
    }

    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        rotated(lane &+ word &* prime2, 31) &* prime1
    }

    private static func avalanche(_ value: UInt64) -> Int64 {
        var hash = (value ^ value >> 33) &* prime2
        hash = (hash ^ hash >> 29) &* prime3
        return Int64(bitPattern: hash ^ hash >> 32)
    }

    private static func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 { word << count | word >> (64 - count) }
}
