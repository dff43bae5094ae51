// SPDX-License-Identifier: Apache-2.0
#ifndef MILLRACE_MEMORY_RETURN_H
#define MILLRACE_MEMORY_RETURN_H

/// Makes malloc give blocks of at least so many bytes pages of their own, which go back to the system when they are freed, and keep
/// what is smaller in at most so many heaps.
void millrace_give_back_blocks(int bytes, int heaps);

/// Gives the system back the pages that lie free in malloc's heaps, wherever they lie.
void millrace_give_back_free_pages(void);

#endif
