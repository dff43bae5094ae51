// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

extension Parser {
    /// Type names without parameters.
    private static let simpleTypes: [String: DataType] = [
        "VOID": .void, "BOOLEAN": .boolean, "BYTE": .tinyint, "TINYINT": .tinyint, "SHORT": .smallint,
        "SMALLINT": .smallint, "INT": .int, "INTEGER": .int, "LONG": .bigint, "BIGINT": .bigint, "FLOAT": .float,
        "REAL": .float, "DOUBLE": .double, "STRING": .string, "BINARY": .binary, "DATE": .date,
        "TIMESTAMP": .timestamp, "TIMESTAMP_LTZ": .timestamp, "TIMESTAMP_NTZ": .timestampNTZ,
    ]
    private static let decimalNames: Set<String> = ["DECIMAL", "DEC", "NUMERIC"]
    private static let textNames: Set<String> = ["CHAR", "CHARACTER", "VARCHAR"]
    private static let foreignTypes: Set<String> = ["VARIANT", "TIME", "GEOMETRY", "GEOGRAPHY", "OBJECT"]
    private static let typeNames =
        Array(simpleTypes.keys) + decimalNames + textNames + ["ARRAY", "MAP", "STRUCT", "INTERVAL"]

    /// Reads a type.
    ///
    /// An unknown name is reported and read as VOID, so that the rest is still checked.
    mutating func type() throws(SyntaxFailure) -> DataType {
        try nested { (parser) throws(SyntaxFailure) in try parser.unboundedType() }
    }

    private mutating func unboundedType() throws(SyntaxFailure) -> DataType {
        guard current.kind == .word else { throw expected("a type") }
        let name = advance()
        switch name.keyword {
        case "ARRAY":
            try expect(symbol: "<")
            let element = try type()
            try closeAngle()
            return .array(element: element, containsNull: true)
        case "MAP":
            try expect(symbol: "<")
            let key = try type()
            try expect(symbol: ",")
            let value = try type()
            try closeAngle()
            return .map(key: key, value: value, valueContainsNull: true)
        case "STRUCT":
            if take(symbol: "<>") { return .structure([]) }
            try expect(symbol: "<")
            if take(symbol: ">") { return .structure([]) }
            let fields = fieldList()
            try closeAngle()
            return .structure(fields)
        case "INTERVAL":
            return try intervalType(name)
        case let keyword where Self.decimalNames.contains(keyword):
            return try decimalType(name)
        case let keyword where Self.textNames.contains(keyword):
            try expect(symbol: "(")
            _ = try typeNumber()
            try expect(symbol: ")")
            return .string
        default:
            return try simpleType(name)
        }
    }

    private mutating func simpleType(_ name: Token) throws(SyntaxFailure) -> DataType {
        var known = Self.simpleTypes[name.keyword]
        if known == .timestamp, take("WITHOUT", "TIME", "ZONE") { known = .timestampNTZ }
        if known == .timestamp { _ = take("WITH", "LOCAL", "TIME", "ZONE") }
        if known == .string, take("COLLATE") {
            let collation = try identifier("a collation")
            if collation.text.uppercased() != "UTF8_BINARY" {
                report(
                    SyntaxFailure(
                        span: collation.span, code: .unsupported,
                        message: "collation \(collation.text) is not supported"))
            }
        }
        if let known { return known }
        let foreign = Self.foreignTypes.contains(name.keyword)
        report(
            SyntaxFailure(
                span: name.span, code: foreign ? .unsupported : .unknownName,
                message: foreign ? "type \(name.keyword) is not supported" : "there is no type '\(name.text)'",
                hint: foreign ? "" : Suggestion.hint(for: name.keyword, among: Self.typeNames)))
        _ = take("WITHOUT", "TIME", "ZONE")
        if take(symbol: "(") {
            skipToClose()
            try expect(symbol: ")")
        }
        return .void
    }

    private mutating func skipToClose() {
        while current.kind != .end, !at(symbol: ")") { advance() }
    }

    private mutating func decimalType(_ name: Token) throws(SyntaxFailure) -> DataType {
        guard take(symbol: "(") else { return .decimal(precision: 10, scale: 0) }
        let precision = try typeNumber()
        let scale = take(symbol: ",") ? try typeNumber() : 0
        try expect(symbol: ")")
        let span = span(from: name.span)
        if precision < 1 || precision > DecimalPrecision.maximum {
            report(SyntaxFailure(span: span, message: "the precision of a decimal is 1 to 38, not \(precision)"))
        } else if scale > precision {
            report(
                SyntaxFailure(span: span, message: "the scale of a decimal cannot exceed its precision, \(precision)"))
        }
        let digits = min(max(1, precision), DecimalPrecision.maximum)
        return .decimal(precision: digits, scale: min(scale, digits))
    }

    private mutating func intervalType(_ name: Token) throws(SyntaxFailure) -> DataType {
        let first = current
        guard let unit = IntervalUnit(first.keyword) else {
            if first.kind == .end || first.kind == .symbol {
                report(
                    SyntaxFailure(
                        span: name.span, code: .unsupported, message: "type INTERVAL without units is not supported",
                        hint: "Write INTERVAL DAY TO SECOND or INTERVAL YEAR TO MONTH"))
                return .void
            }
            throw expected(
                "a unit such as DAY or YEAR after INTERVAL",
                keywords: ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"])
        }
        advance()
        guard take("TO") else { return unit.isYearMonth ? .yearMonthInterval : .dayTimeInterval }
        guard let last = IntervalUnit(current.keyword), last.isYearMonth == unit.isYearMonth, last > unit else {
            throw expected("a smaller unit than \(first.keyword)")
        }
        advance()
        return unit.isYearMonth ? .yearMonthInterval : .dayTimeInterval
    }

    private mutating func typeNumber() throws(SyntaxFailure) -> Int {
        guard current.kind == .number, let number = Int(current.text) else { throw expected("a number") }
        advance()
        return number
    }

    /// Reads the `>` that ends a nested type, which may be part of `>>` or `>>>`.
    private mutating func closeAngle() throws(SyntaxFailure) {
        guard current.kind == .symbol, current.text.first == ">", current.text.allSatisfy({ $0 == ">" }) else {
            throw expected("'>'")
        }
        closedAngles += 1
        if closedAngles == current.text.count {
            closedAngles = 0
            advance()
        }
    }

    // MARK: Fields

    /// Reads the columns of a schema or STRUCT.
    ///
    /// A field that cannot be read is reported and left out.
    mutating func fieldList() -> [Field] {
        var fields: [Field] = []
        var seen: Set<String> = []
        repeat {
            let start = current.span
            do throws(SyntaxFailure) {
                let field = try field()
                if !seen.insert(field.name.lowercased()).inserted {
                    report(SyntaxFailure(span: start, message: "the name '\(field.name)' occurs twice"))
                }
                fields.append(field)
            } catch {
                report(error)
                skipField()
            }
        } while take(symbol: ",")
        return fields
    }

    private mutating func field() throws(SyntaxFailure) -> Field {
        let name = try identifier("a column name")
        _ = take(symbol: ":")
        let type = try type()
        var field = Field(name.text, type)
        if take("NOT") {
            try expect("NULL")
            field.nullable = false
        } else {
            _ = take("NULL")
        }
        if take("COMMENT") {
            guard current.kind == .string else { throw expected("a string after COMMENT") }
            field.comment = advance().text
        }
        if current.kind != .end, !at(symbol: ","), current.text.first != ">" {
            throw expected("',' or the end of the column", keywords: ["NOT", "NULL", "COMMENT"])
        }
        return field
    }
}
