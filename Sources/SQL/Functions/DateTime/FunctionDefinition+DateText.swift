// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

extension FunctionDefinition {
    /// Dates and times as text, and in other zones.
    static let dateTextFunctions: [FunctionDefinition] = [
        MomentText.parsing("to_date", .date, .ansi), MomentText.parsing("try_to_date", .date, .lenient),
        MomentText.parsing("to_timestamp", .timestamp, .ansi),
        MomentText.parsing("try_to_timestamp", .timestamp, .lenient),
        MomentText.parsing("to_timestamp_ltz", .timestamp, .ansi),
        MomentText.parsing("to_timestamp_ntz", .timestampNTZ, .ansi),
        MomentText.unix("unix_timestamp", optionalSource: true),
        MomentText.unix("to_unix_timestamp", optionalSource: false),
        FunctionDefinition(
            "date_format", group: .dateTime, usage: "date_format(timestamp, pattern)",
            summary: "Writes a moment by a pattern."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 2 else { throw .argumentCount(expected: "2") }
            try MomentText.checkPattern(arguments[1], index: 1)
            return BoundFunction(
                "date_format", [.timestamp, .string], to: .string, nullable: arguments.contains { $0.nullable }
            ) { arguments, count, errors in MomentText.format(arguments, count, scale: 1, &errors) }
        },
        FunctionDefinition(
            "from_unixtime", group: .dateTime, usage: "from_unixtime(seconds[, pattern])",
            summary: "Writes the moment of seconds since 1970 by a pattern."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 1 || arguments.count == 2 else { throw .argumentCount(expected: "1 or 2") }
            if arguments.count == 2 { try MomentText.checkPattern(arguments[1], index: 1) }
            let standard = Operand.constant(Column(.string, [.string("yyyy-MM-dd HH:mm:ss")]))
            return BoundFunction(
                "from_unixtime", arguments.count == 1 ? [.bigint] : [.bigint, .string], to: .string,
                nullable: arguments.contains { $0.nullable }
            ) { arguments, count, errors in
                MomentText.format(
                    arguments.count == 1 ? arguments + [standard] : arguments, count, scale: 1_000_000, &errors)
            }
        },
        zone("from_utc_timestamp", "Gives what a clock in a zone shows at a UTC time.") { $1.local(fromUTC: $0) },
        zone("to_utc_timestamp", "Gives the UTC time at which a clock in a zone shows a time.") {
            $1.utc(fromLocal: $0)
        },
        FunctionDefinition(
            "convert_timezone", group: .dateTime, usage: "convert_timezone([source, ]target, timestamp)",
            summary: "Turns what a clock in one zone shows into what one in another shows."
        ) { (arguments) throws(FunctionBindingError) in
            guard arguments.count == 2 || arguments.count == 3 else { throw .argumentCount(expected: "2 or 3") }
            let parameters: [DataType] = (arguments.count == 3 ? [.string, .string] : [.string]) + [.timestampNTZ]
            return BoundFunction(
                "convert_timezone", parameters, to: .timestampNTZ, nullable: arguments.contains { $0.nullable },
                body: MomentText.convertZone)
        },
    ]

    private static func zone(
        _ name: String, _ summary: String, _ convert: @escaping @Sendable (Int64, TimeZoneRules) -> Int64
    ) -> FunctionDefinition {
        DateTime.function(
            name, "timestamp, zone", summary, [.timestamp, .string], .timestamp, canFail: true,
            DateTime.withText(.timestamp, value: 0, text: 1, TimeZoneDatabase.rules) {
                (micros: Int64, rules: TimeZoneRules?, row, errors) -> Int64? in
                guard let rules else {
                    errors.add(row: row, .invalidFunctionArgument, "the zone is unknown")
                    return nil
                }
                return convert(micros, rules)
            })
    }
}

/// Bodies and bindings of functions between text and moments.
enum MomentText {
    /// `name(text)` is a cast; `name(text, pattern)` reads by a pattern.
    static func parsing(_ name: String, _ type: DataType, _ mode: CastMode) -> FunctionDefinition {
        FunctionDefinition(
            name, group: .dateTime, usage: "\(name)(text[, pattern])",
            summary: "Reads a \(type) from text\(mode == .lenient ? "; NULL when it is none" : "")."
        ) { (arguments) throws(FunctionBindingError) in
            let nullable = mode == .lenient || arguments.contains { $0.nullable }
            switch arguments.count {
            case 1:
                guard Cast.allows(arguments[0].type, type) else {
                    throw .argumentType(index: 0, expected: "STRING, DATE or TIMESTAMP")
                }
                return BoundFunction(
                    parameterTypes: [arguments[0].type], resultType: type, nullable: nullable,
                    implementation: .rewrite { arguments in
                        arguments[0].type == type
                            ? arguments[0] : Expression(.cast(arguments[0], mode), type: type, nullable: nullable)
                    })
            case 2:
                try checkPattern(arguments[1], index: 1)
                if arguments[0].type != .string, arguments[0].type != .void {
                    // A pattern means nothing for what is a moment already.
                    return BoundFunction(
                        parameterTypes: [arguments[0].type, .string], resultType: type, nullable: nullable,
                        implementation: .rewrite { Expression(.cast($0[0], mode), type: type, nullable: nullable) })
                }
                let body = read(mode)
                return BoundFunction(
                    parameterTypes: [.string, .string], resultType: type, nullable: nullable,
                    implementation: .scalar(
                        ScalarFunction(name: name, canFail: mode == .ansi) { arguments, count, errors in
                            let micros = body(arguments, count, &errors)
                            var ignored = RowErrors()
                            return Cast.apply(micros, to: type, mode: .lenient, errors: &ignored)
                        }))
            default: throw .argumentCount(expected: "1 or 2")
            }
        }
    }

    /// Seconds since 1970 of a moment, of text, or of the epoch's time.
    static func unix(_ name: String, optionalSource: Bool) -> FunctionDefinition {
        FunctionDefinition(
            name, group: .dateTime, usage: "\(name)(\(optionalSource ? "[source[, pattern]]" : "source[, pattern]"))",
            summary: "Counts the seconds since 1970 of a moment, or of text read by a pattern."
        ) { (arguments) throws(FunctionBindingError) in
            let nullable = arguments.contains { $0.nullable }
            guard arguments.count <= 2, optionalSource || !arguments.isEmpty else {
                throw .argumentCount(expected: optionalSource ? "0 to 2" : "1 or 2")
            }
            guard let source = arguments.first else {
                return BoundFunction(
                    parameterTypes: [], resultType: .bigint, nullable: false,
                    implementation: .rewrite { _ in
                        Expression(
                            .cast(Expression(.epochTime, type: .timestamp, nullable: false), .ansi), type: .bigint,
                            nullable: false)
                    })
            }
            if arguments.count == 2 { try checkPattern(arguments[1], index: 1) }
            let isText = source.type == .string || source.type == .void
            let parse = read(.ansi)
            let standard = Operand.constant(Column(.string, [.string("yyyy-MM-dd HH:mm:ss")]))
            return BoundFunction(
                parameterTypes: [isText ? .string : .timestamp] + (arguments.count == 2 ? [.string] : []),
                resultType: .bigint, nullable: nullable,
                implementation: .scalar(
                    ScalarFunction(name: name, canFail: isText) { arguments, count, errors in
                        let moments =
                            isText
                            ? parse(arguments.count == 1 ? arguments + [standard] : arguments, count, &errors)
                            : arguments[0].column(rowCount: count)
                        let seconds = Elementwise.map(moments.elements(Int64.self)) {
                            $0.flooringDivision(by: TimestampText.microsPerSecond)
                        }
                        return Column(.bigint, seconds, validity: moments.validity)
                    }))
        }
    }

    static func checkPattern(_ argument: FunctionArgument, index: Int) throws(FunctionBindingError) {
        guard case .string(let text) = argument.constant else { return }
        if DateTimePattern(text) == nil {
            throw .argumentValue(index: index, expected: "a datetime pattern such as 'yyyy-MM-dd'")
        }
    }

    /// Reads TIMESTAMP values by a pattern.
    private static func read(_ mode: CastMode) -> ScalarFunction.Body {
        { arguments, count, errors in
            if arguments.contains(where: \.isNullConstant) { return Column(nulls: .timestamp, count: count) }
            let input = arguments[0].column(rowCount: count).expandingDictionary()
            guard case .bytes(let offsets, let bytes) = input.storage else {
                return Column(nulls: .timestamp, count: count)
            }
            let patterns = DateTime.PerText(arguments[1]) { DateTimePattern($0) }
            let validity = Bitmap.intersection(input.validity, arguments[1].validity)
            let source = bytes.span
            var results = BufferBuilder<Int64>(capacity: count)
            var present = BitmapBuilder(capacity: count)
            for row in 0..<count {
                var result: Int64?
                if validity?[row] ?? true {
                    let pattern = patterns.value(at: row)
                    result = pattern?.parse(source.extracting(Int(offsets[row])..<Int(offsets[row + 1])))
                    if result == nil, mode == .ansi {
                        if pattern == nil {
                            errors.add(row: row, .invalidFunctionArgument, "the datetime pattern is not valid")
                        } else {
                            errors.add(
                                row: row, .invalidCast,
                                "'\(DateTime.text(input, row).prefix(80))' is not written as the pattern asks")
                        }
                    }
                }
                results.append(result ?? 0)
                present.append(result != nil)
            }
            return Column(.timestamp, results.finish(), validity: present.finishValidity())
        }
    }

    /// Writes moments, given in units of `scale` microseconds, by a pattern.
    static func format(
        _ arguments: [Operand], _ count: Int, scale: Int64, _ errors: inout RowErrors
    ) -> Column {
        if arguments.contains(where: \.isNullConstant) { return Column(nulls: .string, count: count) }
        let input = arguments[0].column(rowCount: count)
        let moments = input.elements(Int64.self)
        let patterns = DateTime.PerText(arguments[1]) { DateTimePattern($0) }
        let validity = Bitmap.intersection(input.validity, arguments[1].validity)
        var failed: [(Int, PipelineError.Code, String)] = []
        let result = NumberText.texts(.string, count, validity) { row, output in
            guard let pattern = patterns.value(at: row) else {
                failed.append((row, .invalidFunctionArgument, "the datetime pattern is not valid"))
                return false
            }
            let (micros, overflow) = moments[row].multipliedReportingOverflow(by: scale)
            guard !overflow else {
                failed.append((row, .numericOverflow, "the timestamp is out of range"))
                return false
            }
            pattern.write(micros, to: &output)
            return true
        }
        for (row, code, message) in failed { errors.add(row: row, code, message) }
        return result
    }

    static let convertZone: ScalarFunction.Body = { arguments, count, errors in
        if arguments.contains(where: \.isNullConstant) { return Column(nulls: .timestampNTZ, count: count) }
        let body = Kernel.rows(.timestampNTZ, Int64.self) { columns in
            let moments = columns[columns.count - 1].elements(Int64.self)
            let targets = DateTime.PerText(.column(columns[columns.count - 2]), TimeZoneDatabase.rules)
            let sources = columns.count == 3 ? DateTime.PerText(.column(columns[0]), TimeZoneDatabase.rules) : nil
            let utc = TimeZoneRules(fixed: 0)
            return { row, errors in
                guard let target = targets.value(at: row), let source = sources.map({ $0.value(at: row) }) ?? utc else {
                    errors.add(row: row, .invalidFunctionArgument, "the zone is unknown")
                    return nil
                }
                return target.local(fromUTC: source.utc(fromLocal: moments[row]))
            }
        }
        return body(arguments, count, &errors)
    }
}
