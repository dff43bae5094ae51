// SPDX-License-Identifier: Apache-2.0

extension Column {
    /// The rows in `range`. Shares memory except for bitmaps.
    public func slice(_ range: Range<Int>) -> Column {
        if range == 0..<count { return self }
        let offsetRange = range.lowerBound..<(range.upperBound + 1)
        let sliced: Storage =
            switch storage {
            case .none: .none
            case .bits(let bits): .bits(bits.slice(range))
            case .int8(let values): .int8(values.slice(range))
            case .int16(let values): .int16(values.slice(range))
            case .int32(let values): .int32(values.slice(range))
            case .int64(let values): .int64(values.slice(range))
            case .int128(let values): .int128(values.slice(range))
            case .float(let values): .float(values.slice(range))
            case .double(let values): .double(values.slice(range))
            case .bytes(let offsets, let bytes): .bytes(offsets: offsets.slice(offsetRange), bytes: bytes)
            case .dictionary(let codes, let values): .dictionary(codes: codes.slice(range), values: values)
            case .fields(let columns): .fields(columns.map { $0.slice(range) })
            case .list(let offsets, let element): .list(offsets: offsets.slice(offsetRange), element: element)
            case .map(let offsets, let keys, let values):
                .map(offsets: offsets.slice(offsetRange), keys: keys, values: values)
            }
        let validity = self.validity?.slice(range)
        return Column(
            type, count: range.count, validity: validity.flatMap { $0.allSet ? nil : $0 }, storage: sliced)
    }
}
