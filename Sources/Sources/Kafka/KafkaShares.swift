// SPDX-License-Identifier: Apache-2.0

/// Splits a bound on records over partitions in proportion to what each has waiting.
enum KafkaShares {
    /// The share of each lag; together no more than `limit`, each no more than its lag. `nil` is no bound.
    ///
    /// What rounding leaves over goes one by one to partitions from `rotation` on, so that over the epochs each gets its turn,
    /// however small the bound.
    static func split(_ lags: [Int64], limit: Int64?, rotation: Int = 0) -> [Int64] {
        let total = lags.reduce(0, +)
        guard let limit, limit < total else { return lags }
        var shares = lags.map { Int64((Double($0) / Double(total) * Double(limit)).rounded(.down)) }
        for index in shares.indices { shares[index] = min(shares[index], lags[index]) }
        var left = limit - shares.reduce(0, +)
        var turn = 0
        while left > 0 && turn < lags.count {
            let index = (rotation + turn) % lags.count
            let more = min(1, lags[index] - shares[index])
            shares[index] += more
            left -= more
            turn += 1
        }
        return shares
    }
}
