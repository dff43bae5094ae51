// SPDX-License-Identifier: Apache-2.0
import CSimdjson
import Columnar
import Failures
import Glibc
import StreamCore

/// The C++ decoder with its memory: the only place that crosses into it, once per batch.
@safe
final class NativeDecoder: @unchecked Sendable {
    private let decoder: OpaquePointer
    private let nodes: [DecoderNode]
    /// The dictionary of each STRING node as last copied, with its generation.
    private var dictionaries: [Int: (generation: UInt64, values: Column)] = [:]

    init(
        format: RecordFormat, schema: Schema, unknownFields: SourceDeclaration.UnknownFields, rescuedChild: Int?
    ) {
        nodes = DecoderNode.preOrder(of: schema)
        let names = nodes.map { Array($0.name.utf8) }
        let starts = names.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
        let allNames = Array(names.joined()) + [0]
        // SAFETY: a C structure by value.
        var options = unsafe Self.options(format, unknownFields, rescuedChild)
        let nullText = Self.nullText(format)
        let nodes = self.nodes
        // SAFETY: the names and the null text outlive the call, which copies them; counts are those of the arrays.
        unsafe decoder = allNames.withUnsafeBytes { names in
            let text = unsafe names.baseAddress?.assumingMemoryBound(to: CChar.self)
            var fields: [millrace_field] = unsafe []
            for (index, node) in nodes.enumerated() {
                let field = unsafe millrace_field(
                    kind: Int32(node.kind.rawValue), nullable: node.nullable ? 1 : 0, precision: node.precision,
                    scale: node.scale, child_count: Int32(node.childCount),
                    name: text.map { unsafe $0 + starts[index] },
                    name_length: Int64(node.name.utf8.count))
                unsafe fields.append(field)
            }
            return unsafe nullText.withUnsafeBytes { null in
                unsafe options.null_text = null.baseAddress?.assumingMemoryBound(to: CChar.self)
                unsafe options.null_length = Int64(null.count)
                return unsafe millrace_decoder_create(fields, Int32(fields.count), &options)
            }
        }
    }

    deinit {
        // SAFETY: made in init and freed once.
        unsafe millrace_decoder_free(decoder)
    }

    private static func options(
        _ format: RecordFormat, _ unknownFields: SourceDeclaration.UnknownFields, _ rescuedChild: Int?
    ) -> millrace_decoder_options {
        // SAFETY: a C structure of numbers and a null pointer.
        var options = unsafe millrace_decoder_options()
        unsafe options.rescue_child = Int32(rescuedChild ?? -1)
        let unknown: millrace_unknown =
            switch unknownFields {
            case .ignore: MILLRACE_UNKNOWN_IGNORE
            case .rescue, .evolve: MILLRACE_UNKNOWN_RESCUE
            case .reject: MILLRACE_UNKNOWN_REJECT
            }
        unsafe options.unknown = Int32(unknown.rawValue)
        switch format {
        case .json(let json):
            unsafe options.format = Int32(MILLRACE_FORMAT_JSON.rawValue)
            unsafe options.timestamp_digits = digits(json.timestampUnit)
        case .csv(let csv):
            unsafe options.format = Int32(MILLRACE_FORMAT_CSV.rawValue)
            unsafe options.timestamp_digits = digits(csv.timestampUnit)
            unsafe options.delimiter = csv.delimiter
            unsafe options.quote = csv.quote
        case .text: unsafe options.format = Int32(MILLRACE_FORMAT_TEXT.rawValue)
        case .raw, .native: unsafe options.format = Int32(MILLRACE_FORMAT_RAW.rawValue)
        }
        return unsafe options
    }

    private static func digits(_ unit: JSONFormatOptions.TimestampUnit) -> Int32 {
        switch unit {
        case .seconds: 0
        case .milliseconds: 3
        case .microseconds: 6
        }
    }

    private static func nullText(_ format: RecordFormat) -> [UInt8] {
        if case .csv(let csv) = format { Array(csv.nullValue.utf8) } else { [] }
    }

    func setColumns(_ children: [Int?], names: [String]) {
        let numbers = children.map { Int32($0 ?? -1) }
        let texts = names.map { Array($0.utf8) }
        var ends: [Int64] = []
        for text in texts { ends.append((ends.last ?? 0) + Int64(text.count)) }
        // SAFETY: the arrays live through the call, which copies them; there are as many ends as children.
        unsafe millrace_decoder_set_columns(decoder, numbers, Int32(numbers.count), Array(texts.joined()), ends)
    }

    func decode(_ records: RawRecords, schema: Schema) throws(PipelineError) -> DecodedRecords {
        let rowCount = run(records)
        guard rowCount >= 0 else {
            throw PipelineError(.memoryExceeded, "no memory is left for the columns of \(records.count) records")
        }
        // SAFETY: the memory holds rowCount numbers and passes to the buffer.
        let indices = unsafe adopt(millrace_decoder_take_record_indices(decoder), count: rowCount)
        let root = column(at: 0)
        guard case .fields(let columns) = root.storage else { preconditionFailure("node 0 is a STRUCT") }
        return DecodedRecords(
            rows: ColumnBatch(schema: schema, columns: columns, rowCount: rowCount), recordIndices: indices,
            malformed: failures())
    }

    private func run(_ records: RawRecords) -> Int {
        precondition(records.starts.count == records.ends.count)
        let limit = Int32(clamping: records.bytes.count)
        let (starts, ends) = (records.starts.span, records.ends.span)
        for index in starts.indices {
            precondition(0 <= starts[index] && starts[index] <= ends[index] && ends[index] <= limit)
        }
        // SAFETY: every record lies inside the bytes, as just checked; the buffers live through the call.
        return unsafe records.bytes.withUnsafeBufferPointer { bytes in
            unsafe records.starts.withUnsafeBufferPointer { starts in
                unsafe records.ends.withUnsafeBufferPointer { ends in
                    unsafe Int(
                        millrace_decoder_run(
                            decoder, bytes.baseAddress, starts.baseAddress, ends.baseAddress, Int64(starts.count)))
                }
            }
        }
    }

    private func adopt<Element>(_ memory: UnsafeMutablePointer<Element>?, count: Int) -> Buffer<Element> {
        guard let memory = unsafe memory else { return Buffer() }
        // SAFETY: the decoder gave the memory away with count initialised elements, made by aligned_alloc.
        return unsafe Buffer(adopting: memory, count: count) { unsafe free($0) }
    }

    private func column(at index: Int) -> Column {
        let node = nodes[index]
        // SAFETY: a C structure that the call fills; index is one of the nodes the decoder was made with.
        var taken = unsafe millrace_column()
        unsafe millrace_decoder_take(decoder, Int32(index), &taken)
        let count = unsafe Int(taken.count)
        let validity = unsafe taken.validity.map { words in
            Bitmap(words: unsafe adopt(words, count: (count + 63) / 64), count: count)
        }
        let storage: Column.Storage =
            switch node.layout {
            case .fields: .fields(children(of: index).map { column(at: $0) })
            case .list: .list(offsets: unsafe adopt(taken.offsets, count: count + 1), element: column(at: index + 1))
            case .map:
                .map(
                    offsets: unsafe adopt(taken.offsets, count: count + 1), keys: column(at: index + 1),
                    values: column(at: index + 2))
            case .bits: .bits(Bitmap(words: unsafe values(taken), count: count))
            case .int8: .int8(unsafe values(taken))
            case .int16: .int16(unsafe values(taken))
            case .int32: .int32(unsafe values(taken))
            case .int64: .int64(unsafe values(taken))
            case .int128: .int128(unsafe values(taken))
            case .float: .float(unsafe values(taken))
            case .double: .double(unsafe values(taken))
            case .bytes:
                if unsafe taken.dictionary_generation > 0 {
                    .dictionary(
                        codes: unsafe values(taken),
                        values: unsafe dictionary(of: index, generation: taken.dictionary_generation))
                } else {
                    .bytes(
                        offsets: unsafe adopt(taken.offsets, count: count + 1), bytes: unsafe values(taken))
                }
            }
        return Column(node.type, count: count, validity: validity, storage: storage)
    }

    @unsafe
    private func values<Element>(_ taken: millrace_column) -> Buffer<Element> {
        let count = unsafe Int(taken.value_count)
        // SAFETY: the node's layout, which chose Element, is the one that the decoder filled.
        return unsafe adopt(taken.values?.assumingMemoryBound(to: Element.self), count: count)
    }

    private func children(of index: Int) -> [Int] {
        var result: [Int] = []
        var next = index + 1
        for _ in 0..<nodes[index].childCount {
            result.append(next)
            next = nodes[next].end
        }
        return result
    }

    private func dictionary(of index: Int, generation: UInt64) -> Column {
        if let known = dictionaries[index], known.generation == generation { return known.values }
        var offsets: UnsafeMutablePointer<Int32>?
        var bytes: UnsafeMutablePointer<UInt8>?
        var count: Int64 = 0
        // SAFETY: the call fills all three; both runs pass to the buffers.
        unsafe millrace_decoder_copy_dictionary(decoder, Int32(index), &offsets, &bytes, &count)
        let starts = unsafe adopt(offsets, count: Int(count) + 1)
        let text = unsafe adopt(bytes, count: Int(starts[Int(count)]))
        let values = Column(.string, count: Int(count), validity: nil, storage: .bytes(offsets: starts, bytes: text))
        dictionaries[index] = (generation, values)
        return values
    }

    private func failures() -> [MalformedRecord] {
        // SAFETY: only reads a count.
        let count = unsafe millrace_decoder_failure_count(decoder)
        return (0..<count).map { index in
            var record: Int64 = 0
            var text: UnsafePointer<CChar>?
            var length: Int64 = 0
            // SAFETY: index is below the count; the text lives until the next run and is copied here.
            let code = unsafe millrace_decoder_failure(decoder, index, &record, &text, &length)
            return MalformedRecord(
                recordIndex: Int(record), code: Self.code(code), message: unsafe Self.string(text, Int(length)))
        }
    }

    private static func code(_ code: Int32) -> PipelineError.Code {
        switch UInt32(code) {
        case MILLRACE_MISSING_VALUE.rawValue: .missingValue
        case MILLRACE_NUMERIC_OVERFLOW.rawValue: .numericOverflow
        default: .malformedRecord
        }
    }

    @unsafe
    private static func string(_ text: UnsafePointer<CChar>?, _ length: Int) -> String {
        // SAFETY: the decoder's text has length bytes.
        unsafe String(decoding: UnsafeRawBufferPointer(start: text, count: length), as: UTF8.self)
    }
}
