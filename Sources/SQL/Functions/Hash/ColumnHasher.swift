// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// Chains the hashes of columns row by row, as Spark does: NULL leaves the hash as it is, members of STRUCT and ARRAY are
/// chained in order, FLOAT and DOUBLE are hashed by their bits with one zero and one NaN.
struct ColumnHasher<Algorithm: RowHash>: ~Copyable {
    private var hashes: BufferBuilder<Algorithm.Hash>
    private let rowCount: Int

    init(rowCount: Int, seed: Algorithm.Hash) {
        self.rowCount = rowCount
        hashes = BufferBuilder(capacity: rowCount)
        hashes.append(repeating: seed, count: rowCount)
    }

    /// The hashes.
    consuming func finish() -> Buffer<Algorithm.Hash> { hashes.finish() }

    /// Chains an argument on.
    mutating func add(_ operand: Operand) {
        let column = operand.storedColumn
        add(column, mask: operand.isConstant ? 0 : -1, valid: StrictEvaluation.validity(of: column))
    }

    /// Chains a column on where it and all STRUCTs around it are not NULL.
    private mutating func add(_ column: Column, mask: Int, valid: Bitmap?) {
        let rowCount = rowCount
        switch column.storage {
        case .none: return
        case .int32(let values): each(values, mask, valid) { Algorithm.hash($0, seed: $1) }
        case .int64(let values): each(values, mask, valid) { Algorithm.hash($0, seed: $1) }
        case .double(let values): each(values, mask, valid) { Algorithm.hash($0.hashedBits, seed: $1) }
        case .fields(let members):
            for member in members {
                let memberValid = StrictEvaluation.validity(of: member)
                add(member, mask: mask, valid: Bitmap.intersection(valid, memberValid))
            }
        case .bytes, .dictionary:
            let text = TextInput(column: column)
            var all = hashes.mutableSpan
            for row in 0..<rowCount where valid?[row & mask] ?? true {
                all[row] = Algorithm.hash(text[row & mask], seed: all[row])
            }
        default:
            let member = MemberHash<Algorithm>(column)
            var all = hashes.mutableSpan
            for row in 0..<rowCount where valid?[row & mask] ?? true {
                all[row] = member.hash(row & mask, seed: all[row])
            }
        }
    }

    @inline(__always)
    private mutating func each<Element>(
        _ values: Buffer<Element>, _ mask: Int, _ valid: Bitmap?,
        _ hash: (Element, Algorithm.Hash) -> Algorithm.Hash
    ) {
        let (source, rowCount) = (values.span, rowCount)
        var all = hashes.mutableSpan
        if let valid {
            for row in 0..<rowCount where valid[row & mask] { all[row] = hash(source[row & mask], all[row]) }
        } else {
            for row in 0..<rowCount { all[row] = hash(source[row & mask], all[row]) }
        }
    }
}

/// Hashes single values of a column, for members of arrays and for layouts too rare for a loop of their own.
struct MemberHash<Algorithm: RowHash> {
    private let column: Column
    private let text: TextInput
    private let members: [MemberHash]

    init(_ column: Column) {
        self.column = column
        switch column.storage {
        case .list(_, let element): members = [MemberHash(element)]
        case .fields(let fields): members = fields.map { MemberHash($0) }
        default: members = []
        }
        text = TextInput(column: column)
    }

    /// The hash of one value; the seed for NULL.
    func hash(_ index: Int, seed: Algorithm.Hash) -> Algorithm.Hash {
        if column.isNull(index) { return seed }
        switch column.storage {
        case .none, .map: return seed
        case .bits(let bits): return Algorithm.hash(bits[index] ? 1 : 0 as Int32, seed: seed)
        case .int8(let values): return Algorithm.hash(Int32(values[index]), seed: seed)
        case .int16(let values): return Algorithm.hash(Int32(values[index]), seed: seed)
        case .int32(let values): return Algorithm.hash(values[index], seed: seed)
        case .int64(let values): return Algorithm.hash(values[index], seed: seed)
        case .float(let values): return Algorithm.hash(values[index].hashedBits, seed: seed)
        case .double(let values): return Algorithm.hash(values[index].hashedBits, seed: seed)
        case .int128(let values): return decimal(values[index], seed)
        case .bytes, .dictionary: return Algorithm.hash(text[index], seed: seed)
        case .fields: return members.reduce(seed) { $1.hash(index, seed: $0) }
        case .list(let offsets, _):
            var hash = seed
            for element in Int(offsets[index])..<Int(offsets[index + 1]) {
                hash = members[0].hash(element, seed: hash)
            }
            return hash
        }
    }

    /// Up to 18 digits as 64 bits, more as the shortest big-endian two's complement.
    private func decimal(_ unscaled: Int128, _ seed: Algorithm.Hash) -> Algorithm.Hash {
        if case .decimal(let precision, _) = column.type, precision <= 18 {
            return Algorithm.hash(Int64(truncatingIfNeeded: unscaled), seed: seed)
        }
        let magnitudeBits = 128 - (unscaled < 0 ? ~unscaled : unscaled).leadingZeroBitCount
        let length = magnitudeBits / 8 + 1
        let bytes = InlineArray<16, UInt8> {
            UInt8(truncatingIfNeeded: unscaled >> Int128((length - 1 - min($0, length - 1)) * 8))
        }
        return Algorithm.hash(bytes.span.extracting(0..<length), seed: seed)
    }
}

extension Float {
    /// The bits with one zero and one NaN.
    fileprivate var hashedBits: Int32 {
        self == 0 ? 0 : isNaN ? 0x7FC0_0000 : Int32(bitPattern: bitPattern)
    }
}

extension Double {
    /// The bits with one zero and one NaN.
    fileprivate var hashedBits: Int64 {
        self == 0 ? 0 : isNaN ? 0x7FF8_0000_0000_0000 : Int64(bitPattern: bitPattern)
    }
}
