// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import StreamCore

/// Cuts bytes of a file into records: lines that end in LF or CR LF, or CSV records whose quoted fields may hold line ends.
///
/// Blank lines are no records, except in text and raw formats.
public struct LineSplitter: Sendable {
    private let rule: NativeSplitter.Rule

    /// A splitter for the records of a format.
    public init(format: RecordFormat) {
        switch format {
        case .json, .native: rule = .lines(skipBlank: true)
        case .csv(let csv): rule = .csv(delimiter: csv.delimiter, quote: csv.quote)
        case .text, .raw: rule = .lines(skipBlank: false)
        }
    }

    /// Whether every line feed ends a record, so that the last one can be searched from the end.
    public var endsAtEveryLineFeed: Bool { if case .lines = rule { true } else { false } }

    /// The byte that opens a field in which line feeds end no record; `nil` where they always do.
    public var quote: UInt8? { if case .csv(_, let quote) = rule { quote } else { nil } }

    /// The records in `bytes` that have an end, and how many bytes they take with their ends.
    ///
    /// At most `limit` records, and fewer where they are very short: call again for the rest until nothing is consumed.
    ///
    /// - Parameter position: where `bytes` starts in its file; records are positioned from there.
    /// - Parameter takesRest: whether bytes behind the last end are a record too, because nothing follows them.
    public func split(
        _ bytes: Buffer<UInt8>, at position: Int64, takesRest: Bool = false, limit: Int = .max
    ) -> (records: RawRecords, consumed: Int) {
        let capacity = min(limit, bytes.count / 16 + 1024)
        var (starts, ends, consumed) = NativeSplitter.split(bytes, rule, capacity: capacity)
        if takesRest && consumed < bytes.count && starts.count < capacity {
            (starts, ends) = adding(bytes, from: consumed, to: starts, ends)
            consumed = bytes.count
        }
        var positions = BufferBuilder<Int64>(capacity: starts.count)
        let span = starts.span
        for index in span.indices { positions.append(position + Int64(span[index])) }
        return (RawRecords(bytes: bytes, starts: starts, ends: ends, positions: positions.finish()), consumed)
    }

    private func adding(
        _ bytes: Buffer<UInt8>, from start: Int, to starts: Buffer<Int32>, _ ends: Buffer<Int32>
    ) -> (Buffer<Int32>, Buffer<Int32>) {
        let rest = bytes.slice(start..<bytes.count).span
        var isBlank = true
        for index in rest.indices where rest[index] > 0x20 { isBlank = false }
        if isBlank && !keepsBlank { return (starts, ends) }
        var newStarts = BufferBuilder<Int32>(capacity: starts.count + 1)
        var newEnds = BufferBuilder<Int32>(capacity: ends.count + 1)
        newStarts.append(contentsOf: starts)
        newEnds.append(contentsOf: ends)
        newStarts.append(Int32(start))
        newEnds.append(Int32(bytes.count))
        return (newStarts.finish(), newEnds.finish())
    }

    private var keepsBlank: Bool { if case .lines(skipBlank: false) = rule { true } else { false } }
}
