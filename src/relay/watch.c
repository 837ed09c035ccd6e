#include "relay/watch.h"

#include "log/log.h"

#include <string.h>

enum relay_watch_change relay_watch_judge(const struct relay_watch_server *known,
					  const struct relay_watch_seen *before,
					  const struct relay_watch_seen *now)
{
	bool fails = now->failures > 0;

	if (now->answers == before->answers && now->failures <= before->failures)
		return RELAY_WATCH_SAME; /* nothing new: others may know better */
	if (known->silent == fails || (fails && before->at < known->back_at))
		return RELAY_WATCH_SAME;
	return known->silent ? RELAY_WATCH_ANSWERS : RELAY_WATCH_SILENT;
}

bool relay_watch_news(struct str known, unsigned seen, const struct resolve_followed *now)
{
	return now->changes != seen &&
	       !str_eq(known, str_head(now->why, RELAY_WATCH_UNREAD_MAX - 1));
}

void relay_watch_init(struct relay_watch *w)
{
	*w = (struct relay_watch){ .n = 0 };
	(void)pthread_mutex_init(&w->lock, NULL);
}

void relay_watch_clear(struct relay_watch *w)
{
	(void)pthread_mutex_destroy(&w->lock);
}

/*
 * Under the lock.  It is the last from then on; for a new one the first goes, where there are too
 * many.
 */
static struct relay_watch_server *find(struct relay_watch *w, struct str server)
{
	struct relay_watch_server one = { .probe = DNS_PROBE_UNKNOWN };
	size_t i = 0;

	while (i < w->n && !str_eq(str_of(w->known[i].server), server))
		i++;
	if (i < w->n)
		one = w->known[i];
	else if (w->n < sizeof(w->known) / sizeof(w->known[0]))
		w->n++;
	else
		i = 0;
	(void)str_copy(one.server, sizeof(one.server), server);
	memmove(&w->known[i], &w->known[i + 1], (w->n - 1 - i) * sizeof(one));
	w->known[w->n - 1] = one;
	return &w->known[w->n - 1];
}

/* Whether there is something to tell; it is known from then on. */
static bool probe_is_new(struct relay_watch *w, const struct resolve_probed *event)
{
	(void)pthread_mutex_lock(&w->lock);
	struct relay_watch_server *s = find(w, event->server);
	bool tell = s->probe != event->is && event->is != DNS_PROBE_UNKNOWN;
	if (tell)
		s->probe = event->is;
	(void)pthread_mutex_unlock(&w->lock);
	return tell;
}

void relay_watch_probed(struct relay_watch *w, const struct resolve_probed *event)
{
	if (!probe_is_new(w, event))
		return;
	if (event->is == DNS_PROBE_VALIDATES)
		log_event(LOG_NOTICE, "server", "%.*s validates", STR_ARG(event->server));
	else if (event->is == DNS_PROBE_FAILS)
		log_event(LOG_WARNING, "server", "%.*s does not validate: %.*s",
			  STR_ARG(event->server), STR_ARG(event->reason));
	else
		log_event(LOG_WARNING, "server",
			  "%.*s is not reached, so that nothing shows whether it validates: %.*s",
			  STR_ARG(event->server), STR_ARG(event->reason));
}

static enum relay_watch_change reach(struct relay_watch *w, struct str server,
				     const struct relay_watch_seen *before,
				     const struct relay_watch_seen *now)
{
	(void)pthread_mutex_lock(&w->lock);
	struct relay_watch_server *s = find(w, server);
	enum relay_watch_change change = relay_watch_judge(s, before, now);
	if (change != RELAY_WATCH_SAME)
		s->silent = change == RELAY_WATCH_SILENT;
	if (change == RELAY_WATCH_ANSWERS)
		s->back_at = now->at;
	(void)pthread_mutex_unlock(&w->lock);
	return change;
}

void relay_watch_look(struct relay_watch *w, const struct resolve *r, int64_t at,
		      struct relay_watch_seen before[RESOLVE_SERVERS_MAX])
{
	struct resolve_server_state s;

	for (size_t i = 0; i < RESOLVE_SERVERS_MAX && resolve_server_at(r, i, &s); i++) {
		const struct relay_watch_seen now = { at, s.answers, s.failures };
		enum relay_watch_change change = reach(w, s.source.server, &before[i], &now);
		if (change == RELAY_WATCH_SILENT)
			log_event(LOG_WARNING, "server", "%.*s %.*s gives no usable answer",
				  STR_ARG(s.source.server), STR_ARG(s.source.channel));
		else if (change == RELAY_WATCH_ANSWERS)
			log_event(LOG_NOTICE, "server", "%.*s %.*s answers again",
				  STR_ARG(s.source.server), STR_ARG(s.source.channel));
		before[i] = now;
	}
}

void relay_watch_followed(struct relay_watch *w, const struct resolve *r, unsigned *seen)
{
	const struct resolve_followed now = resolve_followed(r);

	(void)pthread_mutex_lock(&w->lock);
	bool tell = relay_watch_news(str_of(w->unread), *seen, &now);
	if (tell)
		(void)str_copy(w->unread, sizeof(w->unread),
			       str_head(now.why, sizeof(w->unread) - 1));
	(void)pthread_mutex_unlock(&w->lock);
	*seen = now.changes;
	if (tell && now.why.n)
		log_event(LOG_WARNING, "server",
			  "%.*s; the servers that it named before are still asked",
			  STR_ARG(now.why));
	else if (tell)
		log_event(LOG_NOTICE, "server", "%.*s is read again", STR_ARG(now.file));
}
