// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// `to_json`.
enum JSONWriting {
    static func bind(_ arguments: [FunctionArgument]) throws(FunctionBindingError) -> BoundFunction {
        guard let argument = arguments.first else { throw .argumentCount(expected: "1") }
        guard arguments.count == 1 else {
            throw .argumentValue(index: 1, expected: "left out: options are not supported")
        }
        guard !argument.type.isSimple || argument.type == .void else {
            throw .argumentType(index: 0, expected: "STRUCT, ARRAY or MAP")
        }
        guard !argument.type.containsInterval else {
            throw .argumentType(index: 0, expected: "a type without INTERVAL, which JSON has no form of")
        }
        return .strict("to_json", [argument.type], of: arguments, to: .string) { call, errors in
            let writer = JSONColumnWriter(call.arguments[0].storedColumn)
            return call.texts(&errors) { row, out, _ in writer.write(call.position(row, of: 0), &out) }
        }
    }
}

extension DataType {
    /// Whether an interval is in it at any depth.
    fileprivate var containsInterval: Bool {
        switch self {
        case .dayTimeInterval, .yearMonthInterval: true
        case .array(let element, _): element.containsInterval
        case .map(let key, let value, _): key.containsInterval || value.containsInterval
        case .structure(let fields): fields.contains { $0.type.containsInterval }
        default: false
        }
    }
}

/// Writes values of one column as JSON, by position.
struct JSONColumnWriter {
    private let column: Column
    private let text: TextInput
    private let members: [JSONColumnWriter]
    /// The keys of a STRUCT with quotes and colon.
    private let keys: [[UInt8]]

    init(_ column: Column) {
        self.column = column
        switch column.storage {
        case .fields(let fields): members = fields.map { JSONColumnWriter($0) }
        case .list(_, let element): members = [JSONColumnWriter(element)]
        case .map(_, let keys, let values): members = [JSONColumnWriter(keys), JSONColumnWriter(values)]
        default: members = []
        }
        if case .structure(let fields) = column.type {
            keys = fields.map { field in
                var key = BufferBuilder<UInt8>()
                JSONOutput.quote(Array(field.name.utf8).span, &key)
                key.append(UInt8(ascii: ":"))
                return key.finish().array
            }
        } else {
            keys = []
        }
        text = TextInput(column: column)
    }

    /// Appends one value.
    func write(_ index: Int, _ out: inout TextSink) {
        if column.isNull(index) {
            out.bytes.append("null")
            return
        }
        switch column.storage {
        case .none: out.bytes.append("null")
        case .bits(let bits): BooleanText.write(bits[index], to: &out.bytes)
        case .int8(let values): IntegerText.write(values[index], to: &out.bytes)
        case .int16(let values): IntegerText.write(values[index], to: &out.bytes)
        case .int32(let values): write(values[index], &out)
        case .int64(let values): write(values[index], &out)
        case .int128(let values):
            guard case .decimal(_, let scale) = column.type else { return }
            DecimalText.write(values[index], scale: scale, to: &out.bytes)
        case .float(let values):
            quoted(!values[index].isFinite, &out) { FloatingPointText.write(values[index], to: &$0.bytes) }
        case .double(let values):
            quoted(!values[index].isFinite, &out) { FloatingPointText.write(values[index], to: &$0.bytes) }
        case .bytes, .dictionary:
            if column.type == .binary {
                quoted(true, &out) { Base64.encode(text[index], lines: false, &$0) }
            } else {
                JSONOutput.quote(text[index], &out.bytes)
            }
        case .fields: writeObject(index, &out)
        case .list(let offsets, _):
            out.bytes.append(UInt8(ascii: "["))
            for element in Int(offsets[index])..<Int(offsets[index + 1]) {
                if element > Int(offsets[index]) { out.bytes.append(UInt8(ascii: ",")) }
                members[0].write(element, &out)
            }
            out.bytes.append(UInt8(ascii: "]"))
        case .map(let offsets, _, _): writeMap(Int(offsets[index])..<Int(offsets[index + 1]), &out)
        }
    }

    private func quoted(_ isQuoted: Bool, _ out: inout TextSink, _ body: (inout TextSink) -> Void) {
        if isQuoted { out.bytes.append(UInt8(ascii: "\"")) }
        body(&out)
        if isQuoted { out.bytes.append(UInt8(ascii: "\"")) }
    }

    private func write(_ number: Int32, _ out: inout TextSink) {
        switch column.type {
        case .date: quoted(true, &out) { DateText.write(number, to: &$0.bytes) }
        default: IntegerText.write(number, to: &out.bytes)
        }
    }

    private func write(_ number: Int64, _ out: inout TextSink) {
        switch column.type {
        case .timestamp, .timestampNTZ:
            quoted(true, &out) { out in
                let micros = number.flooringRemainder(by: 1_000_000)
                TimestampText.write(number - micros, separator: UInt8(ascii: "T"), to: &out.bytes)
                out.bytes.append(UInt8(ascii: "."))
                out.bytes.appendDigits(UInt64(micros / 1000), width: 3)
                if column.type == .timestamp { out.bytes.append(UInt8(ascii: "Z")) }
            }
        default: IntegerText.write(number, to: &out.bytes)
        }
    }

    private func writeObject(_ index: Int, _ out: inout TextSink) {
        out.bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        for member in members.indices where !members[member].column.isNull(index) {
            if !isFirst { out.bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            let key = keys[member]
            out.bytes.append(contentsOf: key.span)
            members[member].write(index, &out)
        }
        out.bytes.append(UInt8(ascii: "}"))
    }

    private func writeMap(_ entries: Range<Int>, _ out: inout TextSink) {
        out.bytes.append(UInt8(ascii: "{"))
        for entry in entries {
            if entry > entries.lowerBound { out.bytes.append(UInt8(ascii: ",")) }
            let start = out.bytes.count
            members[0].write(entry, &out)
            // A key that is no text is written as a text.
            if out.bytes.span[start] != UInt8(ascii: "\"") {
                let written = Buffer(Array(out.bytes.span.extracting(start..<out.bytes.count).text.utf8))
                out.bytes.truncate(to: start)
                JSONOutput.quote(written.span, &out.bytes)
            }
            out.bytes.append(UInt8(ascii: ":"))
            members[1].write(entry, &out)
        }
        out.bytes.append(UInt8(ascii: "}"))
    }
}
