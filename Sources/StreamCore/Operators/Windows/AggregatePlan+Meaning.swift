// SPDX-License-Identifier: Apache-2.0
import Columnar

extension AggregatePlan {
    /// What the state of the grouping means, part by part.
    func meaning(input: Schema) -> [OperatorIdentity.MeaningPart] {
        var parts = keys.map {
            OperatorIdentity.MeaningPart("key \($0.name)", $0.expression.meaning(in: input))
        }
        if let window {
            let kind =
                switch window.kind {
                case .fixed(let size, let slide, let offset): "fixed \(size) \(slide) \(offset)"
                case .session(let gap): "session \(gap.meaning(in: input))"
                case .inherited: "inherited"
                }
            parts.append(.init("window", "\(kind) of \(window.eventTime.meaning(in: input))"))
        }
        for (call, name) in zip(aggregates, stateNames) {
            let arguments = call.arguments.map { $0.meaning(in: input) }.joined(separator: ", ")
            let filter = call.filter.map { " where \($0.meaning(in: input))" } ?? ""
            parts.append(
                .init(
                    "aggregate \(name)",
                    "\(call.function)(\(call.isDistinct ? "distinct " : "")\(arguments))\(filter): \(call.type)"))
        }
        return parts
    }

    /// The names of the aggregates in state: their own, with their place among those of equal name from the second on.
    var stateNames: [String] {
        var counts: [String: Int] = [:]
        return aggregates.map { call in
            counts[call.name, default: 0] += 1
            let count = counts[call.name] ?? 1
            return count == 1 ? call.name : "\(call.name)#\(count)"
        }
    }
}
