// SPDX-License-Identifier: Apache-2.0

/// A string of a pipeline file, after substitution, that still knows where each of its bytes was written.
struct SpecText: Sendable {
    /// With variables replaced. Not to be printed when `isSecret`.
    let value: String
    /// As written, which may always be shown.
    let written: String
    /// Where the string starts in the file.
    let offset: Int
    /// Whether a part of the value came from the environment or a file.
    let isSecret: Bool
    /// For each byte of the value, the byte of `written` it came from; empty when they are the same.
    private let sources: [Int]

    /// A text without references.
    init(value: String, written: String, offset: Int) {
        self.init(value: value, written: written, offset: offset, isSecret: false, sources: [])
    }

    private init(value: String, written: String, offset: Int, isSecret: Bool, sources: [Int]) {
        self.value = value
        self.written = written
        self.offset = offset
        self.isSecret = isSecret
        self.sources = sources
    }

    /// The byte of `written` that byte `index` of the value came from.
    func writtenIndex(of index: Int) -> Int {
        if sources.isEmpty { return min(index, written.utf8.count) }
        return index < sources.count ? sources[max(0, index)] : written.utf8.count
    }

    /// Where byte `index` of the value stands in the file.
    func fileOffset(of index: Int, in document: PipelineDocument) -> Int {
        let origins = document.origins(ofStringAt: offset, decodedCount: written.utf8.count)
        return origins[min(writtenIndex(of: index), origins.count - 1)]
    }

    /// Puts a text together from literal and replaced parts.
    struct Builder {
        /// Whether a part came from the environment or a file.
        var isSecret = false
        private var bytes: [UInt8] = []
        private var sources: [Int] = []

        /// Appends a part that begins at byte `start` of the written text.
        mutating func append(_ part: some Collection<UInt8>, from start: Int, literally: Bool) {
            for (index, byte) in part.enumerated() {
                bytes.append(byte)
                sources.append(literally ? start + index : start)
            }
        }

        /// The finished text.
        func finish(written: String, offset: Int) -> SpecText {
            SpecText(
                value: String(decoding: bytes, as: UTF8.self), written: written, offset: offset, isSecret: isSecret,
                sources: sources)
        }
    }
}
