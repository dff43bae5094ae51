// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

extension Column {
    /// The values put at the rows whose bit is set, in order, with NULL at the others.
    func spread(over present: Bitmap) throws(PipelineError) -> Column {
        let set = present.setCount
        guard set == count else { throw .corruptParquet("a page has not as many values as its levels say") }
        if set == present.count { return self }
        if count == 0 { return Column(type, repeating: .null, count: present.count) }
        let words = present.words.span
        if case .bytes(let offsets, let bytes) = storage {
            let starts = offsets.span
            var spread = BufferBuilder<Int32>(capacity: present.count + 1)
            var value = 0
            spread.append(starts[0])
            for row in 0..<present.count {
                value += Int(words[row >> 6] >> UInt64(row & 63) & 1)
                spread.append(starts[value])
            }
            return Column(
                type, count: present.count, validity: present, storage: .bytes(offsets: spread.finish(), bytes: bytes))
        }
        var positions = BufferBuilder<Int32>(capacity: present.count)
        var next: Int32 = 0
        for row in 0..<present.count {
            let bit = Int32(words[row >> 6] >> UInt64(row & 63) & 1)
            // Rows without a value repeat the first one, which is as good as any.
            positions.append(next * bit)
            next += bit
        }
        return taking(positions.finish()).withValidity(present)
    }
}
