// SPDX-License-Identifier: Apache-2.0
#include "simdjson_shim.h"
#include <simdjson.h>
#define MILLRACE_TEXT_(x) #x
#define MILLRACE_TEXT(x) MILLRACE_TEXT_(x)
extern "C" const char *millrace_simdjson_version(void) { return MILLRACE_TEXT(SIMDJSON_VERSION); }
