// SPDX-License-Identifier: Apache-2.0
#pragma once
#ifdef __cplusplus
extern "C" {
#endif
/// The version of simdjson this binary was built with, as "3.0.1".
const char *millrace_simdjson_version(void);
#ifdef __cplusplus
}
#endif
