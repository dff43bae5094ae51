// SPDX-License-Identifier: Apache-2.0
import Columnar
public import Failures
import JSONText
import StreamCore

/// Reads a pipeline test: everything that is wrong with it and its pipeline in one answer, or the test.
public struct ScenarioLoader: Sendable {
    private let environment: [String: String]
    private let readFile: @Sendable (String) throws(PipelineError) -> [UInt8]

    /// A loader. `readFile` gives the pipeline files that tests name, and the files of their secrets.
    public init(
        environment: [String: String], readFile: @escaping @Sendable (String) throws(PipelineError) -> [UInt8]
    ) {
        self.environment = environment
        self.readFile = readFile
    }

    /// What was read.
    public struct Outcome: Sendable {
        /// The test; `nil` when there is an error among the problems.
        public let scenario: Scenario?
        /// Errors and warnings of the test and its pipeline, in the order of the text.
        public let problems: [Problem]
        /// Values that must not be shown.
        public let secrets: Set<String>
    }

    /// Reads the text of `file`.
    public func load(_ text: [UInt8], file: String) -> Outcome {
        var document = PipelineDocument(file: file, bytes: text, root: nil)
        do throws(PipelineError) {
            document.root = try JSONValue(parsing: text)
        } catch {
            var problems = ProblemList(about: document)
            problems.error(at: document.offset(ofMistake: error), .invalidPipeline, error.what, hint: error.hint)
            return Outcome(scenario: nil, problems: problems.sorted, secrets: [])
        }
        var checker = ShapeChecker(
            problems: ProblemList(about: document),
            substitution: Substitution(environment: environment, readFile: readFile))
        guard let root = checker.object(document.root, ScenarioShape.root, as: "the test") else {
            return Outcome(scenario: nil, problems: checker.problems.sorted, secrets: [])
        }
        var problems = checker.problems
        let tables = ScenarioBuilder.schemas(root, of: document, &problems)
        let loaded = pipeline(root, of: document, tables, &problems)
        guard let pipeline = loaded?.pipeline else {
            return Outcome(
                scenario: nil, problems: problems.sorted + (loaded?.problems ?? []), secrets: loaded?.secrets ?? [])
        }
        var builder = ScenarioBuilder(
            document: document, root: root, pipeline: pipeline, tables: tables, problems: problems)
        let scenario = builder.build()
        return Outcome(
            scenario: scenario, problems: builder.problems.sorted + (loaded?.problems ?? []),
            secrets: loaded?.secrets ?? [])
    }

    /// The pipeline inside the test, or the one that it names.
    private func pipeline(
        _ root: CheckedObject, of document: PipelineDocument, _ tables: [String: Schema], _ problems: inout ProblemList
    ) -> PipelineLoader.Outcome? {
        var loader = PipelineLoader(environment: environment, cores: 2, readFile: readFile)
        loader.tables = { table throws(PipelineError) in
            guard let schema = tables[table.path] else {
                throw PipelineError(
                    .unknownName, "the test does not say what the table '\(table.path)' holds",
                    hint: Suggestion.hint(
                        for: table.path, in: tables.keys.sorted(),
                        otherwise: "Add it to \"tables\" of the test, with its schema and rows"))
            }
            return schema
        }
        let seen = environment.merging(root.strings("environment")) { $1 }
        let overrides = root.texts("set").map(\.value)
        if let definition = root.json("pipeline") {
            let inner = PipelineDocument(file: document.file, bytes: document.bytes, root: definition)
            return loader.load(inner, overrides: overrides, environment: seen)
        }
        guard let path = root.text("pipeline") else { return nil }
        let place = Self.path(path.value, from: document.file)
        do throws(PipelineError) {
            let text = try readFile(place)
            var inner = PipelineDocument(file: place, bytes: text, root: nil)
            do throws(PipelineError) {
                inner.root = try JSONValue(parsing: text)
            } catch {
                return loader.load(text, file: place)
            }
            return loader.load(inner, overrides: overrides, environment: seen)
        } catch {
            let what = error.cause.isEmpty ? error.what : "\(error.what): \(error.cause)"
            problems.error(at: path.offset, error.code, what, hint: "paths are seen from the folder of the test")
            return nil
        }
    }

    /// A path as seen from the folder of a file.
    private static func path(_ path: String, from file: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return String(file[...slash]) + path
    }
}
