// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import SQL
import StreamCore

extension PipelineBuilder {
    /// Notes mistakes of a SQL text where they stand in the file.
    mutating func note(_ errors: SQLErrors, in text: SpecText) {
        for error in errors.errors {
            problems.error(
                at: text.fileOffset(of: error.position.byteOffset, in: document), error.code,
                text.isSecret ? "the SQL with its variables replaced is wrong here" : error.message,
                hint: text.isSecret ? "" : error.hint.prefix(1).lowercased() + error.hint.dropFirst())
        }
    }

    /// The expectations of a source or transform.
    mutating func buildExpectations(of object: CheckedObject, over columns: RelationSchema) -> [Expectation] {
        var (expectations, names) = ([Expectation](), Set<String>())
        for item in object.objects("expect") {
            guard let name = item.text("name"), let condition = item.text("condition"),
                let action = item.choice("onViolation", as: Expectation.Action.self)
            else { continue }
            if !names.insert(name.value).inserted {
                problems.error(
                    at: name.offset, .invalidPipeline, "two expectations are named '\(name.written)'",
                    hint: "rename one")
            }
            do throws(SQLErrors) {
                let planner = SQLPlanner(folding: ExpressionEvaluator.foldConstant)
                let expression = try planner.plan(condition: condition.value, over: columns)
                expectations.append(Expectation(name: name.value, condition: expression, onViolation: action))
            } catch {
                note(error, in: condition)
            }
        }
        return expectations
    }
}
