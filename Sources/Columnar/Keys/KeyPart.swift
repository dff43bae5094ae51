// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// One column of a key, as the encoder reads it.
struct KeyPart {
    /// Which rows are not NULL; `nil` when none is.
    let validity: Bitmap?
    private let source: Source
    private let count: Int

    private enum Source {
        case nothing
        case bits(Bitmap)
        case bytes1(Buffer<Int8>)
        case bytes2(Buffer<Int16>)
        case bytes4(Buffer<Int32>)
        case bytes8(Buffer<Int64>)
        case bytes16(Buffer<Int128>)
        /// Text and bytes: the value of row `i` is `values[codes[i]]`, or `values[i]` without codes.
        case text(codes: Buffer<Int32>?, offsets: Buffer<Int32>, bytes: Buffer<UInt8>)
        /// Values that are encoded already, each behind the other.
        case encoded(offsets: Buffer<Int32>, bytes: Buffer<UInt8>)
    }

    init(_ column: Column, isNormalizing: Bool) {
        count = column.count
        var validity = column.validity
        switch column.storage {
        case .none:
            source = .nothing
            validity = Bitmap(repeating: false, count: column.count)
        case .bits(let bits): source = .bits(bits)
        case .int8(let values): source = .bytes1(values)
        case .int16(let values): source = .bytes2(values)
        case .int32(let values): source = .bytes4(values)
        case .int64(let values): source = .bytes8(values)
        case .int128(let values): source = .bytes16(values)
        case .float(let values):
            source = .bytes4(
                isNormalizing
                    ? Elementwise.map(values) { Int32(bitPattern: KeyNumber.normalized($0).bitPattern) }
                    : Elementwise.map(values) { Int32(bitPattern: $0.bitPattern) })
        case .double(let values):
            source = .bytes8(
                isNormalizing
                    ? Elementwise.map(values) { Int64(bitPattern: KeyNumber.normalized($0).bitPattern) }
                    : Elementwise.map(values) { Int64(bitPattern: $0.bitPattern) })
        case .bytes(let offsets, let bytes): source = .text(codes: nil, offsets: offsets, bytes: bytes)
        case .dictionary(let codes, let values):
            if case .bytes(let offsets, let bytes) = values.storage, values.count > 0 {
                source = .text(codes: codes, offsets: offsets, bytes: bytes)
            } else {
                source = .text(codes: nil, offsets: Buffer(repeating: 0, count: column.count + 1), bytes: Buffer())
            }
        case .fields, .list, .map:
            let encoded = NestedKeyEncoder(isNormalizing: isNormalizing).encode(column)
            source = .encoded(offsets: encoded.offsets, bytes: encoded.bytes)
        }
        self.validity = validity
    }

    /// How many bytes a value takes that is not NULL, when that is the same for all.
    var fixedWidth: Int? {
        switch source {
        case .nothing: 0
        case .bits, .bytes1: 1
        case .bytes2: 2
        case .bytes4: 4
        case .bytes8: 8
        case .bytes16: 16
        case .text, .encoded: nil
        }
    }

    /// Adds the bytes of each row's value to `lengths`.
    func addLengths(to lengths: inout MutableSpan<Int32>) {
        switch source {
        case .text(nil, let offsets, _):
            let starts = offsets.span
            for row in 0..<count where validity?[row] ?? true {
                let length = starts[row + 1] &- starts[row]
                lengths[row] += length + Int32(KeyNumber.varintLength(Int(length)))
            }
        case .text(let codes?, let offsets, _):
            let (codes, starts) = (codes.span, offsets.span)
            for row in 0..<count where validity?[row] ?? true {
                let code = Int(codes[row])
                let length = starts[code + 1] &- starts[code]
                lengths[row] += length + Int32(KeyNumber.varintLength(Int(length)))
            }
        case .encoded(let offsets, _):
            let starts = offsets.span
            for row in 0..<count where validity?[row] ?? true { lengths[row] += starts[row + 1] - starts[row] }
        default:
            let width = Int32(fixedWidth ?? 0)
            for row in 0..<count where validity?[row] ?? true { lengths[row] += width }
        }
    }

    /// Writes each row's value at its cursor, and moves the cursor behind it.
    func write(to memory: inout BufferBuilder<UInt8>, at cursors: inout BufferBuilder<Int32>) {
        switch source {
        case .nothing: return
        case .bits(let bits):
            let words = Elementwise.map(Buffer(bits.array.map { $0 ? Int8(1) : 0 })) { $0 }
            memory.storeEach(words, at: &cursors, where: validity)
        case .bytes1(let values): memory.storeEach(values, at: &cursors, where: validity)
        case .bytes2(let values): memory.storeEach(values, at: &cursors, where: validity)
        case .bytes4(let values): memory.storeEach(values, at: &cursors, where: validity)
        case .bytes8(let values): memory.storeEach(values, at: &cursors, where: validity)
        case .bytes16(let values): memory.storeEach(values, at: &cursors, where: validity)
        case .text(let codes, let offsets, let bytes):
            memory.storeTexts(codes, offsets, bytes, count: count, at: &cursors, where: validity)
        case .encoded(let offsets, let bytes):
            let (starts, values) = (offsets.span, bytes.span)
            for row in 0..<count where validity?[row] ?? true {
                let value = values.extracting(Int(starts[row])..<Int(starts[row + 1]))
                memory.store(value, at: Int(cursors[row]))
                cursors[row] += Int32(value.count)
            }
        }
    }
}

extension BufferBuilder where Element == UInt8 {
    /// Stores one number per row little-endian at the row's cursor, and moves the cursor behind it.
    fileprivate mutating func storeEach<Number: FixedWidthInteger & BitwiseCopyable & Sendable>(
        _ values: Buffer<Number>, at cursors: inout BufferBuilder<Int32>, where valid: Bitmap?
    ) {
        let numbers = values.span
        let width = MemoryLayout<Number>.size
        let limit = count - width
        var positions = cursors.mutableSpan
        // SAFETY: the bytes are exclusively ours here; each store is checked to lie inside them.
        unsafe withMutableBytes { base in
            for row in 0..<numbers.count where valid?[row] ?? true {
                let position = Int(positions[row])
                precondition(position >= 0 && position <= limit)
                unsafe base.storeBytes(of: numbers[row].littleEndian, toByteOffset: position, as: Number.self)
                positions[row] = Int32(truncatingIfNeeded: position + width)
            }
        }
    }

    /// Stores one text per row behind its length at the row's cursor, and moves the cursor behind it.
    fileprivate mutating func storeTexts(
        _ codes: Buffer<Int32>?, _ offsets: Buffer<Int32>, _ bytes: Buffer<UInt8>, count rows: Int,
        at cursors: inout BufferBuilder<Int32>, where valid: Bitmap?
    ) {
        let (starts, limit, sourceCount) = (offsets.span, count, bytes.count)
        var positions = cursors.mutableSpan
        let codeBuffer = codes ?? Buffer()
        let hasCodes = codes != nil
        let codeSpan = codeBuffer.span
        // SAFETY: source and target are different memory; each copy is checked to lie inside both.
        unsafe bytes.withUnsafeBufferPointer { source in
            unsafe withMutableBytes { base in
                for row in 0..<rows where valid?[row] ?? true {
                    let value = hasCodes ? Int(codeSpan[row]) : row
                    let (start, end) = (Int(starts[value]), Int(starts[value + 1]))
                    var position = Int(positions[row])
                    let length = end - start
                    precondition(start >= 0 && length >= 0 && end <= sourceCount && position >= 0)
                    precondition(position + length + KeyNumber.varintLength(length) <= limit)
                    var rest = length
                    while rest >= 0x80 {
                        unsafe base.storeBytes(
                            of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: position, as: UInt8.self)
                        position += 1
                        rest >>= 7
                    }
                    unsafe base.storeBytes(of: UInt8(rest), toByteOffset: position, as: UInt8.self)
                    position += 1
                    if length > 0, let from = source.baseAddress {
                        unsafe memcpy(base + position, from + start, length)
                    }
                    positions[row] = Int32(truncatingIfNeeded: position + length)
                }
            }
        }
    }

    /// Stores bytes at a position inside what has been appended.
    fileprivate mutating func store(_ bytes: Span<UInt8>, at position: Int) {
        var target = mutableSpan
        for index in bytes.indices { target[position + index] = bytes[index] }
    }

    @unsafe
    private mutating func withMutableBytes(_ body: (UnsafeMutableRawPointer) -> Void) {
        // SAFETY: base points at count initialised bytes, exclusively ours while self is borrowed.
        unsafe body(UnsafeMutableRawPointer(base))
    }
}

/// Numbers as keys hold them.
enum KeyNumber {
    /// One NaN and one zero.
    @inline(__always)
    static func normalized<Number: BinaryFloatingPoint>(_ number: Number) -> Number {
        number.isNaN ? .nan : number == 0 ? 0 : number
    }

    /// How many bytes a length takes, seven bits a byte.
    @inline(__always)
    static func varintLength(_ number: Int) -> Int {
        number < 0x80 ? 1 : (Int.bitWidth - number.leadingZeroBitCount + 6) / 7
    }
}
