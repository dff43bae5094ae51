// SPDX-License-Identifier: Apache-2.0

/// Runs commands without the files that this process happens to have open.
enum CleanShell {
    /// Put before a command and its arguments.
    ///
    /// A child that lives on would otherwise hold the sockets by which Foundation's `Process` sees that other children have ended: those that
    /// were being started at the same moment would never end for their waiters.
    static let prefix =
        #"bash -c 'for f in /proc/self/fd/*; do n=${f##*/}; [ $n -gt 2 ] && eval "exec $n>&-"; done; exec "$@"' bash "#
}
