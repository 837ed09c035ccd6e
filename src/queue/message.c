#include "queue/message.h"

#include "queue/spool.h"

#include <stdlib.h>
#include <string.h>

/* The length of all strings of m. */
static size_t octets(const struct queue_message *m)
{
	size_t n = m->from.n + m->envid.n + m->user.n;

	for (size_t i = 0; i < m->n_rcpt; i++) {
		const struct schedule_rcpt *r = &m->rcpt[i];
		n += r->to.n + r->orcpt.n + r->status.n + r->text.n + r->remote.n;
	}
	return n;
}

static void move(char **at, struct str *s)
{
	if (s->n)
		memcpy(*at, s->p, s->n);
	s->p = *at;
	*at += s->n;
}

static void move_strings(struct queue_message *m, char *at)
{
	move(&at, &m->from);
	move(&at, &m->envid);
	move(&at, &m->user);
	for (size_t i = 0; i < m->n_rcpt; i++) {
		struct schedule_rcpt *r = &m->rcpt[i];
		move(&at, &r->to);
		move(&at, &r->orcpt);
		move(&at, &r->status);
		move(&at, &r->text);
		move(&at, &r->remote);
	}
}

struct queue_message *queue_message_new(const struct queue_message *like, struct buf *content)
{
	/* The recipients follow the message, the strings follow them. */
	size_t list = like->n_rcpt * sizeof(*like->rcpt);
	struct queue_message *m = malloc(sizeof(*m) + list + octets(like));

	if (!m)
		return NULL;
	*m = *like;
	list_init(&m->link);
	m->rcpt = (struct schedule_rcpt *)(void *)(m + 1);
	if (list)
		memcpy(m->rcpt, like->rcpt, list);
	move_strings(m, (char *)(m + 1) + list);
	m->content = BUF_MAX(0);
	if (content) {
		m->content = *content;
		buf_fit(&m->content); /* while it waits for its turn, all of it waits in memory */
		if (!like->spool)
			m->size = content->n;
		*content = BUF_MAX(content->max);
	}
	return m;
}

void queue_message_free(struct queue_message **m)
{
	if (!*m)
		return;
	buf_free(&(*m)->content);
	queue_spooled_free(&(*m)->spool);
	free(*m);
	*m = NULL;
}

uint64_t queue_message_held(const struct queue_message *m)
{
	if (!(m->flags & QUEUE_SPOOLED) && !m->spool)
		return m->size;
	uint64_t sums = queue_spool_blocks(m->size) * sizeof(uint64_t);
	return (m->content.n > 0 ? m->content.n : QUEUE_SPOOL_HEAD) + sums + QUEUE_SPOOL_HELD;
}

enum queue_state queue_message_state(const struct queue_message *m)
{
	if (m->next_wall_ms == QUEUE_OUT)
		return QUEUE_STATE_ACTIVE;
	if (m->flags & QUEUE_FAILED)
		return QUEUE_STATE_FAILED;
	return m->flags & QUEUE_HELD ? QUEUE_STATE_HELD : QUEUE_STATE_WAITING;
}

struct str queue_state_text(enum queue_state state)
{
	switch (state) {
	case QUEUE_STATE_WAITING:
		return STR("deferred");
	case QUEUE_STATE_HELD:
		return STR("held");
	case QUEUE_STATE_FAILED:
		return STR("failed");
	case QUEUE_STATE_ACTIVE:
		return STR("active");
	}
	abort();
}
