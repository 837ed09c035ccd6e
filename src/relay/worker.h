/*
 * A worker: one thread with its loop, its resolver, its journal and its share
 * of the destinations.  Nothing here is touched by another thread but through
 * the mailbox; what the daemon's threads share is in struct relay_shared.
 */
#ifndef RELAY_WORKER_H
#define RELAY_WORKER_H

#include "base/hash.h"
#include "journal/journal.h"
#include "loop/mailbox.h"
#include "queue/queue.h"
#include "relay/counters.h"
#include "relay/state.h"
#include "routing/resolver.h"
#include "routing/settings.h"

struct relay_worker;
struct relay_inbound;
struct relay_listener;
struct relay_clients;

/* What threads hand to each other begins with one of these. */
enum relay_letter_kind {
	RELAY_LETTER_JOB,      /* struct relay_job: the store is done with it */
	RELAY_LETTER_START,    /* struct relay_transit: a message to be delivered, to its home */
	RELAY_LETTER_PART,     /* struct relay_part: to the worker that owns the destination */
	RELAY_LETTER_RESULT,   /* struct relay_part: back to its message's home */
	RELAY_LETTER_ENDED,    /* struct relay_transit: to the scheduler, with its next due time */
	RELAY_LETTER_SETTINGS, /* struct relay_order: new settings, to a worker */
	RELAY_LETTER_REOPEN,   /* struct relay_order: open the logs anew */
	RELAY_LETTER_PROBE,    /* struct relay_order: probe the DNS servers anew */
	RELAY_LETTER_CLOSE,    /* struct relay_order: let nobody in any more */
	RELAY_LETTER_CUT,      /* struct relay_order: whoever is still there has had time enough */
	RELAY_LETTER_STOP,     /* struct relay_order: finish what is under way, take no more */
	RELAY_LETTER_QUIT,     /* struct relay_order: leave the loop; all workers have stopped */
	RELAY_LETTER_STATE,    /* struct relay_order: say how you are, back to the daemon */
	RELAY_LETTER_STOPPED,  /* struct relay_order: all is finished, back to the daemon */
};

struct relay_letter {
	struct list link;
	enum relay_letter_kind kind;
};

/* A job for the store, and where it goes back to. */
struct relay_job {
	struct relay_letter letter;
	struct queue_job job;
	struct loop_mailbox *back;
	uint64_t session;                                 /* ADD: the guest that waits, by id */
	struct relay_transit *transit;                    /* RECORD */
	void (*done)(void *owner, struct relay_job *job); /* on back's thread; NULL: by kind */
	void *owner;
};

/* The daemon to a worker, and the answer. */
struct relay_order {
	struct relay_letter letter;
	struct routing_settings *settings; /* SETTINGS: held for the worker */
	struct relay_state state;          /* STATE: filled in by the worker */
	void *owner;
};

/* What all threads of the daemon share. */
struct relay_shared {
	struct queue *queue;
	struct loop_mailbox *daemon; /* of the main thread */
	struct relay_worker **workers;
	size_t n_workers;
	struct relay_counters counters;
	struct relay_clients *clients;
	atomic_uint starved;  /* listeners that cannot take connections */
	atomic_bool unstored; /* the last message that came in could not be stored */
	atomic_bool starving; /* messages wait for room in memory: tell of each that ends */
	uint64_t hash_seed[2];
	int64_t started_wall_ms;
};

struct relay_worker {
	struct relay_shared *shared;
	unsigned number; /* index in shared->workers */
	struct loop *loop;
	struct os_reactor reactor;
	struct loop_mailbox *mailbox;
	struct routing_settings *settings;
	struct routing_resolver *resolver;
	struct journal *journal;
	struct relay_listener **listeners;
	size_t n_listeners;
	struct relay_inbound *inbound;
	struct hash destinations; /* struct relay_destination, by domain and service */
	struct list starved;      /* destinations that wait for a connection of the total */
	unsigned connections;     /* outbound, open */
	size_t transits;          /* messages whose home this is */
	uint64_t next_id;         /* of outbound sessions */
	bool stopping;
	struct relay_order *stop; /* answered when all is finished */
};

/*
 * A worker ready to run, its listeners not yet added.  ERR_NOMEM, ERR_IO: *why.
 */
enum err relay_worker_new(struct relay_shared *shared, unsigned number,
			  struct routing_settings *settings, struct relay_worker **out,
			  struct buf *why) MUST_USE;
void relay_worker_free(struct relay_worker **w);

/* Accept on fd, which becomes the worker's; before its thread runs.  ERR_NOMEM: fd stays. */
enum err relay_worker_listen(struct relay_worker *w, int fd, size_t index) MUST_USE;

/* The thread's function; arg is the worker. */
void *relay_worker_run(void *arg);

/* The worker to whom a domain belongs, and the home of a message. */
struct relay_worker *relay_worker_of_domain(const struct relay_shared *s, struct str domain);
struct relay_worker *relay_worker_of_message(const struct relay_shared *s, queue_id id);

/* Give a letter to a worker's thread. */
void relay_worker_post(struct relay_worker *w, struct relay_letter *letter);

/* Hand a job to the store; it comes back to job->back. */
void relay_worker_submit(struct relay_shared *s, struct relay_job *job);

/* Something ended: if the worker is stopping and nothing is left, say so. */
void relay_worker_settle(struct relay_worker *w);

#endif
