// SPDX-License-Identifier: Apache-2.0
import Columnar

/// Schemas that together hold every type and nesting.
enum Schemas {
    static let primitives = Schema(
        [
            DataType.boolean, .tinyint, .smallint, .int, .bigint, .float, .double, .decimal(precision: 9, scale: 2),
            .decimal(precision: 18, scale: 6), .decimal(precision: 19, scale: 0), .decimal(precision: 38, scale: 10),
            .string, .binary, .date, .timestamp, .timestampNTZ,
        ].enumerated().flatMap { index, type in
            [Field("o\(index)", type), Field("r\(index)", type, nullable: false)]
        })

    static let nested = Schema([
        Field("id", .bigint, nullable: false),
        Field("s", .structure([Field("a", .int), Field("b", .string, nullable: false)])),
        Field("rs", .structure([Field("a", .double, nullable: false), Field("t", .timestamp)]), nullable: false),
        Field("l", .array(element: .string, containsNull: true)),
        Field("rl", .array(element: .int, containsNull: false), nullable: false),
        Field("m", .map(key: .string, value: .double, valueContainsNull: true)),
        Field("rm", .map(key: .int, value: .string, valueContainsNull: false), nullable: false),
        Field("ll", .array(element: .array(element: .bigint, containsNull: true), containsNull: true)),
        Field(
            "ls",
            .array(
                element: .structure([
                    Field("x", .boolean), Field("y", .array(element: .date, containsNull: true)),
                    Field("z", .structure([Field("w", .decimal(precision: 30, scale: 3))])),
                ]), containsNull: true)),
        Field(
            "ms",
            .map(
                key: .string, value: .structure([Field("k", .map(key: .int, value: .binary, valueContainsNull: true))]),
                valueContainsNull: true)),
    ])
}
