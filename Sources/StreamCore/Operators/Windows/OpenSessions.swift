// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Where the open sessions of a shard lie in time, and which of them end next.
///
/// Sessions are numbered as they begin. Those of a key are linked in the order of time; they neither overlap nor touch. Each session
/// waits in a queue for the end that it had when it was queued; one that has grown since is queued again when its turn comes, so at most once for
/// what made it grow.
/// - Cost: of a partial session, the later sessions of its key and those that it joins; of an epoch, what changed and what ends,
///   not what is open. Numbers that are no longer used are taken out once they are more than the others.
struct OpenSessions: ~Copyable {
    /// By key: its latest session.
    private var latest = BufferBuilder<Int32>()
    /// By session: its neighbours of the same key.
    private var earlier = BufferBuilder<Int32>()
    private var later = BufferBuilder<Int32>()
    /// By session: its key; `gone` when it is closed or has joined another.
    private var owners = BufferBuilder<Int32>()
    private var starts = BufferBuilder<Int64>()
    private var ends = BufferBuilder<Int64>()
    private var isChanged = BufferBuilder<UInt8>()
    /// The sessions of this epoch.
    private var changed = BufferBuilder<Int32>()
    /// Sessions that are to be queued.
    private var unqueued = BufferBuilder<Int32>()
    private var queue = ExpiryQueue()
    private let patience: Int64?
    /// How many sessions are open.
    private(set) var count = 0
    /// How many sessions were looked at so far: the measure of work.
    private(set) var visits = 0

    private static let none: Int32 = -1
    private static let gone: Int32 = -1
    /// Fewer numbers that are not used are not worth new ones.
    private static let fewUnused = 1_024

    /// Sessions that are closed when the watermark is so far after their end; `nil`: never.
    init(patience: Int64?) { self.patience = patience }

    /// How many numbers there are, also of sessions that are no longer open.
    var numbers: Int { owners.count }

    var byteCount: Int { owners.count * 29 + latest.count * 4 + queue.count * 12 }

    /// Whether it is time to give sessions new numbers.
    var isSparse: Bool { numbers > count * 2 + Self.fewUnused || (count == 0 && numbers > 0) }

    func owners(of sessions: Buffer<Int32>) -> Buffer<Int32> { owners.taking(sessions) }

    func starts(of sessions: Buffer<Int32>) -> Buffer<Int64> { starts.taking(sessions) }

    func ends(of sessions: Buffer<Int32>) -> Buffer<Int64> { ends.taking(sessions) }

    /// Makes keys up to `count`, without sessions.
    mutating func growKeys(to count: Int) { latest.grow(to: count, with: Self.none) }

    // MARK: Growing

    /// The session that a partial one belongs to; sessions that it joins become one, and `merged` says into which they went.
    ///
    /// - Parameter isChange: whether that counts as a change; not when it was here before.
    mutating func place(
        _ key: Int32, _ start: Int64, _ end: Int64, _ merged: inout [Int32: Int32], isChange: Bool = true
    ) -> Int32 {
        var following = Self.none
        var session = latest[Int(key)]
        while session >= 0, starts[Int(session)] > end {
            visits += 1
            following = session
            session = earlier[Int(session)]
        }
        visits += 1
        guard session >= 0, ends[Int(session)] >= start else {
            let inserted = insert(key, start, end, after: session, before: following)
            if isChange { note(inserted) }
            return inserted
        }
        let found = Int(session)
        starts[found] = min(starts[found], start)
        ends[found] = max(ends[found], end)
        while case let other = earlier[found], other >= 0, ends[Int(other)] >= start {
            visits += 1
            starts[found] = min(starts[found], starts[Int(other)])
            merged[other] = session
            remove(other)
        }
        if isChange { note(session) }
        return session
    }

    private mutating func insert(
        _ key: Int32, _ start: Int64, _ end: Int64, after previous: Int32, before following: Int32
    ) -> Int32 {
        let session = Int32(owners.count)
        owners.append(key)
        starts.append(start)
        ends.append(end)
        earlier.append(previous)
        later.append(following)
        isChanged.append(0)
        if previous >= 0 { later[Int(previous)] = session }
        if following >= 0 { earlier[Int(following)] = session } else { latest[Int(key)] = session }
        count += 1
        if patience != nil { unqueued.append(session) }
        return session
    }

    private mutating func note(_ session: Int32) {
        guard isChanged[Int(session)] == 0 else { return }
        isChanged[Int(session)] = 1
        changed.append(session)
    }

    /// The open sessions that changed since the last call, in the order of their numbers.
    mutating func takeChanged() -> Buffer<Int32> {
        var result: [Int32] = []
        for index in 0..<changed.count {
            let session = changed[index]
            isChanged[Int(session)] = 0
            if owners[Int(session)] != Self.gone { result.append(session) }
        }
        visits += changed.count
        changed.removeAll()
        return Buffer(result.sorted())
    }

    // MARK: Ending

    /// The first watermark under which a session is closed; `Int64.max`: never, but by the end of a run.
    func lapse(of session: Int32) -> Int64 {
        patience.map { ends[Int(session)].saturatingAdding($0) } ?? .max
    }

    /// The sessions that a watermark closes, in the order of their numbers; they are to be removed.
    mutating func due(at watermark: Watermark) -> Buffer<Int32> {
        enqueue()
        let candidates = queue.due(at: watermark.micros)
        visits += candidates.count
        var result: [Int32] = []
        for index in 0..<candidates.count {
            let session = candidates[index]
            if owners[Int(session)] == Self.gone { continue }
            if turn(of: session) <= watermark.micros {
                result.append(session)
            } else {
                unqueued.append(session)
            }
        }
        enqueue()
        return Buffer(result.sorted())
    }

    private mutating func enqueue() {
        guard unqueued.count > 0 else { return }
        var sessions = BufferBuilder<Int32>(capacity: unqueued.count)
        var turns = BufferBuilder<Int64>(capacity: unqueued.count)
        for index in 0..<unqueued.count where owners[Int(unqueued[index])] != Self.gone {
            sessions.append(unqueued[index])
            turns.append(turn(of: unqueued[index]))
        }
        visits += unqueued.count
        unqueued.removeAll()
        queue.add(sessions.finish(), times: turns.finish())
    }

    /// When a session is looked at again: every session by the end of a run.
    private func turn(of session: Int32) -> Int64 { min(lapse(of: session), .max - 1) }

    /// When sessions are looked at again.
    func turns(of sessions: Buffer<Int32>) -> Buffer<Int64> {
        var result = BufferBuilder<Int64>(capacity: sessions.count)
        for index in 0..<sessions.count { result.append(turn(of: sessions[index])) }
        return result.finish()
    }

    /// Forgets sessions.
    mutating func remove(_ sessions: Buffer<Int32>) {
        visits += sessions.count
        for index in 0..<sessions.count { remove(sessions[index]) }
    }

    private mutating func remove(_ session: Int32) {
        let (previous, following) = (earlier[Int(session)], later[Int(session)])
        if previous >= 0 { later[Int(previous)] = following }
        if following >= 0 {
            earlier[Int(following)] = previous
        } else {
            latest[Int(owners[Int(session)])] = previous
        }
        owners[Int(session)] = Self.gone
        count -= 1
    }

    // MARK: All of them

    /// The open sessions for whose key `isWanted` is true, in the order of their numbers.
    func sessions(where isWanted: (Int) -> Bool) -> Buffer<Int32> {
        var result = BufferBuilder<Int32>()
        for session in 0..<numbers where owners[session] != Self.gone {
            if isWanted(Int(owners[session])) { result.append(Int32(session)) }
        }
        return result.finish()
    }

    /// Gives the open sessions the numbers of their places in `open`, and keys those of their places in `keys`; no epoch may be under way.
    mutating func renumber(_ open: Buffer<Int32>, keys: Buffer<Int32>) {
        enqueue()
        visits += numbers
        var numbers = [Int32](repeating: Self.none, count: numbers)
        for index in 0..<open.count { numbers[Int(open[index])] = Int32(index) }
        func renumbered(_ session: Int32) -> Int32 { session < 0 ? Self.none : numbers[Int(session)] }
        var keyNumbers = [Int32](repeating: Self.none, count: latest.count)
        for index in 0..<keys.count { keyNumbers[Int(keys[index])] = Int32(index) }
        latest.replace(with: Elementwise.map(latest.taking(keys)) { renumbered($0) })
        earlier.replace(with: Elementwise.map(earlier.taking(open)) { renumbered($0) })
        later.replace(with: Elementwise.map(later.taking(open)) { renumbered($0) })
        owners.replace(with: Elementwise.map(owners.taking(open)) { keyNumbers[Int($0)] })
        starts.replace(with: starts.taking(open))
        ends.replace(with: ends.taking(open))
        isChanged.replace(with: isChanged.taking(open))
        queue.renumber(numbers.span)
    }
}

extension BufferBuilder {
    fileprivate mutating func replace(with values: Buffer<Element>) {
        self = BufferBuilder(capacity: values.count)
        append(contentsOf: values)
    }
}
