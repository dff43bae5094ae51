// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures

/// One stateful step of a pipeline: grouping, deduplication or a join of streams.
///
/// Its work is in two halves. Each worker has an *intake* that takes rows as they are read, judges which are late, and makes
/// of the others what the state needs (for aggregates: partial groups), as batches whose first column says by hash where a row
/// belongs. Each *shard* owns some of the 128 key groups; it absorbs such batches and, once per epoch, moves its watermark and
/// gives what became due. What an epoch changed is the shard's changelog: the batches that, restored in order into
/// an empty shard, make the same state.
public protocol StatefulOperator: Sendable {
    /// What identifies its state over restarts.
    var identity: OperatorIdentity { get }
    /// How far the event times of its rows may lie before its watermark, µs: what later steps must wait for.
    var outputDelayMicros: Int64 { get }
    /// Whether it keeps the rows of its input one by one, so that its changelog has all that an epoch reads.
    var keepsInput: Bool { get }
    /// The schema of what it gives.
    var outputSchema: Schema { get }
    /// An intake for one worker.
    func makeIntake() -> any OperatorIntake
    /// An empty shard, which spills what its share of the memory cannot hold.
    func makeShard(_ memory: ShardMemory) -> any OperatorShard
    /// Changelog or snapshot rows of one of its state tables as people read them: keys and values under their names.
    func readable(_ rows: StateRows) -> ColumnBatch
    /// How rows that were written under an earlier meaning become rows of this one; `origins` says what the parts of this meaning that have
    /// stored state were then.
    func migration(_ origins: [StateSuccession.Part: StateSuccession.Part]) -> StateMigration
}

/// What identifies an operator's state.
public struct OperatorIdentity: Hashable, Sendable {
    /// Transform name, and the number of the step within it when it has several: `rollup`, `rollup.2`.
    public var name: String
    /// `aggregate`, `session`, `deduplicate`, `join`.
    public var kind: String
    /// The parts of its meaning, in a fixed order, by name: keys, window, each aggregate, …; state fits when they are equal, and
    /// `StateSuccession` says what can be kept when they are not.
    public var meaning: [MeaningPart]

    /// One part of what state means.
    public struct MeaningPart: Hashable, Sendable {
        /// What it is: `key device`, `window`, `aggregate avg(temperature)`.
        public var name: String
        /// Its definition, with types, in a form that does not change with how it is spelled.
        public var definition: String

        /// A part.
        public init(_ name: String, _ definition: String) {
            self.name = name
            self.definition = definition
        }
    }

    /// An identity.
    public init(name: String, kind: String, meaning: [MeaningPart]) {
        self.name = name
        self.kind = kind
        self.meaning = meaning
    }
}

/// Takes one worker's rows for a stateful operator. Used by one task at a time.
public protocol OperatorIntake: AnyObject, Sendable {
    /// Takes rows of one input.
    ///
    /// - Returns: the rows that were not used: late ones with window, watermark and lateness, and those whose expressions failed.
    func take(_ rows: ColumnBatch, input: Int, context: IntakeContext) throws(PipelineError) -> [RejectedRow]

    /// Hands out and forgets what it holds, by shard; shards without rows have none.
    func drain(shards: Int) -> [[StateRows]]

    /// How many bytes it holds.
    var byteCount: Int { get }

    /// The rows it left out without naming them, since the last call.
    func takeCounts() -> IntakeCounts
}

/// Rows that an intake left out without naming them.
public struct IntakeCounts: Hashable, Sendable {
    /// Late rows under `"onLate": "drop"`.
    public var lateDropped = 0
    /// Rows whose event time is NULL, or that are in no window.
    public var timeless = 0

    /// None.
    public init(lateDropped: Int = 0, timeless: Int = 0) {
        self.lateDropped = lateDropped
        self.timeless = timeless
    }
}

/// What an intake may know besides its rows.
public struct IntakeContext: Sendable {
    /// What expressions may know.
    public var evaluation: EvaluationContext
    /// The operator's watermark: that of the end of the last epoch, µs; `Watermark.none` before there is one.
    public var watermark: Watermark
    /// Where the first row of the batch stands in the total order of the epoch's rows; the others follow.
    public var order: Int64

    /// A context.
    public init(evaluation: EvaluationContext, watermark: Watermark, order: Int64) {
        self.evaluation = evaluation
        self.watermark = watermark
        self.order = order
    }
}

/// Rows of one of an operator's state tables.
public struct StateRows: Sendable {
    /// Which table: an operator may have several (`groups`; `left`, `right`, …).
    public var table: String
    /// The rows. Column 0 is `$hash` BIGINT NOT NULL: the hash of the key, whose highest seven bits are the key group.
    public var rows: ColumnBatch

    /// Rows of a table.
    public init(table: String, rows: ColumnBatch) {
        self.table = table
        self.rows = rows
    }
}

/// The state of one operator for some of the key groups. Used by one task at a time.
public protocol OperatorShard: AnyObject, Sendable {
    /// Takes what an intake made.
    func absorb(_ rows: StateRows) throws(PipelineError)

    /// Ends an epoch: moves the watermark, gives what became due, and drops what nobody can ask for any more.
    ///
    /// - Parameter give: takes result rows, in batches of bounded size, as they are made.
    /// - Returns: everything else; its `batches` are empty.
    func finish(
        _ context: FinishContext, _ give: (ColumnBatch) throws(PipelineError) -> Void
    ) throws(PipelineError) -> ShardOutput

    /// What this epoch changed, to be written before it is decided; forgotten when it is handed out. Called after `finish`.
    func takeChanges() -> [StateRows]

    /// The state of its key groups among `groups` as it is after the last `finish`, in batches of bounded size.
    func snapshot(groups: Range<Int>, _ give: (StateRows) throws(PipelineError) -> Void) throws(PipelineError)

    /// Takes rows of a snapshot or of an epoch's changes, in order. `finish` follows after each epoch's, its output unused.
    func restore(_ rows: StateRows) throws(PipelineError)

    /// How big it is.
    var size: StateSize { get }
}

extension StatefulOperator {
    /// Keys or groups, of which an epoch has fewer than rows.
    public var keepsInput: Bool { false }

    /// An empty shard that keeps everything in memory.
    public func makeShard() -> any OperatorShard { makeShard(.unbounded) }
}

extension OperatorShard {
    /// Ends an epoch, all result rows at once.
    public func finish(_ context: FinishContext) throws(PipelineError) -> ShardOutput {
        var batches: [ColumnBatch] = []
        var output = try finish(context) { batch throws(PipelineError) in batches.append(batch) }
        output.batches = batches
        return output
    }
}

/// What a shard may know when an epoch ends.
public struct FinishContext: Sendable {
    /// What expressions may know.
    public var evaluation: EvaluationContext
    /// The operator's watermark from now on; never below the last one.
    public var watermark: Watermark
    /// Whether this only repeats a past epoch during recovery, so that output need not be made.
    public var isRestoring: Bool

    /// A context.
    public init(evaluation: EvaluationContext, watermark: Watermark, isRestoring: Bool = false) {
        self.evaluation = evaluation
        self.watermark = watermark
        self.isRestoring = isRestoring
    }
}

/// What a shard gives at the end of an epoch.
public struct ShardOutput: Sendable {
    /// Result rows, in batches of bounded size.
    public var batches: [ColumnBatch] = []
    /// Results that could not be computed (a sum that does not fit), as dead letters without a raw record.
    public var failures: [GroupFailure] = []
    /// Keys or rows dropped since the watermark passed them.
    public var removedRows = 0
    /// Rows of state that were added or changed in this epoch; a group that was spilled in between may count again.
    public var updatedRows = 0
    /// The latest end of a window, or of a key's life, that was closed in this epoch: rows up to it are late from now on, even
    /// when the watermark that closed it was `Watermark.end`.
    public var closedThrough = Watermark.none

    /// Nothing.
    public init() {}

    /// Notes the end of something that was closed; what has no end (`Int64.max`) makes nothing late.
    mutating func noteClosed(through endMicros: Int64) {
        if endMicros < .max { closedThrough = max(closedThrough, Watermark(micros: endMicros)) }
    }
}

/// A group whose result could not be computed.
public struct GroupFailure: Hashable, Sendable {
    /// Why.
    public var code: PipelineError.Code
    /// What was wrong, with the expression's text.
    public var message: String
    /// The group's key, as JSON.
    public var key: String

    /// A failure.
    public init(code: PipelineError.Code, message: String, key: String) {
        self.code = code
        self.message = message
        self.key = key
    }
}

/// How big state is.
public struct StateSize: Hashable, Sendable {
    /// Keys (groups, sessions, rows of a join); a group of which a part was spilled may count several times.
    public var rows = 0
    /// Bytes in memory.
    public var memoryBytes = 0
    /// Bytes on disk that are not in memory.
    public var spilledBytes = 0
    /// Windows that are open; 0 where there are no windows.
    public var openWindows = 0
    /// In how many of the latest epochs all of it came: 0 where there is nothing, 1 where all is of the last one; `nil` when unknown.
    public var epochs: Int?

    /// A size.
    public init(
        rows: Int = 0, memoryBytes: Int = 0, spilledBytes: Int = 0, openWindows: Int = 0, epochs: Int? = nil
    ) {
        self.epochs = epochs
        self.rows = rows
        self.memoryBytes = memoryBytes
        self.spilledBytes = spilledBytes
        self.openWindows = openWindows
    }
}

/// One of the 128 fixed parts of the space of keys.
public enum KeyGroups {
    /// How many there are; part of the format of state.
    public static let count = 128

    /// The group of a key by its hash: the highest seven bits.
    public static func group(ofHash hash: Int64) -> Int { Int(UInt64(bitPattern: hash) >> 57) }

    /// The shard that owns a group when there are `shards`.
    public static func shard(ofGroup group: Int, of shards: Int) -> Int { group * shards / count }

    /// The shard that owns a key by its hash.
    public static func shard(ofHash hash: Int64, of shards: Int) -> Int {
        shard(ofGroup: group(ofHash: hash), of: shards)
    }
}
