// SPDX-License-Identifier: Apache-2.0

extension BufferBuilder {
    /// Puts each value together with the one in the same place of another builder, which has as many.
    @inlinable @inline(__always)
    public mutating func combine(
        _ other: borrowing BufferBuilder<Element>, _ operation: (Element, Element) -> Element
    ) {
        precondition(other.count == count)
        for place in 0..<count {
            // SAFETY: place is below the counts of both.
            unsafe base[place] = operation(base[place], other.base[place])
        }
    }

    /// Puts values together with those in the same places of another builder, which must have these places too.
    @inlinable @inline(__always)
    public mutating func combine(
        _ other: borrowing BufferBuilder<Element>, at places: Span<Int32>,
        _ operation: (Element, Element) -> Element
    ) {
        for index in places.indices {
            let place = Int(places[index])
            self[place] = operation(self[place], other[place])
        }
    }
}
