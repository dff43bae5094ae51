// SPDX-License-Identifier: Apache-2.0
#ifndef MILLRACE_FILE_BIRTH_H
#define MILLRACE_FILE_BIRTH_H
#include <stdint.h>

/// When the file behind a descriptor was made, ns since 1970 UTC; -1 where the file system does not say.
/// statx(2), which the C library shows only under a macro that Swift does not set.
int64_t millrace_file_birth_nanos(int descriptor);

#endif
