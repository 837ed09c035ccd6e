/*
 * The daemon's main thread: starts all, takes signals and commands, stops all.
 * Private to start.c and daemon.c.
 */
#ifndef RELAY_DAEMON_PRIV_H
#define RELAY_DAEMON_PRIV_H

#include "os/unix.h"
#include "relay/diskkeep.h"
#include "relay/doorkeep.h"
#include "relay/fence.h"
#include "relay/handle.h"
#include "relay/herald.h"
#include "relay/logkeep.h"
#include "relay/oldlogs.h"
#include "relay/orders.h"
#include "relay/recall.h"
#include "relay/scheduler.h"
#include "schedule/descriptors.h"

/* What became of a configuration's limits. */
struct relay_daemon_held {
	struct schedule_descriptors limits;
	uint64_t have; /* descriptors */
};

struct relay_daemon {
	struct relay_shared shared;
	struct loop *loop;
	struct loop_mailbox *mailbox;
	struct routing_settings *settings;
	struct relay_scheduler *scheduler;
	struct relay_recalls recalls;
	struct relay_orders *orders;
	struct relay_logkeep *logkeep;
	struct relay_oldlogs *oldlogs;
	struct relay_diskkeep *diskkeep;
	struct relay_doorkeep *doorkeep;
	struct tls_tickets *tickets; /* of who comes in */
	struct relay_herald *herald;
	int manager; /* of os_service_open(), until it is the herald's */
	struct loop_signal *signals[3];
	struct loop_timer *patience; /* while stopping: then we go without the last */
	enum {
		RELAY_RUNS,
		RELAY_STOPS, /* nothing new is taken from the store */
		RELAY_TOLD,  /* nothing is on its way from there, and the workers were told */
		RELAY_OVER,  /* all have finished, all that was asked is answered */
	} phase;
	size_t stopped;        /* workers */
	size_t asked;          /* errands and surveys not yet answered */
	bool cut;              /* who was still there at its end has been told to go */
	struct os_unix *local; /* sockets of listeners in the file system */
	size_t n_local;
	struct relay_fence fence;      /* what we are shut out of */
	struct relay_daemon_held held; /* connections may be fewer than configured */
};

/* Loop, mailbox, timer and signals.  ERR_NOMEM; clear it in any case. */
enum err relay_daemon_init(struct relay_daemon *d) MUST_USE;
void relay_daemon_clear(struct relay_daemon *d);

/* Hold what conf, not yet in force, allows against the descriptors there are. */
struct relay_daemon_held relay_daemon_hold(struct conf *conf);

/* Remove the listeners' sockets from the file system: while they are open. */
void relay_daemon_unlink(struct relay_daemon *d);

/*
 * So many clients may come in, and so much memory be used, as the settings say; what was lowered is
 * logged.
 */
void relay_daemon_limit(struct relay_daemon *d);

/*
 * Have the DNS servers probed, as it has begun, by one of the workers: what waits for our own
 * resolver since before the start is due when that is well, and no mail has to come for it.
 */
void relay_daemon_probe(struct relay_daemon *d);

/* What may be asked of it; copied by whoever keeps it. */
struct relay_handle relay_daemon_handle(struct relay_daemon *d);

#endif
