// SPDX-License-Identifier: Apache-2.0

/// Gives a value that cannot be copied a place that can be shared.
final class Owned<Wrapped: ~Copyable> {
    var value: Wrapped

    init(_ value: consuming Wrapped) { self.value = value }
}
