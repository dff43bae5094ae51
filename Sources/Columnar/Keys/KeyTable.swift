// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Gives each distinct key a number, in the order in which they first come: 0, 1, 2, ….
///
/// A key is its encoded bytes and, where the table has lanes, a number beside them (a window's start, a group). Open addressing with
/// linear probing over words of a hash part and a number; keys stand in one arena.
///
/// - Cost: one probe per row, amortised; no allocation per row. Memory per key: its bytes, 24 to 40 bytes beside them.
/// - Keys are never taken out one by one; `removeAll` and `keeping` drop many at once.
public struct KeyTable: ~Copyable {
    private var slots: BufferBuilder<UInt64>
    private var bytes = BufferBuilder<UInt8>()
    private var ends = BufferBuilder<Int>()
    private var keyHashes = BufferBuilder<Int64>()
    private var keyLanes = BufferBuilder<Int64>()
    private let hasLanes: Bool

    /// An empty table; with room for so many keys.
    public init(hasLanes: Bool = false, capacity: Int = 0) {
        self.hasLanes = hasLanes
        slots = Self.emptySlots(for: capacity)
    }

    /// How many keys there are.
    public var count: Int { ends.count }

    /// How many bytes the table holds.
    public var byteCount: Int { slots.count * 8 + bytes.count + ends.count * (hasLanes ? 24 : 16) }

    /// The numbers of the keys of a batch; keys that are new get the next ones.
    public mutating func ids(for keys: EncodedKeys, lanes: Buffer<Int64>? = nil) -> Buffer<Int32> {
        precondition(hasLanes == (lanes != nil) && (lanes.map { $0.count == keys.count } ?? true))
        let (offsets, hashes, source) = (keys.offsets.span, keys.hashes.span, keys.bytes.span)
        let laneBuffer = lanes ?? Buffer()
        let laneSpan = laneBuffer.span
        var result = BufferBuilder<Int32>(capacity: keys.count)
        var start = 0
        while start < keys.count {
            let rows = start..<min(start + Self.rowsAhead, keys.count)
            let likely = likelyIDs(of: rows, offsets, hashes, laneSpan)
            let likelyIDs = likely.span
            for row in rows {
                let lane = hasLanes ? laneSpan[row] : 0
                let key = source.extracting(Int(offsets[row])..<Int(offsets[row + 1]))
                let id = likelyIDs[row - start]
                result.append(id >= 0 && holds(Int(id), key) ? id : self.id(of: key, hash: hashes[row], lane: lane))
            }
            start = rows.upperBound
        }
        return result.finish()
    }

    /// The numbers of the keys of a BINARY column without NULLs, which may be a dictionary: each of its values is looked up once.
    public mutating func ids(for column: Column, hashes: Buffer<Int64>) -> Buffer<Int32> {
        guard case .dictionary(let codes, let values) = column.storage,
            case .bytes(let ends, let texts) = values.storage
        else { return ids(for: EncodedKeys(column: column, hashes: hashes)) }
        let (rowCodes, rowHashes, offsets, source) = (codes.span, hashes.span, ends.span, texts.span)
        var known = BufferBuilder<Int32>(capacity: values.count)
        known.append(repeating: -1, count: values.count)
        var numbers = known.mutableSpan
        var result = BufferBuilder<Int32>(capacity: codes.count)
        for row in rowCodes.indices {
            let code = Int(rowCodes[row])
            if numbers[code] < 0 {
                let key = source.extracting(Int(offsets[code])..<Int(offsets[code + 1]))
                numbers[code] = id(of: key, hash: rowHashes[row])
            }
            result.append(numbers[code])
        }
        return result.finish()
    }

    /// So many rows are looked up at a time.
    private static let rowsAhead = 256

    /// For each row the number of the key that stands where its own would, when all but the bytes agree; else -1.
    ///
    /// Nothing here waits for what was read for another row, so that the processor fetches for many rows at once; a probe for one
    /// row after another would wait for memory at each step.
    private func likelyIDs(
        of rows: Range<Int>, _ offsets: Span<Int32>, _ hashes: Span<Int64>, _ rowLanes: Span<Int64>
    ) -> Buffer<Int32> {
        let (words, mask, ends, lanes) = (slots.span, slots.count - 1, ends.span, keyLanes.span)
        var ids = BufferBuilder<Int32>(capacity: rows.count)
        for row in rows {
            let placed = placed(hashes[row], hasLanes ? rowLanes[row] : 0)
            let word = words[Int(truncatingIfNeeded: placed) & mask]
            let id = Int32(truncatingIfNeeded: UInt32(truncatingIfNeeded: word)) &- 1
            ids.append(word & Self.tagMask == Self.tag(placed) ? id : -1)
        }
        var found = ids.mutableSpan
        for index in found.indices where found[index] >= 0 {
            let (id, row) = (Int(found[index]), rows.lowerBound + index)
            let start = id == 0 ? 0 : ends[id - 1]
            if ends[id] - start != Int(offsets[row + 1] - offsets[row]) || (hasLanes && lanes[id] != rowLanes[row]) {
                found[index] = -1
            }
        }
        return ids.finish()
    }

    /// The numbers of the keys of a batch; -1 for keys that are not there.
    public func find(_ keys: EncodedKeys, lanes: Buffer<Int64>? = nil) -> Buffer<Int32> {
        precondition(hasLanes == (lanes != nil) && (lanes.map { $0.count == keys.count } ?? true))
        let (offsets, hashes, source) = (keys.offsets.span, keys.hashes.span, keys.bytes.span)
        let laneBuffer = lanes ?? Buffer()
        let laneSpan = laneBuffer.span
        var result = BufferBuilder<Int32>(capacity: keys.count)
        for row in 0..<keys.count {
            let lane = hasLanes ? laneSpan[row] : 0
            let key = source.extracting(Int(offsets[row])..<Int(offsets[row + 1]))
            let slot = slot(of: key, hash: hashes[row], lane: lane)
            result.append(Int32(truncatingIfNeeded: UInt32(truncatingIfNeeded: slots[slot])) &- 1)
        }
        return result.finish()
    }

    /// The number of one key; a new one gets the next.
    public mutating func id(of key: Span<UInt8>, hash: Int64, lane: Int64 = 0) -> Int32 {
        let slot = slot(of: key, hash: hash, lane: lane)
        let found = slots[slot]
        if found != 0 { return Int32(truncatingIfNeeded: UInt32(truncatingIfNeeded: found)) &- 1 }
        let id = ends.count
        precondition(id < Int(Int32.max), "a table holds fewer than 2^31 keys")
        bytes.append(contentsOf: key)
        ends.append(bytes.count)
        keyHashes.append(hash)
        if hasLanes { keyLanes.append(lane) }
        slots[slot] = Self.tag(placed(hash, lane)) | UInt64(id + 1)
        if ends.count * 8 > slots.count * 5 { grow() }
        return Int32(truncatingIfNeeded: id)
    }

    /// The hash of each key, by number.
    public var hashes: Span<Int64> {
        @_lifetime(borrow self)
        get { keyHashes.span }
    }

    /// The lane of each key, by number; empty without lanes.
    public var lanes: Span<Int64> {
        @_lifetime(borrow self)
        get { keyLanes.span }
    }

    /// The keys with these numbers, in that order.
    public func keys(_ ids: Buffer<Int32>) -> EncodedKeys {
        let (numbers, source, ends, all) = (ids.span, bytes.span, ends.span, keyHashes.span)
        var offsets = BufferBuilder<Int32>(capacity: ids.count + 1)
        var hashes = BufferBuilder<Int64>(capacity: ids.count)
        var total = 0
        offsets.append(0)
        for row in numbers.indices {
            let id = Int(numbers[row])
            total += ends[id] - (id == 0 ? 0 : ends[id - 1])
            offsets.append(Int32(total))
            hashes.append(all[id])
        }
        var copied = BufferBuilder<UInt8>(capacity: total)
        for row in numbers.indices {
            let id = Int(numbers[row])
            copied.append(contentsOf: source.extracting((id == 0 ? 0 : ends[id - 1])..<ends[id]))
        }
        return EncodedKeys(offsets: offsets.finish(), bytes: copied.finish(), hashes: hashes.finish())
    }

    /// A table of only these keys, renumbered in this order.
    public func keeping(_ ids: Buffer<Int32>) -> KeyTable {
        var result = KeyTable(hasLanes: hasLanes, capacity: ids.count)
        let (numbers, source, ends, hashes, lanes) = (ids.span, bytes.span, ends.span, keyHashes.span, keyLanes.span)
        for row in numbers.indices {
            let id = Int(numbers[row])
            _ = result.id(
                of: source.extracting((id == 0 ? 0 : ends[id - 1])..<ends[id]), hash: hashes[id],
                lane: hasLanes ? lanes[id] : 0)
        }
        return result
    }

    /// Forgets all keys and their memory.
    public mutating func removeAll() { self = KeyTable(hasLanes: hasLanes) }

    /// Where a key stands, or the empty slot where it would.
    @inline(__always)
    private func slot(of key: Span<UInt8>, hash: Int64, lane: Int64) -> Int {
        let placed = placed(hash, lane)
        let (words, mask, tag) = (slots.span, slots.count - 1, Self.tag(placed))
        var slot = Int(truncatingIfNeeded: placed) & mask
        while true {
            let word = words[slot]
            if word == 0 { return slot }
            if word & Self.tagMask == tag {
                let id = Int(word & ~Self.tagMask) - 1
                if !hasLanes || keyLanes[id] == lane, holds(id, key) { return slot }
            }
            slot = (slot + 1) & mask
        }
    }

    @inline(__always)
    private func placed(_ hash: Int64, _ lane: Int64) -> UInt64 {
        UInt64(bitPattern: hasLanes ? KeyHash.combine(hash, lane) : hash)
    }

    private static let tagMask: UInt64 = 0xFFFF_FFFF_0000_0000

    /// The part of a hash that a slot keeps; not the bits that place it, nor those that all keys of a shard share.
    @inline(__always)
    private static func tag(_ hash: UInt64) -> UInt64 { (hash << 7) & tagMask }

    @inline(__always)
    private func holds(_ id: Int, _ key: Span<UInt8>) -> Bool {
        let start = id == 0 ? 0 : ends[id - 1]
        let end = ends[id]
        guard end - start == key.count else { return false }
        return bytes.span.extracting(start..<end).hasSameBytes(as: key)
    }

    private mutating func grow() {
        var larger = Self.emptySlots(for: ends.count * 2)
        let mask = larger.count - 1
        var words = larger.mutableSpan
        for id in 0..<ends.count {
            let placed = placed(keyHashes[id], hasLanes ? keyLanes[id] : 0)
            var slot = Int(truncatingIfNeeded: placed) & mask
            while words[slot] != 0 { slot = (slot + 1) & mask }
            words[slot] = Self.tag(placed) | UInt64(id + 1)
        }
        slots = larger
    }

    private static func emptySlots(for keys: Int) -> BufferBuilder<UInt64> {
        var count = 16
        while count * 5 < keys * 8 { count *= 2 }
        var slots = BufferBuilder<UInt64>(capacity: count)
        slots.append(repeating: 0, count: count)
        return slots
    }
}
