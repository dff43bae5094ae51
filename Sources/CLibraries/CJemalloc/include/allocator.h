// SPDX-License-Identifier: Apache-2.0
#ifndef MILLRACE_ALLOCATOR_H
#define MILLRACE_ALLOCATOR_H

/// The version of jemalloc, which stands in for the C library's malloc in the whole process.
const char *millrace_allocator_version(void);

#endif
