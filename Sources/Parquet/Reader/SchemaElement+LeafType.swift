// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

extension SchemaElement {
    /// The type of a leaf and how to get there; converted types count where there is no logical one.
    func leafType() throws(PipelineError) -> (type: DataType, conversion: LeafConversion) {
        guard let physicalType, convertedType?.annotates(physicalType) ?? true else {
            throw .corruptParquet("column '\(name)' has an annotation that does not fit its physical type")
        }
        switch physicalType {
        case .boolean: return (.boolean, .boolean)
        case .float: return (.float, .float)
        case .double: return (.double, .double)
        case .int96: return (.timestamp, .timestamp96)
        case .int32: return try int32Type()
        case .int64: return try int64Type()
        case .byteArray: return try byteArrayType()
        case .fixedLenByteArray: return try fixedType()
        }
    }

    private func int32Type() throws(PipelineError) -> (DataType, LeafConversion) {
        switch (logicalType, convertedType) {
        case (.date, _), (nil, .date): return (.date, .date)
        case (.decimal(let precision, let scale), _): return try decimal(precision, scale)
        case (nil, .decimal): return try decimal(precision, scale)
        case (.integer(8, true), _), (nil, .int8): return (.tinyint, .integer(bitWidth: 8, isSigned: true))
        case (.integer(16, true), _), (nil, .int16): return (.smallint, .integer(bitWidth: 16, isSigned: true))
        case (.integer(8, false), _), (nil, .uint8): return (.smallint, .integer(bitWidth: 8, isSigned: false))
        case (.integer(16, false), _), (nil, .uint16): return (.int, .integer(bitWidth: 16, isSigned: false))
        case (.integer(32, false), _), (nil, .uint32): return (.bigint, .integer(bitWidth: 32, isSigned: false))
        default: return (.int, .integer(bitWidth: 32, isSigned: true))
        }
    }

    private func int64Type() throws(PipelineError) -> (DataType, LeafConversion) {
        switch (logicalType, convertedType) {
        case (.decimal(let precision, let scale), _): return try decimal(precision, scale)
        case (nil, .decimal): return try decimal(precision, scale)
        case (.timestamp(let unit, let isAdjusted), _):
            let type: DataType = isAdjusted ? .timestamp : .timestampNTZ
            switch unit {
            case .millis: return (type, .timestamp(micros: 1_000, perMicro: 1))
            case .micros: return (type, .timestamp(micros: 1, perMicro: 1))
            case .nanos: return (type, .timestamp(micros: 1, perMicro: 1_000))
            }
        case (nil, .timestampMillis): return (.timestamp, .timestamp(micros: 1_000, perMicro: 1))
        case (nil, .timestampMicros): return (.timestamp, .timestamp(micros: 1, perMicro: 1))
        case (.integer(64, false), _), (nil, .uint64):
            return (.decimal(precision: 20, scale: 0), .integer(bitWidth: 64, isSigned: false))
        default: return (.bigint, .integer(bitWidth: 64, isSigned: true))
        }
    }

    private func byteArrayType() throws(PipelineError) -> (DataType, LeafConversion) {
        switch (logicalType, convertedType) {
        case (.decimal(let precision, let scale), _): return try decimal(precision, scale)
        case (nil, .decimal): return try decimal(precision, scale)
        case (.string, _), (.enum, _), (.json, _), (nil, .utf8), (nil, .enum), (nil, .json): return (.string, .text)
        default: return (.binary, .bytes)
        }
    }

    private func fixedType() throws(PipelineError) -> (DataType, LeafConversion) {
        guard typeLength > 0 else { throw .corruptParquet("column '\(name)' has values of no length") }
        switch (logicalType, convertedType) {
        case (.decimal(let precision, let scale), _): return try decimal(precision, scale)
        case (nil, .decimal): return try decimal(precision, scale)
        case (.float16, _) where typeLength == 2: return (.float, .float16)
        case (.uuid, _) where typeLength == 16: return (.string, .uuid)
        default: return (.binary, .bytes)
        }
    }

    private func decimal(_ precision: Int, _ scale: Int) throws(PipelineError) -> (DataType, LeafConversion) {
        guard precision >= 1, scale >= 0, scale <= precision else {
            throw .corruptParquet("column '\(name)' is DECIMAL(\(precision),\(scale))")
        }
        guard precision <= 38 else {
            throw PipelineError(
                .unsupported, "column '\(name)' is DECIMAL(\(precision),\(scale)); 38 digits are the most")
        }
        return (.decimal(precision: precision, scale: scale), .decimal)
    }
}
