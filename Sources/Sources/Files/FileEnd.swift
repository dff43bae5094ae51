// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Formats
import StreamCore

/// Finds where an epoch's share of a plain file ends: always behind the end of a record.
struct FileEnd: Sendable {
    let splitter: LineSplitter
    private static let stepBytes: Int64 = 64 << 10
    private static let scanBytes: Int64 = 4 << 20

    /// How much may be read, and whether bytes without a line end at the file's end are a record.
    struct Request {
        var start: Int64
        var size: Int64
        var bytes: Int64?
        var records: Int?
        var takesRest: Bool
        /// Whether a record that alone exceeds the bytes is taken all the same.
        var mayExceed: Bool
    }

    /// An epoch's share of a file.
    struct Share {
        var end: Int64
        /// How many records that is, where they were counted.
        var records: Int
        /// Whether a limit ended it, so that nothing of later files may be read before the rest.
        var isCut: Bool
    }

    /// Where to end; `nil` when no record is complete or fits.
    func find(_ request: Request, in file: borrowing InputFile) throws(PipelineError) -> Share? {
        if request.records != nil || !splitter.endsAtEveryLineFeed { return try scan(request, in: file) }
        let limit = request.bytes.map { min(request.size, request.start + max($0, 1)) } ?? request.size
        let isCut = limit < request.size
        if !isCut && request.takesRest { return Share(end: limit, records: 0, isCut: false) }
        if let end = try lastLineEnd(in: request.start..<limit, file) {
            return Share(end: end, records: 0, isCut: isCut)
        }
        guard isCut && request.mayExceed else { return nil }
        if let end = try firstLineEnd(in: limit..<request.size, file) {
            return Share(end: end, records: 0, isCut: true)
        }
        return request.takesRest ? Share(end: request.size, records: 0, isCut: false) : nil
    }

    /// Where a range can be cut into pieces of at least `minimumBytes`, `count` at most: always behind the end of a record.
    ///
    /// Quoted fields may hold line ends: a range is cut only before its first quote.
    func borders(
        in range: Range<Int64>, atMost count: Int, minimumBytes: Int64, _ file: borrowing InputFile
    ) throws(PipelineError) -> [Int64] {
        let count = min(Int64(count), Int64(range.count) / max(1, minimumBytes))
        if count < 2 { return [] }
        var safe = range.upperBound
        if let quote = splitter.quote, let found = try file.firstIndex(of: quote, in: range) { safe = found }
        var borders: [Int64] = []
        for piece in 1..<count {
            let target = range.lowerBound + Int64(range.count) / count * piece
            guard target > borders.last ?? range.lowerBound, target < safe else { continue }
            guard let border = try firstLineEnd(in: target..<safe, file), border < range.upperBound else { break }
            borders.append(border)
        }
        return borders
    }

    private func lastLineEnd(in range: Range<Int64>, _ file: borrowing InputFile) throws(PipelineError) -> Int64? {
        var upper = range.upperBound
        while upper > range.lowerBound {
            let lower = max(range.lowerBound, upper - Self.stepBytes)
            let bytes = try read(lower..<upper, file)
            let span = bytes.span
            var index = span.count
            while index > 0 {
                index -= 1
                if span[index] == UInt8(ascii: "\n") { return lower + Int64(index) + 1 }
            }
            upper = lower
        }
        return nil
    }

    private func firstLineEnd(in range: Range<Int64>, _ file: borrowing InputFile) throws(PipelineError) -> Int64? {
        try file.firstIndex(of: UInt8(ascii: "\n"), in: range, stepBytes: Int(Self.stepBytes)).map { $0 + 1 }
    }

    /// Goes through the records one after the other, for a limit of records or quoted line ends.
    private func scan(_ request: Request, in file: borrowing InputFile) throws(PipelineError) -> Share? {
        let limit = request.bytes.map { request.start + Int64($0) } ?? .max
        var (position, counted) = (request.start, 0)
        var window = Self.scanBytes
        while position < request.size && counted < request.records ?? .max {
            let upper = min(request.size, position + window)
            let bytes = try read(position..<upper, file)
            let (records, consumed) = splitter.split(
                bytes, at: position, takesRest: upper == request.size && request.takesRest,
                limit: request.records.map { $0 - counted } ?? .max)
            if consumed == 0 {
                guard upper < request.size, window < Int64(FileReader.longestRecord) else { break }
                window *= 2
                continue
            }
            if position + Int64(consumed) > limit {
                return cut(records, end: position + Int64(consumed), limit, request, counted: counted)
            }
            position += Int64(consumed)
            counted += records.count
        }
        let isCut = position < request.size && counted >= request.records ?? .max
        return position > request.start ? Share(end: position, records: counted, isCut: isCut) : nil
    }

    /// The share that ends before the record that does not fit any more.
    private func cut(
        _ records: RawRecords, end: Int64, _ limit: Int64, _ request: Request, counted: Int
    ) -> Share? {
        let starts = records.positions.span
        var fitting = 0
        while fitting + 1 < starts.count && starts[fitting + 1] <= limit { fitting += 1 }
        if fitting > 0 { return Share(end: starts[fitting], records: counted + fitting, isCut: true) }
        if counted > 0 { return starts.count > 0 ? Share(end: starts[0], records: counted, isCut: true) : nil }
        guard request.mayExceed else { return nil }
        let second = starts.count > 1 ? starts[1] : end
        return Share(end: second, records: min(1, starts.count), isCut: true)
    }

    private func read(_ range: Range<Int64>, _ file: borrowing InputFile) throws(PipelineError) -> Buffer<UInt8> {
        var builder = BufferBuilder<UInt8>(capacity: range.count)
        _ = try file.read(at: range.lowerBound, upTo: range.count, into: &builder)
        return builder.finish()
    }
}
