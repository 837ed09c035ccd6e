/*
 * What every call of a program does at the door, whatever is behind it: the caller's errno
 * is kept, errors are said in the words of the header, structs are as long as they say.
 */
#ifndef LIBRARY_DOOR_PRIV_H
#define LIBRARY_DOOR_PRIV_H

#include "base/err.h"

#include <errno.h>
#include <signpost/dns.h>

/* The errno of the caller is put back at the end of the scope. */
void library_door_errno(const int *kept);
#define KEEP_ERRNO __attribute__((unused)) CLEANUP(library_door_errno) int kept_errno = errno

/* An error of ours in the words of the header. */
enum signpost_dns_error library_door_error(enum err e);

/*
 * The fields of a struct from the caller, which begins with its size, into ours of
 * size octets.  ERR_SYNTAX: no size; ERR_LIMIT: fields that are not known here.
 */
enum err library_door_take(void *to, size_t size, const void *from) MUST_USE;

/* Ours into the caller's, as much as its size says. */
void library_door_give(void *to, const void *from, size_t size);

#endif
