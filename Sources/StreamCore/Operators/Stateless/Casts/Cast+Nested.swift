// SPDX-License-Identifier: Apache-2.0
internal import Columnar

extension Cast {
    /// Converts the members of STRUCT, ARRAY and MAP. An error of a member is an error of its row.
    static func nested(
        _ column: Column, to target: DataType, mode: CastMode, errors: inout RowErrors
    ) -> Column {
        switch (column.storage, target) {
        case (.fields(let columns), .structure(let fields)) where columns.count == fields.count:
            var members: [Column] = []
            for (member, field) in zip(columns, fields) {
                var found = RowErrors()
                // A member of a NULL struct has no value, whatever its memory holds.
                let visible = member.withValidity(Bitmap.intersection(member.validity, column.validity))
                members.append(apply(visible, to: field.type, mode: mode, errors: &found))
                errors.merge(found)
            }
            return Column(target, count: column.count, validity: column.validity, storage: .fields(members))
        case (.list(let offsets, let element), .array(let type, _)):
            var found = RowErrors()
            let members = apply(element, to: type, mode: mode, errors: &found)
            raise(found, offsets, column, &errors)
            return Column(
                target, count: column.count, validity: column.validity,
                storage: .list(offsets: offsets, element: members))
        case (.map(let offsets, let keys, let values), .map(let keyType, let valueType, _)):
            var found = RowErrors()
            let newKeys = apply(keys, to: keyType, mode: mode, errors: &found)
            let newValues = apply(values, to: valueType, mode: mode, errors: &found)
            raise(found, offsets, column, &errors)
            return Column(
                target, count: column.count, validity: column.validity,
                storage: .map(offsets: offsets, keys: newKeys, values: newValues))
        default:
            return Converted.unsupported(column, target).finish(
                source: column, type: target, mode: mode, errors: &errors)
        }
    }

    /// Reports errors of members as errors of the rows that hold them. O(rows + members), on failure only.
    private static func raise(_ found: RowErrors, _ offsets: Buffer<Int32>, _ column: Column, _ errors: inout RowErrors)
    {
        guard !found.isEmpty else { return }
        var rows: [Int32: Int] = [:]
        for row in 0..<column.count where !column.isNull(row) {
            for member in offsets[row]..<offsets[row + 1] { rows[member] = row }
        }
        for entry in found.entries {
            if let row = rows[entry.row] { errors.add(row: row, entry.code, entry.message) }
        }
    }

    /// Spark's text of nested values: `{a, b}`, `[a, b]`, `{k -> v}`, with `null` for NULL members.
    static func nestedText(_ column: Column) -> Converted {
        var ignored = RowErrors()
        func texts(_ member: Column) -> TextRows {
            TextRows(apply(member, to: .string, mode: .lenient, errors: &ignored).expandingDictionary())
        }
        switch column.storage {
        case .fields(let columns):
            let members = columns.map(texts)
            return text(column.count) { row, output in
                output.append(UInt8(ascii: "{"))
                for (position, member) in members.enumerated() {
                    if position > 0 { output.append(", ") }
                    member.write(row, to: &output)
                }
                output.append(UInt8(ascii: "}"))
            }
        case .list(let offsets, let element):
            let members = texts(element)
            return text(column.count) { row, output in
                output.append(UInt8(ascii: "["))
                for member in offsets[row]..<offsets[row + 1] {
                    if member > offsets[row] { output.append(", ") }
                    members.write(Int(member), to: &output)
                }
                output.append(UInt8(ascii: "]"))
            }
        case .map(let offsets, let keys, let values):
            let (keyTexts, valueTexts) = (texts(keys), texts(values))
            return text(column.count) { row, output in
                output.append(UInt8(ascii: "{"))
                for member in offsets[row]..<offsets[row + 1] {
                    if member > offsets[row] { output.append(", ") }
                    keyTexts.write(Int(member), to: &output)
                    output.append(" -> ")
                    valueTexts.write(Int(member), to: &output)
                }
                output.append(UInt8(ascii: "}"))
            }
        default: return .unsupported(column, .string)
        }
    }

    /// The rows of a STRING column, to be copied into longer text.
    private struct TextRows {
        let column: Column
        let offsets: Buffer<Int32>
        let bytes: Buffer<UInt8>

        init(_ column: Column) {
            self.column = column
            if case .bytes(let offsets, let bytes) = column.storage {
                (self.offsets, self.bytes) = (offsets, bytes)
            } else {
                (offsets, bytes) = (Buffer(repeating: 0, count: column.count + 1), Buffer())
            }
        }

        func write(_ row: Int, to output: inout BufferBuilder<UInt8>) {
            if column.isNull(row) { return output.append("null") }
            output.append(contentsOf: bytes.span.extracting(Int(offsets[row])..<Int(offsets[row + 1])))
        }
    }
}
