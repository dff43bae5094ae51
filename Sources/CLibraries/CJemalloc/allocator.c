// SPDX-License-Identifier: Apache-2.0
#include "allocator.h"

#include <jemalloc/jemalloc.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/// Read by jemalloc when the process starts; the environment variable MALLOC_CONF goes before it. As many arenas as processors, since
/// what a thread of one arena frees a thread of another does not find. Free pages go back to the system within five seconds of work: an
/// epoch takes again what the last one left. Blocks of 8 MiB and more, and free memory that has grown together to so much, go back at
/// once, or tables that double would hold what they left.
const char *malloc_conf = "narenas_ratio:1,dirty_decay_ms:5000,muzzy_decay_ms:0";

void millrace_allocator_return_soon(void) {
    const ssize_t milliseconds = 500;
    unsigned arenas = 0;
    size_t size = sizeof arenas;
    mallctl("arenas.dirty_decay_ms", NULL, NULL, (void *)&milliseconds, sizeof milliseconds);
    mallctl("arenas.narenas", &arenas, &size, NULL, 0);
    for (unsigned arena = 0; arena < arenas; arena++) {
        char name[48];
        snprintf(name, sizeof name, "arena.%u.dirty_decay_ms", arena);
        ssize_t now = 0;
        size_t bytes = sizeof now;
        // One that nobody has used yet refuses; it begins with the default above. That of large blocks keeps nothing as it is.
        if (mallctl(name, &now, &bytes, NULL, 0) == 0 && now > milliseconds)
            mallctl(name, NULL, NULL, (void *)&milliseconds, sizeof milliseconds);
    }
}

long millrace_allocator_decay_milliseconds(void) {
    ssize_t milliseconds = -1;
    size_t size = sizeof milliseconds;
    mallctl("arena.0.dirty_decay_ms", &milliseconds, &size, NULL, 0);
    return milliseconds;
}

const char *millrace_allocator_version(void) {
    const char *version = "";
    size_t size = sizeof version;
    mallctl("version", &version, &size, NULL, 0);
    return version;
}
