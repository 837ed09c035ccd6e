/*
 * A running daemon, as those see it who ask something of it: a table of what may
 * be asked, like os/reactor.h.  All of it on the daemon's thread, where all
 * answers come, too.  The daemon does not know who asks.
 */
#ifndef RELAY_HANDLE_H
#define RELAY_HANDLE_H

#include "os/user.h"
#include "queue/queue.h"
#include "relay/counters.h"
#include "relay/state.h"
#include "routing/settings.h"

struct relay_daemon;

struct loop;

/* What the store made of an errand, for as long as the call. */
typedef void relay_errand_done(void *arg, const struct queue_job *job);

/* How all workers are, n of them, for as long as the call. */
typedef void relay_survey_done(void *arg, const struct relay_state *state, size_t n);

struct relay_handle {
	struct relay_daemon *daemon; /* passed back in each call */
	struct loop *loop;
	struct queue *queue; /* for queue_counts() */
	const struct relay_counters *counters;
	size_t n_workers;
	int64_t started_ms;

	/* Those in force now. */
	struct routing_settings *(*settings)(struct relay_daemon *d);

	/*
	 * Read configuration and criteria anew and put them in force.  ERR_SYNTAX,
	 * ERR_IO: *why says what refuses them.  ERR_LIMIT: not while it stops, says *why.
	 * ERR_NOMEM.
	 */
	enum err (*reload)(struct relay_daemon *d, struct buf *why);

	/* Whatever is known of the DNS servers: it is probed anew before it counts again. */
	void (*reprobe)(struct relay_daemon *d);

	/*
	 * RETRY, HOLD, RELEASE, REMOVE or EXPIRE of a message, 0: of all.  done comes later,
	 * once.  ERR_LIMIT: the daemon is at its end; ERR_NOMEM: then it does not come.
	 */
	enum err (*errand)(struct relay_daemon *d, enum queue_job_kind kind, queue_id id,
			   relay_errand_done *done, void *arg);

	/* Ask all workers.  done and errors as above. */
	enum err (*survey)(struct relay_daemon *d, relay_survey_done *done, void *arg);
};

/* Who is told that there is a daemon, and so can ask. */
struct relay_hooks {
	/*
	 * While there are rights to give away: bind what user shall have.  *out is for the
	 * other two.  ERR_IO: *why says what is in the way; ERR_NOMEM.
	 */
	enum err (*bind)(const struct conf *conf, const struct os_user *user, void **out,
			 struct buf *why);
	/* Before "ready".  ERR_IO, ERR_NOMEM: close follows all the same. */
	enum err (*open)(void *bound, const struct relay_handle *daemon, struct buf *why);
	/* At the end: nothing that was asked is unanswered. */
	void (*close)(void *bound);
};

#endif
