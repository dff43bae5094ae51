// SPDX-License-Identifier: Apache-2.0
internal import Columnar

/// A condition per row in three-valued logic: true, false, or neither, which is NULL.
struct Ternary {
    /// The rows where it is true.
    let truth: Bitmap
    /// The rows where it is false.
    let falsity: Bitmap

    init(truth: Bitmap, falsity: Bitmap) {
        self.truth = truth
        self.falsity = falsity
    }

    /// Of a BOOLEAN operand.
    init(_ operand: Operand, rowCount: Int) {
        switch operand {
        case .constant(let one):
            let value = one.value(at: 0)
            truth = Bitmap(repeating: value == .boolean(true), count: rowCount)
            falsity = Bitmap(repeating: value == .boolean(false), count: rowCount)
        case .column(let column):
            guard case .bits(let bits) = column.storage else {
                // VOID: NULL everywhere.
                truth = Bitmap(repeating: false, count: rowCount)
                falsity = truth
                return
            }
            if let validity = column.validity {
                truth = bits.and(validity)
                falsity = validity.andNot(bits)
            } else {
                truth = bits
                falsity = bits.inverted
            }
        }
    }

    /// As a BOOLEAN column.
    var column: Column {
        let known = truth.or(falsity)
        return Column(
            .boolean, count: truth.count, validity: known.allSet ? nil : known, storage: .bits(truth))
    }

    func and(_ other: Ternary) -> Ternary {
        Ternary(truth: truth.and(other.truth), falsity: falsity.or(other.falsity))
    }

    func or(_ other: Ternary) -> Ternary {
        Ternary(truth: truth.or(other.truth), falsity: falsity.and(other.falsity))
    }

    var inverted: Ternary { Ternary(truth: falsity, falsity: truth) }
}
