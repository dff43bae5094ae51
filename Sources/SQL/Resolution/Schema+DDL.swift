// SPDX-License-Identifier: Apache-2.0
public import Columnar

extension Schema {
    /// Reads Spark DDL: `name TYPE [NOT NULL] [COMMENT '…'], …`, or one `STRUCT<…>`.
    ///
    /// - Throws: all mistakes of the text.
    public init(parsingDDL text: String) throws(SQLErrors) {
        var parser = Parser(text)
        var fields: [Field] = []
        if parser.at("STRUCT"), parser.peek(1, is: "<") {
            do throws(SyntaxFailure) {
                if case .structure(let members) = try parser.type() { fields = members }
            } catch {
                parser.report(error)
            }
        } else if parser.current.kind == .end {
            parser.report(parser.expected("a column"))
        } else {
            fields = parser.fieldList()
        }
        if parser.errors.isEmpty, parser.current.kind != .end {
            parser.report(parser.expected("the end of the schema"))
        }
        guard parser.errors.isEmpty else { throw SQLErrors(parser.errors) }
        self.init(fields)
    }

    /// Spark DDL that reads back to the same schema.
    public var ddl: String { fields.map { $0.ddl(separator: " ") }.joined(separator: ", ") }
}

extension DataType {
    /// Reads one type, for example `ARRAY<STRUCT<a: INT>>`.
    ///
    /// - Throws: all mistakes of the text.
    public init(parsingDDL text: String) throws(SQLErrors) {
        var parser = Parser(text)
        var type = DataType.void
        do throws(SyntaxFailure) {
            type = try parser.type()
            if parser.current.kind != .end { throw parser.expected("the end of the type") }
        } catch {
            parser.report(error)
        }
        guard parser.errors.isEmpty else { throw SQLErrors(parser.errors) }
        self = type
    }

    /// Spark DDL that reads back to the same type, except that whether elements can be NULL is not said.
    public var ddl: String {
        switch self {
        case .structure(let fields): "STRUCT<" + fields.map { $0.ddl(separator: ": ") }.joined(separator: ", ") + ">"
        case .array(let element, _): "ARRAY<\(element.ddl)>"
        case .map(let key, let value, _): "MAP<\(key.ddl), \(value.ddl)>"
        default: description
        }
    }
}

extension Field {
    fileprivate func ddl(separator: String) -> String {
        var text = Self.quoted(name) + separator + type.ddl
        if !nullable { text += " NOT NULL" }
        if !comment.isEmpty {
            text += " COMMENT '"
            for letter in comment { text += letter == "'" || letter == "\\" ? "\\\(letter)" : String(letter) }
            text += "'"
        }
        return text
    }

    /// A name as SQL must write it: in backticks unless it is a plain word.
    private static func quoted(_ name: String) -> String {
        let plain =
            !name.isEmpty && name.utf8.allSatisfy(Lexer.isWordByte) && name.utf8.first.map(Lexer.isDigit) == false
        return plain
            ? name : "`" + name.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``") + "`"
    }
}
