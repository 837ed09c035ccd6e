/*
 * A TSIG key (RFC 8945) as administrators keep it.
 *
 * No message of this module has anything of the key in it.
 */
#ifndef CONF_TSIG_H
#define CONF_TSIG_H

#include "base/buf.h"

#define CONF_TSIG_TEXT_MAX 1024 /* of a key, and of a file that holds one */

/*
 * Append "name:hmac-sha256:base64" of value, which is that itself, or (having no
 * colon) the path of a file, relative to dir.  The file holds one key: in that
 * form on a line of its own, or as a statement of BIND, which tsig-keygen writes:
 *
 *	key "name" { algorithm hmac-sha256; secret "base64"; };
 *
 * Form, algorithm and base64 are checked.  ERR_SYNTAX, ERR_IO: *why is what is
 * wrong and what instead, a constant or strerror()'s.  ERR_NOMEM.
 */
enum err conf_tsig_read(struct str value, const char *dir, struct buf *out, const char **why)
	MUST_USE;

/* The same of the contents of a file. */
enum err conf_tsig_text(struct str text, struct buf *out, const char **why) MUST_USE;

#endif
