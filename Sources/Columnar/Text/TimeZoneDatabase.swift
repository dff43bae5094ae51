// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Synchronization

/// The zones of the system by name, each read once.
public enum TimeZoneDatabase {
    private static let folder = "/usr/share/zoneinfo/"
    /// Bounded by the names that exist: unknown names are not kept.
    private static let known = Mutex<[String: TimeZoneRules]>([:])

    /// What the three-letter names of Java's `ZoneId.SHORT_IDS` stand for.
    private static let abbreviations = [
        "ACT": "Australia/Darwin", "AET": "Australia/Sydney", "AGT": "America/Argentina/Buenos_Aires",
        "ART": "Africa/Cairo", "AST": "America/Anchorage", "BET": "America/Sao_Paulo", "BST": "Asia/Dhaka",
        "CAT": "Africa/Harare", "CNT": "America/St_Johns", "CST": "America/Chicago", "CTT": "Asia/Shanghai",
        "EAT": "Africa/Addis_Ababa", "ECT": "Europe/Paris", "EST": "-05:00", "HST": "-10:00",
        "IET": "America/Indiana/Indianapolis", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo", "MIT": "Pacific/Apia",
        "MST": "-07:00", "NET": "Asia/Yerevan", "NST": "Pacific/Auckland", "PLT": "Asia/Karachi",
        "PNT": "America/Phoenix", "PRT": "America/Puerto_Rico", "PST": "America/Los_Angeles",
        "SST": "Pacific/Guadalcanal", "VST": "Asia/Ho_Chi_Minh",
    ]

    /// The zone of a name: a region (`America/New_York`), `Z`, `UTC`, `GMT+1`, `+01:00`; `nil` when there is none.
    public static func rules(_ name: String) -> TimeZoneRules? {
        if let offset = ZoneOffsetText.parse(name.utf8.span) { return TimeZoneRules(fixed: offset) }
        if let found = known.withLock({ $0[name] }) { return found }
        let region = abbreviations[name] ?? name
        if let offset = ZoneOffsetText.parse(region.utf8.span) { return TimeZoneRules(fixed: offset) }
        guard isRegion(region), let rules = read(region) else { return nil }
        known.withLock { $0[name] = rules }
        return rules
    }

    /// The moment at which a clock in a zone named in text shows a time, µs; `nil` when there is no such zone.
    public static func utc(_ name: Span<UInt8>, _ localMicros: Int64) -> Int64? {
        var copy = BufferBuilder<UInt8>(capacity: name.count)
        copy.append(contentsOf: name)
        return rules(copy.finish().text)?.utc(fromLocal: localMicros)
    }

    /// Names stay inside the folder: letters, digits, `_`, `-`, `+` and single slashes between them.
    private static func isRegion(_ name: String) -> Bool {
        guard let first = name.utf8.first, first != UInt8(ascii: "/"), name.utf8.count <= 64 else { return false }
        return name.utf8.allSatisfy { byte in
            ASCII.isDigit(byte) || ASCII.lowercased(byte) &- UInt8(ascii: "a") < 26
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
                || byte == UInt8(ascii: "/")
        }
    }

    private static func read(_ name: String) -> TimeZoneRules? {
        // SAFETY: the path is a Swift string, which is passed with a zero behind it.
        let file = unsafe open(folder + name, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        // Zone files have a few KiB; the bound keeps another file from being read whole.
        let limit = 1 << 18
        // SAFETY: read(2) writes at most `limit` bytes into memory of that size, and only those it reports are looked at.
        return unsafe withUnsafeTemporaryAllocation(byteCount: limit, alignment: 8) { memory in
            let count = unsafe Glibc.read(file, memory.baseAddress, limit)
            guard count > 0 else { return nil }
            let bytes = unsafe Span<UInt8>(_unsafeElements: UnsafeBufferPointer(memory.bindMemory(to: UInt8.self)))
            return TimeZoneRules(tzif: bytes.extracting(0..<count))
        }
    }
}
