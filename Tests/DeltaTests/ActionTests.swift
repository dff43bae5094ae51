// SPDX-License-Identifier: Apache-2.0
import Columnar
import Delta
import Failures
import JSONText
import Testing

struct ActionTests {
    @Test(
        "actions keep every member",
        arguments: [
            #"{"add":{"path":"day=2026-01-01/a%2520b.parquet","partitionValues":{"day":"2026-01-01","x":null},"size":1,"modificationTime":2,"dataChange":true,"stats":"{}","tags":{"k":"v"},"deletionVector":{"storageType":"u","pathOrInlineDv":"ab","offset":1,"sizeInBytes":3,"cardinality":2},"baseRowId":4,"defaultRowCommitVersion":5,"clusteringProvider":"liquid","later":[1]}}"#,
            #"{"remove":{"path":"a","deletionTimestamp":5,"dataChange":true,"extendedFileMetadata":true,"partitionValues":{},"size":1,"tags":{},"new":1}}"#,
            #"{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]}}"#,
            #"{"metaData":{"id":"x","name":"n","description":"d","format":{"provider":"parquet","options":{}},"schemaString":"{}","partitionColumns":["p"],"configuration":{"a":"b"},"createdTime":1,"more":true}}"#,
            #"{"txn":{"appId":"a","version":1,"lastUpdated":2}}"#,
            #"{"domainMetadata":{"domain":"d","configuration":"{}","removed":false}}"#,
            #"{"commitInfo":{"anything":{"goes":1.50}}}"#, #"{"cdc":{"path":"_change_data/x","size":1}}"#,
            #"{"sidecar":{"path":"x.parquet","sizeInBytes":9}}"#, #"{"checkpointMetadata":{"version":1}}"#,
            #"{"fromTheFuture":{"a":1}}"#,
        ])
    func roundTrip(line: String) throws {
        let actions = try Action.parse(lines: Array(line.utf8))
        #expect(String(decoding: Action.lines(actions), as: UTF8.self) == line + "\n")
    }

    @Test func aBrokenLineIsNamed() {
        let error = #expect(throws: PipelineError.self) {
            try Action.parse(lines: Array("{\"txn\":{\"appId\":\"a\",\"version\":1}}\n\n{\"add\":{\"path\":7}}".utf8))
        }
        #expect(error?.code == .corruptTable)
        #expect(error?.places == [.init("line", "3")])
        #expect(error?.what == "'path' of action 'add' must be a string and is a number")
    }

    @Test(
        "paths of data files",
        arguments: [
            ("a/b.parquet", "a/b.parquet"), ("a b", "a%20b"), ("100%", "100%25"), ("é", "%C3%A9"),
            ("x=1%2F2/f", "x=1%252F2/f"), ("q?#[]", "q%3F%23%5B%5D"),
        ])
    func pathsAreURLEncoded(path: String, encoded: String) throws {
        #expect(PathEncoding.encoded(path) == encoded)
        guard case .add(let file)? = try Action(json: ["add": ["path": .string(encoded), "size": 1]]) else { return }
        #expect(file.path == path)
    }

    @Test func partitionFoldersAreHives() {
        #expect(
            PathEncoding.hiveFolder([("day", "2026-01-01"), ("site", "a/b=c%é ü")])
                == "day=2026-01-01/site=a%2Fb%3Dc%25é ü")
        #expect(PathEncoding.hiveFolder([("p", nil)]) == "p=__HIVE_DEFAULT_PARTITION__")
    }

    @Test(
        "partition values",
        arguments: [
            (Value.null, nil), (.string(""), nil), (.string("a"), "a"), (.boolean(true), "true"), (.bigint(-5), "-5"),
            (.date(0), "1970-01-01"), (.date(-1), "1969-12-31"), (.date(20_454), "2026-01-01"),
            (.date(11_016), "2000-02-29"), (.timestamp(1), "1970-01-01T00:00:00.000001Z"),
            (.timestamp(-1_000_000), "1969-12-31T23:59:59.000000Z"),
            (.timestampNTZ(1_767_225_600_000_000), "2026-01-01 00:00:00"), (.decimal(-5, scale: 2), "-0.05"),
            (.decimal(12_345, scale: 0), "12345"), (.double(1.5), "1.5"), (.float(.nan), "NaN"),
        ] as [(Value, String?)])
    func partitionValuesAreText(value: Value, text: String?) {
        #expect(PartitionValue.text(value) == text)
    }

    @Test func schemasKeepTheMetadataOfTheirFields() throws {
        let text =
            #"{"type":"struct","fields":[{"name":"a","type":"integer","nullable":true,"metadata":{"delta.x":{"y":1},"comment":"c"}},"#
            + #"{"name":"m","type":{"type":"map","keyType":"string","valueType":{"type":"array","elementType":"decimal(10,2)","containsNull":false},"valueContainsNull":true},"nullable":false,"metadata":{}}]}"#
        let schema = try TableSchema(text: text)
        #expect(schema.text == text)
        #expect(
            schema.logical
                == Schema([
                    Field("a", .int, comment: "c"),
                    Field(
                        "m",
                        .map(
                            key: .string,
                            value: .array(element: .decimal(precision: 10, scale: 2), containsNull: false),
                            valueContainsNull: true), nullable: false),
                ]))
        let grown = try schema.appending([Field("b", .structure([Field("c", .timestampNTZ)]))])
        #expect(grown.text.hasPrefix(String(text.dropLast(2))))
        #expect(grown.logical.count == 3)
    }

    @Test func mappedColumnsHavePhysicalNamesAndIDs() throws {
        let schema = try TableSchema(
            text:
                #"{"type":"struct","fields":[{"name":"s","type":{"type":"struct","fields":[{"name":"x","type":"long","nullable":true,"metadata":{"delta.columnMapping.id":3,"delta.columnMapping.physicalName":"p3"}}]},"nullable":true,"metadata":{"delta.columnMapping.id":1,"delta.columnMapping.physicalName":"p1"}}]}"#
        )
        #expect(try schema.physical(.name) == Schema([Field("p1", .structure([Field("p3", .bigint)]))]))
        #expect(schema.fieldIDs == [["p1"]: 1, ["p1", "p3"]: 3])
        #expect(schema.physicalName(of: 0, .id) == "p1")
        #expect(schema.physicalName(of: 0, .none) == "s")
    }
}
