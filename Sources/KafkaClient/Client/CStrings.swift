// SPDX-License-Identifier: Apache-2.0

/// Hands Swift's texts to calls that take an array of C strings.
enum CStrings {
    /// C strings, one after another in one memory, and a pointer to each.
    static func withPointers<Result>(
        _ strings: [[CChar]], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
    ) -> Result {
        let joined = strings.flatMap { $0 }
        // SAFETY: joined holds all strings with their terminators, and lives for the call of body.
        return unsafe joined.withUnsafeBufferPointer { joined in
            var (start, pointers) = unsafe (0, [UnsafePointer<CChar>?]())
            for string in strings {
                unsafe pointers.append(joined.baseAddress.map { unsafe $0 + start })
                start += string.count
            }
            return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
        }
    }
}
