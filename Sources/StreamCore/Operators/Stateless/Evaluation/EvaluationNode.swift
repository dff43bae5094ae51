// SPDX-License-Identifier: Apache-2.0
internal import Columnar

/// An expression prepared for evaluation: constant parts computed, inputs known. Immutable and shared by workers.
final class EvaluationNode: Sendable {
    let kind: Kind
    let type: DataType
    let text: String
    /// The columns it reads, ascending.
    let inputs: [Int]
    /// Whether a row can fail.
    let canFail: Bool

    enum Kind: Sendable {
        case column(Int)
        /// A column of one row.
        case constant(Column)
        /// A constant part that fails: so does every row that asks for it.
        case failing(RowErrors)
        case call(ScalarFunction, [EvaluationNode])
        case cast(EvaluationNode, CastMode)
        case and(EvaluationNode, EvaluationNode)
        case or(EvaluationNode, EvaluationNode)
        case not(EvaluationNode)
        case conditional([(condition: EvaluationNode, result: EvaluationNode)], otherwise: EvaluationNode?)
        case coalesce([EvaluationNode])
        case field(EvaluationNode, Int)
        case epochTime
    }

    private init(_ kind: Kind, type: DataType, text: String, inputs: [Int], canFail: Bool) {
        self.kind = kind
        self.type = type
        self.text = text
        self.inputs = inputs
        self.canFail = canFail
    }

    /// Prepares an expression and everything below it.
    convenience init(_ expression: Expression) {
        let (kind, children, canFail) = Self.prepare(expression)
        self.init(
            kind, type: expression.type, text: expression.text, children: children,
            canFail: canFail || children.contains { $0.canFail })
    }

    private convenience init(_ kind: Kind, type: DataType, text: String, children: [EvaluationNode], canFail: Bool) {
        var inputs = Set(children.flatMap(\.inputs))
        if case .column(let index) = kind { inputs.insert(index) }
        let node = EvaluationNode(kind, type: type, text: text, inputs: inputs.sorted(), canFail: canFail)
        guard Self.folds(kind), children.allSatisfy(\.isFolded) else {
            self.init(kind, type: type, text: text, inputs: node.inputs, canFail: canFail)
            return
        }
        var errors = RowErrors()
        let frame = EvaluationFrame(columns: [], count: 1, context: EvaluationContext(epochMicros: 0))
        let result = node.evaluate(frame, &errors).column(rowCount: 1)
        self.init(
            errors.isEmpty ? .constant(result) : .failing(errors), type: type, text: text, inputs: [],
            canFail: !errors.isEmpty)
    }

    /// Whether its value is known before any row is.
    var isFolded: Bool {
        switch kind {
        case .constant, .failing: true
        default: false
        }
    }

    private static func folds(_ kind: Kind) -> Bool {
        switch kind {
        case .column, .epochTime, .constant, .failing: false
        case .call(let function, _): function.isDeterministic
        default: true
        }
    }

    private static func prepare(_ expression: Expression) -> (Kind, children: [EvaluationNode], canFail: Bool) {
        switch expression.kind {
        case .column(let index): return (.column(index), [], false)
        case .epochTime: return (.epochTime, [], false)
        case .literal(let value): return (.constant(Column(expression.type, [value])), [], false)
        case .call(let function, let arguments):
            let nodes = arguments.map { EvaluationNode($0) }
            return (.call(function, nodes), nodes, function.canFail)
        case .cast(let operand, let mode):
            let node = EvaluationNode(operand)
            return (.cast(node, mode), [node], mode == .ansi)
        case .and(let left, let right):
            let (left, right) = (EvaluationNode(left), EvaluationNode(right))
            return (.and(left, right), [left, right], false)
        case .or(let left, let right):
            let (left, right) = (EvaluationNode(left), EvaluationNode(right))
            return (.or(left, right), [left, right], false)
        case .not(let operand):
            let node = EvaluationNode(operand)
            return (.not(node), [node], false)
        case .conditional(let branches, let otherwise):
            let nodes = branches.map {
                (condition: EvaluationNode($0.condition), result: EvaluationNode($0.result))
            }
            let last = otherwise.map { EvaluationNode($0) }
            return (
                .conditional(nodes, otherwise: last),
                nodes.flatMap { [$0.condition, $0.result] } + (last.map { [$0] } ?? []), false
            )
        case .coalesce(let arguments):
            let nodes = arguments.map { EvaluationNode($0) }
            return (.coalesce(nodes), nodes, false)
        case .field(let operand, let index):
            let node = EvaluationNode(operand)
            return (.field(node, index), [node], false)
        }
    }
}
