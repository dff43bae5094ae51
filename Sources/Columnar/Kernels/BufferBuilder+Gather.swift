// SPDX-License-Identifier: Apache-2.0

extension BufferBuilder {
    /// Appends a result per value.
    @inlinable
    public mutating func append<Source: BitwiseCopyable>(_ values: Span<Source>, _ convert: (Source) -> Element) {
        // SAFETY: every one of the elements is written, and values are read below their count.
        unsafe values.withUnsafeBufferPointer { source in
            unsafe append(uninitializedCount: source.count) { target in
                for row in 0..<source.count {
                    unsafe target.initializeElement(at: row, to: convert(source[row]))
                }
            }
        }
    }

    /// Appends a result per value at `positions`, in that order.
    @inlinable
    public mutating func append<Source: BitwiseCopyable>(
        _ values: Span<Source>, at positions: Span<Int32>, _ convert: (Source) -> Element
    ) {
        // SAFETY: every one of the elements is written; the precondition keeps reading below the count of values.
        unsafe values.withUnsafeBufferPointer { source in
            unsafe positions.withUnsafeBufferPointer { positions in
                unsafe append(uninitializedCount: positions.count) { target in
                    for row in 0..<positions.count {
                        let position = unsafe Int(positions[row])
                        precondition(position >= 0 && position < source.count)
                        unsafe target.initializeElement(at: row, to: convert(source[position]))
                    }
                }
            }
        }
    }

    /// The values at `indices`, in that order.
    @inlinable
    public func taking(_ indices: Buffer<Int32>) -> Buffer<Element> {
        var result = BufferBuilder<Element>(capacity: indices.count)
        result.append(span, at: indices)
        return result.finish()
    }

    /// A result per value at `indices`, in that order.
    @inlinable @inline(__always)
    public func taking<Result>(_ indices: Buffer<Int32>, _ convert: (Element) -> Result) -> Buffer<Result> {
        var result = BufferBuilder<Result>(capacity: indices.count)
        if let range = indices.countedRange {
            result.append(span.extracting(range), convert)
        } else {
            result.append(span, at: indices.span, convert)
        }
        return result.finish()
    }

    /// Appends the values at `indices`, in that order.
    @inlinable
    mutating func append(_ values: Span<Element>, at indices: Buffer<Int32>) {
        if let range = indices.countedRange {
            append(contentsOf: values.extracting(range))
        } else {
            append(values, at: indices.span) { $0 }
        }
    }
}

extension Buffer {
    /// The values at `indices`, in that order.
    @inlinable
    public func taking(_ indices: Buffer<Int32>) -> Buffer {
        var result = BufferBuilder<Element>(capacity: indices.count)
        result.append(span, at: indices)
        return result.finish()
    }
}
