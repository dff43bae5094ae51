// SPDX-License-Identifier: Apache-2.0

/// When a region's clocks stood how far from UTC: the transitions of a TZif file and the rule that goes on for ever.
///
/// RFC 9636, "The Time Zone Information Format (TZif)".
public struct TimeZoneRules: Sendable {
    /// Seconds since 1970 UTC from which an offset holds, ascending.
    private let transitions: [Int64]
    /// The offset from each transition on, seconds east of UTC.
    private let offsets: [Int32]
    /// The offset before the first transition.
    private let first: Int32
    /// What holds after the last transition; `nil` when that stays.
    private let future: PosixZone?

    /// A zone that always has one offset, seconds east of UTC.
    public init(fixed seconds: Int32) {
        (transitions, offsets, first, future) = ([], [], seconds, nil)
    }

    /// The rules of a TZif file of version 2 or later; `nil` when the bytes are none.
    public init?(tzif bytes: Span<UInt8>) {
        guard let header = TZifHeader(bytes, at: 0), header.version >= 2,
            let second = TZifHeader(bytes, at: TZifHeader.size + header.bodySize(timeBytes: 4))
        else { return nil }
        let body = second.start + TZifHeader.size
        let end = body + second.bodySize(timeBytes: 8)
        guard end <= bytes.count, second.types > 0 else { return nil }
        let indices = body + second.times * 8
        let types = indices + second.times
        var transitions: [Int64] = []
        var offsets: [Int32] = []
        for index in 0..<second.times {
            let type = Int(bytes[indices + index])
            guard type < second.types else { return nil }
            transitions.append(TZifHeader.number(bytes, body + index * 8, length: 8))
            offsets.append(Int32(truncatingIfNeeded: TZifHeader.number(bytes, types + type * 6, length: 4)))
        }
        self.transitions = transitions
        self.offsets = offsets
        first = Int32(truncatingIfNeeded: TZifHeader.number(bytes, types, length: 4))
        if end + 2 <= bytes.count, bytes[end] == 0x0A, bytes[bytes.count - 1] == 0x0A {
            future = PosixZone(bytes.extracting((end + 1)..<(bytes.count - 1)))
        } else {
            future = nil
        }
    }

    /// The offset at a moment, seconds east of UTC. O(log transitions).
    public func offset(atSeconds seconds: Int64) -> Int32 {
        guard let last = transitions.last else { return future?.offset(atSeconds: seconds) ?? first }
        if seconds >= last, let future { return future.offset(atSeconds: seconds) }
        var (low, high) = (0, transitions.count)
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? first : offsets[low - 1]
    }

    /// What a clock in the zone shows at a moment: both in microseconds.
    public func local(fromUTC micros: Int64) -> Int64 {
        micros &+ Int64(offset(atSeconds: micros.flooringDivision(by: 1_000_000))) * 1_000_000
    }

    /// The moment at which a clock in the zone shows a time: both in microseconds.
    ///
    /// A time that is shown twice means the earlier moment; one that is skipped is moved on by the length of the gap.
    public func utc(fromLocal micros: Int64) -> Int64 {
        let local = micros.flooringDivision(by: 1_000_000)
        // The two offsets that can hold around the time; transitions are more than a day apart in every zone since 1970.
        let before = Int64(offset(atSeconds: local - 86_400))
        let after = Int64(offset(atSeconds: local + 86_400))
        if Int64(offset(atSeconds: local - before)) == before { return micros &- before * 1_000_000 }
        if Int64(offset(atSeconds: local - after)) == after { return micros &- after * 1_000_000 }
        return micros &- before * 1_000_000
    }
}

/// One header of a TZif file.
private struct TZifHeader {
    static let size = 44
    let start: Int
    let version: Int
    let times: Int
    let types: Int
    private let utcMarks: Int
    private let standardMarks: Int
    private let leaps: Int
    private let characters: Int

    init?(_ bytes: Span<UInt8>, at start: Int) {
        guard start >= 0, start + Self.size <= bytes.count, bytes[start] == 0x54, bytes[start + 1] == 0x5A,
            bytes[start + 2] == 0x69, bytes[start + 3] == 0x66
        else { return nil }
        self.start = start
        version = bytes[start + 4] == 0 ? 1 : Int(bytes[start + 4] &- 0x30)
        func count(_ index: Int) -> Int {
            Int(UInt32(truncatingIfNeeded: Self.number(bytes, start + 20 + index * 4, length: 4)))
        }
        (utcMarks, standardMarks, leaps) = (count(0), count(1), count(2))
        (times, types, characters) = (count(3), count(4), count(5))
        // Foreign counts must not make the sums below overflow or the reader allocate.
        guard max(utcMarks, standardMarks, leaps, times, types, characters) <= 1 << 20 else { return nil }
    }

    func bodySize(timeBytes: Int) -> Int {
        times * (timeBytes + 1) + types * 6 + characters + leaps * (timeBytes + 4) + standardMarks + utcMarks
    }

    /// A signed big-endian number; the caller checked its place.
    static func number(_ bytes: Span<UInt8>, _ start: Int, length: Int) -> Int64 {
        var value = Int64(Int8(bitPattern: bytes[start]))
        for index in 1..<length { value = value << 8 | Int64(bytes[start + index]) }
        return value
    }
}
