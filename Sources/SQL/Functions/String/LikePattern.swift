// SPDX-License-Identifier: Apache-2.0
import Columnar

/// A LIKE pattern compiled once: literal runs, `_` for one character, `%` for any number.
///
/// Patterns of one literal with `%` at its ends are matched as equality, prefix, suffix or search; others by greedy matching
/// with one way back to the last `%`, so that the cost of a row is at most pattern × text.
struct LikePattern: Sendable {
    /// How the pattern is matched.
    private enum Shape {
        case exact, prefix, suffix, contains
        case general
    }

    /// One step of a general pattern.
    private enum Step {
        case byte(UInt8)
        case anyCharacter
        case anyRun
    }

    private let shape: Shape
    private let literal: Buffer<UInt8>
    private let steps: [Step]

    /// Why a pattern is none.
    enum Mistake: Error {
        case escapeAtEnd
        case escapeBefore(Character)

        /// In words.
        var message: String {
            switch self {
            case .escapeAtEnd: "the LIKE pattern ends with its escape character"
            case .escapeBefore(let character):
                "the LIKE pattern has its escape character before '\(character)'; only '_', '%' and itself may follow"
            }
        }
    }

    /// Compiles a pattern. `escape` makes the `_`, `%` or `escape` behind it stand for itself.
    init(_ pattern: Span<UInt8>, escape: Unicode.Scalar) throws(Mistake) {
        var steps: [Step] = []
        var position = 0
        while position < pattern.count {
            let scalar = pattern.scalar(at: position)
            var next = pattern.next(after: position)
            if scalar == escape {
                guard next < pattern.count else { throw .escapeAtEnd }
                let escaped = pattern.scalar(at: next)
                guard escaped == "_" || escaped == "%" || escaped == escape else {
                    throw .escapeBefore(Character(escaped))
                }
                position = next
                next = pattern.next(after: position)
            } else if scalar == "_" || scalar == "%" {
                if scalar == "_" {
                    steps.append(.anyCharacter)
                } else if case .anyRun? = steps.last {
                } else {
                    steps.append(.anyRun)
                }
                position = next
                continue
            }
            for index in position..<next { steps.append(.byte(pattern[index])) }
            position = next
        }
        (shape, literal) = Self.shape(of: steps)
        self.steps = steps
    }

    private static func shape(of steps: [Step]) -> (Shape, Buffer<UInt8>) {
        var bytes: [UInt8] = []
        var (atStart, atEnd) = (false, false)
        for (index, step) in steps.enumerated() {
            switch step {
            case .byte(let byte): bytes.append(byte)
            case .anyRun where index == 0: atStart = true
            case .anyRun where index == steps.count - 1: atEnd = true
            default: return (.general, Buffer())
            }
        }
        if steps.count == 1 && atStart { return (.prefix, Buffer()) }
        let shape: Shape = atStart ? (atEnd ? .contains : .suffix) : (atEnd ? .prefix : .exact)
        return (shape, Buffer(bytes))
    }

    /// Whether all of the text matches.
    func matches(_ text: Span<UInt8>) -> Bool {
        switch shape {
        case .exact: text.hasSameBytes(as: literal.span)
        case .prefix: text.starts(with: literal.span)
        case .suffix: text.ends(with: literal.span)
        case .contains: text.firstIndex(of: literal.span) != nil
        case .general: matchesSteps(text)
        }
    }

    private func matchesSteps(_ text: Span<UInt8>) -> Bool {
        let steps = steps.span
        var (position, step) = (0, 0)
        var (runStep, runPosition) = (-1, 0)
        while true {
            if step < steps.count {
                switch steps[step] {
                case .anyRun:
                    (runStep, runPosition) = (step, position)
                    step += 1
                    continue
                case .anyCharacter where position < text.count:
                    position = text.next(after: position)
                    step += 1
                    continue
                case .byte(let byte) where position < text.count && text[position] == byte:
                    position += 1
                    step += 1
                    continue
                default: break
                }
            } else if position == text.count {
                return true
            }
            guard runStep >= 0 && runPosition < text.count else { return false }
            runPosition = text.next(after: runPosition)
            (step, position) = (runStep + 1, runPosition)
        }
    }
}
