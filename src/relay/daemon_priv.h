/*
 * The daemon's main thread: starts all, takes signals and commands, stops all.
 * Private to start.c and daemon.c.
 */
#ifndef RELAY_DAEMON_PRIV_H
#define RELAY_DAEMON_PRIV_H

#include "relay/handle.h"
#include "relay/scheduler.h"

struct relay_daemon {
	struct relay_shared shared;
	struct loop *loop;
	struct loop_mailbox *mailbox;
	struct routing_settings *settings;
	struct relay_scheduler *scheduler;
	struct loop_signal *signals[3];
	struct loop_timer *patience; /* while stopping: then we go without the last */
	enum {
		RELAY_RUNS,
		RELAY_STOPS, /* nothing new is taken from the store */
		RELAY_TOLD,  /* nothing is on its way from there, and the workers were told */
		RELAY_OVER,  /* all have finished, all that was asked is answered */
	} phase;
	size_t stopped; /* workers */
	size_t asked;   /* errands and surveys not yet answered */
	bool cut;       /* who was still there at its end has been told to go */
	bool scarce;    /* connections are fewer than configured, for want of descriptors */
};

/* Loop, mailbox, timer and signals.  ERR_NOMEM; clear it in any case. */
enum err relay_daemon_init(struct relay_daemon *d) MUST_USE;
void relay_daemon_clear(struct relay_daemon *d);

/* Hold what conf, not yet in force, allows against the descriptors there are; what is lowered is logged. */
void relay_daemon_hold(struct relay_daemon *d, struct conf *conf);

/* So many clients may come in, and so much memory be used, as the settings say. */
void relay_daemon_limit(struct relay_daemon *d);

/* What may be asked of it; copied by whoever keeps it. */
struct relay_handle relay_daemon_handle(struct relay_daemon *d);

#endif
