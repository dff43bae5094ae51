// SPDX-License-Identifier: Apache-2.0

extension BufferBuilder where Element == UInt8 {
    /// Appends an integer in little-endian order. Amortised O(1).
    @inlinable
    public mutating func append<Word: FixedWidthInteger & BitwiseCopyable>(littleEndian value: Word) {
        let size = MemoryLayout<Word>.size
        reserve(size)
        // SAFETY: reserve(_:) made room for size bytes; storeBytes needs no alignment.
        unsafe UnsafeMutableRawPointer(base + filled).storeBytes(of: value.littleEndian, as: Word.self)
        filled += size
    }

    /// Appends the memory of fixed-width values, little-endian on every machine that Millrace runs on.
    @inlinable
    public mutating func append<Source: BitwiseCopyable>(bytesOf values: Span<Source>) {
        let size = values.count * MemoryLayout<Source>.stride
        reserve(size)
        // SAFETY: reserve(_:) made room for size bytes, and a builder's memory is never handed out while it can grow.
        unsafe values.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe UnsafeMutableRawPointer(base + filled).copyMemory(from: start, byteCount: size)
        }
        filled += size
    }
}

extension BufferBuilder where Element: FixedWidthInteger {
    /// Appends integers from their little-endian bytes; bytes that do not fill a last value are ignored.
    @inlinable
    public mutating func append(littleEndianBytes source: Span<UInt8>) { appendMemory(source) }
}

extension BufferBuilder where Element: BinaryFloatingPoint {
    /// Appends IEEE numbers from their little-endian bytes; bytes that do not fill a last value are ignored.
    @inlinable
    public mutating func append(littleEndianBytes source: Span<UInt8>) { appendMemory(source) }
}

extension BufferBuilder {
    @inlinable
    mutating func appendMemory(_ source: Span<UInt8>) {
        let additional = source.count / MemoryLayout<Element>.stride
        reserve(additional)
        // SAFETY: reserve(_:) made room; every bit pattern is a value of the numbers this is called for.
        unsafe source.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe UnsafeMutableRawPointer(base + filled).copyMemory(
                from: start, byteCount: additional * MemoryLayout<Element>.stride)
        }
        filled += additional
    }
}

extension Span where Element == UInt8 {
    /// The integer whose little-endian bytes start at `offset`; checked against the bounds.
    @inlinable
    public func littleEndian<Word: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Word.Type) -> Word {
        precondition(offset >= 0 && offset <= count - MemoryLayout<Word>.size)
        // SAFETY: the precondition put all bytes of the word inside the span; loadUnaligned needs no alignment.
        return unsafe withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: offset, as: Word.self).littleEndian }
    }
}
