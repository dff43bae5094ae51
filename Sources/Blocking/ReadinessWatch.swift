// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Synchronization

/// Calls back, away from the threads that run tasks, whenever a file descriptor has something to read.
public final class ReadinessWatch: Sendable {
    private let source: Mutex<(any DispatchSourceRead)?>

    /// Watches `descriptor` until `cancel`; it must stay open until `onCancel` is called.
    ///
    /// `onReadable` is called again and again while unread bytes are left: it must read them.
    public init(
        descriptor: Int32, label: String, onReadable: @escaping @Sendable () -> Void,
        onCancel: @escaping @Sendable () -> Void
    ) {
        let source = DispatchSource.makeReadSource(
            fileDescriptor: descriptor, queue: DispatchQueue(label: label))
        source.setEventHandler(handler: onReadable)
        source.setCancelHandler(handler: onCancel)
        source.activate()
        self.source = Mutex(source)
    }

    deinit { cancel() }

    /// Ends the watching; `onCancel` follows, once, when no call back runs any more.
    public func cancel() {
        let source = source.withLock { $0.take() }
        source?.cancel()
    }
}
