// SPDX-License-Identifier: Apache-2.0
import CRE2
import Columnar
import Glibc
import StreamCore

/// A regular expression compiled by RE2, whose matching takes time linear in the text, in Java's syntax where RE2 has it.
@safe
final class RegularExpression: @unchecked Sendable {
    private let handle: OpaquePointer

    /// Why a pattern is none.
    struct Mistake: Error {
        let message: String
    }

    /// Compiles a pattern.
    init(_ pattern: String) throws(Mistake) {
        let bytes = Array(try RegularExpressionSyntax.translated(pattern).utf8)
        // SAFETY: the pointer covers the array for the length of the call, which copies it.
        let compiled = unsafe bytes.withUnsafeBufferPointer { unsafe millrace_re2_compile($0.baseAddress, $0.count) }
        guard let compiled = unsafe compiled else { throw Mistake(message: "out of memory") }
        // SAFETY: the handle was just made, and its text is copied before it goes.
        if let text = unsafe millrace_re2_error(compiled) {
            let message = unsafe String(cString: text)
            unsafe millrace_re2_free(compiled)
            throw Mistake(message: message)
        }
        unsafe handle = compiled
    }

    deinit { unsafe millrace_re2_free(handle) }

    /// How many capturing groups there are.
    var groupCount: Int { Int(unsafe millrace_re2_group_count(handle)) }

    /// The number of a named group.
    func group(named name: String) -> Int? {
        let bytes = Array(name.utf8)
        // SAFETY: the pointer covers the array for the length of the call.
        let number = unsafe bytes.withUnsafeBufferPointer {
            unsafe millrace_re2_group_number(handle, $0.baseAddress, $0.count)
        }
        return number < 0 ? nil : Int(number)
    }

    /// Which of the texts have a match anywhere; texts that are not `valid` have none.
    func test(_ texts: TextInput, rows: Int, valid: Bitmap?) -> Bitmap {
        var words = BufferBuilder<UInt64>(capacity: (rows + 63) / 64)
        // SAFETY: all of the words are written, then only bits below rows are set.
        unsafe words.append(uninitializedCount: (rows + 63) / 64) { target in
            unsafe target.initialize(repeating: 0)
            unsafe withTexts(texts, rows, valid) { unsafe millrace_re2_test(handle, $0, target.baseAddress) }
        }
        return Bitmap(words: words.finish(), count: rows)
    }

    /// Up to `limit` matches (all for 0) of each text with its groups 0..<`groups`.
    ///
    /// - Returns: `nil` when there are more matches than fit into a batch.
    func matches(
        of texts: TextInput, rows: Int, valid: Bitmap?, groups: Int, limit: Int32
    ) -> MatchTable? {
        var rowStarts = BufferBuilder<Int32>(capacity: rows + 1)
        var found: UnsafeMutablePointer<Int32>?
        // SAFETY: the call writes each of the rows + 1 numbers.
        unsafe rowStarts.append(uninitializedCount: rows + 1) { target in
            unsafe target.initialize(repeating: 0)
            unsafe withTexts(texts, rows, valid) {
                unsafe found = millrace_re2_find(handle, $0, Int32(groups), limit, target.baseAddress)
            }
        }
        guard let numbers = unsafe found else { return nil }
        let starts = rowStarts.finish()
        let count = Int(starts[rows]) * groups * 2
        // SAFETY: the call answered with count numbers, to be freed by free.
        let spans = unsafe Buffer(adopting: numbers, count: count, release: { unsafe free($0) })
        return MatchTable(rowStarts: starts, spans: spans, groups: groups)
    }

    @unsafe
    private func withTexts(
        _ texts: TextInput, _ rows: Int, _ valid: Bitmap?,
        _ body: (UnsafePointer<millrace_re2_texts>) -> Void
    ) {
        precondition(rows < texts.offsets.count)
        // SAFETY: the pointers are used only inside body, and cover rows texts each: the precondition checked it.
        unsafe texts.bytes.withUnsafeBufferPointer { bytes in
            unsafe texts.offsets.withUnsafeBufferPointer { offsets in
                unsafe (valid?.words ?? Buffer()).withUnsafeBufferPointer { words in
                    var described = unsafe millrace_re2_texts(
                        bytes: bytes.baseAddress, offsets: offsets.baseAddress, count: rows,
                        valid: valid == nil ? nil : words.baseAddress)
                    unsafe body(&described)
                }
            }
        }
    }
}

/// The matches of a column of texts.
struct MatchTable {
    /// Matches `rowStarts[row]..<rowStarts[row + 1]` are the row's.
    let rowStarts: Buffer<Int32>
    /// Begin and end of each group of each match, in bytes from the start of the text; -1 for a group that took no part.
    let spans: Buffer<Int32>
    /// How many groups each match has, group 0 included.
    let groups: Int

    /// The numbers of a row's matches.
    func matches(ofRow row: Int) -> Range<Int> { Int(rowStarts[row])..<Int(rowStarts[row + 1]) }

    /// Where a group of a match stands; `nil` when it took no part.
    func range(_ match: Int, group: Int = 0) -> Range<Int>? {
        let position = (match * groups + group) * 2
        let begin = spans[position]
        return begin < 0 ? nil : Int(begin)..<Int(spans[position + 1])
    }
}
