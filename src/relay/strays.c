#include "relay/strays.h"

#include "log/log.h"

void relay_strays_init(struct relay_strays *s)
{
	(void)pthread_mutex_init(&s->lock, NULL);
	s->n = 0;
	s->told = false;
}

void relay_strays_clear(struct relay_strays *s)
{
	(void)pthread_mutex_destroy(&s->lock);
}

bool relay_strays_add(struct relay_strays *s, queue_id id)
{
	char text[QUEUE_ID_MAX];

	(void)pthread_mutex_lock(&s->lock);
	bool kept = s->n < RELAY_STRAYS_MAX, first = !s->told;
	if (kept)
		s->id[s->n++] = id;
	s->told = true;
	(void)pthread_mutex_unlock(&s->lock);
	log_event(LOG_ERR, "no-memory", "message=%.*s waits for %s",
		  STR_ARG(queue_id_text(id, text)), kept ? "memory" : "the next start");
	return first;
}

void relay_strays_heard(struct relay_strays *s)
{
	(void)pthread_mutex_lock(&s->lock);
	s->told = false;
	(void)pthread_mutex_unlock(&s->lock);
}

size_t relay_strays_take(struct relay_strays *s, queue_id *out, size_t max)
{
	size_t n = 0;

	(void)pthread_mutex_lock(&s->lock);
	while (n < max && s->n > 0)
		out[n++] = s->id[--s->n];
	(void)pthread_mutex_unlock(&s->lock);
	return n;
}
