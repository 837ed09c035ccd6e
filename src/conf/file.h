/* A small file, read whole. */
#ifndef CONF_FILE_H
#define CONF_FILE_H

#include "base/buf.h"

/* Append at most max octets of the file to out.  ERR_IO: errno; ERR_NOMEM. */
enum err conf_file_read(const char *path, size_t max, struct buf *out) MUST_USE;

#endif
