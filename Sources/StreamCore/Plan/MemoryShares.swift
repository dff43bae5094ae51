// SPDX-License-Identifier: Apache-2.0

/// How the one memory budget of a pipeline is divided over everything that holds rows. Each share is a bound, not a reservation.
///
/// Sources wait when their queues are full; intakes are emptied, state spills and row groups are written out when theirs are.
/// What is not divided (an eighth) is for batches on their way, dictionaries, and the libraries.
public struct MemoryShares: Hashable, Sendable {
    /// Records that one source has fetched and not handed out.
    public let sourceBytes: Int
    /// Rows and unfinished row groups of one worker's writer to one sink.
    public let writerBytes: Int
    /// Partial results of one operator's intake.
    public let intakeBytes: Int
    /// State of one shard of one operator.
    public let shardBytes: Int
    /// Input of an epoch that no bound of the user's ends: with state, an epoch's groups and what they give are all in memory
    /// while it ends.
    public let epochBytes: Int

    /// Below this nothing useful fits.
    private static let leastBytes = 1 << 20
    /// More in one writer only makes larger row groups than readers want.
    private static let greatestWriterBytes = 48 << 20
    private static let greatestEpochBytes = 1 << 30

    /// Divides a budget.
    public init(budgetBytes: Int, workers: Int, sources: Int, sinks: Int, operators: Int) {
        let workers = max(1, workers)
        // Without state its part goes to the writers; more in queues would only be further ahead of them.
        let state = operators == 0 ? 0 : budgetBytes * 3 / 8
        let intakes = operators == 0 ? 0 : budgetBytes / 8
        let rest = budgetBytes * 7 / 8 - state - intakes
        sourceBytes = max(Self.leastBytes, min(rest / 2, budgetBytes / 4) / max(1, sources))
        writerBytes = min(
            Self.greatestWriterBytes, max(Self.leastBytes, rest / 2 / (workers * max(1, sinks))))
        intakeBytes = max(Self.leastBytes, intakes / (workers * max(1, operators)))
        epochBytes = operators == 0 ? Self.greatestEpochBytes : min(Self.greatestEpochBytes, budgetBytes / 4)
        shardBytes = max(Self.leastBytes, state / (workers * max(1, operators)))
    }
}
