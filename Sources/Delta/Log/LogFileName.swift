// SPDX-License-Identifier: Apache-2.0

/// What a name in `_delta_log` stands for.
enum LogFileName: Hashable {
    case commit(TableVersion)
    /// Aggregated actions of the commits of a range of versions.
    case compacted(TableVersion, TableVersion)
    case checkpoint(TableVersion, CheckpointShape)
    case checksum(TableVersion)

    enum CheckpointShape: Hashable {
        /// One Parquet file, V1 or V2.
        case classic
        /// One of several Parquet files, counted from 1.
        case part(Int, of: Int)
        /// The top-level file of a V2 checkpoint with a UUID in its name.
        case uuid(isParquet: Bool)
    }

    static let folder = "_delta_log/"
    static let lastCheckpointKey = "_delta_log/_last_checkpoint"
    static let sidecarFolder = "_delta_log/_sidecars/"

    init?(_ name: some StringProtocol) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 2, let version = Self.version(parts[0]) else { return nil }
        switch parts.count {
        case 2 where parts[1] == "json": self = .commit(version)
        case 2 where parts[1] == "crc": self = .checksum(version)
        case 3 where parts[1] == "checkpoint" && parts[2] == "parquet": self = .checkpoint(version, .classic)
        case 4 where parts[2] == "compacted" && parts[3] == "json":
            guard let end = Self.version(parts[1]) else { return nil }
            self = .compacted(version, end)
        case 4 where parts[1] == "checkpoint" && (parts[3] == "parquet" || parts[3] == "json"):
            self = .checkpoint(version, .uuid(isParquet: parts[3] == "parquet"))
        case 5 where parts[1] == "checkpoint" && parts[4] == "parquet":
            guard let part = Int(parts[2]), let count = Int(parts[3]), part >= 1, part <= count else { return nil }
            self = .checkpoint(version, .part(part, of: count))
        default: return nil
        }
    }

    private static func version(_ digits: some StringProtocol) -> TableVersion? {
        guard digits.count == 20, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return Int64(digits).map { TableVersion($0) }
    }

    private static func padded(_ version: TableVersion) -> String {
        let digits = String(version.number)
        return String(repeating: "0", count: 20 - digits.count) + digits
    }

    static func commitKey(_ version: TableVersion) -> String { folder + padded(version) + ".json" }
    static func checkpointKey(_ version: TableVersion) -> String { folder + padded(version) + ".checkpoint.parquet" }
    static func checksumKey(_ version: TableVersion) -> String { folder + padded(version) + ".crc" }
    /// Sorts before every file of the version.
    static func keyBefore(_ version: TableVersion) -> String { folder + padded(version) }
}
