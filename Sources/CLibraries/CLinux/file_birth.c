// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "file_birth.h"
#include <fcntl.h>
#include <sys/stat.h>

int64_t millrace_file_birth_nanos(int descriptor) {
    struct statx status;
    if (statx(descriptor, "", AT_EMPTY_PATH, STATX_BTIME, &status) != 0) return -1;
    if ((status.stx_mask & STATX_BTIME) == 0) return -1;
    return (int64_t)status.stx_btime.tv_sec * 1000000000 + status.stx_btime.tv_nsec;
}
