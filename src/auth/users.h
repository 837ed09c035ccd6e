/*
 * A file of users: lines `name:hash`, hash as crypt(3) makes it.  Empty lines are passed over,
 * and those that begin with `#`.  Read whole or not at all, and then immutable: any thread.
 *
 * Those of the console have a role, too: `name:role:hash`, view or admin.
 */
#ifndef AUTH_USERS_H
#define AUTH_USERS_H

#include "auth/hash.h"

#define AUTH_USERS_FILE_MAX (16u << 20) /* octets */
#define AUTH_USERS_NAME_MAX 255         /* octets */

struct auth_users;

/*
 * Out of text; file is how a complaint calls it.  ERR_SYNTAX: *why is "FILE:LINE: what is
 * wrong", and no part of a hash is in it; ERR_NOMEM.
 */
enum err auth_users_read(struct str text, const char *file, struct auth_users **out,
			 struct buf *why) MUST_USE;
void auth_users_free(struct auth_users **u);

/* The same of a file whose lines have a role. */
enum err auth_users_read_roles(struct str text, const char *file, struct auth_users **out,
			       struct buf *why) MUST_USE;

/* "view" or "admin" of that user; empty: there is none of that name, or the file has no roles. */
struct str auth_users_role(const struct auth_users *u, struct str name);

/* Whether both have that user, with the same role and password. */
bool auth_users_same(const struct auth_users *a, const struct auth_users *b, struct str name);

size_t auth_users_count(const struct auth_users *u);

/*
 * Whether there is a user of that name and password.  Takes as long where there is none, and is
 * UNJUDGED there, too, where there is no memory.
 */
enum auth_verdict auth_users_judge(const struct auth_users *u, struct str name,
				   struct str password);

/* A name that can stand in such a file: no colon, no control character, no space at its ends. */
bool auth_users_name_ok(struct str name);

#endif
