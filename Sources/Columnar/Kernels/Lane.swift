// SPDX-License-Identifier: Apache-2.0

/// One input of an element-wise kernel: a value per row, or one value for all rows.
public enum Lane<Element: BitwiseCopyable & Sendable>: Sendable {
    case values(Buffer<Element>)
    case constant(Element)
}

/// Reads one input of a kernel at a row; a type of its own per shape, so that the loop is specialised.
@usableFromInline
protocol LaneReader<Element> {
    associatedtype Element
    func value(at row: Int) -> Element
}

/// Reads one value per row. Lives only inside `Elementwise`, which holds the buffer.
@safe
@usableFromInline
struct ValuesReader<Element>: LaneReader {
    @usableFromInline let base: UnsafePointer<Element>

    @unsafe @inlinable
    init(_ base: UnsafePointer<Element>) { unsafe self.base = unsafe base }

    @inlinable @inline(__always)
    func value(at row: Int) -> Element {
        // SAFETY: Elementwise checked that the buffer has a value for every row of its loop.
        unsafe base[row]
    }
}

/// Reads the same value for every row.
@usableFromInline
struct ConstantReader<Element>: LaneReader {
    @usableFromInline let constant: Element

    @inlinable
    init(_ constant: Element) { self.constant = constant }

    @inlinable @inline(__always)
    func value(at row: Int) -> Element { constant }
}
