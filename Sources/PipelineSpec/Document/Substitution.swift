// SPDX-License-Identifier: Apache-2.0
import Failures

/// Replaces `${NAME}`, `${NAME:-default}` and `${file:PATH}` in strings; `$${` stands for `${` itself.
struct Substitution {
    /// Variables of the environment.
    let environment: [String: String]
    /// Reads a file of secrets.
    let readFile: (String) throws(PipelineError) -> [UInt8]
    /// Every value that came from the environment or a file, so that output can leave it out.
    private(set) var secrets: Set<String> = []

    /// A substitution that has seen nothing yet.
    init(environment: [String: String], readFile: @escaping (String) throws(PipelineError) -> [UInt8]) {
        self.environment = environment
        self.readFile = readFile
    }

    /// The text with its references replaced, and what could not be.
    mutating func resolve(_ written: String, offset: Int) -> (text: SpecText, problems: [PipelineError]) {
        guard written.utf8.contains(UInt8(ascii: "$")) else {
            return (SpecText(value: written, written: written, offset: offset), [])
        }
        var builder = SpecText.Builder()
        var problems: [PipelineError] = []
        let bytes = Array(written.utf8)
        var position = 0
        while position < bytes.count {
            let rest = bytes[position...]
            if rest.starts(with: "$${".utf8) {
                builder.append("${".utf8, from: position, literally: false)
                position += 3
            } else if rest.starts(with: "${".utf8) {
                guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
                    problems.append(
                        PipelineError(
                            .invalidPipeline, "'${' is not closed",
                            hint: "write '$${' for the two characters themselves"))
                    break
                }
                let reference = String(decoding: bytes[position + 2..<end], as: UTF8.self)
                do throws(PipelineError) {
                    let replacement = try value(of: reference)
                    builder.append(replacement.text.utf8, from: position, literally: false)
                    if replacement.isSecret { builder.isSecret = true }
                } catch {
                    problems.append(error)
                }
                position = end + 1
            } else {
                builder.append(rest.prefix(1), from: position, literally: true)
                position += 1
            }
        }
        return (builder.finish(written: written, offset: offset), problems)
    }

    private mutating func value(of reference: String) throws(PipelineError) -> (text: String, isSecret: Bool) {
        if reference.hasPrefix("file:") { return (try content(of: String(reference.dropFirst(5))), true) }
        let bytes = Array(reference.utf8)
        var end = bytes.count
        for index in bytes.indices where bytes[index...].starts(with: ":-".utf8) {
            end = index
            break
        }
        let name = String(decoding: bytes[..<end], as: UTF8.self)
        guard NameRule.identifier.allows(name) else {
            throw PipelineError(
                .invalidPipeline, "'${\(reference)}' names no variable",
                hint: "write ${NAME}, ${NAME:-default} or ${file:PATH}")
        }
        if let value = environment[name], !(value.isEmpty && end < bytes.count) {
            if !value.isEmpty { secrets.insert(value) }
            return (value, true)
        }
        guard end < bytes.count else {
            throw PipelineError(
                .missingVariable, "the environment variable '\(name)' is not set",
                hint: "set it, or write ${\(name):-default}")
        }
        return (String(decoding: bytes[(end + 2)...], as: UTF8.self), false)
    }

    /// The content of a file of secrets without its last line end.
    private mutating func content(of path: String) throws(PipelineError) -> String {
        let bytes = try readFile(path)
        guard var text = String(validating: bytes, as: UTF8.self) else {
            throw PipelineError(.invalidPipeline, "the file '\(path)' is not valid UTF-8")
        }
        if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
        if !text.isEmpty { secrets.insert(text) }
        return text
    }
}
