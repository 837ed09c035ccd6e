/*
 * Mail coming in: all guests of one thread, who of them is let in, and who has to
 * make room.
 *
 * A guest whose message is at the store is found again by its id: it may be gone
 * by then, and the message goes its way all the same.
 */
#ifndef RELAY_INBOUND_H
#define RELAY_INBOUND_H

#include "relay/counters.h"
#include "relay/guest.h"
#include "relay/intake.h"

struct relay_inbound;

/* Where a guest came to, and from. */
struct relay_inbound_from {
	size_t listen; /* the section */
	struct ip peer;
};

struct relay_inbound_ops {
	queue_id (*message_id)(void *arg); /* of the next message, or session */
	/*
	 * Hand m to the store, with what was charged for it: relay_inbound_stored() with
	 * that guest's id says what came of it, never from inside.  Not ERR_OK: both stay.
	 */
	enum err (*store)(void *arg, uint64_t guest, struct queue_message *m,
			  struct schedule_charge charge);
	/* Have that guest's file written: relay_inbound_written(), never from inside. */
	enum err (*write)(void *arg, uint64_t guest, struct queue_spool_file *file,
			  enum relay_guest_write how);
	/* Have that guest's name and password judged: relay_inbound_judged(), never from inside. */
	enum err (*judge)(void *arg, uint64_t guest, const struct relay_inbound_from *from,
			  const struct smtp_login *login);
	void (*told)(void *arg, struct journal_block *b); /* a session's, to be written */
	void (*left)(void *arg);                          /* a guest has gone */
};

struct relay_inbound_conf {
	struct loop *loop;
	struct relay_clients *clients; /* of all threads */
	struct relay_counters *counters;
	struct relay_memory *memory;       /* of all threads, too, */
	struct queue_spool *spool;         /* likewise */
	struct routing_settings *settings; /* held */
	struct relay_doors *doors;         /* held */
	struct relay_suspects *suspects;   /* of all threads */
};

/* NULL: out of memory. */
struct relay_inbound *relay_inbound_new(const struct relay_inbound_conf *conf,
					const struct relay_inbound_ops *ops, void *arg) MUST_USE;

/* All guests go without a word. */
void relay_inbound_free(struct relay_inbound **in);

/* Settings, and what is behind the doors, for who comes from now on; they are held. */
void relay_inbound_settings(struct relay_inbound *in, struct routing_settings *settings,
			    struct relay_doors *doors);

/* What is behind the doors now. */
struct relay_doors *relay_inbound_doors(const struct relay_inbound *in);

/* A client came to that listen section; fd becomes a guest's, or is closed with a word why not. */
void relay_inbound_accept(struct relay_inbound *in, int fd, const struct ip *peer, size_t listen);

/* The store is done with a guest's message: the guest is told, if it is still there. */
void relay_inbound_stored(struct relay_inbound *in, uint64_t guest, enum err e, queue_id id);

/* A guest's file is back: it is the guest's, if that is still there, or goes. */
void relay_inbound_written(struct relay_inbound *in, uint64_t guest, struct queue_spool_file *file,
			   struct queue_spooled *whole, enum err e);

/* It goes to no store, and nothing is kept: the guest hears that, if it is still there. */
void relay_inbound_refused(struct relay_inbound *in, uint64_t guest,
			   const struct relay_answer *refusal);

/* Who a guest says to be was judged: it is told, if it is still there. */
void relay_inbound_judged(struct relay_inbound *in, uint64_t guest, enum auth_verdict verdict);

/* Guests that are between transactions hear 421; others may finish theirs first. */
void relay_inbound_stop(struct relay_inbound *in);

/* All that are still there hear 421, whatever they are at. */
void relay_inbound_cut(struct relay_inbound *in);

/* Guests that are there. */
size_t relay_inbound_count(const struct relay_inbound *in);

#endif
