// SPDX-License-Identifier: Apache-2.0

/// Loops over rows that compute one value from one or two fixed-width inputs, specialised by type, operation and shape.
///
/// Operations are also called for null rows, whose values are meaningless: they must be defined for every input.
public enum Elementwise {
    /// One result per value.
    @inlinable
    public static func map<A, Result>(_ input: Buffer<A>, _ operation: (A) -> Result) -> Buffer<Result> {
        let count = input.count
        var output = BufferBuilder<Result>(capacity: count)
        // SAFETY: every one of the count elements is written, and the input is read below its own count.
        unsafe input.withUnsafeBufferPointer { source in
            unsafe output.append(uninitializedCount: count) { target in
                for row in 0..<count { unsafe target.initializeElement(at: row, to: operation(source[row])) }
            }
        }
        return output.finish()
    }

    /// One result per value, and the rows whose operation failed (`nil` when none did).
    @inlinable
    public static func mapChecked<A, Result>(
        _ input: Buffer<A>, _ operation: (A) -> (Result, failed: Bool)
    ) -> (Buffer<Result>, failed: Bitmap?) {
        // SAFETY: the reader is used while input is held, for rows below its count.
        unsafe input.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return (Buffer<Result>(), nil) }
            let reader = unsafe ValuesReader(base)
            return runChecked(reader, ConstantReader(()), count: input.count) { value, _ in operation(value) }
        }
    }

    /// The values that meet a condition.
    @inlinable
    public static func test<A>(_ input: Buffer<A>, _ condition: (A) -> Bool) -> Bitmap {
        // SAFETY: the reader is used while input is held, for rows below its count.
        unsafe input.withUnsafeBufferPointer { source in
            guard let base = source.baseAddress else { return Bitmap(repeating: false, count: 0) }
            let reader = unsafe ValuesReader(base)
            return runTest(reader, ConstantReader(()), count: input.count) { value, _ in condition(value) }
        }
    }

    /// One result per pair of values.
    @inlinable
    public static func map<A, B, Result>(
        _ left: Lane<A>, _ right: Lane<B>, count: Int, _ operation: (A, B) -> Result
    ) -> Buffer<Result> {
        switch (left, right) {
        case (.values(let left), .values(let right)):
            precondition(left.count == count && right.count == count)
            // SAFETY: both readers are used while their buffers are held, for rows below their counts.
            return unsafe left.withUnsafeBufferPointer { a in
                unsafe right.withUnsafeBufferPointer { b in
                    guard let a = a.baseAddress, let b = b.baseAddress else { return Buffer<Result>() }
                    return unsafe run(ValuesReader(a), ValuesReader(b), count: count, operation)
                }
            }
        case (.values(let left), .constant(let right)):
            precondition(left.count == count)
            return map(left) { operation($0, right) }
        case (.constant(let left), .values(let right)):
            precondition(right.count == count)
            return map(right) { operation(left, $0) }
        case (.constant(let left), .constant(let right)):
            return Buffer(repeating: operation(left, right), count: count)
        }
    }

    /// One result per pair of values, and the rows whose operation failed (`nil` when none did).
    @inlinable
    public static func mapChecked<A, B, Result>(
        _ left: Lane<A>, _ right: Lane<B>, count: Int, _ operation: (A, B) -> (Result, failed: Bool)
    ) -> (Buffer<Result>, failed: Bitmap?) {
        switch (left, right) {
        case (.values(let left), .values(let right)):
            precondition(left.count == count && right.count == count)
            // SAFETY: both readers are used while their buffers are held, for rows below their counts.
            return unsafe left.withUnsafeBufferPointer { a in
                unsafe right.withUnsafeBufferPointer { b in
                    guard let a = a.baseAddress, let b = b.baseAddress else { return (Buffer<Result>(), nil) }
                    return unsafe runChecked(ValuesReader(a), ValuesReader(b), count: count, operation)
                }
            }
        case (.values(let left), .constant(let right)):
            precondition(left.count == count)
            return mapChecked(left) { operation($0, right) }
        case (.constant(let left), .values(let right)):
            precondition(right.count == count)
            return mapChecked(right) { operation(left, $0) }
        case (.constant(let left), .constant(let right)):
            return runChecked(ConstantReader(left), ConstantReader(right), count: count, operation)
        }
    }

    /// The pairs of values that meet a condition.
    @inlinable
    public static func test<A, B>(
        _ left: Lane<A>, _ right: Lane<B>, count: Int, _ condition: (A, B) -> Bool
    ) -> Bitmap {
        switch (left, right) {
        case (.values(let left), .values(let right)):
            precondition(left.count == count && right.count == count)
            // SAFETY: both readers are used while their buffers are held, for rows below their counts.
            return unsafe left.withUnsafeBufferPointer { a in
                unsafe right.withUnsafeBufferPointer { b in
                    guard let a = a.baseAddress, let b = b.baseAddress else {
                        return Bitmap(repeating: false, count: 0)
                    }
                    return unsafe runTest(ValuesReader(a), ValuesReader(b), count: count, condition)
                }
            }
        case (.values(let left), .constant(let right)):
            precondition(left.count == count)
            return test(left) { condition($0, right) }
        case (.constant(let left), .values(let right)):
            precondition(right.count == count)
            return test(right) { condition(left, $0) }
        case (.constant(let left), .constant(let right)):
            return Bitmap(repeating: condition(left, right), count: count)
        }
    }

    @inlinable @inline(__always)
    static func run<A: LaneReader, B: LaneReader, Result>(
        _ left: A, _ right: B, count: Int, _ operation: (A.Element, B.Element) -> Result
    ) -> Buffer<Result> {
        var output = BufferBuilder<Result>(capacity: count)
        // SAFETY: every one of the count elements is written.
        unsafe output.append(uninitializedCount: count) { target in
            for row in 0..<count {
                unsafe target.initializeElement(at: row, to: operation(left.value(at: row), right.value(at: row)))
            }
        }
        return output.finish()
    }

    /// Gathers the failures of 64 rows in a word, so that the loop has no branch that data decides.
    @inlinable @inline(__always)
    static func runChecked<A: LaneReader, B: LaneReader, Result>(
        _ left: A, _ right: B, count: Int, _ operation: (A.Element, B.Element) -> (Result, failed: Bool)
    ) -> (Buffer<Result>, failed: Bitmap?) {
        var output = BufferBuilder<Result>(capacity: count)
        var failures = BufferBuilder<UInt64>(capacity: (count + 63) / 64)
        var anyFailure: UInt64 = 0
        // SAFETY: every one of the count elements is written.
        unsafe output.append(uninitializedCount: count) { target in
            var row = 0
            while row < count {
                let end = min(row + 64, count)
                var word: UInt64 = 0
                var bit: UInt64 = 1
                while row < end {
                    let (value, failed) = operation(left.value(at: row), right.value(at: row))
                    unsafe target.initializeElement(at: row, to: value)
                    word |= failed ? bit : 0
                    bit = bit &<< 1
                    row += 1
                }
                failures.append(word)
                anyFailure |= word
            }
        }
        let failed = failures.finish()
        return (output.finish(), anyFailure == 0 ? nil : Bitmap(words: failed, count: count))
    }

    @inlinable @inline(__always)
    static func runTest<A: LaneReader, B: LaneReader>(
        _ left: A, _ right: B, count: Int, _ condition: (A.Element, B.Element) -> Bool
    ) -> Bitmap {
        var words = BufferBuilder<UInt64>(capacity: (count + 63) / 64)
        var row = 0
        while row < count {
            let end = min(row + 64, count)
            var word: UInt64 = 0
            var shift: UInt64 = 0
            while row < end {
                word |= (condition(left.value(at: row), right.value(at: row)) ? 1 : 0) &<< shift
                shift &+= 1
                row += 1
            }
            words.append(word)
        }
        return Bitmap(words: words.finish(), count: count)
    }
}
