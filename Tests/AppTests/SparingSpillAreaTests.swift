// SPDX-License-Identifier: Apache-2.0
import Checkpoint
import Failures
import Foundation
import Testing

@testable import App

struct SparingSpillAreaTests {
    @Test("free memory goes back to the system soon once state is on disk")
    func returnsMemorySoon() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder + "/state", withIntermediateDirectories: true)
        _ = try SparingSpillArea(area: FileSpillArea(checkpoint: folder)).makeFile()
        #expect(AllocatorLibrary.decayMilliseconds == 500)
    }
}
