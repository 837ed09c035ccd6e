/*
 * Who may come in: how many sessions there are, over all workers, of all clients,
 * of those that may not relay (strangers), and of each stranger's address.
 *
 * Strangers never have more than nine tenths of all connections, so that who may
 * relay still gets in; one address of theirs has a limit of its own.  Who may relay
 * is held to the number of all alone: a host that hands in mail by hundreds of
 * connections is what a relay is for.
 */
#ifndef RELAY_CLIENTS_H
#define RELAY_CLIENTS_H

#include "base/err.h"
#include "base/ip.h"

struct relay_clients;

struct relay_clients_limits {
	unsigned connections;
	unsigned per_client;
	bool scarce; /* connections are fewer than wished: who is idle makes room */
};

/* What there is already. */
struct relay_clients_count {
	unsigned all, strangers;
	unsigned same; /* strangers of that address */
};

enum relay_client { RELAY_STRANGER, RELAY_MAY_RELAY };

enum relay_admission {
	RELAY_ADMITTED,
	RELAY_FULL,         /* there are too many */
	RELAY_MAKE_ROOM,    /* too many, and scarce: in place of one that is idle */
	RELAY_FULL_OF_SAME, /* too many of that address */
	RELAY_NO_MEMORY,
};

/* Whether one more may come in.  Pure; never RELAY_NO_MEMORY. */
enum relay_admission relay_clients_judge(const struct relay_clients_limits *limits,
					 const struct relay_clients_count *count,
					 enum relay_client who);

/* NULL: out of memory.  Until limits are set, none may come in. */
struct relay_clients *relay_clients_new(void) MUST_USE;
void relay_clients_free(struct relay_clients **c);

/* Limits from now on; who is in stays.  Any thread. */
void relay_clients_limit(struct relay_clients *c, struct relay_clients_limits limits);

/* One more session of that address (family 0: local).  Any thread. */
enum relay_admission relay_clients_enter(struct relay_clients *c, const struct ip *ip,
					 enum relay_client who) MUST_USE;

/* One less; it must have entered as the same.  Any thread. */
void relay_clients_leave(struct relay_clients *c, const struct ip *ip, enum relay_client who);

#endif
