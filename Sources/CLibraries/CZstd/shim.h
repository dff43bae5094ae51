// SPDX-License-Identifier: Apache-2.0
#pragma once
// For the name of one parameter, ZSTD_c_literalCompressionMode; a library that does not know it says so when it is set.
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>

/// Whether texts between matches get Huffman codes at fast levels too: all that is left to gain where hardly anything repeats.
static inline size_t millrace_zstd_set_huffman(ZSTD_CCtx *context, int always) {
    return ZSTD_CCtx_setParameter(context, ZSTD_c_literalCompressionMode, always ? ZSTD_lcm_huffman : ZSTD_lcm_auto);
}
