// SPDX-License-Identifier: Apache-2.0
import Failures
import JSONText

/// The text of a pipeline file, its JSON, and the overrides that were laid over it.
///
/// Values of overrides have negative offsets, `-1` for the first override, so that messages can say which one they are about.
struct PipelineDocument {
    /// The name for messages.
    let file: String
    /// The text, in UTF-8.
    let bytes: [UInt8]
    /// The definition: the file's value with the overrides applied.
    var root: JSONValue
    /// The overrides, as written on the command line.
    private(set) var overrides: [String] = []

    /// The position of an offset.
    func position(of offset: Int) -> TextPosition { TextPosition(of: max(0, offset), in: bytes) }

    /// The offset that a parse error names by line and column.
    func offset(ofMistake error: PipelineError) -> Int {
        func number(_ kind: String) -> Int? { error.places.first { $0.kind == kind }.flatMap { Int($0.name) } }
        guard let line = number("line"), let column = number("column") else { return 0 }
        var offset = 0
        for _ in 1..<max(1, line) {
            offset = (bytes[offset...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count - 1) + 1
        }
        for _ in 1..<max(1, column) where offset < bytes.count {
            repeat { offset += 1 } while offset < bytes.count && bytes[offset] & 0xC0 == 0x80
        }
        return offset
    }

    /// The override that a value with this offset came from.
    func override(at offset: Int) -> String? { offset < 0 && -offset <= overrides.count ? overrides[-offset - 1] : nil }

    /// Notes an override and gives the offset for its values.
    mutating func register(override: String) -> Int {
        overrides.append(override)
        return -overrides.count
    }

    /// For each byte of the decoded string at `offset`, the offset of its first byte in the file; one more for the end.
    ///
    /// Values of overrides have no bytes in the file: all their bytes stand at `offset`.
    func origins(ofStringAt offset: Int, decodedCount: Int) -> [Int] {
        guard offset >= 0, offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else {
            return [Int](repeating: offset, count: decodedCount + 1)
        }
        var (origins, position) = ([Int](), offset + 1)
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            guard bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count else {
                origins.append(position)
                position += 1
                continue
            }
            let (length, width) = escape(at: position)
            origins.append(contentsOf: repeatElement(position, count: width))
            position += length
        }
        origins.append(position)
        return origins
    }

    /// How many bytes an escape takes in the file, and how many bytes of UTF-8 it stands for.
    private func escape(at position: Int) -> (length: Int, width: Int) {
        guard bytes[position + 1] == UInt8(ascii: "u"), position + 6 <= bytes.count,
            let code = UInt32(String(decoding: bytes[position + 2..<position + 6], as: UTF8.self), radix: 16)
        else { return (2, 1) }
        switch code {
        case 0..<0x80: return (6, 1)
        case 0x80..<0x800: return (6, 2)
        case 0xD800..<0xDC00: return (12, 4)
        default: return (6, 3)
        }
    }
}
