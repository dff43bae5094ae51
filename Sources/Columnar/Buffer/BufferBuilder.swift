// SPDX-License-Identifier: Apache-2.0

/// Grows a run of fixed-width values and hands it over as a `Buffer` without copying.
@safe
public struct BufferBuilder<Element: BitwiseCopyable & Sendable>: ~Copyable {
    @usableFromInline var owner: BufferOwner
    @usableFromInline var base: UnsafeMutablePointer<Element>
    @usableFromInline var capacity: Int
    /// How many elements have been appended.
    @inlinable public var count: Int { filled }
    @usableFromInline var filled = 0

    /// An empty builder with room for `capacity` elements.
    @inlinable
    public init(capacity: Int = 0) {
        self.capacity = capacity
        owner = BufferOwner(byteCount: capacity * MemoryLayout<Element>.stride)
        // SAFETY: the owner's memory is uninitialised, aligned to 64 and large enough for capacity elements.
        unsafe base = unsafe owner.memory.bindMemory(to: Element.self, capacity: max(capacity, 1))
    }

    /// An empty builder in memory of its own for `capacity` elements.
    init(owner: BufferOwner, capacity: Int) {
        self.owner = owner
        self.capacity = capacity
        // SAFETY: the owner's memory is aligned to 64, large enough for capacity elements, and nobody else's.
        unsafe base = unsafe owner.memory.bindMemory(to: Element.self, capacity: max(capacity, 1))
    }

    /// Makes room for `additional` more elements. Amortised O(1) per element.
    @inlinable
    public mutating func reserve(_ additional: Int) {
        if count + additional > capacity { grow(to: max(count + additional, capacity * 2, 16)) }
    }

    @usableFromInline
    mutating func grow(to newCapacity: Int) {
        let newOwner = BufferOwner(byteCount: newCapacity * MemoryLayout<Element>.stride)
        // SAFETY: the new memory holds newCapacity > count elements and does not overlap the old.
        let newBase = unsafe newOwner.memory.bindMemory(to: Element.self, capacity: newCapacity)
        unsafe newBase.initialize(from: base, count: count)
        (owner, capacity) = (newOwner, newCapacity)
        unsafe base = newBase
    }

    /// Appends one value. Amortised O(1).
    @inlinable
    public mutating func append(_ value: Element) {
        reserve(1)
        // SAFETY: reserve(1) made count < capacity.
        unsafe (base + count).initialize(to: value)
        filled += 1
    }

    /// Appends `count` copies of `value`.
    @inlinable
    public mutating func append(repeating value: Element, count additional: Int) {
        reserve(additional)
        // SAFETY: reserve(_:) made room for the additional elements.
        unsafe (base + count).initialize(repeating: value, count: additional)
        filled += additional
    }

    /// Appends all values of a span.
    @inlinable
    public mutating func append(contentsOf values: Span<Element>) {
        reserve(values.count)
        // SAFETY: reserve(_:) made room, and a builder's memory is never handed out while it can be appended to.
        unsafe values.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            unsafe (base + filled).initialize(from: start, count: source.count)
        }
        filled += values.count
    }

    /// Appends all values of a buffer.
    @inlinable
    public mutating func append(contentsOf values: Buffer<Element>) { append(contentsOf: values.span) }

    /// Appends `additional` values that `body` writes into uninitialised memory; `body` must initialise all of them.
    @unsafe @inlinable
    public mutating func append<Failure: Error>(
        uninitializedCount additional: Int,
        _ body: (UnsafeMutableBufferPointer<Element>) throws(Failure) -> Void
    ) throws(Failure) {
        reserve(additional)
        try unsafe body(UnsafeMutableBufferPointer(start: base + count, count: additional))
        filled += additional
    }

    /// One value so far. Bounds-checked; for long loops take `span` or `mutableSpan`.
    @inlinable
    public subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < filled)
            // SAFETY: the precondition put index among the initialised elements.
            return unsafe base[index]
        }
        set {
            precondition(index >= 0 && index < filled)
            // SAFETY: as above; self is exclusively ours here.
            unsafe base[index] = newValue
        }
    }

    /// Appends up to `most` values that `body` writes to the front of uninitialised memory; it returns how many it initialised.
    @unsafe @inlinable
    public mutating func append<Failure: Error>(
        upTo most: Int, _ body: (UnsafeMutableBufferPointer<Element>) throws(Failure) -> Int
    ) throws(Failure) {
        reserve(most)
        let initialized = try unsafe body(UnsafeMutableBufferPointer(start: base + count, count: most))
        precondition(initialized >= 0 && initialized <= most)
        filled += initialized
    }

    /// The values so far, for bounds-checked reading and writing in a loop.
    @inlinable
    public var mutableSpan: MutableSpan<Element> {
        @_lifetime(&self)
        mutating get {
            // SAFETY: base points at count initialised elements, alive and exclusively ours while self is borrowed.
            let span = unsafe MutableSpan(_unsafeStart: base, count: count)
            return unsafe _overrideLifetime(span, mutating: &self)
        }
    }

    /// The values so far, for reading.
    @inlinable
    public var span: Span<Element> {
        @_lifetime(borrow self)
        get {
            // SAFETY: base points at count initialised elements that owner keeps alive as long as self.
            let span = unsafe Span(_unsafeStart: base, count: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Forgets the values, keeping the memory.
    @inlinable
    public mutating func removeAll() { filled = 0 }

    /// Forgets the values behind the first `newCount`, keeping the memory.
    @inlinable
    public mutating func truncate(to newCount: Int) {
        precondition(newCount >= 0 && newCount <= filled)
        filled = newCount
    }

    /// The values so far, copied.
    @inlinable
    public var copy: Buffer<Element> {
        var copy = BufferBuilder(capacity: filled)
        copy.append(contentsOf: span)
        return copy.finish()
    }

    /// Hands the values over. O(1), nothing is copied.
    @inlinable
    public consuming func finish() -> Buffer<Element> {
        // SAFETY: count elements are initialised, and the builder is gone, so nobody writes to them any more.
        unsafe Buffer(owner: owner, base: UnsafePointer(base), count: count)
    }
}
