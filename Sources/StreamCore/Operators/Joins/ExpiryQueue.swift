// SPDX-License-Identifier: Apache-2.0
internal import Columnar

/// Finds rows whose time has come: sorted runs that are merged as they grow.
///
/// - Cost: O(log rows) amortised per row to add; taking out costs what comes out. 12 bytes per waiting row.
struct ExpiryQueue {
    /// Rows by time, ascending; those before the cursor are gone.
    private struct Run {
        var times: Buffer<Int64>
        var rows: Buffer<Int32>
        var cursor = 0

        var waiting: Int { rows.count - cursor }
    }

    private var runs: [Run] = []
    /// The latest time of a row that was taken out.
    private(set) var latestTaken = Int64.min

    /// How many rows wait.
    var count: Int { runs.reduce(0) { $0 + $1.waiting } }

    /// Adds rows; those of time `Int64.max` never come out.
    mutating func add(_ rows: Buffer<Int32>, times: Buffer<Int64>) {
        guard let run = Self.sorted(rows, times) else { return }
        runs.append(run)
        while runs.count > 1, runs[runs.count - 1].waiting * 2 >= runs[runs.count - 2].waiting {
            let last = runs.removeLast()
            runs[runs.count - 1] = Self.merged(runs[runs.count - 1], last)
        }
    }

    /// Takes out the rows whose time is at or before `moment`, in no order.
    mutating func due(at moment: Int64) -> Buffer<Int32> {
        var result = BufferBuilder<Int32>()
        for index in runs.indices {
            let (times, rows) = (runs[index].times, runs[index].rows)
            let (waiting, numbers) = (times.span, rows.span)
            var cursor = runs[index].cursor
            while cursor < waiting.count, waiting[cursor] <= moment {
                result.append(numbers[cursor])
                cursor += 1
            }
            if cursor > runs[index].cursor { latestTaken = max(latestTaken, waiting[cursor - 1]) }
            runs[index].cursor = cursor
        }
        runs.removeAll { $0.waiting == 0 }
        return result.finish()
    }

    /// Gives the rows new numbers; those whose number is negative are forgotten.
    mutating func renumber(_ newNumbers: Span<Int32>) {
        for index in runs.indices {
            let run = runs[index]
            let (oldTimes, oldRows) = (run.times.span, run.rows.span)
            var times = BufferBuilder<Int64>(capacity: run.waiting)
            var rows = BufferBuilder<Int32>(capacity: run.waiting)
            for position in run.cursor..<oldRows.count {
                let number = newNumbers[Int(oldRows[position])]
                guard number >= 0 else { continue }
                times.append(oldTimes[position])
                rows.append(number)
            }
            runs[index] = Run(times: times.finish(), rows: rows.finish())
        }
        runs.removeAll { $0.waiting == 0 }
    }

    private static func sorted(_ rows: Buffer<Int32>, _ times: Buffer<Int64>) -> Run? {
        let (numbers, moments) = (rows.span, times.span)
        var isSorted = true
        var last = Int64.min
        for index in moments.indices {
            if moments[index] < last || moments[index] == .max { isSorted = false }
            last = moments[index]
        }
        if isSorted { return rows.count == 0 ? nil : Run(times: times, rows: rows) }
        var entries: [(time: Int64, row: Int32)] = []
        entries.reserveCapacity(moments.count)
        for index in moments.indices where moments[index] != .max {
            entries.append((time: moments[index], row: numbers[index]))
        }
        if entries.isEmpty { return nil }
        entries.sort { $0.time < $1.time }
        var sortedTimes = BufferBuilder<Int64>(capacity: entries.count)
        var sortedRows = BufferBuilder<Int32>(capacity: entries.count)
        for entry in entries {
            sortedTimes.append(entry.time)
            sortedRows.append(entry.row)
        }
        return Run(times: sortedTimes.finish(), rows: sortedRows.finish())
    }

    private static func merged(_ one: Run, _ other: Run) -> Run {
        let (oneTimes, oneRows) = (one.times.span, one.rows.span)
        let (otherTimes, otherRows) = (other.times.span, other.rows.span)
        var times = BufferBuilder<Int64>(capacity: one.waiting + other.waiting)
        var rows = BufferBuilder<Int32>(capacity: one.waiting + other.waiting)
        var (left, right) = (one.cursor, other.cursor)
        while left < oneTimes.count, right < otherTimes.count {
            if oneTimes[left] <= otherTimes[right] {
                times.append(oneTimes[left])
                rows.append(oneRows[left])
                left += 1
            } else {
                times.append(otherTimes[right])
                rows.append(otherRows[right])
                right += 1
            }
        }
        times.append(contentsOf: oneTimes.extracting(left..<oneTimes.count))
        rows.append(contentsOf: oneRows.extracting(left..<oneRows.count))
        times.append(contentsOf: otherTimes.extracting(right..<otherTimes.count))
        rows.append(contentsOf: otherRows.extracting(right..<otherRows.count))
        return Run(times: times.finish(), rows: rows.finish())
    }
}
