// SPDX-License-Identifier: Apache-2.0
import Glibc

/// What the operating system knows of this process.
enum ThisProcess {
    /// The environment's variables.
    static var environment: [String: String] {
        var variables: [String: String] = [:]
        // SAFETY: glibc sets `environ`, a null-terminated array of C strings; nothing in this process changes it.
        var entry = unsafe environ
        // SAFETY: as above; the loop ends at the terminating null.
        while let text = unsafe entry.pointee {
            // SAFETY: each entry is a C string.
            let pair = unsafe String(cString: text)
            if let equals = pair.firstIndex(of: "=") {
                variables[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
            }
            unsafe entry += 1
        }
        return variables
    }

    /// How many cores the process may use.
    static var cores: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// Bytes of memory that are resident now; 0 when unknown.
    static var residentBytes: Int {
        guard let text = try? LocalFile.read("/proc/self/statm") else { return 0 }
        let fields = String(decoding: text, as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return 0 }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// The folder that relative paths start from.
    static var currentFolder: String {
        // SAFETY: with a null buffer glibc allocates one of the size needed, freed below.
        guard let text = unsafe getcwd(nil, 0) else { return "." }
        // SAFETY: `text` is a C string from malloc, used before it is freed.
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    /// Ends the process at once, without finishing anything.
    static func abandon(_ code: Int32) -> Never { _exit(code) }
}
