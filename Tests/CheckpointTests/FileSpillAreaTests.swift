// SPDX-License-Identifier: Apache-2.0
import Columnar
import Failures
import Foundation
import StreamCore
import Testing

@testable import Checkpoint

struct FileSpillAreaTests {
    private static let schema = Schema([
        Field("$hash", .bigint, nullable: false), Field("text", .string), Field("flag", .boolean),
        Field("sum", .decimal(precision: 38, scale: 0)), Field("level", .double), Field("small", .tinyint),
        Field("list", .array(element: .string, containsNull: true)),
        Field("pair", .structure([Field("a", .int), Field("b", .float)])),
        Field("map", .map(key: .string, value: .smallint, valueContainsNull: true)), Field("none", .void),
    ])

    private static func rows(_ range: Range<Int>) -> ColumnBatch {
        func column(_ index: Int, _ make: (Int) -> Value) -> Column {
            Column(schema.fields[index].type, range.map { $0 % 7 == index ? .null : make($0) })
        }
        let columns = [
            Column(.bigint, range.map { .bigint(Int64($0)) }), column(1) { .string("text \($0)") },
            column(2) { .boolean($0 % 2 == 0) }, column(3) { .decimal(Int128($0) << 70, scale: 0) },
            column(4) { .double(Double($0) / 3) }, column(5) { .tinyint(Int8($0 % 100)) },
            column(6) { .array([.string("\($0)"), .null]) }, column(6) { _ in .null }, column(6) { _ in .null },
            Column(nulls: .void, count: range.count),
        ]
        let pair = Column(schema.fields[7].type, range.map { .structure([.int(Int32($0)), .float(0.5)]) })
        let map = Column(
            schema.fields[8].type,
            range.map { number in
                .map((0..<(number % 3)).map { Value.MapEntry(.string("\($0)"), .smallint(Int16($0))) })
            })
        return ColumnBatch(
            schema: schema, columns: Array(columns[0...6]) + [pair, map, columns[9]], rowCount: range.count)
    }

    private static func folder() -> String { NSTemporaryDirectory() + "spill-\(UUID().uuidString)" }

    private static func files(_ folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder + "/state/spill")) ?? []
    }

    @Test func rowsOfEveryTypeComeBackAndTheFileGoesWithItsLastUser() throws {
        let folder = Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let area = FileSpillArea(checkpoint: folder)
        do {
            let file = try area.makeFile()
            let whole = Self.rows(0..<300)
            let blocks = [
                try file.append(whole), try file.append(whole.slice(17..<99)), try file.append(whole.slice(5..<5)),
            ]
            try file.seal()
            #expect(Self.files(folder) == ["rows-1"])
            #expect(try file.read(blocks[1], Self.schema).rows == whole.slice(17..<99).rows)
            #expect(try file.read(blocks[0], Self.schema).rows == whole.rows)
            #expect(try file.read(blocks[2], Self.schema).rowCount == 0)
        }
        #expect(Self.files(folder) == [])
    }

    @Test("damaged, shortened and missing files are named", arguments: 0..<3)
    func damageIsAnError(kind: Int) throws {
        let folder = Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = try FileSpillArea(checkpoint: folder).makeFile()
        let block = try file.append(Self.rows(0..<100))
        try file.seal()
        let path = folder + "/state/spill/rows-1"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        switch kind {
        case 0: bytes[bytes.count / 2] ^= 1
        case 1: bytes.removeLast()
        default: bytes = Data()
        }
        try bytes.write(to: URL(fileURLWithPath: path))
        if kind == 2 { try FileManager.default.removeItem(atPath: path) }
        let error = #expect(throws: PipelineError.self) { _ = try file.read(block, Self.schema) }
        #expect(error?.code == .corruptFile)
        #expect(error?.description.contains(path) == true)
    }

    @Test func whatACrashLeftBehindIsRemovedAtTheNextStart() async throws {
        let place = CheckpointPlaceForTests()
        let checkpoint = try await place.open()
        let area = FileSpillArea(checkpoint: checkpoint.directory)
        let file = try area.makeFile()
        _ = try file.append(Self.rows(0..<10))
        #expect(Self.files(checkpoint.directory) == ["rows-1"])
        _ = try await FileStateStore.open(checkpoint) { _ in }
        #expect(Self.files(checkpoint.directory) == [])
        await checkpoint.close()
    }

    @Test func aDeviceWithoutRoomIsDiskFull() throws {
        // Every write to this device fails as on a full disk.
        let file = try SpilledRows(path: "/dev/full", removes: false)
        let error = #expect(throws: PipelineError.self) { _ = try file.append(Self.rows(0..<10)) }
        #expect(error?.code == .diskFull)
    }
}
