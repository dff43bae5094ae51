// SPDX-License-Identifier: Apache-2.0
public import Columnar

/// Everything an engine runs, with the concrete sources and sinks behind their protocols.
public struct EngineParts: Sendable {
    /// A source and what the engine must know of its declaration.
    public struct BoundSource: Sendable {
        /// The source.
        public var source: any Source
        /// What happens to records that cannot be decoded.
        public var onMalformed: SourceDeclaration.MalformedAction
        /// Bounds of an epoch for this source alone.
        public var limits: EpochLimits
        /// Whether commits name the offsets of all partitions (Kafka), or only of those the epoch read (files).
        public var provenance: ProvenanceScope
        /// Event time and how late it may be.
        public var watermark: WatermarkDeclaration?

        /// A source.
        public init(
            _ source: any Source, onMalformed: SourceDeclaration.MalformedAction = .deadLetter,
            limits: EpochLimits = EpochLimits(), provenance: ProvenanceScope = .allPartitions,
            watermark: WatermarkDeclaration? = nil
        ) {
            self.watermark = watermark
            self.source = source
            self.onMalformed = onMalformed
            self.limits = limits
            self.provenance = provenance
        }
    }

    /// Which partitions of a source a commit names.
    public enum ProvenanceScope: Sendable { case allPartitions, partitionsRead }

    /// A sink and the relation it takes.
    public struct BoundSink: Sendable {
        /// The sink.
        public var sink: any Sink
        /// The relation.
        public var relation: String

        /// A sink.
        public init(_ sink: any Sink, from relation: String) {
            self.sink = sink
            self.relation = relation
        }
    }

    /// Where dead letters go, and how they become rows.
    public struct DeadLetterSink: Sendable {
        /// The sink.
        public var sink: any Sink
        /// Rows of the dead-letter table for one epoch.
        public var rows: @Sendable ([DeadLetter], Epoch) -> ColumnBatch
        /// The text of one row that no source gave: a row of a stateful operator, as JSON.
        public var text: @Sendable (ColumnBatch, Int) -> Buffer<UInt8>

        /// A dead-letter sink.
        public init(
            _ sink: any Sink, rows: @escaping @Sendable ([DeadLetter], Epoch) -> ColumnBatch,
            text: @escaping @Sendable (ColumnBatch, Int) -> Buffer<UInt8>
        ) {
            self.sink = sink
            self.rows = rows
            self.text = text
        }
    }

    /// A stateful operator and where it stands in the dataflow.
    public struct BoundOperator: Sendable {
        /// The operator.
        public var stateful: any StatefulOperator
        /// The relations it reads, in the order of its inputs.
        public var inputs: [String]
        /// The origin that its rows come out of.
        public var output: String
        /// The sources and operators' outputs that its rows are made of; its watermark is the minimum of theirs.
        public var origins: Set<String>

        /// An operator.
        public init(_ stateful: any StatefulOperator, inputs: [String], output: String, origins: Set<String>) {
            self.stateful = stateful
            self.inputs = inputs
            self.output = output
            self.origins = origins
        }
    }

    /// The name under which the dead-letter sink stands among sinks; no sink of a pipeline file can have it.
    public static let deadLetterName = "$deadLetters"

    /// The pipeline's name.
    public var pipeline: String
    /// The hash of its definition.
    public var pipelineHash: String
    /// When an epoch starts.
    public var trigger: Trigger
    /// Bounds of an epoch set by the user.
    public var limits: EpochLimits
    /// Worker tasks.
    public var workers: Int
    /// The sources by name.
    public var sources: [String: BoundSource]
    /// The stateless transforms.
    public var processor: any BatchProcessor
    /// The stateful operators, each after those whose rows it reads.
    public var operators: [BoundOperator] = []
    /// Where their state survives; needed when there are any.
    public var stateStore: (any StateStore)?
    /// Where state goes that does not fit into their shares of the memory; without it everything stays there.
    public var spillArea: (any SpillArea)?
    /// The lookups among the transforms.
    public var lookups: [LookupPlan] = []
    /// Where their tables are read; needed when there are any.
    public var lookupTables: (any LookupTables)?
    /// Whether the end of a bounded run closes all windows.
    public var finishesWindows = false
    /// The memory budget of the pipeline.
    public var memoryBytes = 512 << 20
    /// The sinks by name.
    public var sinks: [String: BoundSink]
    /// Where unusable records go.
    public var deadLetters: DeadLetterSink?
    /// The durable memory.
    public var checkpoint: any CheckpointStore
    /// Time.
    public var clock: any Clock
    /// Who is told.
    public var events: any RunEvents
    /// Test crashes.
    public var crashHook: CrashHook
    /// How long a stop waits for a source from which nothing arrives, in the middle of an epoch.
    public var stopPatienceNanos: Int64 = 3_000_000_000
    /// Given by sources that find out by themselves that there is something to read.
    public var wake: WakeSignal

    /// The parts of an engine.
    public init(
        pipeline: String, pipelineHash: String, trigger: Trigger, limits: EpochLimits = EpochLimits(), workers: Int,
        sources: [String: BoundSource], processor: any BatchProcessor, sinks: [String: BoundSink],
        deadLetters: DeadLetterSink?, checkpoint: any CheckpointStore, clock: any Clock, events: any RunEvents,
        crashHook: @escaping CrashHook = { _, _ in }, wake: WakeSignal = WakeSignal()
    ) {
        self.pipeline = pipeline
        self.pipelineHash = pipelineHash
        self.trigger = trigger
        self.limits = limits
        self.workers = workers
        self.sources = sources
        self.processor = processor
        self.sinks = sinks
        self.deadLetters = deadLetters
        self.checkpoint = checkpoint
        self.clock = clock
        self.events = events
        self.crashHook = crashHook
        self.wake = wake
    }

    /// How the memory budget is divided.
    public var memory: MemoryShares {
        MemoryShares(
            budgetBytes: memoryBytes, workers: workers, sources: sources.count, sinks: allSinks.count,
            operators: operators.count)
    }

    /// All sinks, dead letters included, by name.
    var allSinks: [String: any Sink] {
        var all = sinks.mapValues(\.sink)
        if let deadLetters { all[Self.deadLetterName] = deadLetters.sink }
        return all
    }
}
