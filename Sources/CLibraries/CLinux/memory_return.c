// SPDX-License-Identifier: Apache-2.0
#include "memory_return.h"

#include <malloc.h>

void millrace_give_back_blocks(int bytes, int heaps) {
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, bytes);
#else
    (void)bytes;
#endif
#ifdef M_ARENA_MAX
    mallopt(M_ARENA_MAX, heaps);
#else
    (void)heaps;
#endif
}

void millrace_give_back_free_pages(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
