// SPDX-License-Identifier: Apache-2.0

/// Bytes that URIs spell as `%XX` (RFC 3986, section 2.1).
public enum PercentEncoding {
    /// The text that a spelling means; `nil` for a `%` without two hexadecimal digits, and for bytes that are not UTF-8.
    public static func decoded(_ text: some StringProtocol) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        let source = Array(text.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.count)
        var position = 0
        while position < source.count {
            guard source[position] == UInt8(ascii: "%") else {
                bytes.append(source[position])
                position += 1
                continue
            }
            guard position + 2 < source.count, let high = digit(source[position + 1]),
                let low = digit(source[position + 2])
            else { return nil }
            bytes.append(high << 4 | low)
            position += 3
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// A byte as it is spelled.
    public static func escape(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
