// SPDX-License-Identifier: Apache-2.0
import Columnar

/// How one aggregate call is computed: its state's columns, the rows that count for it, and its accumulators.
struct AggregateDefinition: Sendable {
    let call: AggregateCall
    /// The columns of its state, under names of their own within an operator.
    let stateFields: [Field]
    /// The arguments whose NULLs keep a row from counting.
    let requiredArguments: [Int]
    /// Whether it reads arguments at all; `count` only asks which rows count.
    let readsArguments: Bool
    private let make: @Sendable () -> any Accumulator

    /// An accumulator without groups.
    func makeAccumulator() -> any Accumulator { make() }

    /// A call under its name in state, which no other call of the operator has.
    init(_ call: AggregateCall, name: String) {
        self.call = call
        let types = call.arguments.map(\.type)
        let core = Core(call, types)
        let isSimple = !call.isDistinct
        let members = isSimple ? core.state : DistinctAccumulator.state(types)
        stateFields = members.map { Field("\(name).\($0.name)", $0.type, nullable: $0.nullable) }
        requiredArguments = core.required
        readsArguments = !isSimple || core.readsArguments
        let make = core.make
        if isSimple {
            self.make = make
        } else {
            self.make = { DistinctAccumulator(types, make) }
        }
    }
}

/// What a function is made of, apart from DISTINCT.
private struct Core {
    var state: [Field]
    var required: [Int]
    var readsArguments = true
    var make: @Sendable () -> any Accumulator

    init(_ state: [Field], _ required: [Int], _ make: @escaping @Sendable () -> any Accumulator) {
        self.state = state
        self.required = required
        self.make = make
    }

    init(_ call: AggregateCall, _ types: [DataType]) {
        let all = Array(types.indices)
        let first = types.first ?? .void
        switch call.function {
        case .count:
            self.init([Field("count", .bigint, nullable: false)], all) { CountAccumulator() }
            readsArguments = false
        case .sum, .average: self.init(sumOf: first, call)
        case .minimum: self.init(extremeOf: first, isMaximum: false)
        case .maximum: self.init(extremeOf: first, isMaximum: true)
        case .first(let ignoresNulls): self.init(chosen: .earliest, first, ignoresNulls ? [0] : [])
        case .last(let ignoresNulls): self.init(chosen: .latest, first, ignoresNulls ? [0] : [])
        case .minimumBy: self.init(chosen: .least(by: types[1]), first, [1])
        case .maximumBy: self.init(chosen: .greatest(by: types[1]), first, [1])
        case .variance(let ofSample):
            self.init(MomentsAccumulator.state, all) { MomentsAccumulator(ofSample: ofSample, takesRoot: false) }
        case .standardDeviation(let ofSample):
            self.init(MomentsAccumulator.state, all) { MomentsAccumulator(ofSample: ofSample, takesRoot: true) }
        case .correlation: self.init(PairMomentsAccumulator.state, all) { PairMomentsAccumulator(.correlation) }
        case .covariance(let ofSample):
            self.init(PairMomentsAccumulator.state, all) { PairMomentsAccumulator(.covariance(ofSample: ofSample)) }
        case .collectList:
            self.init(CollectAccumulator.state(first), [0]) { CollectAccumulator(call, first, isSet: false) }
        case .collectSet:
            self.init(CollectAccumulator.state(first), [0]) { CollectAccumulator(call, first, isSet: true) }
        case .approximateCountDistinct(let deviation):
            self.init([Field("registers", .binary, nullable: false)], all) {
                CardinalityAccumulator(relativeStandardDeviation: deviation)
            }
        case .percentile(let fractions, let isArray):
            self.init(PercentileAccumulator.state(first), all) {
                PercentileAccumulator(call, first, fractions, isArray: isArray, interpolates: true)
            }
        case .approximatePercentile(let fractions, _, let isArray):
            self.init(PercentileAccumulator.state(first), [0]) {
                PercentileAccumulator(call, first, fractions, isArray: isArray, interpolates: false)
            }
        case .booleanAnd, .bitAnd: self.init(bits: .and, first)
        case .booleanOr, .bitOr: self.init(bits: .or, first)
        case .bitXor: self.init(bits: .xor, first)
        }
    }

    private init(sumOf type: DataType, _ call: AggregateCall) {
        let count = Field("count", .bigint, nullable: false)
        switch type {
        case .float, .double:
            let isAverage = call.function == .average
            self.init(
                [Field("sum", .double, nullable: false), Field("rest", .double, nullable: false), count], [0]
            ) { DoubleSumAccumulator(isAverage: isAverage) }
        case .decimal(_, let scale):
            let sum = Field("sum", .decimal(precision: 38, scale: scale), nullable: false)
            self.init([sum, Field("carry", .bigint, nullable: false), count], [0]) {
                DecimalSumAccumulator(call, scale: scale)
            }
        default:
            self.init([Field("sum", .decimal(precision: 38, scale: 0), nullable: false), count], [0]) {
                IntegerSumAccumulator(call)
            }
        }
    }

    private init(extremeOf type: DataType, isMaximum: Bool) {
        if NumberColumns.hasOrderWords(type) {
            self.init([Field("value", type)], [0]) { ExtremeAccumulator(type, isMaximum: isMaximum) }
        } else if case .decimal = type {
            self.init([Field("value", type)], [0]) { DecimalExtremeAccumulator(type, isMaximum: isMaximum) }
        } else {
            self.init(chosen: isMaximum ? .greatest(by: type) : .least(by: type), type, [0], isItself: true)
        }
    }

    private init(chosen rule: ChosenValueAccumulator.Rule, _ type: DataType, _ required: [Int], isItself: Bool = false)
    {
        self.init(ChosenValueAccumulator.state(rule, type, isItself: isItself), required) {
            ChosenValueAccumulator(rule, type, isItself: isItself)
        }
    }

    private init(bits operation: BitAccumulator.Operation, _ type: DataType) {
        self.init([Field("value", type)], [0]) { BitAccumulator(operation, type) }
    }
}
