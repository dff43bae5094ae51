// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import StreamCore

/// Hashes and digests.
enum HashFunctions {
    /// All of them.
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "xxhash64", group: .hash, usage: "xxhash64(expr1, expr2, ...)",
            summary: "A 64-bit hash of the arguments (XXH64, seed 42), the same as Spark's."
        ) { arguments throws(FunctionBindingError) in
            try check(arguments)
            return BoundFunction("xxhash64", arguments.map(\.type), to: .bigint, nullable: false) {
                operands, rowCount, _ in
                var hasher = ColumnHasher<XXHash64>(rowCount: rowCount, seed: 42)
                for operand in operands { hasher.add(operand) }
                return Column(.bigint, hasher.finish())
            }
        },
        FunctionDefinition(
            "hash", group: .hash, usage: "hash(expr1, expr2, ...)",
            summary: "A 32-bit hash of the arguments (Murmur3, seed 42), the same as Spark's."
        ) { arguments throws(FunctionBindingError) in
            try check(arguments)
            return BoundFunction("hash", arguments.map(\.type), to: .int, nullable: false) { operands, rowCount, _ in
                var hasher = ColumnHasher<Murmur3>(rowCount: rowCount, seed: 42)
                for operand in operands { hasher.add(operand) }
                return Column(.int, hasher.finish())
            }
        },
        digest("md5", usage: "md5(expr)", summary: "The MD5 digest of bytes in hexadecimal.", .md5),
        digest(
            "sha", aliases: ["sha1"], usage: "sha(expr)", summary: "The SHA-1 digest of bytes in hexadecimal.", .sha1),
        .strict(
            "sha2", group: .hash, usage: "sha2(expr, bitLength)",
            summary:
                "The SHA-2 digest of bytes in hexadecimal: of 224, 256 (also 0), 384 or 512 bits; NULL for another length.",
            Signature(.binary, .int), to: .string, givesNull: true
        ) { call, errors in
            let (bytes, lengths) = (call.text(0), call.int(1))
            if lengths.isConstant { return sha2(call, bytes, lengths[0], &errors) }
            return call.texts(&errors) { row, out, errors in
                append(bytes[row], lengths[row], row, &out, &errors)
            }
        },
        .strict(
            "crc32", group: .hash, usage: "crc32(expr)", summary: "The cyclic redundancy check (CRC-32) of bytes.",
            Signature(.binary), to: .bigint
        ) { call, errors in
            let bytes = call.text(0)
            return call.bigints(&errors) { row, _ in Int64(CRC32.checksum(of: bytes[row])) }
        },
    ]

    private static func check(_ arguments: [FunctionArgument]) throws(FunctionBindingError) {
        if arguments.isEmpty { throw .argumentCount(expected: "1 or more") }
        for (index, argument) in arguments.enumerated() where argument.type.containsMap {
            throw .argumentType(index: index, expected: "a type without MAP, whose entries have no order")
        }
    }

    private static func digest(
        _ name: String, aliases: [String] = [], usage: String, summary: String, _ algorithm: MessageDigest.Algorithm
    ) -> FunctionDefinition {
        .strict(name, aliases: aliases, group: .hash, usage: usage, summary: summary, Signature(.binary), to: .string) {
            call, errors in digests(call, algorithm, &errors)
        }
    }

    private static func digests(
        _ call: FunctionCall, _ algorithm: MessageDigest.Algorithm, _ errors: inout RowErrors
    ) -> Column {
        let bytes = call.text(0)
        guard let digest = MessageDigest(algorithm) else {
            return call.texts(&errors) { row, _, errors in
                errors.add(row: row, .unsupported, "OpenSSL here does not offer this digest")
            }
        }
        return call.texts(bytes: call.rowCount * digest.byteCount * 2, &errors) { row, out, errors in
            if !digest.appendHexadecimal(of: bytes[row], to: &out) {
                errors.add(row: row, .unsupported, "OpenSSL here does not offer this digest")
            }
        }
    }

    private static func sha2(
        _ call: FunctionCall, _ bytes: TextInput, _ length: Int32, _ errors: inout RowErrors
    ) -> Column {
        guard let algorithm = algorithm(length) else { return StrictEvaluation.nulls(.string, call.rowCount) }
        return digests(call, algorithm, &errors)
    }

    private static func algorithm(_ length: Int32) -> MessageDigest.Algorithm? {
        switch length {
        case 0: .sha256
        case 224, 256, 384, 512: MessageDigest.Algorithm(rawValue: length)
        default: nil
        }
    }

    private static func append(
        _ bytes: Span<UInt8>, _ length: Int32, _ row: Int, _ out: inout TextSink, _ errors: inout RowErrors
    ) {
        guard let algorithm = algorithm(length) else {
            out.isNull = true
            return
        }
        guard let digest = MessageDigest(algorithm), digest.appendHexadecimal(of: bytes, to: &out) else {
            errors.add(row: row, .unsupported, "OpenSSL here does not offer this digest")
            return
        }
    }
}

extension DataType {
    /// Whether a MAP is in it at any depth.
    var containsMap: Bool {
        switch self {
        case .map: true
        case .array(let element, _): element.containsMap
        case .structure(let fields): fields.contains { $0.type.containsMap }
        default: false
        }
    }
}

/// CRC-32 of ISO 3309, reflected, as zlib and Java compute it.
enum CRC32 {
    private static let table: Buffer<UInt32> = {
        var table = BufferBuilder<UInt32>(capacity: 256)
        for index in 0..<256 as Range<UInt32> {
            var value = index
            for _ in 0..<8 { value = value & 1 != 0 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
            table.append(value)
        }
        return table.finish()
    }()

    /// The checksum of bytes.
    static func checksum(of bytes: Span<UInt8>) -> UInt32 {
        let table = table
        let steps = table.span
        var crc = UInt32.max
        for index in bytes.indices { crc = steps[Int(UInt8(truncatingIfNeeded: crc) ^ bytes[index])] ^ crc >> 8 }
        return ~crc
    }
}
