// SPDX-License-Identifier: Apache-2.0
import Columnar

/// One value of a type, or NULL, or nothing, per group; as encoded bytes in one arena, so that any type costs one copy.
struct ValueArena: ~Copyable {
    private let type: DataType
    private let encoder: KeyEncoder
    private let decoder: KeyDecoder
    private var bytes = BufferBuilder<UInt8>()
    private var starts = BufferBuilder<Int>()
    private var lengths = BufferBuilder<Int32>()
    private var liveBytes = 0

    init(_ type: DataType) {
        self.type = type
        encoder = KeyEncoder([type], normalizingNumbers: false)
        decoder = KeyDecoder([type])
    }

    mutating func grow(to count: Int) {
        starts.grow(to: count, with: 0)
        lengths.grow(to: count, with: -1)
    }

    /// Whether a group has a value or NULL.
    func has(_ group: Int) -> Bool { lengths[group] >= 0 }

    /// Gives groups the values of a column: `groups[i]` row `i`. Among equal groups the last wins.
    mutating func set(_ groups: Buffer<Int32>, _ column: Column) {
        guard groups.count > 0 else { return }
        let keys = encoder.encode([column], rowCount: groups.count)
        for row in 0..<groups.count {
            let group = Int(groups[row])
            let value = keys.bytes.span.extracting(Int(keys.offsets[row])..<Int(keys.offsets[row + 1]))
            liveBytes += value.count - Int(max(0, lengths[group]))
            if lengths[group] >= Int32(value.count) {
                let start = starts[group]
                for index in value.indices { bytes[start + index] = value[index] }
            } else {
                starts[group] = bytes.count
                bytes.append(contentsOf: value)
            }
            lengths[group] = Int32(value.count)
        }
        if bytes.count > liveBytes * 2 + 65_536 { compact() }
    }

    private mutating func compact() {
        var kept = BufferBuilder<UInt8>(capacity: liveBytes)
        for group in 0..<lengths.count where lengths[group] > 0 {
            let start = starts[group]
            starts[group] = kept.count
            kept.append(contentsOf: bytes.span.extracting(start..<(start + Int(lengths[group]))))
        }
        bytes = kept
    }

    /// The values of some groups; NULL where there is none.
    func column(_ groups: Buffer<Int32>) -> Column {
        var offsets = BufferBuilder<Int32>(capacity: groups.count + 1)
        var gathered = BufferBuilder<UInt8>()
        offsets.append(0)
        for row in 0..<groups.count {
            let group = Int(groups[row])
            if lengths[group] >= 0 {
                let start = starts[group]
                gathered.append(contentsOf: bytes.span.extracting(start..<(start + Int(lengths[group]))))
            } else {
                // The encoding of NULL: its bit alone.
                gathered.append(1)
            }
            offsets.append(Int32(gathered.count))
        }
        let encoded = Column(
            .binary, count: groups.count, validity: nil,
            storage: .bytes(offsets: offsets.finish(), bytes: gathered.finish()))
        do {
            return try decoder.decode(encoded)[0]
        } catch {
            preconditionFailure("an arena holds what its encoder made")
        }
    }

    var byteCount: Int { bytes.count + starts.count * 12 }
}
