// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import StreamCore

/// Readings of sensors, made up but always the same: row `n` of a seed is one and the same row, as JSON text and as columns.
///
/// - Columns: `device` (`device-000042`), `ts`, `temperature` and `humidity` (two digits after the point, humidity NULL in 1 %),
///   `site` (20 of them, fixed per device), `seq` (the row number), `ok` (true in 98 %).
/// - JSON carries besides `measurement_id`, a UUID that is unique in the seed; a record is 196 bytes on average.
/// - Event time rises by `intervalMicros` a row; 5 % of the rows come up to 5 s after their time, and with `hasLateRows`
///   0.1 % up to 10 minutes.
public struct IoTGenerator: Sendable {
    private let seed: UInt64
    private let devices: Int
    private let startMicros: Int64
    private let intervalMicros: Int64
    private let hasLateRows: Bool
    /// `device-000000`, … one after the other, and `site-00`, ….
    private let deviceNames: Column
    private let siteNames: Column
    static let sites = 20

    /// A generator.
    ///
    /// - Parameters:
    ///   - start: the event time of row 0, µs since 1970 UTC.
    ///   - intervalMicros: how far event time rises from row to row.
    public init(
        seed: UInt64 = 1, devices: Int = 1000, start: Int64 = 1_767_225_600_000_000, intervalMicros: Int64 = 1000,
        hasLateRows: Bool = false
    ) {
        // The seed is mixed, so that near seeds have nothing in common.
        self.seed = splitMix(seed)
        self.devices = min(max(devices, 1), 1_000_000)
        startMicros = start
        self.intervalMicros = intervalMicros
        self.hasLateRows = hasLateRows
        deviceNames = Column(.string, (0..<self.devices).map { .string("device-" + Self.padded($0, 6)) })
        siteNames = Column(.string, (0..<Self.sites).map { .string("site-" + Self.padded($0, 2)) })
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// The schema of the columns.
    public static var schema: Schema { SourceConnector.iot(RateSourceOptions()).generatedSchema ?? Schema([]) }

    @inline(__always)
    func reading(_ row: Int64) -> IoTReading {
        let first = splitMix(seed ^ UInt64(bitPattern: row))
        let second = splitMix(first)
        let device = Int(truncatingIfNeeded: ((first & 0xFFFF_FFFF) * UInt64(devices)) >> 32)
        var micros = startMicros + row * intervalMicros
        let chance = (first >> 32) % 1000
        if hasLateRows && chance == 999 {
            micros -= Int64(second % 600_000_000)
        } else if chance < 50 {
            micros -= Int64(second % 5_000_000)
        }
        return IoTReading(
            device: device, site: device % Self.sites, micros: micros,
            temperature: 1200 + device * 37 % 900 + Int(second >> 40 & 0x3FF),
            humidity: (second >> 8) % 100 == 0 ? nil : 2500 + Int((second >> 20) % 6000), sequence: row,
            isGood: (second >> 50) % 50 != 0, identity: (first, second))
    }

    /// Rows as columns; devices and sites are dictionaries.
    public func batch(_ rows: Range<Int64>) -> ColumnBatch {
        batch(start: rows.lowerBound, stride: 1, count: rows.count)
    }

    /// `count` rows from `start` on, every `stride`th.
    func batch(start: Int64, stride: Int64, count: Int) -> ColumnBatch {
        var devices = BufferBuilder<Int32>(capacity: count)
        var times = BufferBuilder<Int64>(capacity: count)
        var temperatures = BufferBuilder<Double>(capacity: count)
        var humidities = BufferBuilder<Double>(capacity: count)
        var hasHumidity = BitmapBuilder(capacity: count)
        var sites = BufferBuilder<Int32>(capacity: count)
        var sequences = BufferBuilder<Int64>(capacity: count)
        var good = BitmapBuilder(capacity: count)
        for index in 0..<Int64(count) {
            let reading = reading(start + index * stride)
            devices.append(Int32(truncatingIfNeeded: reading.device))
            times.append(reading.micros)
            temperatures.append(Double(reading.temperature) / 100)
            humidities.append(Double(reading.humidity ?? 0) / 100)
            hasHumidity.append(reading.humidity != nil)
            sites.append(Int32(truncatingIfNeeded: reading.site))
            sequences.append(reading.sequence)
            good.append(reading.isGood)
        }
        let storages: [(Column.Storage, Bitmap?)] = [
            (.dictionary(codes: devices.finish(), values: deviceNames), nil), (.int64(times.finish()), nil),
            (.double(temperatures.finish()), nil), (.double(humidities.finish()), hasHumidity.finishValidity()),
            (.dictionary(codes: sites.finish(), values: siteNames), nil), (.int64(sequences.finish()), nil),
            (.bits(good.finish()), nil),
        ]
        let schema = Self.schema
        let columns = zip(schema.fields, storages).map { field, memory in
            Column(field.type, count: count, validity: memory.1, storage: memory.0)
        }
        return ColumnBatch(schema: schema, columns: columns, rowCount: count)
    }

    /// Rows as JSON records, each ended by a line feed in `bytes`, so that the bytes are a file of JSON lines.
    public func records(_ rows: Range<Int64>) -> RawRecords {
        var bytes = BufferBuilder<UInt8>(capacity: rows.count * IoTText.longest)
        bytes.append(repeating: 0, count: rows.count * IoTText.longest)
        var starts = BufferBuilder<Int32>(capacity: rows.count)
        var ends = BufferBuilder<Int32>(capacity: rows.count)
        var positions = BufferBuilder<Int64>(capacity: rows.count)
        var text = IoTText(bytes.mutableSpan)
        for row in rows {
            starts.append(Int32(text.count))
            positions.append(Int64(text.count))
            text.append(reading(row))
            ends.append(Int32(text.count))
            text.endLine()
        }
        let count = text.count
        return RawRecords(
            bytes: bytes.finish().slice(0..<count), starts: starts.finish(), ends: ends.finish(),
            positions: positions.finish())
    }
}
