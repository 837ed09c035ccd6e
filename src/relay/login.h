/*
 * Passwords are judged on threads of their own: a hash takes tens of milliseconds, and no loop
 * waits for it.  A login comes back as a letter.  There are few threads, begun when they are
 * first needed, and a bound on what waits for them.
 */
#ifndef RELAY_LOGIN_H
#define RELAY_LOGIN_H

#include "relay/doors.h"
#include "relay/post.h"

#define RELAY_LOGIN_WAITING_MAX 256

struct relay_login_desk;

/* One login: RELAY_LETTER_LOGIN, which comes back to .back with .fits. */
struct relay_login {
	struct relay_letter letter;
	struct loop_mailbox *back;
	uint64_t session;          /* the guest's, by id */
	struct relay_doors *doors; /* held; */
	size_t listen;             /* whose users they are */
	struct buf name, password; /* the password is gone when it comes back */
	bool fits;
};

/* NULL: out of memory. */
struct relay_login_desk *relay_login_desk_new(void) MUST_USE;

/* What waits is thrown away: nobody must wait for it. */
void relay_login_desk_free(struct relay_login_desk **d);

/* Have it judged; it is the desk's until it comes back.  ERR_LIMIT: too many wait; ERR_NOMEM. */
enum err relay_login_ask(struct relay_login_desk *d, struct relay_login *l) MUST_USE;

/* Whose name and password, copied.  NULL: out of memory. */
struct relay_login *relay_login_new(struct str name, struct str password) MUST_USE;

/* Overwrites the password, and drops the doors. */
void relay_login_free(struct relay_login **l);

#endif
