// SPDX-License-Identifier: Apache-2.0

/// UTF-8 as RFC 3629 and Unicode's table 3-7 define it: no overlong forms, no surrogates, nothing above U+10FFFF.
enum UTF8Validation {
    /// The offset of the first byte that is not part of valid UTF-8; `nil` when all are.
    static func firstInvalid(_ bytes: Span<UInt8>, from start: Int = 0) -> Int? {
        var position = start
        while position < bytes.count {
            let length = sequenceLength(bytes, position)
            if length <= 0 { return position }
            position += length
        }
        return nil
    }

    /// The length of the valid sequence at `position`, or minus the length of the longest start of one, at least 1.
    static func sequenceLength(_ bytes: Span<UInt8>, _ position: Int) -> Int {
        let lead = bytes[position]
        if lead < 0x80 { return 1 }
        let (length, low, high): (Int, UInt8, UInt8)
        switch lead {
        case 0xC2...0xDF: (length, low, high) = (2, 0x80, 0xBF)
        case 0xE0: (length, low, high) = (3, 0xA0, 0xBF)
        case 0xED: (length, low, high) = (3, 0x80, 0x9F)
        case 0xE1...0xEF: (length, low, high) = (3, 0x80, 0xBF)
        case 0xF0: (length, low, high) = (4, 0x90, 0xBF)
        case 0xF1...0xF3: (length, low, high) = (4, 0x80, 0xBF)
        case 0xF4: (length, low, high) = (4, 0x80, 0x8F)
        default: return -1
        }
        for index in 1..<length {
            guard position + index < bytes.count else { return -index }
            let byte = bytes[position + index]
            let allowed = index == 1 ? byte >= low && byte <= high : byte & 0xC0 == 0x80
            if !allowed { return -index }
        }
        return length
    }

    /// Appends the bytes with each maximal invalid run replaced by U+FFFD.
    static func repair(_ bytes: Span<UInt8>, _ out: inout TextSink) {
        var position = 0
        while position < bytes.count {
            let length = sequenceLength(bytes, position)
            if length > 0 {
                out.append(bytes.extracting(position..<(position + length)))
                position += length
            } else {
                out.append("\u{FFFD}" as Unicode.Scalar)
                position -= length
            }
        }
    }
}
