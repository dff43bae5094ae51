// SPDX-License-Identifier: Apache-2.0
public import Columnar

extension Cast {
    /// Whether CAST takes this pair of types under Spark's ANSI rules.
    public static func allows(_ source: DataType, _ target: DataType) -> Bool {
        switch (source, target) {
        case _ where source == target: true
        case (.void, _): true
        case (_, .string): true
        case (.string, .structure), (.string, .array), (.string, .map), (.string, .void): false
        case (.string, _): true
        case (.structure(let from), .structure(let to)):
            from.count == to.count && zip(from, to).allSatisfy { allows($0.type, $1.type) }
        case (.array(let from, _), .array(let to, _)): allows(from, to)
        case (.map(let fromKey, let fromValue, _), .map(let toKey, let toValue, _)):
            allows(fromKey, toKey) && allows(fromValue, toValue)
        case (.date, .timestamp), (.date, .timestampNTZ), (.timestamp, .date), (.timestamp, .timestampNTZ),
            (.timestampNTZ, .date), (.timestampNTZ, .timestamp):
            true
        case (.timestamp, let number) where number.isNumeric: true
        case (let number, .timestamp) where number.isNumeric: true
        case (.boolean, let number) where number.isNumeric: true
        case (let number, .boolean) where number.isNumeric: true
        default: source.isNumeric && target.isNumeric
        }
    }

    /// Whether the resolver may insert the cast by itself where an argument of `target` is wanted (ANSI store and call rules):
    /// numbers widen, dates become timestamps, text becomes what is asked for.
    public static func allowsImplicitly(_ source: DataType, _ target: DataType) -> Bool {
        switch (source, target) {
        case _ where source == target: true
        case (.void, _): true
        case (.date, .timestamp), (.date, .timestampNTZ), (.timestamp, .timestampNTZ), (.timestampNTZ, .timestamp): true
        case (.string, _): allows(source, target)
        case (_, .string): !isNested(source) && source != .binary
        case (.float, .double): true
        case (.decimal(let precision, let scale), .decimal(let wider, let newScale)):
            newScale >= scale && wider - newScale >= precision - scale
        case (.decimal, .double), (.decimal, .float): true
        default: source.isInteger && target.isNumeric && !narrows(source, target)
        }
    }

    private static func narrows(_ source: DataType, _ target: DataType) -> Bool {
        let order: [DataType] = [.tinyint, .smallint, .int, .bigint]
        guard let from = order.firstIndex(of: source), let to = order.firstIndex(of: target) else { return false }
        return to < from
    }
}
