// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Collects values of one type from JSON texts that are known to be well formed.
///
/// One object stands for a column and its members for the members' columns; a value costs a decision by type and an append.
final class JSONColumnBuilder {
    private let type: DataType
    private let members: [JSONColumnBuilder]
    private let names: [[UInt8]]
    /// Where the value of each field starts in the object being read; -1 for none.
    private var places: [Int]
    private var validity = BitmapBuilder()
    private var numbers = BufferBuilder<Int64>()
    private var doubles = BufferBuilder<Double>()
    private var decimals = BufferBuilder<Int128>()
    private var bytes = BufferBuilder<UInt8>()
    private var offsets = BufferBuilder<Int32>()
    private var scratch = BufferBuilder<UInt8>()

    init(_ type: DataType) {
        self.type = type
        offsets.append(0)
        switch type {
        case .structure(let fields):
            members = fields.map { JSONColumnBuilder($0.type) }
            names = fields.map { Array($0.name.utf8) }
        case .array(let element, _): (members, names) = ([JSONColumnBuilder(element)], [])
        case .map(let key, let value, _): (members, names) = ([JSONColumnBuilder(key), JSONColumnBuilder(value)], [])
        default: (members, names) = ([], [])
        }
        places = [Int](repeating: -1, count: members.count)
    }

    /// Appends what a whole text holds; what stands behind its first value does not count.
    func appendRoot(_ text: Span<UInt8>) {
        var scanner = JSONScanner()
        scanner.skipBlanks(text)
        if scanner.position == text.count { return appendNull() }
        let start = scanner
        guard scanner.skipValue(text) else { return appendMalformed() }
        var reader = start
        let kind = reader.kind(text)
        switch type {
        case .structure where kind != .object: appendMalformed()
        case .array(.structure, _) where kind == .object:
            members[0].append(text, &reader)
            closeList()
        default: append(text, &reader)
        }
    }

    /// Appends NULL.
    func appendNull() {
        validity.append(false)
        switch type {
        case .float, .double: doubles.append(0)
        case .decimal: decimals.append(0)
        case .string, .binary: offsets.append(Int32(truncatingIfNeeded: bytes.count))
        case .array, .map: offsets.append(Int32(truncatingIfNeeded: members[0].count))
        case .structure: for member in members { member.appendNull() }
        default: numbers.append(0)
        }
    }

    private var count: Int { validity.count }

    /// A STRUCT of NULLs for a malformed text, NULL for other types.
    private func appendMalformed() {
        guard case .structure = type else { return appendNull() }
        validity.append(true)
        for member in members { member.appendNull() }
    }

    /// Appends the value that starts at the reader, which moves behind it.
    private func append(_ text: Span<UInt8>, _ reader: inout JSONScanner) {
        let kind = reader.kind(text)
        switch type {
        case .structure where kind == .object: appendObject(text, &reader)
        case .array where kind == .array && fits(text, reader):
            _ = reader.members(text, close: UInt8(ascii: "]")) { reader in
                members[0].append(text, &reader)
                return true
            }
            closeList()
        case .map where kind == .object && fits(text, reader):
            _ = reader.members(text, close: UInt8(ascii: "}")) { reader in
                guard let key = reader.key(text) else { return false }
                members[0].appendText(text.extracting(key.inside))
                members[1].append(text, &reader)
                return true
            }
            closeList()
        case .structure, .array, .map:
            appendNull()
            _ = reader.skipValue(text)
        default: appendScalar(text, &reader, kind)
        }
    }

    private func closeList() {
        validity.append(true)
        offsets.append(Int32(truncatingIfNeeded: members[0].count))
    }

    /// Appends the inside of a JSON string as text.
    private func appendText(_ inside: Span<UInt8>) {
        JSONOutput.unescape(inside, &bytes)
        offsets.append(Int32(truncatingIfNeeded: bytes.count))
        validity.append(true)
    }

    /// Finds the last value of each field, then reads the fields in order.
    private func appendObject(_ text: Span<UInt8>, _ reader: inout JSONScanner) {
        for index in places.indices { places[index] = -1 }
        _ = reader.members(text, close: UInt8(ascii: "}")) { reader in
            guard let key = reader.key(text) else { return false }
            if let field = field(text.extracting(key.inside), key.isEscaped) { places[field] = reader.position }
            return reader.skipValue(text)
        }
        validity.append(true)
        for index in members.indices {
            if places[index] < 0 {
                members[index].appendNull()
            } else {
                var value = JSONScanner(position: places[index])
                members[index].append(text, &value)
            }
        }
    }

    private func field(_ key: Span<UInt8>, _ isEscaped: Bool) -> Int? {
        if isEscaped {
            scratch.removeAll()
            JSONOutput.unescape(key, &scratch)
            return Self.index(of: &scratch, in: names)
        }
        for index in names.indices {
            let name = names[index]
            if key.hasSameBytes(as: name.span) { return index }
        }
        return nil
    }

    private static func index(of text: inout BufferBuilder<UInt8>, in names: [[UInt8]]) -> Int? {
        for index in names.indices {
            let name = names[index]
            if text.span.hasSameBytes(as: name.span) { return index }
        }
        return nil
    }

    /// Whether all elements of the array, or values of the object, that starts at the reader fit the element type.
    private func fits(_ text: Span<UInt8>, _ reader: JSONScanner) -> Bool {
        var reader = reader
        guard let kind = reader.kind(text) else { return false }
        if kind == .nullValue { return true }
        switch type {
        case .array:
            guard kind == .array else { return false }
            return reader.members(text, close: UInt8(ascii: "]")) { reader in
                members[0].fits(text, reader) && reader.skipValue(text)
            }
        case .map:
            guard kind == .object else { return false }
            return reader.members(text, close: UInt8(ascii: "}")) { reader in
                reader.key(text) != nil && members[1].fits(text, reader) && reader.skipValue(text)
            }
        case .structure: return kind == .object
        default: return scalar(text, &reader, kind) != .none
        }
    }

    /// What a simple value is in memory.
    private enum Scalar: Equatable {
        case none
        case number(Int64)
        case double(Double)
        case decimal(Int128)
        /// The bytes are in `scratch`.
        case bytes
    }

    private func appendScalar(_ text: Span<UInt8>, _ reader: inout JSONScanner, _ kind: JSONScanner.Kind?) {
        guard let kind, kind != .nullValue else {
            _ = reader.skipValue(text)
            return appendNull()
        }
        switch scalar(text, &reader, kind) {
        case .none: return appendNull()
        case .number(let number): numbers.append(number)
        case .double(let number): doubles.append(number)
        case .decimal(let number): decimals.append(number)
        case .bytes:
            bytes.append(contentsOf: scratch.span)
            offsets.append(Int32(truncatingIfNeeded: bytes.count))
        }
        validity.append(true)
    }

    /// Reads a simple value, moving behind it.
    private func scalar(_ text: Span<UInt8>, _ reader: inout JSONScanner, _ kind: JSONScanner.Kind) -> Scalar {
        scratch.removeAll()
        if type == .string {
            if kind == .string {
                guard let string = reader.string(text) else { return .none }
                JSONOutput.unescape(text.extracting(string.inside), &scratch)
            } else {
                var copied = BufferBuilder<UInt8>()
                _ = JSONOutput.copy(text, &reader, &copied, &scratch)
            }
            return .bytes
        }
        let start = reader.position
        guard reader.skipValue(text) else { return .none }
        let token = text.extracting(start..<reader.position)
        if kind == .string {
            JSONOutput.unescape(token.extracting(1..<(token.count - 1)), &scratch)
            return Self.value(of: &scratch, as: type)
        }
        if kind == .number { return fromNumber(token) }
        if type == .boolean, kind == .trueValue || kind == .falseValue { return .number(kind == .trueValue ? 1 : 0) }
        return .none
    }

    /// The value of a text; bytes take the text's place.
    private static func value(of scratch: inout BufferBuilder<UInt8>, as type: DataType) -> Scalar {
        if type == .binary {
            var sink = TextSink(rows: 1)
            guard Base64.decode(scratch.span, &sink) else { return .none }
            scratch.removeAll()
            scratch.append(contentsOf: sink.bytes.span)
            return .bytes
        }
        let text = scratch.span
        switch type {
        case .decimal(let precision, let scale):
            return DecimalText.parse(text, precision: precision, scale: scale).value.map { .decimal($0) } ?? .none
        case .float, .double:
            for (name, value) in specialNumbers where text.hasSameBytes(as: name.span) { return .double(value) }
            return .none
        case .date: return DateText.parse(text).map { .number(Int64($0)) } ?? .none
        case .timestamp: return TimestampText.parse(text).map { .number($0) } ?? .none
        case .timestampNTZ: return TimestampText.parseLocal(text).map { .number($0) } ?? .none
        default: return .none
        }
    }

    private static let specialNumbers: [([UInt8], Double)] = [
        ("NaN", Double.nan), ("Infinity", .infinity), ("+Infinity", .infinity), ("INF", .infinity), ("+INF", .infinity),
        ("-Infinity", -.infinity), ("-INF", -.infinity),
    ].map { (Array($0.0.utf8), $0.1) }

    private func fromNumber(_ token: Span<UInt8>) -> Scalar {
        switch type {
        case .float, .double: return FloatingPointText.parseDouble(token).map { .double($0) } ?? .none
        case .decimal(let precision, let scale):
            return DecimalText.parse(token, precision: precision, scale: scale).value.map { .decimal($0) } ?? .none
        default: break
        }
        guard isInteger(token), let number = IntegerText.parse(token, as: Int64.self).value else { return .none }
        switch type {
        case .tinyint: return Int8(exactly: number) == nil ? .none : .number(number)
        case .smallint: return Int16(exactly: number) == nil ? .none : .number(number)
        case .int: return Int32(exactly: number) == nil ? .none : .number(number)
        case .bigint: return .number(number)
        case .timestamp:
            let (micros, overflow) = number.multipliedReportingOverflow(by: 1_000_000)
            return overflow ? .none : .number(micros)
        default: return .none
        }
    }

    private func isInteger(_ token: Span<UInt8>) -> Bool {
        for index in token.indices where !ASCII.isDigit(token[index]) && !(index == 0 && token[0] == UInt8(ascii: "-"))
        {
            return false
        }
        return true
    }

    /// Hands the column over; the builder is empty then.
    func finish() -> Column {
        let rows = count
        var bits = BitmapBuilder()
        swap(&bits, &validity)
        return Column(type, count: rows, validity: bits.finishValidity(), storage: storage(rows))
    }

    private func storage(_ rows: Int) -> Column.Storage {
        switch type {
        case .structure: return .fields(members.map { $0.finish() })
        case .array: return .list(offsets: Self.taken(&offsets), element: members[0].finish())
        case .map:
            return .map(offsets: Self.taken(&offsets), keys: members[0].finish(), values: members[1].finish())
        case .string, .binary: return .bytes(offsets: Self.taken(&offsets), bytes: Self.taken(&bytes))
        case .decimal: return .int128(Self.taken(&decimals))
        case .double: return .double(Self.taken(&doubles))
        case .float: return .float(Elementwise.map(Self.taken(&doubles)) { Float($0) })
        case .boolean: return .bits(Elementwise.test(Self.taken(&numbers)) { $0 != 0 })
        default: return Column(narrowing: Self.taken(&numbers), to: type).storage
        }
    }

    private static func taken<Element>(_ builder: inout BufferBuilder<Element>) -> Buffer<Element> {
        var result = BufferBuilder<Element>()
        swap(&result, &builder)
        return result.finish()
    }
}
