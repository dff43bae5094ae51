// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Which types meet in which, and what is cast to what without being asked, by Spark's ANSI rules.
///
/// Source: Spark SQL reference, "ANSI Compliance", type promotion and least common type.
enum TypeCoercion {
    /// The least type that holds both without looking at strings; `nil` when there is none.
    ///
    /// Integers widen; FLOAT with an integer is DOUBLE; a decimal with a narrower integer stays; DATE with a timestamp is the timestamp.
    static func tightest(_ left: DataType, _ right: DataType) -> DataType? {
        if left == right { return left }
        switch (left, right) {
        case (.void, let other), (let other, .void): return other
        case (.decimal, let integer) where integer.isInteger: return holds(left, integer) ? left : nil
        case (let integer, .decimal) where integer.isInteger: return holds(right, integer) ? right : nil
        case (.decimal, _), (_, .decimal): return nil
        case (.timestamp, .date), (.date, .timestamp), (.timestamp, .timestampNTZ), (.timestampNTZ, .timestamp):
            return .timestamp
        case (.timestampNTZ, .date), (.date, .timestampNTZ): return .timestampNTZ
        default: break
        }
        if let leftRank = numericRank(left), let rightRank = numericRank(right) {
            let wider = leftRank > rightRank ? left : right
            return wider == .float ? .double : wider
        }
        return nested(left, right, tightest)
    }

    /// The common type of two values: of CASE branches, COALESCE, IN, UNION, comparisons.
    ///
    /// Strings give way to the other type.
    static func common(_ left: DataType, _ right: DataType) -> DataType? {
        if let type = tightest(left, right) { return type }
        switch (left, right) {
        case (.decimal, .float), (.decimal, .double), (.float, .decimal), (.double, .decimal): return .double
        case (.decimal, _), (_, .decimal):
            if let one = DecimalPrecision.holding(left), let other = DecimalPrecision.holding(right) {
                return DecimalPrecision.wider(one, other)
            }
        default: break
        }
        if case .string = left { return promoted(stringWith: right) }
        if case .string = right { return promoted(stringWith: left) }
        return nested(left, right, common)
    }

    /// The common type of several; `nil` when there is none, VOID for an empty list.
    static func common(_ types: [DataType]) -> DataType? {
        // Strings first, as Spark does: '1', 2, 3.5 meet in a decimal, not in DOUBLE.
        let ordered = types.filter { $0 == .string } + types.filter { $0 != .string }
        var result = DataType.void
        for type in ordered {
            guard let wider = common(result, type) else { return nil }
            result = wider
        }
        return result
    }

    /// What a string becomes beside another type: BIGINT beside integers, DOUBLE beside other numbers, else the other type.
    static func promoted(stringWith other: DataType) -> DataType? {
        switch other {
        case .void, .string: .string
        case .tinyint, .smallint, .int, .bigint: .bigint
        case .float, .double, .decimal: .double
        case .boolean, .binary, .date, .timestamp, .timestampNTZ: other
        case .dayTimeInterval, .yearMonthInterval, .structure, .array, .map: nil
        }
    }

    /// Whether an argument of one type may be passed where another is wanted; it is then cast.
    static func castsImplicitly(from type: DataType, to target: DataType) -> Bool {
        if type == target { return true }
        switch (type, target) {
        case (.void, _): return true
        case (.array(let from, _), .array(let to, _)): return castsImplicitly(from: from, to: to)
        case (.map(let fromKey, let fromValue, _), .map(let toKey, let toValue, _)):
            return castsImplicitly(from: fromKey, to: toKey) && castsImplicitly(from: fromValue, to: toValue)
        case (.structure(let from), .structure(let to)):
            return from.count == to.count && zip(from, to).allSatisfy { castsImplicitly(from: $0.type, to: $1.type) }
        case (.array, _), (.map, _), (.structure, _), (_, .array), (_, .map), (_, .structure): return false
        case (.dayTimeInterval, _), (.yearMonthInterval, _): return target == .string
        case (_, .dayTimeInterval), (_, .yearMonthInterval): return type == .string
        case (_, .void): return false
        case (.string, _), (_, .string): return true
        default: break
        }
        if type.isNumeric && target.isNumeric { return true }
        return isDatetime(type) && isDatetime(target)
    }

    /// Whether the type is DATE or one of the timestamps.
    static func isDatetime(_ type: DataType) -> Bool {
        switch type {
        case .date, .timestamp, .timestampNTZ: true
        default: false
        }
    }

    /// Whether every value of the integer type is one of the decimal type.
    private static func holds(_ decimal: DataType, _ integer: DataType) -> Bool {
        guard case .decimal(let precision, let scale) = decimal, let needed = DecimalPrecision.holding(integer) else {
            return false
        }
        return precision - scale >= needed.precision
    }

    private static func numericRank(_ type: DataType) -> Int? {
        switch type {
        case .tinyint: 0
        case .smallint: 1
        case .int: 2
        case .bigint: 3
        case .float: 4
        case .double: 5
        default: nil
        }
    }

    /// Meets two nested types member by member; names of the left side's fields win.
    private static func nested(
        _ left: DataType, _ right: DataType, _ meet: (DataType, DataType) -> DataType?
    ) -> DataType? {
        switch (left, right) {
        case (.array(let one, let oneNull), .array(let other, let otherNull)):
            guard let element = meet(one, other) else { return nil }
            return .array(element: element, containsNull: oneNull || otherNull)
        case (.map(let oneKey, let oneValue, let oneNull), .map(let otherKey, let otherValue, let otherNull)):
            guard let key = meet(oneKey, otherKey), let value = meet(oneValue, otherValue) else { return nil }
            return .map(key: key, value: value, valueContainsNull: oneNull || otherNull)
        case (.structure(let ones), .structure(let others)):
            guard ones.count == others.count else { return nil }
            var fields: [Field] = []
            for (one, other) in zip(ones, others) {
                guard one.name.lowercased() == other.name.lowercased(), let type = meet(one.type, other.type) else {
                    return nil
                }
                fields.append(Field(one.name, type, nullable: one.nullable || other.nullable, comment: one.comment))
            }
            return .structure(fields)
        default:
            return nil
        }
    }
}
