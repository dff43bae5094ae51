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

    /// Puts the value at each place of `places` together with the one at the same position of `sources` in another builder.
    @inlinable @inline(__always)
    public mutating func combine(
        at places: Span<Int32>, _ other: borrowing BufferBuilder<Element>, at sources: Span<Int32>,
        _ operation: (Element, Element) -> Element
    ) {
        precondition(places.count == sources.count)
        for index in places.indices {
            let (place, source) = (Int(places[index]), Int(sources[index]))
            precondition(place >= 0 && place < count && source >= 0 && source < other.count)
            // SAFETY: the precondition put both below their counts.
            unsafe base[place] = operation(base[place], other.base[source])
        }
    }

    /// `combine` for values that stand in two builders of one length.
    @inlinable @inline(__always)
    public static func combine(
        _ first: inout BufferBuilder, _ second: inout BufferBuilder, _ otherFirst: borrowing BufferBuilder,
        _ otherSecond: borrowing BufferBuilder,
        _ operation: ((Element, Element), (Element, Element)) -> (Element, Element)
    ) {
        let count = first.count
        precondition(second.count == count && otherFirst.count == count && otherSecond.count == count)
        for place in 0..<count {
            // SAFETY: place is below the counts of all.
            let both = unsafe operation(
                (first.base[place], second.base[place]), (otherFirst.base[place], otherSecond.base[place]))
            unsafe first.base[place] = both.0
            unsafe second.base[place] = both.1
        }
    }

    /// `combine` at some places for values that stand in two builders of one length.
    @inlinable @inline(__always)
    public static func combine(
        _ first: inout BufferBuilder, _ second: inout BufferBuilder, at places: Span<Int32>,
        _ otherFirst: borrowing BufferBuilder, _ otherSecond: borrowing BufferBuilder, at sources: Span<Int32>,
        _ operation: ((Element, Element), (Element, Element)) -> (Element, Element)
    ) {
        let (count, otherCount) = (first.count, otherFirst.count)
        precondition(places.count == sources.count && second.count == count && otherSecond.count == otherCount)
        for index in places.indices {
            let (place, source) = (Int(places[index]), Int(sources[index]))
            precondition(place >= 0 && place < count && source >= 0 && source < otherCount)
            // SAFETY: the precondition put both below their counts.
            let both = unsafe operation(
                (first.base[place], second.base[place]), (otherFirst.base[source], otherSecond.base[source]))
            unsafe first.base[place] = both.0
            unsafe second.base[place] = both.1
        }
    }
}
