// SPDX-License-Identifier: Apache-2.0
import Columnar

/// How event times are cut into panes, which windows a pane belongs to, and when they close.
///
/// A pane is known by a number: the start of a tumbling window or of a slice that sliding windows share; the end of a window that came
/// with the row; 0 where there are no windows.
enum WindowClock: Equatable, Sendable {
    case none
    /// `slice` is the greatest common divisor of size and slide.
    case fixed(size: Int64, slide: Int64, offset: Int64, slice: Int64)
    case inherited

    /// The pane of rows that are in no window, or late; it never leaves an intake.
    static let nowhere = Int64.min

    init(_ kind: WindowPlan.Kind?) {
        switch kind {
        case nil, .session: self = .none
        case .inherited: self = .inherited
        case .fixed(let size, let slide, let offset):
            var (left, right) = (size, slide)
            while right != 0 { (left, right) = (right, left % right) }
            self = .fixed(size: size, slide: slide, offset: offset, slice: left)
        }
    }

    /// Whether a window has several panes.
    var isSliding: Bool {
        if case .fixed(let size, let slide, _, _) = self { size != slide } else { false }
    }

    /// How long a window is; 0 where windows have no length of their own.
    var windowSize: Int64 {
        if case .fixed(let size, _, _, _) = self { size } else { 0 }
    }

    /// The last window that a pane belongs to.
    func lastWindow(of pane: Int64) -> (start: Int64, end: Int64) {
        switch self {
        case .none: return (.min, .max)
        case .inherited: return (.min, pane)
        case .fixed(let size, let slide, let offset, _):
            let start = Self.floor(pane, slide, offset)
            return (start, start.saturatingAdding(size))
        }
    }

    /// The start of the first window that a pane belongs to.
    func firstWindowStart(of pane: Int64) -> Int64 {
        guard case .fixed(let size, let slide, let offset, let slice) = self else { return pane }
        // The least aligned start that is greater than pane + slice - size - 1.
        return Self.floor(pane.saturatingAdding(slice - size - 1), slide, offset).saturatingAdding(slide)
    }

    /// The pane of each event time; `nowhere` where it is NULL.
    func panes(of times: Column) -> Buffer<Int64> {
        let values = times.elements(Int64.self)
        guard case .fixed(_, _, let offset, let slice) = self else { return values }
        let (source, validity) = (values.span, times.validity)
        var result = BufferBuilder<Int64>(capacity: values.count)
        var (start, end) = (Int64.max, Int64.min)
        for row in source.indices {
            let time = source[row]
            // Most rows are in the pane of the row before: no division.
            if time < start || time >= end {
                start = Self.floor(time, slice, offset)
                end = start.saturatingAdding(slice)
            }
            result.append(start)
        }
        guard let validity else { return result.finish() }
        for row in 0..<values.count where !validity[row] { result[row] = Self.nowhere }
        return result.finish()
    }

    /// The greatest `offset + k · width` at or below `time`.
    static func floor(_ time: Int64, _ width: Int64, _ offset: Int64) -> Int64 {
        let remainder = (time % width - offset % width) % width
        let (result, overflow) = time.subtractingReportingOverflow(remainder < 0 ? remainder + width : remainder)
        return overflow ? .min + 1 : result
    }
}

extension Int64 {
    /// The sum, or the nearest number there is.
    func saturatingAdding(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }
}
