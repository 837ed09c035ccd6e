/*
 * A worker's connections to mail hosts: those at work, and those that are kept
 * for the next message that may travel on them.
 *
 * What is true: at most `total` are open at once, idle ones too; before another is
 * made the one that was idle longest says good-bye.  An idle one is ended by QUIT
 * within RELAY_POOL_IDLE_MS.
 */
#ifndef RELAY_POOL_H
#define RELAY_POOL_H

#include "relay/connection.h"

#define RELAY_POOL_IDLE_MS 3000

struct relay_pool;

/* NULL: out of memory. */
struct relay_pool *relay_pool_new(struct relay_worker *w) MUST_USE;

/* Closes all without a word: the thread has ended. */
void relay_pool_free(struct relay_pool **p);

/* The connection with that key that was used last, which is user's then; NULL: none is idle. */
struct relay_connection *relay_pool_take(struct relay_pool *p,
					 const struct relay_connection_key *key,
					 const struct relay_connection_user *user);

/* A new one.  NULL: *why says so in words. */
struct relay_connection *relay_pool_connect(struct relay_pool *p,
					    const struct relay_connection_key *key,
					    const struct relay_connection_user *user,
					    struct buf *why) MUST_USE;

/* Whoever had it is through: it is kept, unless spent, used enough, or made by old settings. */
enum relay_pool_worth { RELAY_POOL_GOOD, RELAY_POOL_SPENT };
void relay_pool_release(struct relay_pool *p, struct relay_connection *c,
			enum relay_pool_worth worth);

/* It has carried as many messages as it may (reuse), or its host has said good-bye within TLS. */
bool relay_pool_used_up(const struct relay_connection *c);

/*
 * Another connection to that address has carried mail, and is open: who is turned away there was
 * one too many, and the host is none that failed.
 */
bool relay_pool_serves(const struct relay_pool *p, const struct ip_port *at);

/* Say good-bye on all that are idle, and keep none from now on. */
void relay_pool_stop(struct relay_pool *p);

#endif
