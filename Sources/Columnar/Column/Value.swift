// SPDX-License-Identifier: Apache-2.0

/// One value of any type: literals, partition values, statistics, tests. Never used in a row loop.
public indirect enum Value: Hashable, Sendable {
    case null
    case boolean(Bool)
    case tinyint(Int8)
    case smallint(Int16)
    case int(Int32)
    case bigint(Int64)
    case float(Float)
    case double(Double)
    /// The unscaled number and its scale.
    case decimal(Int128, scale: Int)
    case string(String)
    case binary([UInt8])
    /// Days since 1970-01-01.
    case date(Int32)
    /// Microseconds since 1970-01-01 UTC.
    case timestamp(Int64)
    /// Microseconds since 1970-01-01T00:00 without zone.
    case timestampNTZ(Int64)
    /// Microseconds.
    case dayTimeInterval(Int64)
    /// Months.
    case yearMonthInterval(Int32)
    /// Values of the fields, in order.
    case structure([Value])
    case array([Value])
    /// Entries in order.
    case map([MapEntry])

    /// One entry of a MAP.
    public struct MapEntry: Hashable, Sendable {
        /// The key.
        public let key: Value
        /// The value.
        public let value: Value

        /// An entry.
        public init(_ key: Value, _ value: Value) {
            self.key = key
            self.value = value
        }
    }
}
