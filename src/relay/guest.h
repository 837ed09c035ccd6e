/*
 * A guest: one SMTP session of a client, over a socket.
 *
 * It knows neither the other guests nor the store: what it needs is a table of
 * functions, given by who let it in.
 */
#ifndef RELAY_GUEST_H
#define RELAY_GUEST_H

#include "loop/loop.h"
#include "queue/queue.h"
#include "relay/counters.h"
#include "relay/doors.h"
#include "relay/inlog.h"
#include "relay/memory.h"
#include "relay/suspects.h"
#include "routing/settings.h"
#include "smtp/server.h"

struct relay_guest;

enum relay_guest_write { RELAY_GUEST_BLOCK, RELAY_GUEST_FINISH };

/* arg is what was given to relay_guest_new(). */
struct relay_guest_ops {
	queue_id (*message_id)(void *arg); /* of its next message, or of its session */
	/*
	 * Hand m to the store, with what was charged for it; relay_guest_stored() says what
	 * came of it, never from inside.  Not ERR_OK: both are still the guest's.
	 */
	enum err (*store)(void *arg, struct queue_message *m, struct schedule_charge charge);
	/*
	 * Have a file written: its block, or (RELAY_GUEST_FINISH) all that is left, to stable
	 * storage; relay_guest_written() says what came of it, never from inside.  Not ERR_OK: it
	 * is still the guest's.
	 */
	enum err (*write)(void *arg, struct queue_spool_file *file, enum relay_guest_write how);
	/*
	 * Have a name and a password judged; relay_guest_judged() says what came of it, never
	 * from inside.  ERR_LIMIT: too many wait already; ERR_NOMEM.
	 */
	enum err (*judge)(void *arg, const struct smtp_login *login);
	/* Something whole was said or done: relay_guest_rests() may have changed. */
	void (*turned)(void *arg);
	void (*told)(void *arg, struct journal_block *b); /* before it has ended: to be written */
	void (*ended)(void *arg);                         /* over: to be freed, now or later */
};

struct relay_guest_conf {
	struct loop *loop;
	struct relay_memory *memory;
	struct queue_spool *spool;
	struct relay_counters *counters;
	struct routing_settings *settings; /* held while it is there */
	struct relay_doors *doors;         /* too: behind one of them is its listener, */
	size_t listen;                     /* the section of that number */
	struct relay_suspects *suspects;   /* of all threads */
	struct ip peer;                    /* family 0: a local socket */
	struct str listener;               /* what it came to; part of settings */
	enum relay_client who;
};

/*
 * Over a connected socket, which becomes the guest's; begin with relay_guest_start().
 * NULL: out of memory; fd stays.
 */
struct relay_guest *relay_guest_new(int fd, const struct relay_guest_conf *conf,
				    const struct relay_guest_ops *ops, void *arg) MUST_USE;

/* Closes the socket, and calls nothing.  Legal in ops. */
void relay_guest_free(struct relay_guest **g);

/* Greet it. */
void relay_guest_start(struct relay_guest *g);

/* The store is done with its message: stored under that ID, or not (e). */
void relay_guest_stored(struct relay_guest *g, enum err e, queue_id id);

/* Its file is back, written as far as e says; whole: to its end, of which this is kept. */
void relay_guest_written(struct relay_guest *g, struct queue_spool_file *file,
			 struct queue_spooled *whole, enum err e);

/* What became of its message: it hears that. */
struct relay_answer;
void relay_guest_answered(struct relay_guest *g, const struct relay_answer *answer);

/* Who it says to be was judged: it is so, or not, or nobody can say. */
void relay_guest_judged(struct relay_guest *g, enum auth_verdict verdict);

/* Between transactions, and nothing under way: nothing of its mail is lost if it goes. */
bool relay_guest_rests(const struct relay_guest *g);

/* It may finish its transaction, and then hears 421: at once, where it has none. */
void relay_guest_leave(struct relay_guest *g);

/* It hears 421 with these words, whatever it was at, and has some time to read them. */
void relay_guest_close(struct relay_guest *g, struct str words);

/* It hears 421 with these words as far as its socket takes them, and has ended. */
void relay_guest_cut(struct relay_guest *g, struct str words);

#endif
