// SPDX-License-Identifier: Apache-2.0

/// A pipeline file after loading: names resolved, SQL planned, every value checked.
public struct Pipeline: Sendable {
    /// The name; identity of the pipeline in tables and metrics.
    public var name: String
    /// SHA-256 of the definition in hex, without secrets and insensitive to the order of keys.
    public var hash: String
    /// The definition as JSON, without secrets, for the checkpoint.
    public var definition: String
    /// How epochs are cut.
    public var mode: Mode
    /// When an epoch starts.
    public var trigger: Trigger
    /// Bounds of an epoch set by the user.
    public var limits: EpochLimits
    /// Worker tasks.
    public var workers: Int
    /// The memory budget in bytes.
    public var memoryBytes: Int
    /// The sources by name.
    public var sources: [String: SourceDeclaration]
    /// The transforms in an order in which each comes after what it reads.
    public var transforms: [TransformDeclaration]
    /// The sinks by name.
    public var sinks: [String: SinkDeclaration]
    /// Where unusable records go; `nil` when the file names no place.
    public var deadLetters: SinkConnector?
    /// The checkpoint's folder.
    public var checkpoint: String

    /// How epochs are cut.
    public enum Mode: String, Sendable { case microBatch = "micro-batch", continuous }

    /// A pipeline; the loader fills in all values.
    public init(
        name: String, hash: String, definition: String, mode: Mode, trigger: Trigger, limits: EpochLimits, workers: Int,
        memoryBytes: Int, sources: [String: SourceDeclaration], transforms: [TransformDeclaration],
        sinks: [String: SinkDeclaration], deadLetters: SinkConnector?, checkpoint: String
    ) {
        self.name = name
        self.hash = hash
        self.definition = definition
        self.mode = mode
        self.trigger = trigger
        self.limits = limits
        self.workers = workers
        self.memoryBytes = memoryBytes
        self.sources = sources
        self.transforms = transforms
        self.sinks = sinks
        self.deadLetters = deadLetters
        self.checkpoint = checkpoint
    }
}

/// A named query over sources and other transforms.
public struct TransformDeclaration: Sendable {
    /// The name.
    public var name: String
    /// What it computes.
    public var plan: RelationPlan
    /// What its rows must be.
    public var expectations: [Expectation]
    /// Which rows a grouping gives in an epoch.
    public var outputMode: OutputMode
    /// What happens to records whose window has closed.
    public var onLate: LateAction
    /// How long a closed window still takes changes, µs; above 0 with `restate` only.
    public var allowedLatenessMicros: Int64

    /// A transform.
    public init(
        name: String, plan: RelationPlan, expectations: [Expectation] = [], outputMode: OutputMode = .append,
        onLate: LateAction = .deadLetter, allowedLatenessMicros: Int64 = 0
    ) {
        self.name = name
        self.plan = plan
        self.expectations = expectations
        self.outputMode = outputMode
        self.onLate = onLate
        self.allowedLatenessMicros = allowedLatenessMicros
    }
}

/// Which rows a grouping gives in an epoch.
public enum OutputMode: String, Hashable, Sendable, CaseIterable {
    /// Each group once, when its window closes.
    case append
    /// Each group that changed.
    case update
    /// All groups.
    case complete
}

/// What happens to records whose window has closed.
public enum LateAction: String, Hashable, Sendable, CaseIterable {
    /// Counted only.
    case drop
    case deadLetter
    /// Within the allowed lateness they change the window again, in update mode; later ones go to dead letters.
    case restate
}

/// A condition that the rows of a source or transform must meet; NULL counts as met.
public struct Expectation: Sendable {
    /// The name, for counts and dead letters.
    public var name: String
    /// BOOLEAN over the relation's columns.
    public var condition: Expression
    /// What to do with rows that do not meet it.
    public var onViolation: Action

    /// What to do with a row.
    public enum Action: String, Sendable, CaseIterable { case warn, drop, deadLetter, fail }

    /// An expectation.
    public init(name: String, condition: Expression, onViolation: Action) {
        self.name = name
        self.condition = condition
        self.onViolation = onViolation
    }
}
