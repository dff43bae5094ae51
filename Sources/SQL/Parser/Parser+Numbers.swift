// SPDX-License-Identifier: Apache-2.0
import Columnar

extension Parser {
    /// Reads a number with its suffix; `start` is where its sign stands.
    mutating func numberLiteral(negative: Bool, from start: SourceSpan) throws(SyntaxFailure) -> ExpressionSyntax {
        let token = advance()
        let span = span(from: start)
        guard let (value, type) = Self.number((negative ? "-" : "") + token.text) else {
            throw SyntaxFailure(
                span: span, message: "the number \(negative ? "-" : "")\(token.text) is outside the range of its type",
                hint: "DECIMAL holds up to 38 digits; a suffix D makes it a DOUBLE")
        }
        return ExpressionSyntax(.literal(.number(value, type)), span)
    }

    /// The value and type of a number as written; `nil` when it is out of range.
    private static func number(_ written: String) -> (Value, DataType)? {
        let text = written.uppercased()
        let body = String(text.dropLast())
        switch text.last {
        case "L": return Int64(body).map { (.bigint($0), .bigint) }
        case "S": return Int16(body).map { (.smallint($0), .smallint) }
        case "Y": return Int8(body).map { (.tinyint($0), .tinyint) }
        case "F": return Float(body).flatMap { $0.isFinite ? (.float($0), .float) : nil }
        case "D" where text.hasSuffix("BD"): return decimal(String(body.dropLast()))
        case "D": return double(body)
        default: break
        }
        if text.contains("E") { return double(text) }
        if text.contains(".") { return decimal(text) }
        if let value = Int32(text) { return (.int(value), .int) }
        if let value = Int64(text) { return (.bigint(value), .bigint) }
        return decimal(text)
    }

    private static func double(_ text: String) -> (Value, DataType)? {
        Double(text).flatMap { $0.isFinite ? (.double($0), .double) : nil }
    }

    /// A decimal with as many digits as are written.
    private static func decimal(_ text: String) -> (Value, DataType)? {
        let parts = text.split(separator: "E", maxSplits: 1)
        guard let mantissa = parts.first, let exponent = parts.count == 2 ? Int(parts[1]) : 0, abs(exponent) <= 100
        else { return nil }
        let pieces = mantissa.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = pieces.count == 2 ? pieces[1] : ""
        var digits = String(pieces[0]) + fraction
        var scale = fraction.count - exponent
        if scale < 0 {
            digits += String(repeating: "0", count: -scale)
            scale = 0
        }
        guard let unscaled = Int128(digits) else { return nil }
        let precision = max(String(unscaled.magnitude).count, scale, 1)
        guard precision <= DecimalPrecision.maximum else { return nil }
        return (.decimal(unscaled, scale: scale), .decimal(precision: precision, scale: scale))
    }
}
