// SPDX-License-Identifier: Apache-2.0
import JSONText
import StreamCore

/// Writes log messages to standard error: text for people, JSON lines for programs.
struct Logger: Sendable {
    /// How messages are written.
    enum Format: String, Sendable { case text, json }

    /// What messages are about, for example the pipeline's name.
    let label: String
    /// Messages below are left out.
    var level: EventLevel
    /// How messages are written.
    var format: Format
    /// Takes secrets out of messages.
    var redactor = Redactor()
    /// Called around a message, so that a live line can make room.
    var surround: @Sendable (() -> Void) -> Void = { $0() }

    /// The same logger under another label.
    func labelled(_ label: String) -> Logger {
        var logger = Logger(label: label, level: level, format: format)
        logger.redactor = redactor
        logger.surround = surround
        return logger
    }

    /// Writes a message, with what belongs to it as names and values.
    func log(_ level: EventLevel, _ message: @autoclosure () -> String, _ metadata: [(String, String)] = []) {
        guard level >= self.level else { return }
        let now = TimeText.iso(micros: SystemClock().nowMicros)
        let line: String
        switch format {
        case .json:
            var members: [(String, JSONValue)] = [
                ("time", .string(now)), ("level", .string(level.rawValue)), ("logger", .string(label)),
            ]
            members += metadata.map { ($0.0, .string($0.1)) }
            members.append(("message", .string(redactor.clean(message()))))
            line = JSONValue.object(members).text
        case .text:
            let clock = now.dropFirst(11).prefix(8)
            let details = metadata.map { " \($0.0)=\($0.1)" }.joined()
            line = "\(clock) \(level.rawValue) \(label): \(redactor.clean(message()))\(redactor.clean(details))"
        }
        surround { StandardStream.errors.line(line) }
    }
}
