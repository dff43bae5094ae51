// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// Collects STRING or BINARY results in one run of bytes.
///
/// A value above `valueLimit` bytes, or one that would take the batch above 2 GiB, fails its row with `memoryExceeded`.
struct TextSink: RowSink, ~Copyable {
    /// The largest value a function may build, in bytes.
    static let valueLimit = 64 << 20

    /// The bytes so far; a row appends its own.
    var bytes: BufferBuilder<UInt8>
    /// Set by a row that is NULL after all.
    var isNull = false
    private var offsets: BufferBuilder<Int32>
    private var validity: BitmapBuilder
    private var rowStart = 0

    init(rows: Int, bytes expected: Int = 0) {
        bytes = BufferBuilder(capacity: expected)
        offsets = BufferBuilder(capacity: rows + 1)
        validity = BitmapBuilder(capacity: rows)
        offsets.append(0)
    }

    /// How many bytes the current row has.
    var rowCount: Int { bytes.count - rowStart }

    /// Appends bytes to the current row.
    @inline(__always)
    mutating func append(_ text: borrowing Span<UInt8>) {
        bytes.append(contentsOf: text)
    }

    /// Appends one row of an argument to the current row.
    @inline(__always)
    mutating func append(_ input: TextInput, _ row: Int) {
        bytes.append(contentsOf: input[row])
    }

    /// Appends the UTF-8 of a code point to the current row.
    mutating func append(_ scalar: Unicode.Scalar) {
        for byte in UTF8.encode(scalar).unsafelyUnwrappedOrReplacement { bytes.append(byte) }
    }

    /// Appends text known when the kernel was written, or made for a rare row.
    mutating func append(_ text: String) {
        for byte in text.utf8 { bytes.append(byte) }
    }

    /// Appends the decimal digits of a number.
    mutating func append(decimal number: Int) {
        var magnitude = number.magnitude
        let start = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(magnitude % 10))
            magnitude /= 10
        } while magnitude > 0
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        reverseBytes(from: start)
    }

    /// Turns the bytes behind `start` round.
    mutating func reverseBytes(from start: Int) {
        var (low, high) = (start, bytes.count - 1)
        var all = bytes.mutableSpan
        while low < high {
            all.swapAt(low, high)
            low += 1
            high -= 1
        }
    }

    /// Forgets what the current row has put in so far.
    mutating func clearRow() { bytes.truncate(to: rowStart) }

    /// Whether a value of `count` more bytes may be built in this row; reports the row where it may not.
    mutating func mayAppend(_ count: Int, _ row: Int, _ errors: inout RowErrors) -> Bool {
        if rowCount + count <= Self.valueLimit && bytes.count + count <= Int(Int32.max) { return true }
        errors.add(
            row: row, .memoryExceeded,
            "the result would have \(rowCount + count) bytes, above the limit of \(Self.valueLimit)")
        return false
    }

    @inline(__always)
    mutating func endRow(_ row: Int, _ errors: inout RowErrors) {
        if rowCount > Self.valueLimit || bytes.count > Int(Int32.max) { refuse(row, &errors) }
        offsets.append(Int32(truncatingIfNeeded: bytes.count))
        validity.append(!isNull)
        isNull = false
        rowStart = bytes.count
    }

    private mutating func refuse(_ row: Int, _ errors: inout RowErrors) {
        _ = mayAppend(0, row, &errors)
        clearRow()
    }

    @inline(__always)
    mutating func endNullRow() {
        offsets.append(Int32(truncatingIfNeeded: bytes.count))
        validity.append(false)
    }

    consuming func finish(_ type: DataType) -> Column {
        let count = offsets.count - 1
        return Column(
            type, count: count, validity: validity.finishValidity(),
            storage: .bytes(offsets: offsets.finish(), bytes: bytes.finish()))
    }
}

extension Optional where Wrapped == UTF8.EncodedScalar {
    /// The encoding; every scalar has one.
    fileprivate var unsafelyUnwrappedOrReplacement: UTF8.EncodedScalar { self ?? UTF8.encodedReplacementCharacter }
}
