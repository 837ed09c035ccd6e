#include "queue/store.h"

#include "queue/spool.h"

static unsigned count(const struct queue_message *m, enum schedule_rcpt_state state)
{
	unsigned n = 0;

	for (size_t i = 0; i < m->n_rcpt; i++)
		n += m->rcpt[i].state == state;
	return n;
}

struct queue_row queue_store_row(const struct queue_message *m)
{
	return (struct queue_row){
		.id = m->id,
		.next_wall_ms = QUEUE_OUT,
		.flags = (m->flags & ~QUEUE_OURS) | (m->spool ? QUEUE_SPOOLED : 0),
		.smtp = m->smtp,
		.lane = m->lane,
		.attempts = m->attempts,
		.waiting = count(m, SCHEDULE_WAITING),
		.failed = count(m, SCHEDULE_FAILED),
		.n_rcpt = (unsigned)m->n_rcpt,
		.arrived_wall_ms = m->arrived_wall_ms,
		.size = m->spool ? m->size : m->content.n,
	};
}

struct queue_message queue_store_message(const struct queue_row *row)
{
	return (struct queue_message){
		.id = row->id,
		.arrived_wall_ms = row->arrived_wall_ms,
		.next_wall_ms = row->next_wall_ms,
		.flags = row->flags & ~(QUEUE_AGAIN | QUEUE_ROUND),
		.smtp = row->smtp,
		.lane = row->lane,
		.attempts = row->attempts,
		.size = row->size,
	};
}

bool queue_store_whole(const struct queue_row *row, const struct queue_message *m)
{
	if (m->n_rcpt == 0)
		return false;
	if (row->flags & QUEUE_SPOOLED)
		return m->spool && m->spool->n == queue_spool_blocks(row->size) &&
		       m->content.n <= row->size;
	return m->content.n == row->size;
}

bool queue_store_closed(const struct queue_look *look, uint64_t lane)
{
	size_t low = 0, high = look->n_closed;

	while (low < high) {
		size_t mid = (low + high) / 2;
		if (look->closed[mid] < lane)
			low = mid + 1;
		else
			high = mid;
	}
	return low < look->n_closed && look->closed[low] == lane;
}

void queue_store_count(struct queue_counts *counts, const struct queue_row *row, int sign)
{
	uint64_t by = sign < 0 ? UINT64_MAX : 1; /* less one, too, as these are sums */

	if (row->next_wall_ms == QUEUE_OUT)
		counts->active += by;
	else if (row->flags & QUEUE_FAILED)
		counts->failed += by;
	else if (row->flags & QUEUE_HELD)
		counts->held += by;
	else
		counts->deferred += by;
	if (row->next_wall_ms == QUEUE_OUT || !(row->flags & QUEUE_FAILED))
		queue_ages_count(&counts->ages, row->arrived_wall_ms, sign);
	counts->messages += by;
	counts->recipients_waiting += by * row->waiting;
	counts->octets += by * row->size;
}
