// SPDX-License-Identifier: Apache-2.0

/// What the dialect can compute, for people: functions of rows, windows of event time and aggregate functions.
public struct FunctionReference: Sendable {
    /// The name, lower case.
    public let name: String
    /// Other names for the same function, lower case.
    public let aliases: [String]
    /// Which part of the documentation it belongs to, such as `string` or `aggregate`.
    public let group: String
    /// How it is called.
    public let usage: String
    /// One sentence on what it gives.
    public let summary: String

    /// The groups, in the order of the documentation, with their headings.
    public static let groups: [(name: String, title: String)] =
        [("aggregate", "Aggregates"), ("window", "Windows of event time")]
        + FunctionDefinition.Group.allCases.map { ($0.rawValue, $0.title) }

    /// Everything, by group and name.
    public static let all: [FunctionReference] =
        AggregateRegistry.standard.definitions.map { definition in
            FunctionReference(
                name: definition.name, aliases: definition.aliases, group: "aggregate", usage: definition.usage,
                summary: definition.summary)
        } + windows
        + FunctionRegistry.standard.definitions.map { definition in
            FunctionReference(
                name: definition.name, aliases: definition.aliases, group: definition.group.rawValue,
                usage: definition.usage, summary: definition.summary)
        }

    /// Calls that the resolver plans by itself.
    private static let windows: [FunctionReference] = [
        FunctionReference(
            name: "session_window", aliases: [], group: "window", usage: "session_window(timestamp, gap)",
            summary:
                "In GROUP BY: records of a key that are not farther apart than the gap, as STRUCT of start and end."),
        FunctionReference(
            name: "window", aliases: [], group: "window", usage: "window(timestamp, size[, slide[, offset]])",
            summary: "The tumbling, or in GROUP BY also sliding, window of a moment as STRUCT of start and end."),
        FunctionReference(
            name: "window_time", aliases: [], group: "window", usage: "window_time(window)",
            summary: "The event time of a window: its last microsecond."),
    ]
}

extension FunctionDefinition.Group {
    /// The heading.
    fileprivate var title: String {
        switch self {
        case .operators: "Operators"
        case .math: "Numbers"
        case .string: "Strings"
        case .dateTime: "Dates and times"
        case .conditional: "Conditions"
        case .json: "JSON"
        case .hash: "Hashes"
        case .array: "Arrays"
        case .map: "Maps"
        case .structure: "Structs"
        case .conversion: "Conversion"
        case .misc: "Other"
        }
    }
}
