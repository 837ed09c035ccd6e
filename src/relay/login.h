/*
 * Passwords are judged by chores: a hash takes tens of milliseconds, and no loop waits for it.
 */
#ifndef RELAY_LOGIN_H
#define RELAY_LOGIN_H

#include "relay/chore.h"
#include "relay/doors.h"

#define RELAY_LOGIN_WAITING_MAX 256

/* One login; chore.turn says from where. */
struct relay_login {
	struct relay_chore chore;  /* its work is relay_login_ask()'s; done hears of .verdict */
	uint64_t session;          /* the guest's, by id */
	struct relay_doors *doors; /* held; */
	size_t listen;             /* whose users they are */
	struct buf name, password; /* the password is gone when it comes back */
	enum auth_verdict verdict;
};

/* Threads for nothing else: who writes a file does not wait for passwords.  NULL: out of memory. */
struct relay_chores *relay_login_chores(void) MUST_USE;

/* Have it judged; it is theirs until it comes back.  ERR_LIMIT: too many wait; ERR_NOMEM. */
enum err relay_login_ask(struct relay_chores *all, struct relay_login *l) MUST_USE;

/* Whose name and password, copied.  NULL: out of memory. */
struct relay_login *relay_login_new(struct str name, struct str password) MUST_USE;

/* Overwrites the password, and drops the doors. */
void relay_login_free(struct relay_login **l);

#endif
