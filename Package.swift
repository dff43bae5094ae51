// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, exclude: exclude,
        swiftSettings: swiftSettings)
}

func system(_ name: String, pkgConfig: String) -> Target {
    .systemLibrary(
        name: name, path: "Sources/CLibraries/\(name)", pkgConfig: pkgConfig)
}

/// A C header over a C++ library that Swift cannot call by itself.
func shim(_ name: String, links: [String]) -> Target {
    .target(
        name: name, path: "Sources/CLibraries/\(name)", publicHeadersPath: "include",
        cxxSettings: [.unsafeFlags(["-O3"])],
        linkerSettings: (links + ["stdc++"]).map { .linkedLibrary($0) })
}

let package = Package(
    name: "millrace",
    products: [
        .executable(name: "millrace", targets: ["App"])
    ],
    targets: [
        system("CZstd", pkgConfig: "libzstd"),
        system("CSnappy", pkgConfig: "snappy"),
        system("CZlib", pkgConfig: "zlib"),
        system("CLZ4", pkgConfig: "liblz4"),
        system("CBrotli", pkgConfig: "libbrotlidec"),
        system("CSQLite", pkgConfig: "sqlite3"),
        system("CXXHash", pkgConfig: "libxxhash"),
        system("CRdkafka", pkgConfig: "rdkafka"),
        system("CCrypto", pkgConfig: "libcrypto"),
        shim("CSimdjson", links: ["simdjson"]),
        shim("CRE2", links: ["re2"]),
        .target(
            name: "CJemalloc", path: "Sources/CLibraries/CJemalloc", publicHeadersPath: "include",
            linkerSettings: [.linkedLibrary("jemalloc")]),
        .target(name: "CLinux", path: "Sources/CLibraries/CLinux", publicHeadersPath: "include"),

        library("Failures", []),
        library("Blocking", ["Failures"]),
        library("Columnar", ["Failures"]),
        library("JSONText", ["Failures"]),
        library("StreamCore", ["Columnar", "Failures"]),
        library("SQL", ["StreamCore", "Columnar", "Failures", "CRE2", "CXXHash", "CCrypto", "CSimdjson"]),
        library("Formats", ["StreamCore", "Columnar", "Failures", "CSimdjson", "CZstd", "CZlib"]),
        library("ObjectStore", ["Columnar", "Failures", "Blocking"]),
        library("Parquet", ["Columnar", "Failures", "CZstd", "CSnappy", "CZlib", "CLZ4", "CBrotli"]),
        library("Delta", ["Parquet", "ObjectStore", "JSONText", "Columnar", "Failures"]),
        library("KafkaClient", ["Columnar", "Failures", "Blocking", "CRdkafka"]),
        library(
            "Sources",
            [
                "StreamCore", "Formats", "KafkaClient", "Delta", "ObjectStore", "JSONText", "Columnar", "Failures",
                "Blocking", "CLinux",
            ]),
        library(
            "Sinks",
            [
                "StreamCore", "Formats", "KafkaClient", "Delta", "Parquet", "ObjectStore", "JSONText", "Columnar",
                "Failures",
                "Blocking",
            ]),
        library(
            "Checkpoint",
            ["StreamCore", "Parquet", "JSONText", "Columnar", "Failures", "Blocking", "CSQLite", "CXXHash"]),
        library("PipelineSpec", ["SQL", "StreamCore", "JSONText", "Columnar", "Failures"]),
        .executableTarget(
            name: "App",
            dependencies: [
                "PipelineSpec", "SQL", "Sources", "Sinks", "Checkpoint", "Delta", "Parquet", "ObjectStore", "Formats",
                "KafkaClient", "StreamCore", "Columnar", "JSONText", "Failures", "Blocking", "CJemalloc",
            ],
            swiftSettings: swiftSettings),
        library(
            "StreamTesting",
            [
                "PipelineSpec", "SQL", "Sources", "Sinks", "Checkpoint", "Delta", "Parquet", "ObjectStore", "Formats",
                "KafkaClient", "StreamCore", "Columnar", "JSONText", "Failures", "Blocking",
            ]),

        tests(of: "Columnar", ["Failures"]),
        tests(of: "JSONText", ["Failures"]),
        tests(of: "StreamCore", ["Columnar", "Failures", "StreamTesting"]),
        tests(of: "SQL", ["StreamCore", "Columnar", "Failures", "StreamTesting"]),
        tests(of: "Formats", ["StreamCore", "JSONText", "Columnar", "Failures", "StreamTesting"]),
        tests(of: "ObjectStore", ["Columnar", "Failures", "StreamTesting"]),
        tests(of: "Parquet", ["Columnar", "Failures", "JSONText"], exclude: ["Interoperability/Python"]),
        tests(of: "Delta", ["Parquet", "ObjectStore", "JSONText", "Columnar", "Failures", "StreamTesting"]),
        tests(of: "KafkaClient", ["Columnar", "Failures", "Blocking", "StreamTesting"]),
        tests(
            of: "Sources",
            [
                "StreamCore", "Formats", "KafkaClient", "Delta", "Parquet", "ObjectStore", "Columnar", "Failures",
                "Blocking", "StreamTesting",
            ]),
        tests(
            of: "Sinks",
            [
                "StreamCore", "Delta", "Parquet", "ObjectStore", "KafkaClient", "JSONText", "Columnar", "Failures",
                "Blocking", "StreamTesting",
            ]),
        tests(
            of: "Checkpoint", ["StreamCore", "JSONText", "Columnar", "Failures", "StreamTesting"],
            exclude: ["Fixtures"]),
        tests(of: "PipelineSpec", ["SQL", "StreamCore", "JSONText", "Columnar", "Failures"]),
        tests(of: "App", ["Columnar", "StreamTesting", "KafkaClient", "JSONText", "Failures"]),
        .testTarget(
            name: "ScenarioTests", dependencies: ["App", "StreamTesting", "JSONText"], swiftSettings: swiftSettings),
        .testTarget(
            name: "RecoveryTests",
            dependencies: [
                "App", "PipelineSpec", "StreamCore", "Checkpoint", "Sinks", "KafkaClient", "Columnar", "Blocking",
                "Failures",
                "StreamTesting",
            ],
            swiftSettings: swiftSettings),
    ],
    cxxLanguageStandard: .cxx17
)
