// SPDX-License-Identifier: Apache-2.0
import CSimdjson
import Columnar
import StreamCore

/// The C++ search for record ends; one crossing per chunk.
enum NativeSplitter {
    /// How a record ends.
    enum Rule {
        case lines(skipBlank: Bool)
        case csv(delimiter: UInt8, quote: UInt8)
    }

    /// Finds up to `capacity` records; returns where they start and end, and how many bytes they and their ends take.
    static func split(
        _ bytes: Buffer<UInt8>, _ rule: Rule, capacity: Int
    ) -> (starts: Buffer<Int32>, ends: Buffer<Int32>, consumed: Int) {
        precondition(bytes.count <= Int(Int32.max))
        var starts = BufferBuilder<Int32>(capacity: capacity)
        var ends = BufferBuilder<Int32>(capacity: capacity)
        var consumed: Int64 = 0
        var count = 0
        // SAFETY: the search reads only the bytes and initialises at most capacity numbers of each, of which count are kept.
        unsafe starts.append(upTo: capacity) { starts in
            unsafe ends.append(upTo: capacity) { ends in
                unsafe bytes.withUnsafeBufferPointer { bytes in
                    switch rule {
                    case .lines(let skipBlank):
                        count = unsafe Int(
                            millrace_split_lines(
                                bytes.baseAddress, Int64(bytes.count), skipBlank ? 1 : 0, starts.baseAddress,
                                ends.baseAddress, Int64(capacity), &consumed))
                    case .csv(let delimiter, let quote):
                        count = unsafe Int(
                            millrace_split_csv(
                                bytes.baseAddress, Int64(bytes.count), delimiter, quote, starts.baseAddress,
                                ends.baseAddress, Int64(capacity), &consumed))
                    }
                }
                return count
            }
            return count
        }
        return (starts.finish(), ends.finish(), Int(consumed))
    }
}
