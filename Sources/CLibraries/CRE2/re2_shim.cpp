// SPDX-License-Identifier: Apache-2.0
#include "re2_shim.h"
#include <re2/re2.h>
struct millrace_re2 { re2::RE2 expression; };
extern "C" void millrace_re2_free(millrace_re2 *expression) { delete expression; }
