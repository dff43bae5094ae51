// SPDX-License-Identifier: Apache-2.0
import CSimdjson

/// The library that reads JSON.
public enum JSONLibrary {
    /// The version of simdjson in use.
    public static var version: String {
        // SAFETY: the function gives a C string that lives as long as the process.
        unsafe String(cString: millrace_simdjson_version())
    }
}
