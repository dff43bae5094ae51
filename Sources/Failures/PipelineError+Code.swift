// SPDX-License-Identifier: Apache-2.0

extension PipelineError {
    /// The closed list of things that can go wrong. Each code says whose fault it is and whether a retry can help.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        // Pipeline files, flags and SQL.
        case invalidArgument
        case invalidPipeline
        case invalidSQL
        case unknownName
        case typeMismatch
        case unsupported
        case missingFile
        case missingVariable

        // Records.
        case malformedRecord
        case missingValue
        case numericOverflow
        case divideByZero
        case invalidCast
        case invalidIndex
        case invalidFunctionArgument
        case expectationFailed
        case lateRecord

        // Sources and sinks.
        case sourceUnavailable
        case authenticationFailed
        case topicNotFound
        case topicRecreated
        case dataLoss
        case fileChanged
        case sinkUnavailable
        /// Records have fields that become columns: the run begins anew with them.
        case schemaGrew

        // Storage, tables and Parquet.
        case storageFailed
        case objectExists
        case objectNotFound
        case outcomeUnknown
        case diskFull
        case permissionDenied
        case corruptFile
        case corruptTable
        case unsupportedTableFeature
        case schemaMismatch
        case commitConflict
        case tableNotFound

        // Checkpoints and safety.
        case checkpointFailed
        case checkpointLocked
        case checkpointMismatch
        case corruptCheckpoint
        case fenced
        case stateLoss
        case memoryExceeded

        case interrupted
        case internalError

        /// Who has to act.
        public var fault: Fault {
            switch self {
            case .invalidArgument, .invalidPipeline, .invalidSQL, .unknownName, .typeMismatch, .unsupported,
                .missingFile, .missingVariable, .malformedRecord, .missingValue, .numericOverflow, .divideByZero,
                .invalidCast, .invalidIndex, .invalidFunctionArgument, .expectationFailed, .lateRecord,
                .authenticationFailed, .topicNotFound, .topicRecreated, .dataLoss, .fileChanged,
                .unsupportedTableFeature, .schemaMismatch, .tableNotFound, .checkpointLocked, .checkpointMismatch,
                .fenced, .stateLoss, .memoryExceeded, .permissionDenied, .interrupted:
                .user
            case .sourceUnavailable, .sinkUnavailable, .storageFailed, .objectExists, .objectNotFound, .outcomeUnknown,
                .diskFull, .corruptFile, .corruptTable, .commitConflict, .checkpointFailed, .corruptCheckpoint,
                .schemaGrew:
                .external
            case .internalError:
                .bug
            }
        }

        /// Whether the same call can succeed later without anyone changing anything.
        public var retry: Retry {
            switch self {
            case .sourceUnavailable, .sinkUnavailable, .storageFailed, .outcomeUnknown, .commitConflict, .diskFull:
                .withBackoff
            default:
                .never
            }
        }
    }
}
