// SPDX-License-Identifier: Apache-2.0

/// Finds what a misspelled name was probably meant to be.
public enum Suggestion {
    /// The closest of `candidates`, if one is close enough to be meant; the first of equally close ones. Case does not count.
    public static func closest(to name: String, in candidates: some Sequence<String>) -> String? {
        let bound = max(1, min(3, name.count / 2))
        var best: (name: String, distance: Int)?
        let written = Array(name.lowercased())
        for candidate in candidates {
            let distance = distance(written, Array(candidate.lowercased()), bound: bound)
            if distance <= bound, best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
        }
        return best?.name
    }

    /// `did you mean 'x'?`, or `otherwise` when nothing is close.
    public static func hint(for name: String, in candidates: some Sequence<String>, otherwise: String = "") -> String {
        closest(to: name, in: candidates).map { "did you mean '\($0)'?" } ?? otherwise
    }

    /// Insertions, deletions, replacements and swaps of neighbours that turn one into the other; at least `bound + 1` when above it.
    ///
    /// Damerau, "A technique for computer detection and correction of spelling errors", CACM 7(3), 1964, in the restricted form.
    private static func distance(_ left: [Character], _ right: [Character], bound: Int) -> Int {
        if abs(left.count - right.count) > bound { return bound + 1 }
        var (before, previous) = ([Int](), Array(0...right.count))
        for (row, character) in left.enumerated() {
            var current = [row + 1]
            current.reserveCapacity(right.count + 1)
            for (column, other) in right.enumerated() {
                var cost = min(
                    previous[column] + (character == other ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, character == right[column - 1], left[row - 1] == other {
                    cost = min(cost, before[column - 1] + 1)
                }
                current.append(cost)
            }
            (before, previous) = (previous, current)
        }
        return previous[right.count]
    }
}
