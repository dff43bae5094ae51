// SPDX-License-Identifier: Apache-2.0
internal import Columnar

extension Expression {
    /// The name of the column it is, or the text it was written as.
    func label(in schema: Schema) -> String? {
        if case .column(let index) = kind { return schema.fields[index].name }
        return text.isEmpty ? nil : text
    }

    /// What it computes, with its type, however it is spelled: columns by name (of equal ones with the place among them), functions by theirs.
    func meaning(in schema: Schema) -> String { "\(form(schema)): \(type)" }

    private func form(_ schema: Schema) -> String {
        switch kind {
        case .column(let index): schema.distinctName(of: index)
        case .literal(let value): "\(value)"
        case .call(let function, let arguments): "\(function.name)(\(list(arguments, schema)))"
        case .cast(let value, let mode): "\(mode)cast(\(value.form(schema)) as \(type))"
        case .and(let left, let right): "and(\(left.form(schema)), \(right.form(schema)))"
        case .or(let left, let right): "or(\(left.form(schema)), \(right.form(schema)))"
        case .not(let value): "not(\(value.form(schema)))"
        case .conditional(let branches, let otherwise):
            "case("
                + branches.map { "\($0.condition.form(schema)): \($0.result.form(schema))" }.joined(separator: ", ")
                + (otherwise.map { ", else \($0.form(schema))" } ?? "") + ")"
        case .coalesce(let values): "coalesce(\(list(values, schema)))"
        case .field(let value, let index): "\(value.form(schema)).\(index)"
        case .epochTime: "now()"
        }
    }

    private func list(_ values: [Expression], _ schema: Schema) -> String {
        values.map { $0.form(schema) }.joined(separator: ", ")
    }
}

extension Schema {
    /// The name of a column; with its place among those of equal name from the second on: `v`, `v#2`.
    fileprivate func distinctName(of index: Int) -> String {
        let name = fields[index].name
        let before = fields[..<index].count { $0.name == name }
        return before == 0 ? name : "\(name)#\(before + 1)"
    }
}
