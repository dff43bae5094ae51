// SPDX-License-Identifier: Apache-2.0
public import Failures
public import JSONText

/// One line of a Delta commit.
///
/// Delta protocol, "Actions". Actions of later protocols are kept as `unknown`, which readers must ignore.
public enum Action: Hashable, Sendable {
    case metadata(TableMetadata)
    case tableProtocol(TableProtocol)
    case add(AddFile)
    case remove(RemoveFile)
    case txn(Txn)
    /// Free-form; kept as it is.
    case commitInfo(JSONValue)
    case domainMetadata(DomainMetadata)
    /// A change data file; kept as it is.
    case cdc(JSONValue)
    case sidecar(SidecarFile)
    /// The header of a V2 table checkpoint.
    case checkpointMetadata(JSONValue)
    case unknown(String, JSONValue)

    /// Reads one line: an object with one member, the action; `nil` for an empty object.
    public init?(json: JSONValue) throws(PipelineError) {
        guard let members = json.members else {
            throw PipelineError(.corruptTable, "a line of the Delta log is \(json.kindName), not an object")
        }
        guard let member = members.first(where: { !$0.value.isNull }) else { return nil }
        let value = member.value
        switch member.name {
        case "metaData": self = .metadata(try TableMetadata(json: value))
        case "protocol": self = .tableProtocol(try TableProtocol(json: value))
        case "add": self = .add(try AddFile(json: value))
        case "remove": self = .remove(try RemoveFile(json: value))
        case "txn": self = .txn(try Txn(json: value))
        case "commitInfo": self = .commitInfo(value)
        case "domainMetadata": self = .domainMetadata(try DomainMetadata(json: value))
        case "cdc": self = .cdc(value)
        case "sidecar": self = .sidecar(try SidecarFile(json: value))
        case "checkpointMetadata": self = .checkpointMetadata(value)
        default: self = .unknown(member.name, value)
        }
    }

    /// The line as JSON.
    public var json: JSONValue {
        switch self {
        case .metadata(let value): ["metaData": value.json]
        case .tableProtocol(let value): ["protocol": value.json]
        case .add(let value): ["add": value.json]
        case .remove(let value): ["remove": value.json]
        case .txn(let value): ["txn": value.json]
        case .commitInfo(let value): ["commitInfo": value]
        case .domainMetadata(let value): ["domainMetadata": value.json]
        case .cdc(let value): ["cdc": value]
        case .sidecar(let value):
            ["sidecar": ["path": .string(PathEncoding.encoded(value.path)), "sizeInBytes": .number(value.byteCount)]]
        case .checkpointMetadata(let value): ["checkpointMetadata": value]
        case .unknown(let name, let value): .object([(name, value)])
        }
    }

    /// The actions of a file of one JSON object a line.
    ///
    /// - Throws: `corruptTable` with the line.
    public static func parse(lines bytes: [UInt8]) throws(PipelineError) -> [Action] {
        var actions: [Action] = []
        for (number, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
        {
            guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) else { continue }
            do throws(PipelineError) {
                if let action = try Action(json: try JSONValue(parsing: Array(line))) { actions.append(action) }
            } catch {
                let code: PipelineError.Code = error.code == .malformedRecord ? .corruptTable : error.code
                throw PipelineError(
                    code, error.what, at: [.init("line", "\(number + 1)")], hint: error.hint, cause: error.cause)
            }
        }
        return actions
    }

    /// The actions as one JSON object a line.
    public static func lines(_ actions: [Action]) -> [UInt8] {
        var bytes: [UInt8] = []
        for action in actions {
            action.json.write(to: &bytes)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }
}
