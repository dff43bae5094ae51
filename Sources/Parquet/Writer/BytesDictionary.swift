// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Gives each distinct byte string of a column chunk a code, in the order of first appearance.
///
/// Open addressing with linear probing over hashes and codes; at most half full.
struct BytesDictionary: ~Copyable {
    /// Entry `i` is `bytes[offsets[i]..<offsets[i + 1]]`.
    private(set) var offsets = BufferBuilder<Int32>()
    private(set) var bytes = BufferBuilder<UInt8>()
    /// Codes plus one; 0 for a free slot.
    private var codes = BufferBuilder<Int32>()
    private var hashes = BufferBuilder<UInt32>()

    init() { offsets.append(0) }

    /// How many distinct strings there are.
    var count: Int { offsets.count - 1 }

    /// The size of the dictionary page.
    var plainByteCount: Int { bytes.count + count * 4 }

    /// The code of `value`, which is added when it is new.
    @inline(__always)
    mutating func code(of value: Span<UInt8>) -> Int32 {
        if count * 2 >= codes.count { grow() }
        let hash = Self.hash(value)
        let mask = codes.count - 1
        var slot = Int(hash) & mask
        do {
            let (slotCodes, slotHashes) = (codes.span, hashes.span)
            let (starts, texts) = (offsets.span, bytes.span)
            while true {
                let code = Int(slotCodes[slot])
                if code == 0 { break }
                if slotHashes[slot] == hash {
                    let entry = texts.extracting(Int(starts[code - 1])..<Int(starts[code]))
                    if Self.isEqual(entry, value) { return Int32(truncatingIfNeeded: code - 1) }
                }
                slot = (slot + 1) & mask
            }
        }
        bytes.append(contentsOf: value)
        offsets.append(Int32(bytes.count))
        codes[slot] = Int32(truncatingIfNeeded: offsets.count - 1)
        hashes[slot] = hash
        return Int32(truncatingIfNeeded: offsets.count - 2)
    }

    private mutating func grow() {
        let size = max(codes.count * 2, 256)
        codes.removeAll()
        codes.append(repeating: 0, count: size)
        hashes.removeAll()
        hashes.append(repeating: 0, count: size)
        for entry in 0..<count {
            let hash = Self.hash(bytes.span.extracting(Int(offsets[entry])..<Int(offsets[entry + 1])))
            var slot = Int(hash) & (size - 1)
            while codes[slot] != 0 { slot = (slot + 1) & (size - 1) }
            codes[slot] = Int32(truncatingIfNeeded: entry + 1)
            hashes[slot] = hash
        }
    }

    /// Eight bytes at a time by multiplication and folding; good enough for a table that only ever grows to a bound.
    @inline(__always)
    private static func hash(_ value: Span<UInt8>) -> UInt32 {
        var state = UInt64(truncatingIfNeeded: value.count) &* 0xA076_1D64_78BD_642F
        var position = 0
        while position + 8 <= value.count {
            state = mix(state ^ value.littleEndian(at: position, as: UInt64.self))
            position += 8
        }
        if position < value.count { state = mix(state ^ Self.tail(value, from: position)) }
        return UInt32(truncatingIfNeeded: state ^ state >> 32)
    }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
        return product.high ^ product.low
    }

    /// The last one to seven bytes as a number.
    @inline(__always)
    private static func tail(_ value: Span<UInt8>, from position: Int) -> UInt64 {
        let left = value.count - position
        if left >= 4 {
            let low = UInt64(value.littleEndian(at: position, as: UInt32.self))
            return low | UInt64(value.littleEndian(at: value.count - 4, as: UInt32.self)) << 32
        }
        return UInt64(value[position]) | UInt64(value[position + left / 2]) << 8 | UInt64(value[value.count - 1]) << 16
    }

    @inline(__always)
    private static func isEqual(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        let count = left.count
        guard count == right.count else { return false }
        var position = 0
        while position + 8 <= count {
            let (a, b) = (
                left.littleEndian(at: position, as: UInt64.self), right.littleEndian(at: position, as: UInt64.self)
            )
            guard a == b else { return false }
            position += 8
        }
        return position == count || tail(left, from: position) == tail(right, from: position)
    }

    /// How many bytes the strings have that codes stand for.
    func byteCount(of coded: borrowing BufferBuilder<Int32>) -> Int {
        let (starts, coded) = (offsets.span, coded.span)
        var sum = 0
        for index in coded.indices {
            let code = Int(coded[index])
            sum += Int(starts[code + 1] - starts[code])
        }
        return sum
    }

    /// Appends the strings that codes stand for.
    func expand(
        _ coded: borrowing BufferBuilder<Int32>, lengths: inout BufferBuilder<Int32>,
        bytes output: inout BufferBuilder<UInt8>
    ) {
        let (starts, texts, coded) = (offsets.span, bytes.span, coded.span)
        lengths.reserve(coded.count)
        for index in coded.indices {
            let code = Int(coded[index])
            let value = texts.extracting(Int(starts[code])..<Int(starts[code + 1]))
            lengths.append(Int32(truncatingIfNeeded: value.count))
            output.append(contentsOf: value)
        }
    }

    /// Takes all strings into bounds.
    func extend(_ bounds: inout BytesBounds) { bounds.add(offsets: offsets.span, bytes: bytes.span) }

    /// Appends the strings as a dictionary page holds them.
    func appendPlain(to output: inout BufferBuilder<UInt8>) {
        let (starts, texts) = (offsets.span, bytes.span)
        for entry in 0..<(starts.count - 1) {
            output.append(littleEndian: starts[entry + 1] - starts[entry])
            output.append(contentsOf: texts.extracting(Int(starts[entry])..<Int(starts[entry + 1])))
        }
    }

    /// Forgets everything.
    mutating func removeAll() {
        offsets.removeAll()
        offsets.append(0)
        bytes.removeAll()
        codes.removeAll()
        hashes.removeAll()
    }
}
