// SPDX-License-Identifier: Apache-2.0
import Columnar

/// The JSON texts of all rows of a column; a NULL is an empty text.
struct JSONCells {
    private let offsets: Buffer<Int32>
    /// All texts, one after the other.
    let bytes: Buffer<UInt8>

    /// Writes the texts of a column; the type is decided once.
    init(_ column: Column) {
        let column = column.expandingDictionary()
        var texts = Builder(capacity: column.count)
        switch column.storage {
        case .none: for _ in 0..<column.count { texts.endCell() }
        case .bits(let bits):
            texts.each(column) { row, output in BooleanText.write(bits[row], to: &output) }
        case .int8(let values): texts.integers(column, values)
        case .int16(let values): texts.integers(column, values)
        case .int32(let values):
            if column.type == .date {
                texts.each(column) { row, output in
                    output.append(JSONCells.quote)
                    DateText.write(values[row], to: &output)
                    output.append(JSONCells.quote)
                }
            } else {
                texts.integers(column, values)
            }
        case .int64(let values): texts.wideIntegers(column, values)
        case .int128(let values):
            let scale = if case .decimal(_, let scale) = column.type { scale } else { 0 }
            texts.each(column) { row, output in DecimalText.write(values[row], scale: scale, to: &output) }
        case .float(let values):
            texts.each(column) { row, output in
                let isQuoted = !values[row].isFinite
                if isQuoted { output.append(JSONCells.quote) }
                FloatingPointText.write(values[row], to: &output)
                if isQuoted { output.append(JSONCells.quote) }
            }
        case .double(let values):
            texts.each(column) { row, output in
                let isQuoted = !values[row].isFinite
                if isQuoted { output.append(JSONCells.quote) }
                FloatingPointText.write(values[row], to: &output)
                if isQuoted { output.append(JSONCells.quote) }
            }
        case .bytes(let offsets, let bytes):
            let isText = column.type == .string
            texts.each(column) { row, output in
                let value = bytes.slice(Int(offsets[row])..<Int(offsets[row + 1])).span
                output.append(JSONCells.quote)
                if isText {
                    JSONCells.append(escaped: value, to: &output)
                } else {
                    JSONCells.append(base64: value, to: &output)
                }
                output.append(JSONCells.quote)
            }
        case .dictionary: preconditionFailure("dictionaries are expanded above")
        case .fields(let columns):
            let cells = columns.map { JSONCells($0) }
            let names = if case .structure(let fields) = column.type { fields.map(\.name) } else { [String]() }
            let prefixes = Self.namePrefixes(names)
            texts.each(column) { row, output in Self.appendObject(cells, prefixes, row: row, to: &output) }
        case .list(let offsets, let element):
            let cells = JSONCells(element)
            texts.each(column) { row, output in
                output.append(UInt8(ascii: "["))
                for index in offsets[row]..<offsets[row + 1] {
                    if index > offsets[row] { output.append(UInt8(ascii: ",")) }
                    cells.appendOrNull(Int(index), to: &output)
                }
                output.append(UInt8(ascii: "]"))
            }
        case .map(let offsets, let keys, let values):
            let (names, cells) = (JSONCells(keys), JSONCells(values))
            texts.each(column) { row, output in
                output.append(UInt8(ascii: "{"))
                for index in offsets[row]..<offsets[row + 1] {
                    if index > offsets[row] { output.append(UInt8(ascii: ",")) }
                    names.appendName(Int(index), to: &output)
                    output.append(UInt8(ascii: ":"))
                    cells.appendOrNull(Int(index), to: &output)
                }
                output.append(UInt8(ascii: "}"))
            }
        }
        (offsets, bytes) = texts.finish()
    }

    private static let quote = UInt8(ascii: "\"")

    /// `"name":` for each name.
    static func namePrefixes(_ names: [String]) -> [Buffer<UInt8>] {
        names.map { name in
            var text = BufferBuilder<UInt8>()
            text.append(quote)
            append(escaped: Buffer(Array(name.utf8)).span, to: &text)
            text.append(quote)
            text.append(UInt8(ascii: ":"))
            return text.finish()
        }
    }

    /// The members that are not NULL, in braces.
    static func appendObject(
        _ cells: [JSONCells], _ prefixes: [Buffer<UInt8>], row: Int, to output: inout BufferBuilder<UInt8>
    ) {
        output.append(UInt8(ascii: "{"))
        var isFirst = true
        for (index, cell) in cells.enumerated() {
            let text = cell.text(row)
            if text.count == 0 { continue }
            if !isFirst { output.append(UInt8(ascii: ",")) }
            isFirst = false
            output.append(contentsOf: prefixes[index])
            output.append(contentsOf: text)
        }
        output.append(UInt8(ascii: "}"))
    }

    /// The text of one row.
    func text(_ row: Int) -> Buffer<UInt8> { bytes.slice(Int(offsets[row])..<Int(offsets[row + 1])) }

    private func appendOrNull(_ row: Int, to output: inout BufferBuilder<UInt8>) {
        let text = text(row)
        if text.count == 0 { output.append("null") } else { output.append(contentsOf: text) }
    }

    /// A key: text as it is, other values in quotes.
    private func appendName(_ row: Int, to output: inout BufferBuilder<UInt8>) {
        let text = text(row)
        let isQuoted = text.count > 0 && text[0] == Self.quote
        if !isQuoted { output.append(Self.quote) }
        appendOrNull(row, to: &output)
        if !isQuoted { output.append(Self.quote) }
    }

    static func append(escaped text: Span<UInt8>, to output: inout BufferBuilder<UInt8>) {
        var start = 0
        for index in text.indices {
            let byte = text[index]
            if byte >= 0x20 && byte != quote && byte != UInt8(ascii: "\\") { continue }
            output.append(contentsOf: text.extracting(start..<index))
            start = index + 1
            switch byte {
            case quote: output.append("\\\"")
            case UInt8(ascii: "\\"): output.append("\\\\")
            case 0x0A: output.append("\\n")
            case 0x0D: output.append("\\r")
            case 0x09: output.append("\\t")
            default:
                output.append("\\u00")
                for digit in [byte >> 4, byte & 15] {
                    output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit)
                }
            }
        }
        output.append(contentsOf: text.extracting(start..<text.count))
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func append(base64 bytes: Span<UInt8>, to output: inout BufferBuilder<UInt8>) {
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let second = left > 1 ? UInt32(bytes[index + 1]) : 0
            let third = left > 2 ? UInt32(bytes[index + 2]) : 0
            let word = UInt32(bytes[index]) << 16 | second << 8 | third
            for place in 0..<4 {
                let isPadding = place > left
                output.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(word >> UInt32(18 - place * 6) & 63)])
            }
            index += 3
        }
    }

    /// Collects texts with their ends.
    private struct Builder: ~Copyable {
        private var offsets: BufferBuilder<Int32>
        private var bytes: BufferBuilder<UInt8>

        init(capacity: Int) {
            offsets = BufferBuilder(capacity: capacity + 1)
            bytes = BufferBuilder(capacity: capacity * 8)
            offsets.append(0)
        }

        mutating func endCell() { offsets.append(Int32(bytes.count)) }

        @inline(__always)
        mutating func each(_ column: Column, _ write: (Int, inout BufferBuilder<UInt8>) -> Void) {
            for row in 0..<column.count {
                if !column.isNull(row) { write(row, &bytes) }
                endCell()
            }
        }

        mutating func integers<Number: FixedWidthInteger & SignedInteger & BitwiseCopyable & Sendable>(
            _ column: Column, _ values: Buffer<Number>
        ) {
            each(column) { row, output in IntegerText.write(values[row], to: &output) }
        }

        mutating func wideIntegers(_ column: Column, _ values: Buffer<Int64>) {
            switch column.type {
            case .timestamp:
                each(column) { row, output in
                    output.append(JSONCells.quote)
                    TimestampText.writeISO(values[row], to: &output)
                    output.append(JSONCells.quote)
                }
            case .timestampNTZ:
                each(column) { row, output in
                    output.append(JSONCells.quote)
                    TimestampText.write(values[row], separator: UInt8(ascii: "T"), to: &output)
                    output.append(JSONCells.quote)
                }
            default: integers(column, values)
            }
        }

        consuming func finish() -> (Buffer<Int32>, Buffer<UInt8>) { (offsets.finish(), bytes.finish()) }
    }
}
