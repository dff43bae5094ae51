// SPDX-License-Identifier: Apache-2.0

/// Booleans as text.
public enum BooleanText {
    /// Reads `t`, `true`, `y`, `yes`, `1`, `f`, `false`, `n`, `no`, `0` in any case, blanks at both ends skipped.
    public static func parse(_ text: Span<UInt8>) -> Bool? {
        let bytes = ASCII.trimmed(text)
        switch bytes.count {
        case 1:
            switch bytes[0] {
            case UInt8(ascii: "t"), UInt8(ascii: "T"), UInt8(ascii: "y"), UInt8(ascii: "Y"), UInt8(ascii: "1"):
                return true
            case UInt8(ascii: "f"), UInt8(ascii: "F"), UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "0"):
                return false
            default: return nil
            }
        case 2: return ASCII.matches(bytes, "no") ? false : nil
        case 3: return ASCII.matches(bytes, "yes") ? true : nil
        case 4: return ASCII.matches(bytes, "true") ? true : nil
        case 5: return ASCII.matches(bytes, "false") ? false : nil
        default: return nil
        }
    }

    /// Appends `true` or `false`.
    public static func write(_ value: Bool, to output: inout BufferBuilder<UInt8>) {
        output.append(value ? "true" : "false")
    }
}
