/*
 * Passwords are held against their hashes on a thread of its own: that takes tens of
 * milliseconds on purpose, and nobody else waits for it.
 */
#ifndef CONSOLE_DESK_H
#define CONSOLE_DESK_H

#include "auth/users.h"
#include "console/gate.h"
#include "loop/loop.h"

struct console_desk;

/* NULL: out of memory. */
struct console_desk *console_desk_new(struct loop *loop) MUST_USE;

/* What waits is forgotten; nobody is called any more. */
void console_desk_free(struct console_desk **d);

/* Whose users they are, from now on; it becomes the desk's.  NULL: none. */
void console_desk_users(struct console_desk *d, struct auth_users *users);

/* Whether that user is the same in those, who may be the next ones. */
bool console_desk_same(const struct console_desk *d, const struct auth_users *next,
		       struct str name);

/* Whether anybody can log in by a password. */
bool console_desk_open(const struct console_desk *d);

#define CONSOLE_DESK_WAITING_MAX 64

/*
 * fn(arg, e, role) is called, later, with the role of that name and password; NOBODY: it is wrong;
 * e is ERR_NOMEM where nobody can say.  ERR_LIMIT: too many wait; ERR_NOMEM.
 */
enum err console_desk_ask(struct console_desk *d, struct str name, struct str password,
			  void (*fn)(void *arg, enum err e, enum console_role role), void *arg)
	MUST_USE;

#endif
