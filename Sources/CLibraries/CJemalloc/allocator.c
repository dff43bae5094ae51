// SPDX-License-Identifier: Apache-2.0
#include "allocator.h"

#include <jemalloc/jemalloc.h>
#include <stddef.h>

/// Read by jemalloc when the process starts; the environment variable MALLOC_CONF goes before it. As many arenas as processors, since
/// what a thread of one arena frees a thread of another does not find; free pages go back to the system within half a second of
/// work, so that a process holds little more than it uses.
const char *malloc_conf = "narenas_ratio:1,dirty_decay_ms:500,muzzy_decay_ms:0";

const char *millrace_allocator_version(void) {
    const char *version = "";
    size_t size = sizeof version;
    mallctl("version", &version, &size, NULL, 0);
    return version;
}
