// SPDX-License-Identifier: Apache-2.0
public import Columnar
public import Failures
import JSONText
public import StreamCore

/// Reads a pipeline file: everything that is wrong with it in one answer, or the pipeline.
///
/// Touches nothing: no broker is asked, and of tables only the columns of those that streams are joined with, through `tables`.
public struct PipelineLoader: Sendable {
    let environment: [String: String]
    let readFile: @Sendable (String) throws(PipelineError) -> [UInt8]
    private let cores: Int
    /// Gives the columns of a table of files that a stream is joined with; `nil`: such joins are refused.
    public var tables: (@Sendable (LookupPlan.TableReference) throws(PipelineError) -> Schema)?

    /// A loader. `readFile` gives the files that `${file:PATH}` names; `cores` is the default of `workers`.
    public init(
        environment: [String: String], cores: Int,
        readFile: @escaping @Sendable (String) throws(PipelineError) -> [UInt8]
    ) {
        self.environment = environment
        self.cores = cores
        self.readFile = readFile
    }

    /// What was read.
    public struct Outcome: Sendable {
        /// The pipeline; `nil` when there is an error among the problems.
        public let pipeline: Pipeline?
        /// Errors and warnings, in the order of the text.
        public let problems: [Problem]
        /// Values that came from the environment or files, and must not be shown.
        public let secrets: Set<String>
    }

    /// Reads the text of `file` with `overrides` (`PATH=VALUE`) laid over it.
    ///
    /// - Parameter discovered: columns that sources with `unknownFields: "evolve"` have beyond those they declare, by source.
    public func load(
        _ text: [UInt8], file: String, overrides: [String] = [], discovered: [String: [Field]] = [:]
    ) -> Outcome {
        var document = PipelineDocument(file: file, bytes: text, root: nil)
        do throws(PipelineError) {
            document.root = try JSONValue(parsing: text)
        } catch {
            var problems = ProblemList(about: document)
            problems.error(at: document.offset(ofMistake: error), .invalidPipeline, error.what, hint: error.hint)
            return Outcome(pipeline: nil, problems: problems.sorted, secrets: [])
        }
        return load(document, overrides: overrides, discovered: discovered)
    }

    /// Checks a definition that has been read, with `overrides` laid over it.
    func load(
        _ read: PipelineDocument, overrides: [String], environment: [String: String]? = nil,
        discovered: [String: [Field]] = [:]
    ) -> Outcome {
        var document = read
        var mistakes: [PipelineError] = []
        for override in overrides {
            do throws(PipelineError) { try document.apply(override: override) } catch { mistakes.append(error) }
        }
        return check(document, mistakes, environment ?? self.environment, discovered)
    }

    private func check(
        _ document: PipelineDocument, _ mistakes: [PipelineError], _ environment: [String: String],
        _ discovered: [String: [Field]]
    ) -> Outcome {
        var problems = ProblemList(about: document)
        for mistake in mistakes { problems.error(at: 0, mistake.code, mistake.what, hint: mistake.hint) }
        var checker = ShapeChecker(
            problems: problems, substitution: Substitution(environment: environment, readFile: readFile))
        guard let root = checker.object(document.root, PipelineShape.root, as: "the pipeline") else {
            return Outcome(pipeline: nil, problems: checker.problems.sorted, secrets: [])
        }
        let definition = Self.canonical(document.root, isRoot: true).text
        var builder = PipelineBuilder(document: document, root: root, problems: checker.problems)
        builder.discovered = discovered
        builder.tables = tables
        let pipeline = builder.build(hash: SHA256.hex(of: definition), definition: definition, cores: cores)
        return Outcome(
            pipeline: pipeline, problems: builder.problems.sorted, secrets: checker.substitution.secrets)
    }

    /// The definition with its keys in order, variables as written, and without what only editors and people read.
    private static func canonical(_ value: JSONValue, isRoot: Bool = false) -> JSONValue {
        switch value.kind {
        case .array(let elements): return JSONValue(.array(elements.map { canonical($0) }))
        case .object(let members):
            let kept = members.filter { !isRoot || ($0.name != "$schema" && $0.name != "description") }
            let sorted = kept.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            return JSONValue(.object(sorted.map { .init($0.name, canonical($0.value)) }))
        default: return JSONValue(value.kind)
        }
    }
}
