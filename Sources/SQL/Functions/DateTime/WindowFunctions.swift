// SPDX-License-Identifier: Apache-2.0
import Columnar
import StreamCore

/// Windows of time as values of rows.
enum WindowFunctions {
    /// The tumbling window that a TIMESTAMP lies in, `window`; NULL of NULL.
    static func tumbling(sizeMicros: Int64, offsetMicros: Int64) -> ScalarFunction {
        ScalarFunction(name: "window", canFail: false) { arguments, rowCount, _ in
            let times = arguments[0].column(rowCount: rowCount)
            // Moments are years 1–9999, so nothing wraps.
            let starts = Elementwise.map(times.elements(Int64.self)) { time in
                let past = (time &- offsetMicros) % sizeMicros
                return time &- (past < 0 ? past &+ sizeMicros : past)
            }
            let ends = Elementwise.map(starts) { $0 &+ sizeMicros }
            let bounds = [starts, ends].map {
                Column(.timestamp, count: rowCount, validity: nil, storage: .int64($0))
            }
            return Column(WindowPlan.type, count: rowCount, validity: times.validity, storage: .fields(bounds))
        }
    }

    /// The last microsecond of a window, `window_time`: the event time of what is computed over it.
    static let time = ScalarFunction(name: "window_time", canFail: false) { arguments, rowCount, _ in
        let windows = arguments[0].column(rowCount: rowCount)
        guard case .fields(let bounds) = windows.storage, bounds.count == 2 else {
            return Column(nulls: .timestamp, count: rowCount)
        }
        let last = Elementwise.map(bounds[1].elements(Int64.self)) { $0 &- 1 }
        return Column(.timestamp, count: rowCount, validity: windows.validity, storage: .int64(last))
    }
}
