// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// Parts of the functions of dates and times.
enum DateTime {
    /// A function of fixed parameter types.
    static func function(
        _ name: String, aliases: [String] = [], _ usage: String, _ summary: String, _ parameters: [DataType],
        _ result: DataType, canFail: Bool = false, nullable: Bool = false, _ body: @escaping ScalarFunction.Body
    ) -> FunctionDefinition {
        FunctionDefinition(name, aliases: aliases, group: .dateTime, usage: "\(name)(\(usage))", summary: summary) {
            (arguments) throws(FunctionBindingError) in
            guard arguments.count == parameters.count else { throw .argumentCount(expected: "\(parameters.count)") }
            return BoundFunction(
                parameterTypes: parameters, resultType: result,
                nullable: nullable || arguments.contains { $0.nullable },
                implementation: .scalar(ScalarFunction(name: name, canFail: canFail, body: body)))
        }
    }

    static func moment(_ days: Int32) -> CalendarDate { CalendarDate(daysSinceEpoch: Int(days)) }

    static func day(_ micros: Int64) -> Int { Int(micros.flooringDivision(by: TimestampText.microsPerDay)) }

    static func ofDay(_ micros: Int64) -> Int64 { micros.flooringRemainder(by: TimestampText.microsPerDay) }

    /// The text of a row of a STRING column.
    static func text(_ column: Column, _ row: Int) -> String {
        if case .string(let text) = column.value(at: row) { text } else { "" }
    }

    /// Gives something made from the text of a row; made again only when the text changes, so once for a literal.
    final class PerText<Made> {
        private let column: Column
        private let make: (String) -> Made?
        private var last: (text: String, made: Made?)?

        init(_ operand: Operand, _ make: @escaping (String) -> Made?) {
            column = operand.stored
            self.make = make
        }

        func value(at row: Int) -> Made? {
            if column.count == 1, let last { return last.made }
            let text = DateTime.text(column, column.count == 1 ? 0 : row)
            if let last, last.text == text { return last.made }
            let made = make(text)
            last = (text, made)
            return made
        }
    }

    /// A body over a fixed-width argument and a text that something is made from; `compute` gives `nil` for NULL.
    static func withText<A: ColumnElement, Made, Result: ColumnElement>(
        _ type: DataType, value index: Int, text textIndex: Int, _ make: @escaping @Sendable (String) -> Made?,
        _ compute: @escaping @Sendable (A, Made?, Int, inout RowErrors) -> Result?
    ) -> ScalarFunction.Body {
        { arguments, count, errors in
            if arguments.contains(where: \.isNullConstant) { return Column(nulls: type, count: count) }
            let input = arguments[index].column(rowCount: count)
            let values = input.elements(A.self)
            let validity = Bitmap.intersection(input.validity, arguments[textIndex].validity)
            let made = PerText(arguments[textIndex], make)
            var results = BufferBuilder<Result>(capacity: count)
            var present = BitmapBuilder(capacity: count)
            for row in 0..<count {
                let result =
                    validity?[row] ?? true ? compute(values[row], made.value(at: row), row, &errors) : nil
                results.append(result ?? Result.zero)
                present.append(result != nil)
            }
            return Column(type, results.finish(), validity: present.finishValidity())
        }
    }
}

/// Units that moments are counted in.
enum TimeUnit: Sendable {
    case year, quarter, month, week, day, hour, minute, second, millisecond, microsecond

    /// The unit of a word in any case, with the short forms of `trunc` and `date_trunc`.
    init?(_ word: String) {
        switch word.uppercased() {
        case "YEAR", "YEARS", "YYYY", "YY": self = .year
        case "QUARTER": self = .quarter
        case "MONTH", "MONTHS", "MON", "MM": self = .month
        case "WEEK", "WEEKS": self = .week
        case "DAY", "DAYS", "DD", "DAYOFYEAR": self = .day
        case "HOUR", "HOURS": self = .hour
        case "MINUTE", "MINUTES": self = .minute
        case "SECOND", "SECONDS": self = .second
        case "MILLISECOND", "MILLISECONDS": self = .millisecond
        case "MICROSECOND", "MICROSECONDS": self = .microsecond
        default: return nil
        }
    }

    /// How many months it has; `nil` for units of fixed length.
    var months: Int? {
        switch self {
        case .year: 12
        case .quarter: 3
        case .month: 1
        default: nil
        }
    }

    /// How many microseconds it has; `nil` for units of months.
    var micros: Int64? {
        switch self {
        case .week: 7 * TimestampText.microsPerDay
        case .day: TimestampText.microsPerDay
        case .hour: 3_600_000_000
        case .minute: 60_000_000
        case .second: 1_000_000
        case .millisecond: 1000
        case .microsecond: 1
        case .year, .quarter, .month: nil
        }
    }

    /// The first day of the unit that a day lies in; units below a day give the day.
    func start(ofDay days: Int) -> Int {
        let date = CalendarDate(daysSinceEpoch: days)
        switch self {
        case .year: return CalendarDate(year: date.year, month: 1, day: 1).daysSinceEpoch
        case .quarter: return CalendarDate(year: date.year, month: (date.month - 1) / 3 * 3 + 1, day: 1).daysSinceEpoch
        case .month: return CalendarDate(year: date.year, month: date.month, day: 1).daysSinceEpoch
        case .week: return days - CalendarDate.isoWeekday(daysSinceEpoch: days) + 1
        default: return days
        }
    }

    /// The start of the unit that a moment lies in.
    func start(of micros: Int64) -> Int64 {
        switch self {
        case .year, .quarter, .month, .week: Int64(start(ofDay: DateTime.day(micros))) &* TimestampText.microsPerDay
        default: micros &- micros.flooringRemainder(by: self.micros ?? 1)
        }
    }
}
