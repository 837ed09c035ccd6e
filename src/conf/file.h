/* A small file, read whole. */
#ifndef CONF_FILE_H
#define CONF_FILE_H

#include "base/buf.h"

/*
 * Append at most max octets of a regular file to out.  ERR_IO: errno, os_file_why() has words
 * for it; ERR_NOMEM.
 */
enum err conf_file_read(const char *path, size_t max, struct buf *out) MUST_USE;

#endif
