// SPDX-License-Identifier: Apache-2.0
import Columnar

/// The character sets that `encode` and `decode` know.
enum CharacterSet: String, CaseIterable {
    case ascii = "US-ASCII"
    case latin1 = "ISO-8859-1"
    case utf8 = "UTF-8"
    /// Big-endian behind a byte order mark; read by the mark, big-endian without one.
    case utf16 = "UTF-16"
    case utf16BigEndian = "UTF-16BE"
    case utf16LittleEndian = "UTF-16LE"
    /// Big-endian; read by the mark, big-endian without one.
    case utf32 = "UTF-32"

    /// The set of a name in any case.
    init?(named name: String) { self.init(rawValue: name.uppercased()) }

    /// The names, for messages.
    static let names = allCases.map(\.rawValue).joined(separator: ", ")

    /// Appends a UTF-8 text in this set; `false` when it has a character that the set lacks.
    func encode(_ text: Span<UInt8>, _ out: inout TextSink) -> Bool {
        if self == .utf8 {
            out.append(text)
            return true
        }
        if self == .utf16 && !text.isEmpty { append(0xFEFF, &out) }
        var position = 0
        while position < text.count {
            let scalar = text.scalar(at: position)
            position = text.next(after: position)
            switch self {
            case .ascii, .latin1:
                guard scalar.value < (self == .ascii ? 0x80 : 0x100) else { return false }
                out.bytes.append(UInt8(scalar.value))
            case .utf32:
                append(UInt16(scalar.value >> 16), &out)
                append(UInt16(truncatingIfNeeded: scalar.value), &out)
            default:
                for unit in Unicode.UTF16.EncodedScalarUnits(scalar) { append(unit, &out) }
            }
        }
        return true
    }

    private func append(_ unit: UInt16, _ out: inout TextSink) {
        let (high, low) = (UInt8(unit >> 8), UInt8(truncatingIfNeeded: unit))
        out.bytes.append(self == .utf16LittleEndian ? low : high)
        out.bytes.append(self == .utf16LittleEndian ? high : low)
    }

    /// Appends bytes of this set as UTF-8; `false` when they are not of this set.
    func decode(_ bytes: Span<UInt8>, _ out: inout TextSink) -> Bool {
        switch self {
        case .utf8:
            out.append(bytes)
            return UTF8Validation.firstInvalid(bytes) == nil
        case .ascii, .latin1:
            for index in bytes.indices {
                if self == .ascii && bytes[index] >= 0x80 { return false }
                out.append(Unicode.Scalar(bytes[index]))
            }
            return true
        case .utf16, .utf16BigEndian, .utf16LittleEndian: return decodeUTF16(bytes, &out)
        case .utf32: return decodeUTF32(bytes, &out)
        }
    }

    private func decodeUTF16(_ bytes: Span<UInt8>, _ out: inout TextSink) -> Bool {
        guard bytes.count % 2 == 0 else { return false }
        var (position, isLittle) = (0, self == .utf16LittleEndian)
        if self == .utf16 && bytes.count >= 2 {
            if bytes[0] == 0xFE && bytes[1] == 0xFF { position = 2 }
            if bytes[0] == 0xFF && bytes[1] == 0xFE { (position, isLittle) = (2, true) }
        }
        func unit(_ position: Int) -> UInt32 {
            let (first, second) = (UInt32(bytes[position]), UInt32(bytes[position + 1]))
            return isLittle ? second << 8 | first : first << 8 | second
        }
        while position < bytes.count {
            var value = unit(position)
            position += 2
            if value & 0xFC00 == 0xD800 && position < bytes.count {
                let low = unit(position)
                position += 2
                guard low & 0xFC00 == 0xDC00 else { return false }
                value = 0x10000 + (value & 0x3FF) << 10 + (low & 0x3FF)
            }
            guard let scalar = Unicode.Scalar(value) else { return false }
            out.append(scalar)
        }
        return true
    }

    private func decodeUTF32(_ bytes: Span<UInt8>, _ out: inout TextSink) -> Bool {
        guard bytes.count % 4 == 0 else { return false }
        var (position, isLittle) = (0, false)
        if bytes.count >= 4 {
            let mark = (bytes[0], bytes[1], bytes[2], bytes[3])
            if mark == (0, 0, 0xFE, 0xFF) { position = 4 }
            if mark == (0xFF, 0xFE, 0, 0) { (position, isLittle) = (4, true) }
        }
        while position < bytes.count {
            var value: UInt32 = 0
            for index in 0..<4 { value = value << 8 | UInt32(bytes[position + (isLittle ? 3 - index : index)]) }
            position += 4
            guard let scalar = Unicode.Scalar(value) else { return false }
            out.append(scalar)
        }
        return true
    }
}

extension Unicode.UTF16 {
    /// The one or two units of a scalar.
    fileprivate struct EncodedScalarUnits: Sequence, IteratorProtocol {
        private var pending: (UInt16?, UInt16?)

        init(_ scalar: Unicode.Scalar) {
            let value = scalar.value
            pending =
                value < 0x10000
                ? (UInt16(value), nil)
                : (UInt16(0xD800 + (value - 0x10000) >> 10), UInt16(0xDC00 + (value - 0x10000) & 0x3FF))
        }

        mutating func next() -> UInt16? {
            let unit = pending.0
            pending = (pending.1, nil)
            return unit
        }
    }
}
