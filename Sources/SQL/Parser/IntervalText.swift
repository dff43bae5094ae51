// SPDX-License-Identifier: Apache-2.0

/// Adds up the amounts of an interval as written.
struct IntervalText {
    private(set) var months: Int64 = 0
    private(set) var micros: Int64 = 0
    private(set) var hasMonths = false
    private(set) var hasMicros = false

    /// The interval of amounts and units: `1 day -2 hours`; a leading `interval` is allowed.
    static func units(_ text: String) -> IntervalText? {
        var words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        if words.first?.lowercased() == "interval" { words.removeFirst() }
        guard !words.isEmpty else { return nil }
        var interval = IntervalText()
        var index = 0
        while index < words.count {
            var amount = words[index]
            // A sign may stand alone.
            if amount == "-" || amount == "+", index + 1 < words.count {
                index += 1
                amount += words[index]
            }
            guard index + 1 < words.count, let unit = IntervalUnit(words[index + 1].uppercased()),
                interval.add(amount, unit)
            else { return nil }
            index += 2
        }
        return interval
    }

    /// Adds an amount as written; only seconds may have a fraction, of up to six digits (nine are read). False when it is wrong.
    mutating func add(_ text: String, _ unit: IntervalUnit) -> Bool {
        let trimmed = text.filter { !$0.isWhitespace }
        if unit == .second, trimmed.contains(".") {
            guard let micros = Self.seconds(trimmed) else { return false }
            return addMicros(micros)
        }
        guard let amount = Int64(trimmed) else { return false }
        let (product, overflow) = amount.multipliedReportingOverflow(by: unit.size)
        if overflow { return false }
        return unit.isYearMonth ? addMonths(product) : addMicros(product)
    }

    /// Adds an amount in the unit's kind: months or microseconds.
    mutating func add(_ amount: Int64, of unit: IntervalUnit) {
        _ = unit.isYearMonth ? addMonths(amount) : addMicros(amount)
    }

    private mutating func addMonths(_ amount: Int64) -> Bool {
        hasMonths = true
        let (sum, overflow) = months.addingReportingOverflow(amount)
        months = sum
        return !overflow
    }

    private mutating func addMicros(_ amount: Int64) -> Bool {
        hasMicros = true
        let (sum, overflow) = micros.addingReportingOverflow(amount)
        micros = sum
        return !overflow
    }

    /// Microseconds of `[-]s.ffffff`.
    private static func seconds(_ text: String) -> Int64? {
        let negative = text.hasPrefix("-")
        let digits = negative || text.hasPrefix("+") ? text.dropFirst() : text[...]
        let parts = digits.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].count <= 9, parts.allSatisfy({ $0.utf8.allSatisfy(Lexer.isDigit) }) else {
            return nil
        }
        let fraction = String((parts[1] + "000000").prefix(6))
        guard let whole = Int64(parts[0].isEmpty ? "0" : parts[0]), let micros = Int64(fraction) else { return nil }
        let (scaled, overflow) = whole.multipliedReportingOverflow(by: 1_000_000)
        let (sum, carried) = scaled.addingReportingOverflow(micros)
        return overflow || carried ? nil : negative ? -sum : sum
    }

    /// Months or microseconds of a text such as `1-2` (YEAR TO MONTH) or `1 02:03:04.5` (DAY TO SECOND).
    static func range(_ text: String, from first: IntervalUnit, to last: IntervalUnit) -> Int64? {
        var body = text[...]
        while body.first?.isWhitespace == true { body = body.dropFirst() }
        while body.last?.isWhitespace == true { body = body.dropLast() }
        let negative = body.hasPrefix("-")
        if negative || body.hasPrefix("+") { body = body.dropFirst() }
        var total: Int64 = 0
        var unit = first
        while true {
            let isLast = unit == last
            let separator: Character = unit == .year ? "-" : unit == .day ? " " : ":"
            let piece = isLast ? body : body.prefix { $0 != separator }
            guard let amount = amount(piece, unit, isFirst: unit == first) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(negative ? -amount : amount)
            if overflow { return nil }
            total = sum
            if isLast { return total }
            body = body.dropFirst(piece.count)
            guard !body.isEmpty else { return nil }
            body = body.dropFirst()
            guard let next = IntervalUnit(rawValue: unit == .month ? unit.rawValue : unit.rawValue + 1) else {
                return nil
            }
            unit = next
        }
    }

    /// One member of a range, in the unit's kind; only the first may exceed the unit above it.
    private static func amount(_ text: Substring, _ unit: IntervalUnit, isFirst: Bool) -> Int64? {
        if unit == .second, text.contains(".") {
            guard !text.hasPrefix("-"), let micros = seconds(String(text)), isFirst || micros < 60_000_000 else {
                return nil
            }
            return micros
        }
        guard !text.isEmpty, text.utf8.allSatisfy(Lexer.isDigit), let number = Int64(text) else { return nil }
        let limit: Int64 = unit == .month ? 11 : unit == .hour ? 23 : 59
        if !isFirst, number > limit { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit.size)
        return overflow ? nil : product
    }
}
