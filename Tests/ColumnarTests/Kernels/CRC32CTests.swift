// SPDX-License-Identifier: Apache-2.0
import Columnar
import Testing

struct CRC32CTests {
    @Test("the sums of RFC 3720, B.4")
    func published() {
        let ascending = [UInt8](0..<32)
        #expect(CRC32C.of([UInt8](repeating: 0, count: 32).span) == 0x8A91_36AA)
        #expect(CRC32C.of([UInt8](repeating: 0xFF, count: 32).span) == 0x62A8_AB43)
        #expect(CRC32C.of(ascending.span) == 0x46DD_794E)
        #expect(CRC32C.of([UInt8](ascending.reversed()).span) == 0x113F_DB5C)
        #expect(CRC32C.of([UInt8]("123456789".utf8).span) == 0xE306_9283)
        #expect(CRC32C.of([UInt8]().span) == 0)
    }
}
