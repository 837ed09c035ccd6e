/*
 * Who is logged in: sessions that a cookie names, for twelve hours, and addresses that log in
 * once, within a minute (SPEC section 10).
 *
 * Pure: randomness and the time come in.  Bounded: the oldest makes room.
 */
#ifndef CONSOLE_LOGINS_H
#define CONSOLE_LOGINS_H

#include "auth/users.h"
#include "base/buf.h"
#include "console/gate.h"

#define CONSOLE_LOGINS_MAX 256
#define CONSOLE_LOGINS_LIFE_MS (12 * INT64_C(3600000))
#define CONSOLE_ONCE_LIFE_MS INT64_C(60000)
#define CONSOLE_TOKEN_OCTETS 32
#define CONSOLE_LOGINS_NAME_MAX AUTH_USERS_NAME_MAX /* octets: that of any user */

struct console_login {
	uint8_t token[CONSOLE_TOKEN_OCTETS];
	enum console_role role; /* NOBODY: free */
	int64_t ends;
	char name[CONSOLE_LOGINS_NAME_MAX + 1]; /* cut where it is longer: no user's */
};

struct console_logins {
	struct console_login session[CONSOLE_LOGINS_MAX];
	struct console_login once[CONSOLE_LOGINS_MAX];
};

/* Who begins a session. */
struct console_logins_who {
	enum console_role role;
	struct str name; /* empty: by `console login` */
};

/* Begin one; token is random.  What a cookie says is appended to *out. */
void console_logins_begin(struct console_logins *l, struct console_logins_who who,
			  const uint8_t token[static CONSOLE_TOKEN_OCTETS], int64_t now,
			  struct buf *out);

/* The role of that cookie's session; NOBODY: there is none any more. */
enum console_role console_logins_role(const struct console_logins *l, struct str cookie,
				      int64_t now);

/* The name of that session, until the next change; empty. */
struct str console_logins_name(const struct console_logins *l, struct str cookie, int64_t now);

/* Log out. */
void console_logins_end(struct console_logins *l, struct str cookie, int64_t now);

/* Log out all who came by a password and of whom stays(arg, name) is false. */
void console_logins_review(struct console_logins *l, bool (*stays)(void *arg, struct str name),
			   void *arg);

/* A token that logs in once, in role admin; appended to *out. */
void console_logins_invite(struct console_logins *l,
			   const uint8_t token[static CONSOLE_TOKEN_OCTETS], int64_t now,
			   struct buf *out);

/* Whether it is one that may still be used; looking does not use it up. */
bool console_logins_invited(const struct console_logins *l, struct str token, int64_t now);

/* Use it up.  False: it was no more. */
bool console_logins_accept(struct console_logins *l, struct str token, int64_t now);

#endif
