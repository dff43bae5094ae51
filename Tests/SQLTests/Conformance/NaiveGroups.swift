// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// Groups rows in memory, one value at a time: the twin that plans of groups are judged by.
struct NaiveGroups {
    let plan: AggregatePlan
    let context: EvaluationContext
    private(set) var failures: [RowErrors.Entry] = []
    /// What a group could not be computed for.
    private(set) var overflow = false

    init(_ plan: AggregatePlan, _ context: EvaluationContext) { (self.plan, self.context) = (plan, context) }

    /// The groups, in the order of their first rows; `nil` where rows make sessions.
    mutating func groups(of batch: ColumnBatch) -> ColumnBatch? {
        var keys = plan.keys.map(\.expression)
        if let window = plan.window {
            if window.isSession { return nil }
            keys.append(window.eventTime)
        }
        let keyColumns = keys.map { column($0, batch) }
        let arguments = plan.aggregates.map { call in call.arguments.map { column($0, batch) } }
        let filters = plan.aggregates.map { call in call.filter.map { column($0, batch) } }
        var order: [[Value]] = []
        var rows: [[Value]: [Int]] = [:]
        var shown: [[Value]: [Value]] = [:]
        for row in 0..<batch.rowCount {
            let key = keyColumns.map { $0.value(at: row) }
            for key in windows(of: key) {
                let normal = key.map(Self.normal)
                if rows[normal] == nil { order.append(normal) }
                if shown[normal] == nil { shown[normal] = key }
                rows[normal, default: []].append(row)
            }
        }
        if plan.keys.isEmpty, plan.window == nil, order.isEmpty { order.append([]) }
        var result: [[Value]] = []
        for key in order {
            var line = shown[key] ?? []
            for (index, call) in plan.aggregates.enumerated() {
                let kept = (rows[key] ?? []).filter {
                    filters[index]?.value(at: $0) ?? .boolean(true) == .boolean(true)
                }
                var values = kept.map { row in arguments[index].map { $0.value(at: row) } }
                if call.isDistinct {
                    var seen: Set<[Value]> = []
                    values = values.filter { seen.insert($0.map(Self.normal)).inserted }
                }
                line.append(compute(call, values))
            }
            result.append(line)
        }
        let fields = plan.schema.fields
        return ColumnBatch(
            schema: plan.schema,
            columns: fields.indices.map { index in Column(fields[index].type, result.map { $0[index] }) },
            rowCount: result.count)
    }

    /// The key of a row in each of its windows: none where it has no event time.
    private func windows(of key: [Value]) -> [[Value]] {
        guard let kind = plan.window?.kind, let time = key.last else { return [key] }
        let rest = Array(key.dropLast())
        switch (kind, time) {
        case (.inherited, .structure): return [key]
        case (.fixed(let size, let slide, let offset), .timestamp(let time)):
            let last = time - (((time - offset) % slide) + slide) % slide
            let starts = stride(from: last, to: time - size, by: -Int(slide))
            return starts.map { rest + [.structure([.timestamp($0), .timestamp($0 + size)])] }
        default: return []
        }
    }

    private mutating func column(_ expression: Expression, _ batch: ColumnBatch) -> Column {
        var errors = RowErrors()
        let column = ExpressionEvaluator(expression).column(batch, context: context, errors: &errors)
        failures += errors.entries
        return column
    }

    /// A value as groups know it: NaN is one value, and zero has no sign.
    static func normal(_ value: Value) -> Value {
        switch value {
        case .double(let number): number.isNaN ? .string("NaN") : .double(number == 0 ? 0 : number)
        case .float(let number): number.isNaN ? .string("NaN") : .float(number == 0 ? 0 : number)
        case .structure(let members): .structure(members.map(normal))
        case .array(let elements): .array(elements.map(normal))
        default: value
        }
    }

    // MARK: Functions

    private mutating func compute(_ call: AggregateCall, _ rows: [[Value]]) -> Value {
        let whole = rows.filter { !$0.contains(.null) }
        let first = whole.compactMap(\.first)
        switch call.function {
        case .count: return .bigint(Int64(whole.count))
        case .sum: return sum(first, call.type)
        case .average: return average(first, call.type)
        case .minimum: return best(first.map { ($0, $0) }, call.type) { $0 < 0 }
        case .maximum: return best(first.map { ($0, $0) }, call.type) { $0 > 0 }
        case .minimumBy: return best(pairs(rows), call.arguments[1].type) { $0 <= 0 }
        case .maximumBy: return best(pairs(rows), call.arguments[1].type) { $0 >= 0 }
        case .first(let ignores): return (ignores ? first : rows.map { $0[0] }).first ?? .null
        case .last(let ignores): return (ignores ? first : rows.map { $0[0] }).last ?? .null
        case .collectList: return .array(first)
        case .collectSet:
            var seen: Set<Value> = []
            return .array(first.filter { seen.insert(Self.normal($0)).inserted })
        case .approximateCountDistinct: return .bigint(Int64(Set(first.map(Self.normal)).count))
        case .booleanAnd: return first.isEmpty ? .null : .boolean(!first.contains(.boolean(false)))
        case .booleanOr: return first.isEmpty ? .null : .boolean(first.contains(.boolean(true)))
        case .bitAnd: return bits(first, call.type, &)
        case .bitOr: return bits(first, call.type, |)
        case .bitXor: return bits(first, call.type, ^)
        case .variance(let ofSample): return spread(first, ofSample) { $0 }
        case .standardDeviation(let ofSample): return spread(first, ofSample) { $0.squareRoot() }
        case .covariance(let ofSample): return together(whole) { sums in sums.xy / (sums.n - (ofSample ? 1 : 0)) }
        case .correlation: return together(whole) { $0.xy / ($0.xx * $0.yy).squareRoot() }
        case .percentile(let fractions, let isArray):
            var numbers: [Double] = []
            for row in whole {
                let times = row.count > 1 ? Int(Self.number(row[1])) : 1
                numbers += Array(repeating: Self.number(row[0]), count: max(0, times))
            }
            if numbers.isEmpty { return .null }
            numbers.sort()
            let found = fractions.map { fraction -> Value in
                let place = fraction * Double(numbers.count - 1)
                let (low, high) = (Int(place.rounded(.down)), Int(place.rounded(.up)))
                if low == high { return .double(numbers[low]) }
                return .double((Double(high) - place) * numbers[low] + (place - Double(low)) * numbers[high])
            }
            return isArray ? .array(found) : found[0]
        case .approximatePercentile(let fractions, _, let isArray):
            if first.isEmpty { return .null }
            let type = call.arguments[0].type
            let sorted = first.sorted { Self.compare($0, $1, type) < 0 }
            let found = fractions.map { sorted[max(0, Int((Double(sorted.count) * $0).rounded(.up)) - 1)] }
            return isArray ? .array(found) : found[0]
        }
    }

    private func pairs(_ rows: [[Value]]) -> [(Value, Value)] {
        rows.filter { $0[1] != .null }.map { ($0[0], $0[1]) }
    }

    private static func compare(_ one: Value, _ other: Value, _ type: DataType) -> Int {
        RowOrder.compare(Column(type, [one]), 0, Column(type, [other]), 0)
    }

    private func best(_ pairs: [(Value, Value)], _ type: DataType, _ isBetter: (Int) -> Bool) -> Value {
        guard var best = pairs.first else { return .null }
        for pair in pairs.dropFirst() where isBetter(Self.compare(pair.1, best.1, type)) { best = pair }
        return best.0
    }

    private static func number(_ value: Value) -> Double {
        switch value {
        case .bigint(let number): Double(number)
        case .double(let number): number
        default: .nan
        }
    }

    private mutating func sum(_ values: [Value], _ type: DataType) -> Value {
        if values.isEmpty { return .null }
        if type == .double { return .double(values.reduce(0) { $0 + Self.number($1) }) }
        var total: Int128 = 0
        for value in values {
            switch value {
            case .bigint(let number): total += Int128(number)
            case .decimal(let unscaled, _): total += unscaled
            default: continue
            }
        }
        if case .decimal(let precision, let scale) = type {
            overflow = overflow || String(total.magnitude).count > precision
            return .decimal(total, scale: scale)
        }
        guard let fitting = Int64(exactly: total) else {
            overflow = true
            return .null
        }
        return .bigint(fitting)
    }

    private func average(_ values: [Value], _ type: DataType) -> Value {
        if values.isEmpty { return .null }
        guard case .decimal(_, let scale) = type else {
            return .double(values.reduce(0) { $0 + Self.number($1) } / Double(values.count))
        }
        var (total, own): (Int128, Int) = (0, 0)
        for case .decimal(let unscaled, let places) in values { (total, own) = (total + unscaled, places) }
        for _ in own..<max(own, scale) { total *= 10 }
        let count = Int128(values.count)
        let (quotient, remainder) = total.quotientAndRemainder(dividingBy: count)
        let up: Int128 = remainder.magnitude * 2 >= count.magnitude ? (total < 0 ? -1 : 1) : 0
        return .decimal(quotient + up, scale: scale)
    }

    private func spread(_ values: [Value], _ ofSample: Bool, _ finish: (Double) -> Double) -> Value {
        let numbers = values.map(Self.number)
        if numbers.isEmpty || (ofSample && numbers.count == 1) { return .null }
        let mean = numbers.reduce(0, +) / Double(numbers.count)
        let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return .double(finish(squares / Double(numbers.count - (ofSample ? 1 : 0))))
    }

    private struct Sums { var n, xx, yy, xy: Double }

    private func together(_ rows: [[Value]], _ finish: (Sums) -> Double) -> Value {
        let points = rows.map { (Self.number($0[0]), Self.number($0[1])) }
        if points.isEmpty { return .null }
        let count = Double(points.count)
        let (meanX, meanY) = (points.reduce(0) { $0 + $1.0 } / count, points.reduce(0) { $0 + $1.1 } / count)
        var sums = Sums(n: count, xx: 0, yy: 0, xy: 0)
        for (x, y) in points {
            sums.xx += (x - meanX) * (x - meanX)
            sums.yy += (y - meanY) * (y - meanY)
            sums.xy += (x - meanX) * (y - meanY)
        }
        let result = finish(sums)
        // One point, or points with all the same x or y, have no correlation.
        let isFlat = points.count == 1 || sums.xx == 0 || sums.yy == 0
        return result.isNaN && isFlat ? .null : .double(result)
    }

    private func bits(_ values: [Value], _ type: DataType, _ combine: (Int64, Int64) -> Int64) -> Value {
        var result: Int64?
        for value in values {
            var number: Int64 = 0
            switch value {
            case .tinyint(let small): number = Int64(small)
            case .smallint(let small): number = Int64(small)
            case .int(let small): number = Int64(small)
            case .bigint(let large): number = large
            default: continue
            }
            result = result.map { combine($0, number) } ?? number
        }
        guard let result else { return .null }
        switch type {
        case .tinyint: return .tinyint(Int8(truncatingIfNeeded: result))
        case .smallint: return .smallint(Int16(truncatingIfNeeded: result))
        case .int: return .int(Int32(truncatingIfNeeded: result))
        default: return .bigint(result)
        }
    }
}
