/* What the log says of system calls that were given up. */
#ifndef FENCE_WORDS_H
#define FENCE_WORDS_H

#include "base/buf.h"
#include "fence/calls.h"

/* "system calls: 90 are left, by seccomp", or why any are left. */
void fence_words_calls(const struct fence_calls_result *r, struct buf *out);

#endif
