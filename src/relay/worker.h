/*
 * A worker: one thread with its loop, its resolver, its journal and its share
 * of the destinations.  Nothing here is touched by another thread but through
 * the mailbox; what the daemon's threads share is in struct relay_shared.
 *
 * Everything of a worker knows this; it knows nothing of them.  What letters do
 * is dispatch's.
 */
#ifndef RELAY_WORKER_H
#define RELAY_WORKER_H

#include "base/hash.h"
#include "journal/journal.h"
#include "relay/post.h"
#include "routing/resolver.h"
#include "schedule/failing.h"
#include "schedule/pace.h"

struct relay_inbound;
struct relay_listener;
struct relay_pool;
struct tls_wallet;

struct relay_worker {
	struct relay_shared *shared;
	unsigned number; /* index in shared->workers */
	struct loop *loop;
	struct os_reactor reactor;
	struct loop_mailbox *mailbox;
	struct routing_settings *settings;
	struct routing_resolver *resolver;
	bool outdated; /* it is that of settings before ours, as no other could be made */
	struct loop_timer *watcher;                        /* looks at its servers, */
	struct relay_watch_seen seen[RESOLVE_SERVERS_MAX]; /* and saw that before */
	unsigned followed;                                 /* likewise, of resolv.conf */
	struct journal *journal;
	struct relay_listener **listeners;
	size_t n_listeners;
	struct relay_inbound *inbound;
	struct list deliveries;    /* that have begun */
	struct hash destinations;  /* struct relay_destination, by domain */
	struct schedule_pace pace; /* of its deliveries */
	struct loop_timer *pacer;  /* begins what may begin */
	int64_t paced_at;          /* for when it is set; INT64_MAX: it is not */
	unsigned begun;            /* since it last came round */
	struct list dead;          /* destinations without mail that are remembered */
	size_t n_dead;
	struct schedule_failing *hosts; /* that could not be reached */
	struct relay_pool *pool;        /* of its connections to mail hosts */
	struct tls_wallet *wallet;      /* of what they may be resumed with; NULL: nothing is */
	size_t transits;                /* messages whose home this is */
	size_t arriving;                /* messages at the store, be their guests there or not; */
	size_t judging;                 /* logins that are judged, likewise */
	size_t early;                   /* ways that are looked for before mail is taken */
	bool stopping;
	struct relay_order *stop; /* answered when all is finished */
};

/* Trouble with the files of each kind, for all workers. */
void relay_worker_logs_init(struct relay_shared *s);
void relay_worker_logs_clear(struct relay_shared *s);

/*
 * A file of that kind was written to; where that failed, and errno says why, it is told, once for
 * the files of each kind.
 */
void relay_worker_wrote(struct relay_worker *w, enum journal_kind kind, enum err e);

/* Write the block to the file of its kind; how that went is told likewise. */
void relay_worker_log(struct relay_worker *w, int64_t now_wall_ms, struct journal_block *b);

/* Something ended: if the worker is stopping and nothing is left, the daemon is told. */
void relay_worker_ended(struct relay_worker *w);

#endif
