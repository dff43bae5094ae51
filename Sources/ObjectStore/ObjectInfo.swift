// SPDX-License-Identifier: Apache-2.0

/// What a listing says of an object.
public struct ObjectInfo: Hashable, Sendable {
    /// The key, relative to the store's root.
    public let key: String
    /// The size in bytes.
    public let byteCount: Int
    /// When it was last modified, µs since 1970 UTC.
    public let modifiedMicros: Int64

    /// An entry of a listing.
    public init(key: String, byteCount: Int, modifiedMicros: Int64) {
        self.key = key
        self.byteCount = byteCount
        self.modifiedMicros = modifiedMicros
    }

    /// The last part of the key.
    public var name: Substring { key.lastIndex(of: "/").map { key[key.index(after: $0)...] } ?? key[...] }
}
