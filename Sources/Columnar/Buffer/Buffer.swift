// SPDX-License-Identifier: Apache-2.0

/// An immutable run of fixed-width values, 64-byte aligned as Arrow asks, shared without copying and freed by its last user.
///
/// Slices share the memory of their origin. Copying a `Buffer` costs one reference count.
@safe
public struct Buffer<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    @usableFromInline let owner: BufferOwner
    @usableFromInline let base: UnsafePointer<Element>
    /// How many elements there are.
    public let count: Int

    @unsafe @inlinable
    init(owner: BufferOwner, base: UnsafePointer<Element>, count: Int) {
        self.owner = owner
        unsafe self.base = unsafe base
        self.count = count
    }

    /// The values, for bounds-checked reading in a loop; take it once per batch, not per row.
    @inlinable
    public var span: Span<Element> {
        @_lifetime(borrow self)
        get {
            // SAFETY: base points at count initialised elements that owner keeps alive as long as self.
            let span = unsafe Span(_unsafeStart: base, count: count)
            // SAFETY: the span ends with the borrow of self, which holds owner.
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// One value. Bounds-checked; for loops take `span`.
    @inlinable
    public subscript(index: Int) -> Element {
        precondition(index >= 0 && index < count)
        // SAFETY: the precondition put index inside the buffer.
        return unsafe base[index]
    }

    /// The values in `range`, sharing memory. O(1).
    @inlinable
    public func slice(_ range: Range<Int>) -> Buffer {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        // SAFETY: range lies inside the buffer, and the slice holds the same owner.
        return unsafe Buffer(owner: owner, base: base + range.lowerBound, count: range.count)
    }

    /// Whether both are the same run of the same memory. O(1).
    @inlinable
    public func isIdentical(to other: Buffer) -> Bool {
        // SAFETY: the pointers are compared, not followed.
        unsafe base == other.base && count == other.count
    }

    /// Calls `body` with the memory, for crossing into C once per batch. The pointer must not leave `body`.
    @unsafe @inlinable
    public func withUnsafeBufferPointer<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        unsafe try body(UnsafeBufferPointer(start: base, count: count))
    }
}

extension Buffer {
    /// An empty buffer.
    @inlinable
    public init() { self = BufferBuilder<Element>(capacity: 0).finish() }

    /// `count` copies of `value`.
    @inlinable
    public init(repeating value: Element, count: Int) {
        var builder = BufferBuilder<Element>(capacity: count)
        builder.append(repeating: value, count: count)
        self = builder.finish()
    }

    /// A copy of an array; for tests and small inputs.
    @inlinable
    public init(_ values: [Element]) {
        var builder = BufferBuilder<Element>(capacity: values.count)
        builder.append(contentsOf: values.span)
        self = builder.finish()
    }

    /// The values as an array; for tests and messages.
    public var array: [Element] {
        let span = self.span
        var result: [Element] = []
        result.reserveCapacity(count)
        for index in span.indices { result.append(span[index]) }
        return result
    }
}

extension Buffer where Element: FixedWidthInteger {
    /// Whether both have the same values. O(count), or O(1) for the same memory and for most that differ.
    public func isEqual(to other: Buffer) -> Bool {
        if isIdentical(to: other) { return true }
        guard count == other.count, count > 0, self[0] == other[0] else { return count + other.count == 0 }
        let (left, right) = (span, other.span)
        var difference: Element = 0
        for row in left.indices { difference |= left[row] ^ right[row] }
        return difference == 0
    }
}

extension Buffer where Element == Int32 {
    /// The numbers of a range, ascending.
    public init(counting numbers: Range<Int32>) {
        var builder = BufferBuilder<Int32>(capacity: numbers.count)
        for number in numbers { builder.append(number) }
        self = builder.finish()
    }

    /// The range whose numbers these are, ascending; `nil` when they are none's.
    @usableFromInline var countedRange: Range<Int>? {
        guard count > 0, self[0] >= 0, Int(self[count - 1]) - Int(self[0]) == count - 1 else { return nil }
        let (numbers, first) = (span, self[0])
        var difference: Int32 = 0
        for row in numbers.indices { difference |= numbers[row] ^ (first &+ Int32(truncatingIfNeeded: row)) }
        return difference == 0 ? Int(first)..<(Int(first) + count) : nil
    }
}

extension Buffer where Element == UInt8 {
    /// The bytes as text; invalid UTF-8 is repaired. For messages and tests.
    public var text: String { String(decoding: array, as: UTF8.self) }
}

/// Owns one allocation and frees it once.
@safe
@usableFromInline
final class BufferOwner: @unchecked Sendable {
    @usableFromInline let memory: UnsafeMutableRawPointer
    private let release: @Sendable (UnsafeMutableRawPointer) -> Void

    /// Allocates at least `byteCount` bytes, 64-byte aligned, with 64 readable bytes of padding behind them.
    @usableFromInline
    init(byteCount: Int) {
        unsafe memory = Self.allocate(byteCount: byteCount)
        unsafe release = { memory in unsafe memory.deallocate() }
    }

    /// Memory as buffers want it, for who frees it by `deallocate`.
    @unsafe
    static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1) + 64, alignment: 64)
    }

    /// Takes over memory that C allocated.
    @unsafe
    init(adopting memory: UnsafeMutableRawPointer, release: @escaping @Sendable (UnsafeMutableRawPointer) -> Void) {
        unsafe self.memory = unsafe memory
        unsafe self.release = unsafe release
    }

    deinit { unsafe release(memory) }
}

extension Buffer {
    /// Takes over `count` initialised elements at `memory`, which `release` frees when the last user is gone.
    @unsafe
    public init(
        adopting memory: UnsafeMutablePointer<Element>, count: Int,
        release: @escaping @Sendable (UnsafeMutableRawPointer) -> Void
    ) {
        let owner = unsafe BufferOwner(adopting: UnsafeMutableRawPointer(memory), release: release)
        unsafe self.init(owner: owner, base: UnsafePointer(memory), count: count)
    }
}
