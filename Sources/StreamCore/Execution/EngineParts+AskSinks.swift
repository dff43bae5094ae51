// SPDX-License-Identifier: Apache-2.0
import Failures

/// What one sink answered when all were asked at once.
struct SinkAnswer<Value: Sendable>: Sendable {
    let sink: String
    let result: Result<Value, PipelineError>
}

extension EngineParts {
    /// Asks every sink at once, and gives the answers by name, or the first failure by name.
    ///
    /// The child tasks return a struct made of finished values. Returning a tuple whose second part is still being awaited
    /// (`(name, .success(try await …))`) is miscompiled by Swift 6.3.1 with optimisation: the group reads a result that was freed.
    func askSinks<Value: Sendable>(
        _ sinks: [String: any Sink], _ ask: @escaping @Sendable (String, any Sink) async -> Result<Value, PipelineError>
    ) async throws(PipelineError) -> [String: Value] {
        let answers = await withTaskGroup(of: SinkAnswer<Value>.self) { group in
            for (name, sink) in sinks {
                group.addTask {
                    let result = await ask(name, sink)
                    return SinkAnswer(sink: name, result: result)
                }
            }
            var answers: [SinkAnswer<Value>] = []
            for await answer in group { answers.append(answer) }
            return answers
        }
        var values: [String: Value] = [:]
        for answer in answers.sorted(by: { $0.sink < $1.sink }) { values[answer.sink] = try answer.result.get() }
        return values
    }
}
