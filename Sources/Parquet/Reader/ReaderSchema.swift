// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures

/// The schema tree of a file that is read, with the older ways to write lists and maps.
///
/// Parquet format, "Logical Types", "Nested Types" and its backward-compatibility rules.
struct ReaderSchema {
    private(set) var columns: [ReaderNode] = []
    private(set) var leaves: [ReaderLeaf] = []
    private let elements: [SchemaElement]
    /// The element that is read next.
    private var next = 1

    /// Deeper trees are refused: levels are kept in a byte, and walks are recursive.
    private static let maxDepth = 60

    init(_ elements: [SchemaElement]) throws(PipelineError) {
        self.elements = elements
        guard let root = elements.first, root.childCount > 0 else {
            throw .corruptParquet("the footer has no schema")
        }
        for _ in 0..<root.childCount {
            columns.append(try node(Place(path: [], slot: 0, definition: 0, repetition: 0)))
        }
        guard next == elements.count else { throw .corruptParquet("the schema has elements that belong nowhere") }
    }

    /// Where in the tree a node stands.
    private struct Place {
        var path: [String]
        var slot: Int
        var definition: Int
        var repetition: Int

        /// Below a repeated node.
        var repeated: Place {
            Place(path: path, slot: definition + 1, definition: definition + 1, repetition: repetition + 1)
        }
    }

    private func element(at index: Int) throws(PipelineError) -> SchemaElement {
        guard index < elements.count else { throw .corruptParquet("the schema ends too early") }
        return elements[index]
    }

    /// Reads the next element and all below it.
    private mutating func node(_ parent: Place) throws(PipelineError) -> ReaderNode {
        let element = try element(at: next)
        var place = parent
        switch element.repetition {
        case .repeated:
            // A repeated node outside of a list annotation is a list without nulls.
            let item = try content(place.repeated, nullable: false)
            return ReaderNode(
                name: element.name, kind: .list(item), type: .array(element: item.type, containsNull: false),
                nullable: false, slotDefinition: place.slot, definition: place.definition,
                repetition: place.repetition, firstLeaf: item.firstLeaf)
        case .optional:
            place.definition += 1
            return try content(place, nullable: true)
        case .required, nil:
            return try content(place, nullable: false)
        }
    }

    /// Reads the next element without regard to how often it occurs, and all below it.
    private mutating func content(_ parent: Place, nullable: Bool) throws(PipelineError) -> ReaderNode {
        let element = try element(at: next)
        var place = parent
        place.path.append(element.name)
        guard place.path.count <= Self.maxDepth else {
            throw PipelineError(.unsupported, "the schema of the Parquet file is nested too deeply")
        }
        if element.isLeaf {
            next += 1
            return try leaf(element, place, nullable: nullable)
        }
        switch (element.logicalType, element.convertedType) {
        case (.list, _), (nil, .list):
            if let list = try list(element, place, nullable: nullable) { return list }
        case (.map, _), (nil, .map), (nil, .mapKeyValue):
            if let map = try map(element, place, nullable: nullable) { return map }
        default: break
        }
        return try structure(element, place, nullable: nullable)
    }

    private mutating func leaf(
        _ element: SchemaElement, _ place: Place, nullable: Bool
    ) throws(PipelineError) -> ReaderNode {
        let (type, conversion) = try element.leafType()
        guard let physicalType = element.physicalType else { throw .corruptParquet("a leaf has no type") }
        let leaf = ReaderLeaf(
            index: leaves.count, path: place.path, element: element, physicalType: physicalType,
            conversion: conversion, maxDefinition: place.definition, maxRepetition: place.repetition)
        leaves.append(leaf)
        return ReaderNode(
            name: element.name, kind: .leaf(leaf), type: type, nullable: nullable, slotDefinition: place.slot,
            definition: place.definition, repetition: place.repetition, firstLeaf: leaf.index)
    }

    private mutating func structure(
        _ element: SchemaElement, _ place: Place, nullable: Bool
    ) throws(PipelineError) -> ReaderNode {
        guard element.childCount > 0 else {
            throw PipelineError(.unsupported, "column '\(element.name)' is a group without fields")
        }
        next += 1
        let first = leaves.count
        var children: [ReaderNode] = []
        for _ in 0..<element.childCount { children.append(try node(place)) }
        let fields = children.map { Field($0.name, $0.type, nullable: $0.nullable) }
        return ReaderNode(
            name: element.name, kind: .structure(children), type: .structure(fields), nullable: nullable,
            slotDefinition: place.slot, definition: place.definition, repetition: place.repetition, firstLeaf: first)
    }

    private mutating func list(
        _ element: SchemaElement, _ place: Place, nullable: Bool
    ) throws(PipelineError) -> ReaderNode? {
        let repeated = try self.element(at: next + 1)
        guard element.childCount == 1, repeated.repetition == .repeated else { return nil }
        next += 1
        let item: ReaderNode
        if try isElement(repeated, ofListNamed: element.name) {
            item = try content(place.repeated, nullable: false)
        } else {
            next += 1
            var inner = place.repeated
            inner.path.append(repeated.name)
            item = try node(inner)
        }
        return ReaderNode(
            name: element.name, kind: .list(item), type: .array(element: item.type, containsNull: item.nullable),
            nullable: nullable, slotDefinition: place.slot, definition: place.definition,
            repetition: place.repetition, firstLeaf: item.firstLeaf)
    }

    /// Whether the repeated node of a list is itself the element, as older writers have it, and not a level around it.
    private func isElement(_ repeated: SchemaElement, ofListNamed name: String) throws(PipelineError) -> Bool {
        if repeated.isLeaf || repeated.childCount != 1 { return true }
        if repeated.name == "array" || repeated.name == name + "_tuple" { return true }
        if repeated.logicalType == .list || repeated.logicalType == .map { return true }
        return try element(at: next + 1).repetition == .repeated
    }

    private mutating func map(
        _ element: SchemaElement, _ place: Place, nullable: Bool
    ) throws(PipelineError) -> ReaderNode? {
        let entries = try self.element(at: next + 1)
        guard element.childCount == 1, entries.repetition == .repeated, entries.childCount == 2 else { return nil }
        next += 2
        var inner = place.repeated
        inner.path.append(entries.name)
        let key = try node(inner)
        let value = try node(inner)
        return ReaderNode(
            name: element.name, kind: .map(key: key, value: value),
            type: .map(key: key.type, value: value.type, valueContainsNull: value.nullable), nullable: nullable,
            slotDefinition: place.slot, definition: place.definition, repetition: place.repetition,
            firstLeaf: key.firstLeaf)
    }
}
