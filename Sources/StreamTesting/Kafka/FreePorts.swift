// SPDX-License-Identifier: Apache-2.0
import Failures
import Glibc

/// Ports of loopback that nobody uses at the moment.
enum FreePorts {
    /// The first of `count` free ports in a row, below the range from which the kernel takes ports for outgoing connections.
    static func consecutive(_ count: Int) throws(PipelineError) -> Int {
        for _ in 0..<200 {
            let first = Int.random(in: 15_000..<32_000)
            if (first..<first + count).allSatisfy(isFree) { return first }
        }
        throw PipelineError(.internalError, "there are no \(count) free ports in a row")
    }

    private static func isFree(_ port: Int) -> Bool {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr = in_addr(s_addr: in_addr_t(0x7F00_0001).bigEndian)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        // SAFETY: the address is a local of the size given, seen as the generic form that bind takes.
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(socket, $0, size) == 0 }
        }
    }
}
