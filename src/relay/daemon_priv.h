/*
 * The daemon's main thread: starts all, takes signals and commands, stops all.
 * Private to start.c, daemon.c and control.c.
 */
#ifndef RELAY_DAEMON_PRIV_H
#define RELAY_DAEMON_PRIV_H

#include "relay/scheduler.h"

struct relay_control;

struct relay_daemon {
	struct relay_shared shared;
	struct loop *loop;
	struct loop_mailbox *mailbox;
	struct routing_settings *settings;
	struct relay_scheduler *scheduler;
	struct relay_control *control;
	struct queue_reader *reader;
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

/* So many clients may come in as the settings say. */
void relay_daemon_limit(struct relay_daemon *d);

/*
 * Read configuration and criteria anew and put them in force.  ERR_SYNTAX, ERR_IO: *why
 * says what refuses them.  ERR_LIMIT: not while it stops, says *why.  ERR_NOMEM.
 */
enum err relay_daemon_reload(struct relay_daemon *d, struct buf *why) MUST_USE;

/* Whatever is known of the DNS servers: it is probed anew before it counts again. */
void relay_daemon_reprobe(struct relay_daemon *d);

/* A job for the store on somebody's behalf. */
struct relay_errand {
	struct relay_job job; /* .job is the asker's to fill in, all else is the daemon's */
	struct relay_daemon *daemon;
	void (*done)(struct relay_errand *e); /* with the results in .job.job */
};

/* The daemon's until done.  ERR_LIMIT: the daemon has come to its end; it stays the asker's. */
enum err relay_daemon_errand(struct relay_daemon *d, struct relay_errand *e) MUST_USE;

/* How all workers are, n of them: for as long as the call. */
typedef void relay_survey_done(void *arg, const struct relay_state *state, size_t n);

/* Ask that of them; done comes later, once.  ERR_LIMIT as above, ERR_NOMEM: it does not come. */
enum err relay_daemon_survey(struct relay_daemon *d, relay_survey_done *done, void *arg) MUST_USE;

#endif
