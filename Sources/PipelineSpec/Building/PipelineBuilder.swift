// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import JSONText
import SQL
import StreamCore

/// Makes the pipeline out of a checked definition, and notes everything that does not fit together.
///
/// Goes on after a mistake, so that all of them are found; what depends on something broken is left out, not reported again.
struct PipelineBuilder {
    /// The file, for positions inside SQL.
    let document: PipelineDocument
    /// The checked file.
    let root: CheckedObject
    /// What was found.
    var problems: ProblemList
    /// Gives the columns of a table of files.
    var tables: SQLPlanner.Tables?
    /// Sources and transforms by name in lower case; `nil` for those that are broken.
    var relations: [String: Relation?] = [:]
    /// The relations that something reads, in lower case.
    var relationsRead: Set<String> = []
    /// Columns that were found in the records of sources, by source.
    var discovered: [String: [Field]] = [:]

    /// A relation whose columns are known.
    struct Relation {
        let name: String
        let columns: RelationSchema
        /// Which rows of groups an epoch gives; `append` for rows that stay as they are.
        var outputMode = OutputMode.append
        /// What tells rows apart where they are changed groups, if columns do.
        var keys: ResultKeys?
    }

    init(document: PipelineDocument, root: CheckedObject, problems: ProblemList) {
        self.document = document
        self.root = root
        self.problems = problems
    }

    /// The pipeline; `nil` when something is wrong, which has then been noted.
    mutating func build(hash: String, definition: String, cores: Int) -> Pipeline? {
        checkNames()
        let sources = buildSources()
        let transforms = buildTransforms()
        let sinks = buildSinks()
        let name = pipelineName()
        let checkpoint = root.text("checkpoint")?.value ?? "state/\(name ?? "")"
        let deadLetters = buildDeadLetters(checkpoint: checkpoint)
        checkPlaces(sinks: sinks, deadLetters: deadLetters)
        warnAboutUnusedRelations()
        let mode = root.choice("mode", as: Pipeline.Mode.self) ?? .microBatch
        let trigger = buildTrigger(mode: mode)
        guard !problems.hasErrors, let name, let deadLetters else { return nil }
        return Pipeline(
            name: name, hash: hash, definition: definition, mode: mode, trigger: trigger, limits: limits(of: root),
            workers: root.int("workers") ?? cores, memoryBytes: root.int("memory") ?? 512 << 20, sources: sources,
            transforms: transforms, sinks: lettingTablesGrow(sinks, sources, transforms), deadLetters: deadLetters,
            checkpoint: checkpoint)
    }

    /// Bounds of an epoch on the pipeline or a source.
    func limits(of object: CheckedObject) -> EpochLimits {
        EpochLimits(
            records: object.int("maxRecordsPerEpoch"), bytes: object.int("maxBytesPerEpoch"),
            files: object.int("maxFilesPerEpoch"))
    }

    private mutating func pipelineName() -> String? {
        guard let name = root.text("name") else { return nil }
        let isAllowed = name.value.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        let first = name.value.first ?? "-"
        guard isAllowed, first != "-", first != ".", name.value.utf8.count <= 100 else {
            problems.error(
                at: name.offset, .invalidPipeline, "'\(name.written)' cannot be the name of a pipeline",
                hint: "use up to 100 letters, digits, '_', '-' and '.', beginning with a letter or digit")
            return nil
        }
        return name.value
    }

    /// Sources and transforms share one space of names, in which case does not count.
    private mutating func checkNames() {
        var seen: [String: String] = [:]
        for entry in root.entries("sources") + root.entries("transforms") {
            if let first = seen.updateValue(entry.name, forKey: entry.name.lowercased()) {
                problems.error(
                    at: entry.nameOffset, .invalidPipeline,
                    "'\(entry.name)' is already the name of the relation '\(first)'",
                    hint: "SQL does not tell names apart by case; rename one")
            }
        }
    }

    private mutating func buildTrigger(mode: Pipeline.Mode) -> Trigger {
        guard let trigger = root.object("trigger") else {
            return mode == .continuous ? .continuous(commitIntervalMicros: 100_000) : .interval(micros: 1_000_000)
        }
        for key in ["availableNow", "once"] where trigger.boolean(key) == false {
            problems.error(
                at: trigger.offset(of: key), .invalidPipeline, "'\(key)' is false, which says nothing",
                hint: "write true, or give an interval")
        }
        if let micros = trigger.number("commitInterval") {
            if mode == .microBatch {
                problems.error(
                    at: trigger.offset(of: "commitInterval"), .invalidPipeline,
                    "'commitInterval' belongs to continuous mode",
                    hint: "use 'interval', or set \"mode\": \"continuous\"")
            }
            return .continuous(commitIntervalMicros: micros)
        }
        if mode == .continuous {
            problems.error(
                at: trigger.offset, .invalidPipeline, "this trigger belongs to micro-batch mode",
                hint: "in continuous mode use 'commitInterval'")
        }
        if trigger.boolean("availableNow") == true { return .availableNow }
        if trigger.boolean("once") == true { return .once }
        return .interval(micros: trigger.number("interval") ?? 1_000_000)
    }

    private mutating func warnAboutUnusedRelations() {
        for entry in root.entries("sources") + root.entries("transforms")
        where !relationsRead.contains(entry.name.lowercased()) {
            problems.warning(
                at: entry.nameOffset, .invalidPipeline, "nothing reads '\(entry.name)'",
                hint: "name it in a transform or a sink, or remove it")
        }
    }
}
