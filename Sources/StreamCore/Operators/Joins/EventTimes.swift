// SPDX-License-Identifier: Apache-2.0
internal import Columnar
internal import Failures

/// The event times of rows, and what is said of rows that come too late.
enum EventTimes {
    /// Event times in µs as BIGINT: of a TIMESTAMP its value; of a window STRUCT its last moment, `end − 1`.
    static func column(_ column: Column) -> Column {
        switch column.storage {
        case .fields(let members):
            let ends: Buffer<Int64> = members[1].elements()
            let validity = Bitmap.intersection(column.validity, members[1].validity)
            return Column(.bigint, Elementwise.map(ends) { $0 &- 1 }, validity: validity)
        case .none: return Column(nulls: .bigint, count: column.count)
        default: return column.retyped(.bigint)
        }
    }

    /// `time + distance`, at the ends of time where it does not fit.
    @inline(__always)
    static func shifted(_ time: Int64, by distance: Int64) -> Int64 {
        let (sum, overflow) = time.addingReportingOverflow(distance)
        return overflow ? (distance < 0 ? .min : .max) : sum
    }

    /// Why a record is late whose time of `what` is over.
    static func lateMessage(_ what: String, _ time: Int64, watermark: Watermark, behind: Int64) -> String {
        let (seconds, micros) = (behind / 1_000_000, behind % 1_000_000)
        let lateness = micros == 0 ? "\(seconds)" : "\(Double(behind) / 1_000_000)"
        return "\(what) \(text(time)): the watermark is \(text(watermark.micros)), the record is \(lateness) s late"
    }

    /// A moment as people read it.
    static func text(_ micros: Int64) -> String {
        var bytes = BufferBuilder<UInt8>()
        TimestampText.write(micros, separator: UInt8(ascii: "T"), to: &bytes)
        return bytes.finish().text + "Z"
    }
}
