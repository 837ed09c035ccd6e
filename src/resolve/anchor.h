/* Files of trust anchors, for the validator inside. */
#ifndef RESOLVE_ANCHOR_H
#define RESOLVE_ANCHOR_H

#include "base/buf.h"

/*
 * Whether the file can be read and has a key: without one all would be insecure (RFC 4035 section
 * 4.3).  False: "PATH: what is wrong" is appended to why.
 */
bool resolve_anchor_good(const char *path, struct buf *why);

#endif
