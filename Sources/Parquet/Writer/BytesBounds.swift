// SPDX-License-Identifier: Apache-2.0
import Columnar

/// The least and the greatest byte string of a column, by unsigned bytes, cut when they are long.
struct BytesBounds {
    /// Longer bounds are cut: the minimum to a prefix, the maximum to a prefix counted up by one.
    static let maxLength = 256

    private(set) var minimum: [UInt8]?
    private(set) var maximum: [UInt8]?
    private var minimumPrefix: UInt64 = .max
    private var maximumPrefix: UInt64 = 0

    init() {}

    /// Takes in all strings.
    mutating func add(offsets: Span<Int32>, bytes: Span<UInt8>) {
        for index in 0..<max(0, offsets.count - 1) {
            add(bytes.extracting(Int(offsets[index])..<Int(offsets[index + 1])))
        }
    }

    /// Takes in one string.
    @inline(__always)
    mutating func add(_ value: Span<UInt8>) {
        let prefix = Self.prefix(value)
        if prefix <= minimumPrefix { replaceMinimum(value, prefix) }
        if prefix >= maximumPrefix { replaceMaximum(value, prefix) }
    }

    /// Takes in the bounds of another run of strings.
    mutating func add(_ other: BytesBounds) {
        if let minimum = other.minimum { add(minimum.span) }
        if let maximum = other.maximum { add(maximum.span) }
    }

    private mutating func replaceMinimum(_ value: Span<UInt8>, _ prefix: UInt64) {
        if let minimum, !Self.isLess(value, minimum.span) { return }
        minimum = Self.array(value)
        minimumPrefix = prefix
    }

    private mutating func replaceMaximum(_ value: Span<UInt8>, _ prefix: UInt64) {
        if let maximum, !Self.isLess(maximum.span, value) { return }
        maximum = Self.array(value)
        maximumPrefix = prefix
    }

    /// The first eight bytes as a number that sorts like them; missing bytes count as zero.
    @inline(__always)
    private static func prefix(_ value: Span<UInt8>) -> UInt64 {
        if value.count >= 8 { return value.littleEndian(at: 0, as: UInt64.self).byteSwapped }
        var prefix: UInt64 = 0
        for index in value.indices { prefix |= UInt64(value[index]) << UInt64(56 - index * 8) }
        return prefix
    }

    private static func isLess(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        for index in 0..<min(left.count, right.count) where left[index] != right[index] {
            return left[index] < right[index]
        }
        return left.count < right.count
    }

    private static func array(_ value: Span<UInt8>) -> [UInt8] {
        var array: [UInt8] = []
        array.reserveCapacity(value.count)
        for index in value.indices { array.append(value[index]) }
        return array
    }

    /// The minimum as it is written, and whether it is a value of the column.
    func writtenMinimum(isText: Bool) -> (bytes: [UInt8], isExact: Bool)? {
        guard let minimum else { return nil }
        guard minimum.count > Self.maxLength else { return (minimum, true) }
        return (Self.cut(minimum, isText: isText), false)
    }

    /// The maximum as it is written, and whether it is a value of the column; `nil` when no bound is short enough.
    func writtenMaximum(isText: Bool) -> (bytes: [UInt8], isExact: Bool)? {
        guard let maximum else { return nil }
        guard maximum.count > Self.maxLength else { return (maximum, true) }
        var bound = Self.cut(maximum, isText: isText)
        if isText { return Self.nextText(bound).map { ($0, false) } }
        while let last = bound.last {
            if last < 0xFF {
                bound[bound.count - 1] = last + 1
                return (bound, false)
            }
            bound.removeLast()
        }
        return nil
    }

    /// The least text above all texts that begin with `bytes`: its last character that has a next one is counted up.
    private static func nextText(_ bytes: [UInt8]) -> [UInt8]? {
        var scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
        while let last = scalars.popLast() {
            let next = last.value == 0xD7FF ? 0xE000 : last.value + 1
            guard let scalar = Unicode.Scalar(next) else { continue }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars)
            text.append(scalar)
            return Array(String(text).utf8)
        }
        return nil
    }

    private static func cut(_ bytes: [UInt8], isText: Bool) -> [UInt8] {
        var end = maxLength
        // A UTF-8 continuation byte at the cut belongs to the character before it.
        if isText { while end > 0 && bytes[end] & 0xC0 == 0x80 { end -= 1 } }
        return Array(bytes[..<end])
    }
}
