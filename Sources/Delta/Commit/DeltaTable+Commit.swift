// SPDX-License-Identifier: Apache-2.0
public import Failures
import JSONText
import ObjectStore

extension DeltaTable {
    /// Commits what `decide` makes of the newest version, as often as other writers get in between, exactly once.
    ///
    /// `decide` is called again on the version that won whenever the next version was taken: there it checks that what it has
    /// read and prepared still holds (schema, `txn`, files to be removed), and answers `nil` when nothing is to be done any more.
    /// It gets `nil` when there is no table yet, and then has to bring protocol and metadata.
    /// An unknown outcome is settled by reading the log back: our commits carry a unique `txnId`.
    ///
    /// - Returns: the version, `nil` when `decide` declined.
    /// - Throws: what `decide` throws; `commitConflict` after the bounded number of tries; `outcomeUnknown` when it could not
    ///   be found out whether the commit landed (repeating the call with a `txn` in `decide` settles it).
    public func commit(
        _ decide: @Sendable (TableHead?) async throws(PipelineError) -> TableCommit?
    ) async throws(PipelineError) -> TableVersion? {
        await turn.take()
        defer { turn.release() }
        let builder = CommitBuilder(policy: policy, txnID: UniqueName.uuid())
        var doubt: PipelineError?
        for attempt in 0..<policy.attempts {
            if attempt > 0 { await pause(attempt) }
            let proposal: Proposal
            do throws(Obstacle) {
                proposal = try await propose(builder, inDoubt: doubt != nil, decide)
            } catch {
                switch error {
                case .decision(let error): throw error
                case .log(let error):
                    guard error.retry == .withBackoff, attempt + 1 < policy.attempts else {
                        throw doubtful(error, doubt)
                    }
                    continue
                }
            }
            switch proposal {
            case .declined: return nil
            case .landed(let version): return version
            case .write(let version, let actions):
                switch try await write(actions, version) {
                case .written:
                    try settle(version, actions, builder.txnID)
                    return version
                case .exists: continue
                case .unknown(let error): doubt = error
                }
            }
        }
        if let doubt { throw doubtful(doubt, doubt) }
        throw PipelineError(
            .commitConflict, "other writers took the next version \(policy.attempts) times",
            at: [.init("table", location)], hint: "Try again, or let fewer writers commit at once")
    }

    /// What one try comes to, before anything is written.
    private enum Proposal {
        case declined
        /// An earlier try, whose outcome was unknown, is in the log.
        case landed(TableVersion)
        case write(TableVersion, [Action])
    }

    /// Where a try failed: reading the log can be repeated, a decision stands.
    private enum Obstacle: Error {
        case log(PipelineError)
        case decision(PipelineError)
    }

    /// Reads what is new and lets `decide` make the commit.
    private func propose(
        _ builder: CommitBuilder, inDoubt: Bool,
        _ decide: @Sendable (TableHead?) async throws(PipelineError) -> TableCommit?
    ) async throws(Obstacle) -> Proposal {
        let head: TableHead?
        let previous: Int64?
        var landed: TableVersion?
        do throws(PipelineError) {
            head = try await refresh { if $0.info.txnID == builder.txnID { landed = $0.info.version } }
            previous = try await previousInCommitMillis(head)
        } catch {
            throw .log(error)
        }
        if inDoubt, landed == nil, let head, head.commitInfo?.txnID == builder.txnID {
            landed = head.version
        }
        if let landed {
            if let head { maintenance.schedule(head, txnID: builder.txnID) }
            return .landed(landed)
        }
        do throws(PipelineError) {
            guard let commit = try await decide(head) else { return .declined }
            let version = head?.version.next ?? .first
            return .write(
                version,
                try builder.actions(commit, version: version, on: head, previousInCommitMillis: previous))
        } catch {
            throw .decision(error)
        }
    }

    /// Moves the cached head to the version that we wrote.
    private func settle(_ version: TableVersion, _ actions: [Action], _ txnID: String) throws(PipelineError) {
        var info: JSONValue = [:]
        for case .commitInfo(let value) in actions { info = value }
        let next = try note(actions, CommitInfo(version: version, json: info, fileMillis: nil))
        maintenance.schedule(next, txnID: txnID)
    }

    private func write(_ actions: [Action], _ version: TableVersion) async throws(PipelineError) -> PutOutcome {
        do throws(PipelineError) {
            return try await store.putIfAbsent(LogFileName.commitKey(version), Action.lines(actions))
        } catch {
            throw error.within("version", "\(version)").within("table", location)
        }
    }

    private func doubtful(_ error: PipelineError, _ doubt: PipelineError?) -> PipelineError {
        guard doubt != nil else { return error }
        return PipelineError(
            .outcomeUnknown, "it is not known whether a commit landed", at: [.init("table", location)],
            cause: error.description)
    }

    /// The in-commit timestamp that the next one must exceed; read from the log when the head came from a checkpoint.
    private func previousInCommitMillis(_ head: TableHead?) async throws(PipelineError) -> Int64? {
        guard let head, head.metadata.isOn("delta.enableInCommitTimestamps") else { return nil }
        if let info = head.commitInfo { return info.inCommitMillis }
        return try await commit(of: head.version)?.info.inCommitMillis
    }

    private func pause(_ attempt: Int) async {
        let bound = min(policy.pauseMillis, Int64(1) << Int64(min(attempt, 30)))
        await policy.pause(Int64.random(in: 0...max(bound, 0)))
    }
}
