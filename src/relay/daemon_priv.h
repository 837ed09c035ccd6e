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
	size_t stopped;              /* workers */
	bool stopping;
};

/* Loop, mailbox, timer and signals.  ERR_NOMEM; clear it in any case. */
enum err relay_daemon_init(struct relay_daemon *d) MUST_USE;
void relay_daemon_clear(struct relay_daemon *d);

/* Read configuration and criteria anew and put them in force.  *why: what refuses them. */
enum err relay_daemon_reload(struct relay_daemon *d, struct buf *why) MUST_USE;

/* Whatever is known of the DNS servers: it is probed anew before it counts again. */
void relay_daemon_reprobe(struct relay_daemon *d);

#endif
