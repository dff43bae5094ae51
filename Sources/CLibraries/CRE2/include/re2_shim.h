// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif
/// A compiled regular expression. Owned by the caller; free with `millrace_re2_free`.
typedef struct millrace_re2 millrace_re2;
void millrace_re2_free(millrace_re2 *expression);
#ifdef __cplusplus
}
#endif
