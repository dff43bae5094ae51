// SPDX-License-Identifier: Apache-2.0
import Columnar
import SQL
import StreamCore
import Testing

/// A call with several rows of arguments, for properties that hold for every function.
struct FunctionSample: Sendable, CustomTestStringConvertible {
    let name: String
    let types: [DataType]
    let rows: [[Value]]
    /// Arguments that must be literals; all rows have the same value there.
    let constants: Set<Int>

    init(_ name: String, _ types: [DataType], constants: Set<Int> = [], _ rows: [[Value]]) {
        self.name = name
        self.types = types
        self.rows = rows
        self.constants = constants
    }

    var testDescription: String { "\(name)(\(types.map(\.description).joined(separator: ", ")))" }
}

struct FunctionAgreementTests {
    @Test("the answer does not depend on batches, constants, slices or dictionaries", arguments: FunctionSample.all)
    func shapesAgree(sample: FunctionSample) throws {
        let whole = try Harness.evaluate(
            sample.name, types: sample.types, rows: sample.rows, constants: sample.constants)
        for layout in Layout.allCases {
            for parts in [1, 2, sample.rows.count] {
                let split = try Harness.evaluate(
                    sample.name, types: sample.types, rows: sample.rows, constants: sample.constants, layout: layout,
                    parts: parts)
                #expect(split == whole, "\(layout) in \(parts) parts")
            }
        }
        for (index, row) in sample.rows.enumerated() {
            let expected = Outcome(
                values: [whole.values[index], whole.values[index]],
                failures: whole.failures[index].map { [0: $0, 1: $0] } ?? [:])
            for constant in sample.types.indices {
                let constants = sample.constants.union([constant])
                guard constants.count < sample.types.count else { continue }
                let one = try? Harness.evaluate(
                    sample.name, types: sample.types, rows: [row, row], constants: constants)
                guard let one else { continue }
                #expect(one == expected, "argument \(constant) constant, row \(index)")
            }
            if let all = try? Harness.evaluate(
                sample.name, types: sample.types, rows: [row, row], constants: Set(sample.types.indices))
            {
                #expect(all == expected, "all constant, row \(index)")
            }
        }
    }

    @Test func everyFunctionHasASample() {
        let sampled = Set(FunctionSample.all.map(\.name))
        let groups: Set<FunctionDefinition.Group> = [.string, .json, .hash, .array, .map, .structure]
        for definition in FunctionRegistry.standard.definitions where groups.contains(definition.group) {
            #expect(sampled.contains(definition.name), "no sample of \(definition.name)")
        }
    }
}
