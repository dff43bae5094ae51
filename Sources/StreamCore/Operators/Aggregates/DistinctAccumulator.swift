// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Keeps each distinct combination of arguments per group once, and gives them to another accumulator when results are asked for.
/// State: `values`, an ARRAY of the argument, or of STRUCTs of several.
final class DistinctAccumulator: Accumulator {
    static func state(_ types: [DataType]) -> [Field] {
        [Field("values", .array(element: elementType(types), containsNull: false), nullable: false)]
    }

    private static func elementType(_ types: [DataType]) -> DataType {
        types.count == 1
            ? types[0] : .structure(types.enumerated().map { Field("argument\($0.offset)", $0.element) })
    }

    private let types: [DataType]
    private let encoder: KeyEncoder
    private let decoder: KeyDecoder
    private let makeInner: @Sendable () -> any Accumulator
    private var links = EntryLinks()
    private var table = KeyTable(hasLanes: true)

    init(_ types: [DataType], _ makeInner: @escaping @Sendable () -> any Accumulator) {
        self.types = types
        self.makeInner = makeInner
        encoder = KeyEncoder(types)
        decoder = KeyDecoder(types)
    }

    func grow(to count: Int) { links.grow(to: count) }

    func update(_ input: AccumulatorInput) { take(input.arguments, input.groups) }

    func merge(_ states: [Column], groups: Buffer<Int32>, sequence: Int64) {
        let (entryGroups, element) = EntryGroups.flatten(states[0], groups)
        if types.count == 1 { return take([element], entryGroups) }
        guard case .fields(let members) = element.storage else {
            preconditionFailure("the state of several arguments is a STRUCT")
        }
        take(members, entryGroups)
    }

    private func take(_ columns: [Column], _ groups: Buffer<Int32>) {
        let ids = table.ids(
            for: encoder.encode(columns, rowCount: groups.count), lanes: Elementwise.map(groups) { Int64($0) })
        links.append(newAmong: ids, groups: groups)
    }

    private func arguments(_ entries: Buffer<Int32>) -> [Column] {
        do {
            return try decoder.decode(table.keys(entries).column)
        } catch {
            preconditionFailure("a table holds what its encoder made")
        }
    }

    func states(of wanted: Buffer<Int32>) -> [Column] {
        let found = links.entries(of: wanted)
        let columns = arguments(found.entries)
        let element =
            types.count == 1
            ? columns[0]
            : Column(
                Self.elementType(types), count: found.entries.count, validity: nil, storage: .fields(columns))
        return [found.list(Self.state(types)[0].type, of: element)]
    }

    func results(of wanted: Buffer<Int32>, errors: inout RowErrors) -> Column {
        let found = links.entries(of: wanted)
        var groups = BufferBuilder<Int32>(capacity: found.entries.count)
        for row in 0..<wanted.count {
            groups.append(repeating: Int32(row), count: Int(found.offsets[row + 1] - found.offsets[row]))
        }
        let fresh = makeInner()
        fresh.grow(to: wanted.count)
        fresh.update(
            AccumulatorInput(
                groups: groups.finish(), arguments: arguments(found.entries), firstOrder: 0, positions: nil))
        return fresh.results(of: Buffer((0..<Int32(wanted.count)).map { $0 }), errors: &errors)
    }

    var byteCount: Int { table.byteCount + links.byteCount }
}
