// SPDX-License-Identifier: Apache-2.0

/// The identity of a logical file of a table: a data file and the deletion vector on it.
public struct FileKey: Hashable, Sendable {
    /// The path, decoded.
    public let path: String
    /// `DeletionVector.uniqueID`; `nil` without a vector.
    public let vectorID: String?

    init(path: String, vector: DeletionVector?) {
        self.path = path
        vectorID = vector?.uniqueID
    }
}
