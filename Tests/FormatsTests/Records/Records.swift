// SPDX-License-Identifier: Apache-2.0
import Columnar
import Formats
import StreamCore

/// Records of texts, as a source hands them over: ended by line feeds, or touching each other.
func records(_ texts: [String], separator: String = "\n") -> RawRecords {
    records(texts.map { Array($0.utf8) }, separator: separator)
}

/// Records of bytes.
func records(_ texts: [[UInt8]], separator: String = "\n") -> RawRecords {
    var (bytes, starts, ends, positions): ([UInt8], [Int32], [Int32], [Int64]) = ([], [], [], [])
    for text in texts {
        starts.append(Int32(bytes.count))
        positions.append(Int64(bytes.count))
        bytes += text
        ends.append(Int32(bytes.count))
        bytes += Array(separator.utf8)
    }
    return RawRecords(
        bytes: Buffer(bytes), starts: Buffer(starts), ends: Buffer(ends), positions: Buffer(positions))
}

/// Decodes JSON texts by a schema.
func decode(
    _ fields: [Field], _ texts: [String], unknownFields: SourceDeclaration.UnknownFields = .ignore,
    options: JSONFormatOptions = JSONFormatOptions()
) throws -> DecodedRecords {
    let decoder = try RecordDecoder(format: .json(options), schema: Schema(fields), unknownFields: unknownFields)
    return try decoder.decode(records(texts))
}
