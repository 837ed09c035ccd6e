/*
 * Passwords and crypt(3) hashes.  Both calls take as long as the hash is strong, tens of
 * milliseconds: not on a thread that has anything else to do.  Any thread.
 */
#ifndef AUTH_HASH_H
#define AUTH_HASH_H

#include "base/buf.h"

#define AUTH_HASH_PASSWORD_MAX 511 /* octets: what crypt(3) takes */

/*
 * Append the hash of a password, with a salt of its own, by the method that this system holds
 * for the best (yescrypt).  ERR_LIMIT: too long; ERR_SYNTAX: there is a NUL in it; ERR_NOMEM;
 * ERR_IO: crypt(3) will not.
 */
enum err auth_hash_make(struct buf *out, struct str password) MUST_USE;

/* Whether the hash is one that crypt(3) knows, strong or not. */
bool auth_hash_known(struct str hash);

/* UNJUDGED: nobody can say, as there is no memory; it is no guess that failed. */
enum auth_verdict { AUTH_WRONG, AUTH_RIGHT, AUTH_UNJUDGED };

/* Whether it is that password's.  UNJUDGED, too, where crypt(3) makes nothing of a known hash. */
enum auth_verdict auth_hash_judge(struct str hash, struct str password);

#endif
