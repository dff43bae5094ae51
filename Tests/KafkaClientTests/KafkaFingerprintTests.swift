// SPDX-License-Identifier: Apache-2.0
import KafkaClient
import Testing

struct KafkaFingerprintTests {
    @Test(arguments: [
        KafkaFingerprint(offset: 0, timestampMillis: -1, hash: 0),
        KafkaFingerprint(offset: .max, timestampMillis: 1_700_000_000_123, hash: .max),
    ])
    func theTextSaysItAll(fingerprint: KafkaFingerprint) {
        #expect(KafkaFingerprint(fingerprint.text) == fingerprint)
    }

    @Test func theTextIsOfFormatOne() {
        #expect(KafkaFingerprint(offset: 7, timestampMillis: 42, hash: 255).text == "1:7:42:ff")
    }

    @Test(arguments: ["", "1", "1:7:42", "2:7:42:ff", "1:-7:42:ff", "1:7:42:xyz", "1:7:42:ff:0", "1:7:42:ff\u{0}"])
    func anotherTextIsNone(text: String) {
        #expect(KafkaFingerprint(text) == nil)
    }
}
