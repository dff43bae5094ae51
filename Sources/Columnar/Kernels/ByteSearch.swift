// SPDX-License-Identifier: Apache-2.0
import Glibc

extension Span where Element == UInt8 {
    /// Where `needle` first stands at or behind `start`; an empty needle stands everywhere.
    public func firstIndex(of needle: borrowing Span<UInt8>, from start: Int = 0) -> Int? {
        precondition(start >= 0 && start <= count)
        if needle.isEmpty { return start }
        if needle.count > count - start { return nil }
        let first = Int32(needle[0])
        return unsafe withUnsafeBufferPointer { haystack in
            unsafe needle.withUnsafeBufferPointer { needle -> Int? in
                guard let base = haystack.baseAddress, let wanted = needle.baseAddress else { return nil }
                let last = haystack.count - needle.count
                var position = start
                while position <= last {
                    // SAFETY: position...last are positions of the haystack.
                    guard let found = unsafe memchr(base + position, first, last - position + 1) else { return nil }
                    // SAFETY: memchr answers with a pointer into the haystack, at least needle.count before its end.
                    position = unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
                    // SAFETY: position <= last, so needle.count bytes follow.
                    if unsafe memcmp(base + position, wanted, needle.count) == 0 { return position }
                    position += 1
                }
                return nil
            }
        }
    }

    /// Whether both hold the same bytes.
    public func hasSameBytes(as other: borrowing Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        return unsafe withUnsafeBufferPointer { left in
            unsafe other.withUnsafeBufferPointer { right in
                guard let leftBase = left.baseAddress, let rightBase = right.baseAddress else { return true }
                // SAFETY: both runs are count bytes long.
                return unsafe memcmp(leftBase, rightBase, left.count) == 0
            }
        }
    }

    /// Whether the bytes start with those of `prefix`.
    public func starts(with prefix: borrowing Span<UInt8>) -> Bool {
        count >= prefix.count && extracting(0..<prefix.count).hasSameBytes(as: prefix)
    }

    /// Whether the bytes end with those of `suffix`.
    public func ends(with suffix: borrowing Span<UInt8>) -> Bool {
        count >= suffix.count && extracting((count - suffix.count)..<count).hasSameBytes(as: suffix)
    }

    /// Less than, equal to or above zero as these bytes come before, are or come behind the other ones; bytes count as unsigned.
    public func compared(with other: borrowing Span<UInt8>) -> Int {
        let shared = Swift.min(count, other.count)
        let order = unsafe withUnsafeBufferPointer { left in
            unsafe other.withUnsafeBufferPointer { right -> Int in
                guard let leftBase = left.baseAddress, let rightBase = right.baseAddress else { return 0 }
                // SAFETY: both runs are at least shared bytes long.
                return Int(unsafe memcmp(leftBase, rightBase, shared))
            }
        }
        return order != 0 ? order : count - other.count
    }

    /// Whether no byte is above 0x7F.
    public var isASCII: Bool {
        var seen: UInt8 = 0
        for index in indices { seen |= self[index] }
        return seen < 0x80
    }

    /// How many code points valid UTF-8 holds: the bytes that do not continue one.
    public var codePointCount: Int {
        var continuations = 0
        for index in indices { continuations &+= self[index] & 0xC0 == 0x80 ? 1 : 0 }
        return count - continuations
    }
}
