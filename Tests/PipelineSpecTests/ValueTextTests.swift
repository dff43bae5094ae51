// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import PipelineSpec

struct ValueTextTests {
    @Test(
        arguments: [
            ("250 ms", 250_000), ("10 seconds", 10_000_000), ("1 minute 30 seconds", 90_000_000),
            ("2 hours", 7_200_000_000),
            ("PT10S", 10_000_000), ("PT1M30S", 90_000_000), ("P1DT2H", 93_600_000_000), ("pt0.5s", 500_000), ("0", 0),
            ("1.5 s", 1_500_000), ("7 days", 604_800_000_000), ("5us", 5), ("1h30m", 5_400_000_000), ("0.000001 s", 1),
        ] as [(String, Int64)])
    func durationsAreExactMicroseconds(text: String, micros: Int64) {
        #expect(DurationText.micros(text) == micros)
    }

    @Test(
        arguments: [
            "", "10", "ten seconds", "10 fortnights", "-1 s", "P", "PT", "P1M", "1.2.3 s", "s", "9223372036854775807 s",
            "0.0000001 s", "P1Y",
        ])
    func whatIsNoDurationIsRefused(text: String) {
        #expect(DurationText.micros(text) == nil)
    }

    @Test(
        arguments: [
            ("64 MiB", 67_108_864), ("1.5 GiB", 1_610_612_736), ("500 MB", 500_000_000), ("4096", 4096), ("1k", 1024),
            ("2 TiB", 2_199_023_255_552),
        ] as [(String, Int64)])
    func sizesAreBytes(text: String, bytes: Int64) {
        #expect(SizeText.bytes(text) == bytes)
    }

    @Test(arguments: ["", "0", "-1 MiB", "64 MeB", "MiB", "1.3 B", "99999999 TiB"])
    func whatIsNoSizeIsRefused(text: String) {
        #expect(SizeText.bytes(text) == nil)
    }

    @Test(
        arguments: [
            ("1970-01-01", 0), ("1970-01-01T00:00:01Z", 1_000_000), ("2026-01-01T00:00:00Z", 1_767_225_600_000_000),
            ("2026-01-01 02:00:00.5+02:00", 1_767_225_600_500_000), ("1969-12-31T23:59:59.999999Z", -1),
            ("2024-02-29", 1_709_164_800_000_000), ("2026-01-01T00:00:00-0130", 1_767_231_000_000_000),
        ] as [(String, Int64)])
    func momentsAreMicrosecondsInUTC(text: String, micros: Int64) {
        #expect(InstantText.micros(text) == micros)
    }

    @Test(arguments: [
        "", "2026", "2026-13-01", "2025-02-29", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00Q", "2026-01-01x",
    ])
    func whatIsNoMomentIsRefused(text: String) {
        #expect(InstantText.micros(text) == nil)
    }

    @Test(
        "digests equal those of FIPS 180-4's examples",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func digestsAreThoseOfTheStandard(text: String, hex: String) {
        #expect(SHA256.hex(of: text) == hex)
    }

    @Test(
        arguments: [
            ("tabel", "table"), ("Partitionby", "partitionBy"), ("brokrs", "brokers"), ("onMalfromed", "onMalformed"),
        ])
    func misspelledNamesFindWhatWasMeant(written: String, meant: String) {
        let names = ["table", "partitionBy", "brokers", "onMalformed", "type"]
        #expect(Suggestion.closest(to: written, in: names) == meant)
    }

    @Test func farNamesSuggestNothing() {
        #expect(Suggestion.closest(to: "cat", in: ["table", "brokers"]) == nil)
    }
}
