#include "relay/trouble.h"

#include "log/log.h"

void relay_trouble_init(struct relay_trouble *t, const char *event, const char *over)
{
	*t = (struct relay_trouble){ .event = event, .over = over };
	(void)pthread_mutex_init(&t->lock, NULL);
}

void relay_trouble_clear(struct relay_trouble *t)
{
	(void)pthread_mutex_destroy(&t->lock);
}

void relay_trouble_met(struct relay_trouble *t, int64_t now, const char *what)
{
	(void)pthread_mutex_lock(&t->lock);
	bool say = loop_shortage_met(&t->shortage, now);
	atomic_store_explicit(&t->said, true, memory_order_relaxed);
	(void)pthread_mutex_unlock(&t->lock);
	if (say && what)
		log_event(LOG_ERR, t->event, "%s", what);
}

void relay_trouble_passed(struct relay_trouble *t, int64_t now)
{
	if (!atomic_load_explicit(&t->said, memory_order_relaxed))
		return;
	(void)pthread_mutex_lock(&t->lock);
	bool say = loop_shortage_passed(&t->shortage, now);
	atomic_store_explicit(&t->said, t->shortage.said, memory_order_relaxed);
	(void)pthread_mutex_unlock(&t->lock);
	if (say)
		log_event(LOG_NOTICE, t->event, "%s", t->over);
}
