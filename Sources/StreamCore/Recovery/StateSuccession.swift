// SPDX-License-Identifier: Apache-2.0
public import Failures

/// What of an operator's state goes on when its meaning has changed, part by part. Decided from the two meanings alone.
///
/// - Keys, windows, and of a join its kind and time bounds say what a row of state is: when they differ, nothing goes on. What they are
///   called does not matter.
/// - Aggregates are known by their definition (function, arguments, filter, type), wherever they stand: those of equal definition have
///   seen the same rows, and may even share what is stored. Another definition, be it only another filter, is another aggregate, which begins
///   without rows: a number that one half of the rows went into by one rule and the other half by another would mean nothing.
/// - Columns of a join's side are known by name and type; those that stored rows do not have are NULL in them.
/// - The condition of a join, and how long a deduplication knows a key, are for rows that come.
public struct StateSuccession: Hashable, Sendable {
    /// A part of a meaning. Columns of a join's side may have equal names: `number` counts those before it.
    public struct Part: Hashable, Sendable {
        /// The name of the part.
        public var name: String
        /// How many parts of this name stand before it.
        public var number: Int

        /// A part.
        public init(_ name: String, _ number: Int = 0) {
            self.name = name
            self.number = number
        }

        fileprivate var shown: String { number == 0 ? name : "\(name)#\(number + 1)" }
    }

    /// For the aggregates and columns of the new meaning that have stored state: what that belongs to in the old one.
    public private(set) var origins: [Part: Part] = [:]
    /// What becomes different though nothing that is still asked for is lost, for people.
    public private(set) var notes: [String] = []
    /// Parts that are still asked for, and whose state cannot go on; all else can.
    public private(set) var lostParts: [String] = []
    /// Why nothing can go on.
    public private(set) var breaks: [String] = []

    private typealias Numbered = (part: Part, definition: String)

    /// What goes on of `old` in `new`.
    public init(from old: OperatorIdentity, to new: OperatorIdentity) {
        let (before, after) = (Self.numbered(old.meaning), Self.numbered(new.meaning))
        if old == new {
            for entry in after { origins[entry.part] = entry.part }
            return
        }
        guard old.kind == new.kind else {
            breaks = ["it was \(old.kind), now it is \(new.kind)"]
            return
        }
        func pick(_ role: Role) -> (old: [Numbered], new: [Numbered]) {
            (
                before.filter { Role($0.part.name, in: old.kind) == role },
                after.filter { Role($0.part.name, in: new.kind) == role }
            )
        }
        compareShape(pick(.shape))
        compareAggregates(pick(.aggregate), of: new.kind)
        for side in ["left", "right"] { compareColumns(pick(.column(side: side)), side: side) }
        compareCondition(pick(.condition))
        comparePatience(pick(.patience))
    }

    /// What becomes of the state, which is not empty.
    public var change: StateChange {
        if !breaks.isEmpty { return .lose(breaks) }
        if !lostParts.isEmpty { return .losePart(lostParts + notes) }
        return notes.isEmpty ? .keep : .migrate(notes)
    }

    /// For the aggregates and columns of the last of several meanings that followed each other: what they were in the first.
    ///
    /// A part that was gone in between has none: it missed rows.
    /// - Throws: `corruptCheckpoint` when two of the meanings that followed each other have nothing in common.
    public static func origins(through meanings: [OperatorIdentity]) throws(PipelineError) -> [Part: Part] {
        guard let newest = meanings.last else { return [:] }
        var origins = StateSuccession(from: newest, to: newest).origins
        for (old, new) in zip(meanings, meanings.dropFirst()).reversed() {
            let step = StateSuccession(from: old, to: new)
            guard step.breaks.isEmpty else {
                throw PipelineError(
                    .corruptCheckpoint,
                    "the state of '\(new.name)' was taken over though \(step.breaks.joined(separator: "; "))")
            }
            origins = origins.compactMapValues { step.origins[$0] }
        }
        return origins
    }

    private static func numbered(_ meaning: [OperatorIdentity.MeaningPart]) -> [Numbered] {
        var counts: [String: Int] = [:]
        return meaning.map { part in
            defer { counts[part.name, default: 0] += 1 }
            return (Part(part.name, counts[part.name] ?? 0), part.definition)
        }
    }

    // MARK: The parts

    /// What a part is for.
    private enum Role: Hashable {
        /// It says what a row of state is.
        case shape
        case aggregate
        case column(side: String)
        case condition
        case patience

        init(_ name: String, in kind: String) {
            switch kind {
            case "aggregate" where name.hasPrefix("aggregate "), "session" where name.hasPrefix("aggregate "):
                self = .aggregate
            case "join" where name.hasPrefix("left column "): self = .column(side: "left")
            case "join" where name.hasPrefix("right column "): self = .column(side: "right")
            case "join" where name == "condition": self = .condition
            case "deduplicate" where name == "within": self = .patience
            default: self = .shape
            }
        }
    }

    private mutating func compareShape(_ parts: (old: [Numbered], new: [Numbered])) {
        func shape(_ entry: Numbered) -> [String] {
            [entry.part.name.prefix { $0 != " " }.description, entry.definition]
        }
        if parts.old.map(shape) == parts.new.map(shape) { return }
        let before = Dictionary(uniqueKeysWithValues: parts.old.map { ($0.part, $0.definition) })
        let after = Set(parts.new.map(\.part))
        let count = breaks.count
        for (part, definition) in parts.new {
            switch before[part] {
            case definition: continue
            case nil: breaks.append("\(part.shown) is new")
            case let old?: breaks.append("\(part.shown) was '\(old)', now it is '\(definition)'")
            }
        }
        for (part, _) in parts.old where !after.contains(part) { breaks.append("\(part.shown) is gone") }
        if breaks.count == count { breaks.append("its parts stand in another order") }
    }

    private mutating func compareAggregates(_ parts: (old: [Numbered], new: [Numbered]), of kind: String) {
        guard (parts.old + parts.new).allSatisfy({ $0.part.number == 0 }) else {
            breaks.append("several of its aggregates have one name, and cannot be told apart")
            return
        }
        let named = Dictionary(uniqueKeysWithValues: parts.old.map { ($0.part, $0.definition) })
        for (part, definition) in parts.new {
            if named[part] == definition {
                origins[part] = part
            } else if let same = parts.old.first(where: { $0.definition == definition }) {
                origins[part] = same.part
                notes.append("\(part.name) goes on with what \(same.part.name) has counted")
            }
        }
        let continued = Set(parts.new.compactMap { origins[$0.part] })
        let open = kind == "session" ? "sessions" : "groups"
        for (part, definition) in parts.new where origins[part] == nil {
            if let old = named[part], !continued.contains(part) {
                lostParts.append(
                    "\(part.name) was '\(old)', now it is '\(definition)': what it has counted is lost, and \(open) that are open now "
                        + "count only rows from here on")
            } else {
                notes.append("\(part.name) is new: \(open) that are open now count only rows from here on")
            }
        }
        let missed = Set(parts.new.map(\.part).filter { origins[$0] == nil })
        for (part, _) in parts.old where !continued.contains(part) && !missed.contains(part) {
            notes.append("\(part.name) is gone: what it has counted is dropped")
        }
        noteOrder(parts, "its aggregates stand in another order")
    }

    /// Notes when what goes on stands in another order.
    private mutating func noteOrder(_ parts: (old: [Numbered], new: [Numbered]), _ note: String) {
        let places = parts.new.compactMap { entry in
            origins[entry.part].flatMap { origin in parts.old.firstIndex { $0.part == origin } }
        }
        if places != places.sorted() { notes.append(note) }
    }

    /// The type of a column, and whether it may be NULL; `nil` where a checkpoint of format 2 does not say.
    private static func column(_ definition: String) -> (type: String, isNullable: Bool?) {
        for (suffix, isNullable) in [(" NOT NULL", false), (" NULL", true)] where definition.hasSuffix(suffix) {
            return (String(definition.dropLast(suffix.count)), isNullable)
        }
        return (definition, nil)
    }

    private mutating func compareColumns(_ parts: (old: [Numbered], new: [Numbered]), side: String) {
        let before = Dictionary(uniqueKeysWithValues: parts.old.map { ($0.part, $0.definition) })
        for (part, definition) in parts.new {
            let now = Self.column(definition)
            guard let old = before[part] else {
                if now.isNullable == false {
                    breaks.append("\(part.shown) is new and NOT NULL, and rows that are kept have no value of it")
                } else {
                    notes.append("\(part.shown) is new: it is NULL in rows that are kept")
                }
                continue
            }
            let then = Self.column(old)
            if then.type != now.type {
                breaks.append("\(part.shown) was '\(then.type)', now it is '\(now.type)'")
            } else if then.isNullable == true && now.isNullable == false {
                breaks.append("\(part.shown) is NOT NULL now, and may be NULL in rows that are kept")
            } else {
                origins[part] = part
            }
        }
        let wanted = Set(parts.new.map(\.part))
        for (part, _) in parts.old where !wanted.contains(part) {
            notes.append("\(part.shown) is gone: rows that are kept lose it")
        }
        noteOrder(parts, "the columns of the \(side) side stand in another order")
    }

    private mutating func compareCondition(_ parts: (old: [Numbered], new: [Numbered])) {
        let (old, new) = (parts.old.first?.definition, parts.new.first?.definition)
        if old == new { return }
        // A checkpoint of format 2 does not tell columns of equal names apart.
        if let old, let new, !old.contains("#"), new.replacing(/#[0-9]+/, with: "") == old { return }
        notes.append(
            "condition was '\(old ?? "none")', now it is '\(new ?? "none")': it is asked of pairs that are found from here on"
        )
    }

    /// `600 µs of ts` may become `300 µs of ts`: each key has its time with it.
    private mutating func comparePatience(_ parts: (old: [Numbered], new: [Numbered])) {
        let (old, new) = (parts.old.first?.definition, parts.new.first?.definition)
        if old == new { return }
        func column(_ definition: String) -> Substring? {
            guard let of = definition.firstRange(of: " of ") else { return nil }
            return definition[of.upperBound...]
        }
        if let old, let new, let same = column(old), same == column(new) {
            notes.append(
                "within was '\(old)', now it is '\(new)': keys that are known now stay so for as long as was said before"
            )
        } else {
            breaks.append("within was '\(old ?? "none")', now it is '\(new ?? "none")'")
        }
    }
}
