/*
 * The file that users-file of the console names, as the console takes it; for who only looks, too.
 */
#ifndef CONSOLE_USERS_H
#define CONSOLE_USERS_H

#include "auth/users.h"
#include "conf/conf.h"

/*
 * Who may log in; the caller frees it (auth_users_free).  NULL: no file is named.  ERR_IO (errno)
 * where it cannot be read, ERR_SYNTAX where others may read or write it, or where a line will not
 * do: *why is "FILE:LINE: what is wrong", and holds no part of a hash; ERR_NOMEM.
 */
enum err console_users_read(const struct conf *conf, struct auth_users **out, struct buf *why)
	MUST_USE;

/*
 * What is wrong with a file of that key of the section, at its place, where reading it gave e:
 * ERR_SYNTAX is that others may.
 */
void console_users_refuse(const struct conf *conf, const char *key, const char *file, enum err e,
			  struct buf *why);

#endif
