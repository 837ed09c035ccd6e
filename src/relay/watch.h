/*
 * What is told of DNS servers while the daemon runs: one line a change, for all threads, of
 * what a probe says and of whether a server answers; not one for each question.
 */
#ifndef RELAY_WATCH_H
#define RELAY_WATCH_H

#include "resolve/resolve.h"

#include <pthread.h>

#define RELAY_WATCH_UNREAD_MAX 512

/* What is known of one server. */
struct relay_watch_server {
	char server[IP_TEXT_MAX];
	enum dns_probe probe;
	bool silent;
	int64_t back_at; /* when it was seen that it is so no more */
};

struct relay_watch {
	pthread_mutex_t lock;
	/* Of before a reload, too; the one of which was heard last is the last. */
	struct relay_watch_server known[2 * RESOLVE_SERVERS_MAX];
	size_t n;
	char unread[RELAY_WATCH_UNREAD_MAX]; /* why resolv.conf cannot be read; "": it can */
};

/* What one thread saw of its server when it looked. */
struct relay_watch_seen {
	int64_t at; /* monotonic ms */
	uint64_t answers;
	unsigned failures; /* times that it was passed over, since an answer that was of use */
};

enum relay_watch_change { RELAY_WATCH_SAME, RELAY_WATCH_SILENT, RELAY_WATCH_ANSWERS };

/*
 * Whether what one thread saw changes what is known.  Pure.  A thread that asked nothing
 * says nothing, nor one whose failure may be older than another's answer.
 */
enum relay_watch_change relay_watch_judge(const struct relay_watch_server *known,
					  const struct relay_watch_seen *before,
					  const struct relay_watch_seen *now);

/*
 * Whether what one thread's resolver says of its resolv.conf is news: known is what was told last,
 * seen how often it had changed when this thread looked last.  Pure.  One that has nothing to do
 * does not look at the file, and what it says is old.
 */
bool relay_watch_news(struct str known, unsigned seen, const struct resolve_followed *now);

/* Nothing is known of any server. */
void relay_watch_init(struct relay_watch *w);
void relay_watch_clear(struct relay_watch *w);

/* A probe found something else than the one before it.  Any thread. */
void relay_watch_probed(struct relay_watch *w, const struct resolve_probed *event);

/* How a thread's servers answer; before is the thread's, at first zeros.  On its thread. */
void relay_watch_look(struct relay_watch *w, const struct resolve *r, int64_t now,
		      struct relay_watch_seen before[RESOLVE_SERVERS_MAX]);

/*
 * Whether the resolv.conf that a thread's resolver follows can be read; seen is the thread's, at
 * first 0.  On its thread.
 */
void relay_watch_followed(struct relay_watch *w, const struct resolve *r, unsigned *seen);

#endif
