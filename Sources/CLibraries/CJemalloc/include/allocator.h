// SPDX-License-Identifier: Apache-2.0
#ifndef MILLRACE_ALLOCATOR_H
#define MILLRACE_ALLOCATOR_H

/// The version of jemalloc, which stands in for the C library's malloc in the whole process.
const char *millrace_allocator_version(void);

/// From now on free memory goes back to the system within half a second of work.
void millrace_allocator_return_soon(void);

/// Within how long of work free memory goes back to the system.
long millrace_allocator_decay_milliseconds(void);

#endif
