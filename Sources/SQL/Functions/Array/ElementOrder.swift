// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// Compares values of one column by position, as ORDER BY does: NULL before all, NaN above all and equal to itself, one zero,
/// ARRAY and STRUCT member by member.
struct ElementOrder {
    private let storage: Column.Storage
    private let validity: Bitmap?
    private let text: TextInput
    private let members: [ElementOrder]

    init(_ column: Column) {
        let column = column.expandingDictionary()
        storage = column.storage
        validity = StrictEvaluation.validity(of: column)
        text = TextInput(column: column)
        switch column.storage {
        case .list(_, let element): members = [ElementOrder(element)]
        case .fields(let fields): members = fields.map { ElementOrder($0) }
        default: members = []
        }
    }

    /// Whether a value is NULL.
    @inline(__always)
    func isNull(_ index: Int) -> Bool {
        guard let validity else { return false }
        return !validity[index]
    }

    /// Whether two values are the same; NULL is the same as NULL.
    func areEqual(_ left: Int, _ right: Int) -> Bool { compare(left, right) == 0 }

    /// Less than, equal to or above zero as the value at `left` comes before, is or comes behind that at `right`.
    func compare(_ left: Int, _ right: Int) -> Int {
        let (leftNull, rightNull) = (isNull(left), isNull(right))
        if leftNull || rightNull { return leftNull == rightNull ? 0 : leftNull ? -1 : 1 }
        switch storage {
        case .none, .map, .dictionary: return 0
        case .bits(let bits): return Self.order(bits[left] ? 1 : 0, bits[right] ? 1 : 0)
        case .int8(let values): return Self.order(values[left], values[right])
        case .int16(let values): return Self.order(values[left], values[right])
        case .int32(let values): return Self.order(values[left], values[right])
        case .int64(let values): return Self.order(values[left], values[right])
        case .int128(let values): return Self.order(values[left], values[right])
        case .float(let values): return Self.order(Double(values[left]), Double(values[right]))
        case .double(let values): return Self.order(values[left], values[right])
        case .bytes: return text[left].compared(with: text[right])
        case .fields:
            for member in members {
                let order = member.compare(left, right)
                if order != 0 { return order }
            }
            return 0
        case .list(let offsets, _):
            let (leftEnd, rightEnd) = (Int(offsets[left + 1]), Int(offsets[right + 1]))
            var (one, other) = (Int(offsets[left]), Int(offsets[right]))
            while one < leftEnd && other < rightEnd {
                let order = members[0].compare(one, other)
                if order != 0 { return order }
                one += 1
                other += 1
            }
            return (leftEnd - one) - (rightEnd - other)
        }
    }

    private static func order<Element: Comparable>(_ left: Element, _ right: Element) -> Int {
        left < right ? -1 : left == right ? 0 : 1
    }

    private static func order(_ left: Double, _ right: Double) -> Int {
        if left.isNaN || right.isNaN { return left.isNaN == right.isNaN ? 0 : left.isNaN ? 1 : -1 }
        return left < right ? -1 : left == right ? 0 : 1
    }
}

/// A set of values of one column by position, emptied for each row and keeping its memory. Amortised O(1) a value.
struct ElementSet: ~Copyable {
    private static let empty = Int32.min
    private let order: ElementOrder
    private let hash: MemberHash<Murmur3>
    /// A position, or its complement once it has been taken.
    private var slots: [Int32] = []
    private var mask = 0

    /// A set of values of a column.
    init(_ column: Column, _ order: ElementOrder) {
        self.order = order
        hash = MemberHash(column.expandingDictionary())
    }

    /// Empties the set and makes room for `count` values.
    mutating func reset(count: Int) {
        var capacity = 16
        while capacity < count * 2 { capacity *= 2 }
        mask = capacity - 1
        slots.removeAll(keepingCapacity: true)
        for _ in 0..<capacity { slots.append(Self.empty) }
    }

    /// The slot that holds the value at a position, or the one it would go to.
    private func slot(of position: Int) -> Int {
        var slot = Int(hash.hash(position, seed: 42)) & mask
        while slots[slot] != Self.empty {
            let held = slots[slot] < 0 ? ~slots[slot] : slots[slot]
            if order.areEqual(Int(held), position) { return slot }
            slot = (slot + 1) & mask
        }
        return slot
    }

    /// Adds the value at a position; `false` when the set has it.
    mutating func insert(_ position: Int) -> Bool {
        let slot = slot(of: position)
        guard slots[slot] == Self.empty else { return false }
        slots[slot] = Int32(truncatingIfNeeded: position)
        return true
    }

    /// Whether the set has the value at a position.
    func contains(_ position: Int) -> Bool { slots[slot(of: position)] != Self.empty }

    /// Whether the set has the value at a position and has not been asked for it by this function before.
    mutating func take(_ position: Int) -> Bool {
        let slot = slot(of: position)
        guard slots[slot] >= 0 else { return false }
        slots[slot] = ~slots[slot]
        return true
    }
}
