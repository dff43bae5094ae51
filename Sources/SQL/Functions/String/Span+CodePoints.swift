// SPDX-License-Identifier: Apache-2.0
import Columnar

/// UTF-8 by code points, as SQL counts positions. Bytes that are not UTF-8 are never read out of bounds.
extension Span where Element == UInt8 {
    /// The offset of the code point `number` (from 0) counted from the one at `start`; `count` when there are fewer.
    func offset(ofCodePoint number: Int, from start: Int = 0) -> Int {
        var (position, left) = (start, number)
        while left > 0 && position < count {
            position = next(after: position)
            left -= 1
        }
        return position
    }

    /// The offset of the code point that lies `number` code points before the end; 0 when there are fewer.
    func offset(ofCodePointFromEnd number: Int) -> Int {
        var (position, left) = (count, number)
        while left > 0 && position > 0 {
            position = previous(before: position)
            left -= 1
        }
        return position
    }

    /// Where the code point after the one at `position` starts.
    @inline(__always)
    func next(after position: Int) -> Int {
        var next = position + 1
        while next < count && self[next] & 0xC0 == 0x80 { next += 1 }
        return next
    }

    /// Where the code point before `position` starts.
    @inline(__always)
    func previous(before position: Int) -> Int {
        var previous = position - 1
        while previous > 0 && self[previous] & 0xC0 == 0x80 { previous -= 1 }
        return previous
    }

    /// The code point at `position`; U+FFFD where the bytes are no UTF-8.
    func scalar(at position: Int) -> Unicode.Scalar {
        let lead = self[position]
        if lead < 0x80 { return Unicode.Scalar(lead) }
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard position + length <= count, lead >= 0xC2 else { return "\u{FFFD}" }
        var value = UInt32(lead) & (0x7F >> UInt32(length))
        for index in 1..<length { value = value << 6 | UInt32(self[position + index] & 0x3F) }
        return Unicode.Scalar(value) ?? "\u{FFFD}"
    }

    /// Where `needle` last stands at or before `start`.
    func lastIndex(of needle: borrowing Span<UInt8>, from start: Int) -> Int? {
        var position = Swift.min(start, count - needle.count)
        while position >= 0 {
            if extracting(position..<(position + needle.count)).hasSameBytes(as: needle) { return position }
            position -= 1
        }
        return nil
    }

    /// The bytes as text, for messages and rare rows.
    var text: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for index in indices { bytes.append(self[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The range that SQL's `substring(…, position, length)` names, in bytes.
    ///
    /// Positions count from 1; 0 is 1; negative ones count from the end. A start before the text shortens the result.
    func substringRange(position: Int, length: Int, byBytes: Bool) -> Range<Int> {
        if length <= 0 { return 0..<0 }
        if byBytes {
            let start = position > 0 ? position - 1 : position < 0 ? count + position : 0
            let low = Swift.min(Swift.max(start, 0), count)
            return low..<Swift.max(low, Swift.min(start + length, count))
        }
        if position >= 0 {
            let low = offset(ofCodePoint: Swift.max(position - 1, 0))
            return low..<offset(ofCodePoint: length, from: low)
        }
        let total = codePointCount
        let start = total + position
        let low = offset(ofCodePoint: Swift.max(start, 0))
        let kept = Swift.min(start, 0) + length
        return low..<Swift.max(low, offset(ofCodePoint: Swift.max(kept, 0), from: low))
    }
}
