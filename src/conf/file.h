/* A small file, read whole. */
#ifndef CONF_FILE_H
#define CONF_FILE_H

#include "conf/conf.h"

/*
 * Append at most max octets of a regular file to out.  ERR_IO: errno, os_file_why() has words
 * for it; ERR_NOMEM.
 */
enum err conf_file_read(const char *path, size_t max, struct buf *out) MUST_USE;

/*
 * The same of a file that holds a secret.  ERR_IO as above; ERR_SYNTAX: others may read it.
 */
enum err conf_file_secret(const char *path, size_t max, struct buf *out) MUST_USE;

/*
 * "FILE: cannot be read: WHY": of a file as a whole, which has no line.  e and errno, which is
 * kept, as os_file_why() takes them.
 */
void conf_file_refuse(struct buf *why, const char *path, enum err e);

/*
 * The same of the criteria file, behind "FILE:LINE: " where a configuration names it: who is told
 * that it is not there may make it.
 */
void conf_file_refuse_criteria(struct buf *why, const struct conf *c, enum err e);

/*
 * Whether the criteria file can be read, where the service is enabled and the configuration names
 * one.  ERR_IO: conf_file_refuse_criteria().
 */
enum err conf_file_criteria(const struct conf *c, struct buf *why) MUST_USE;

#endif
