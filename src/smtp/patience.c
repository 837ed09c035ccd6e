/*
 * A minute in which enough has passed is followed by the next; what was too much
 * in one is no credit for another.  A minute in which too little has passed is
 * never left: whatever comes late does not count, so that what is over stays so.
 */
#include "smtp/patience.h"

#define ENOUGH ((uint64_t)SMTP_PATIENCE_RATE * (SMTP_PATIENCE_WINDOW_MS / 1000))

void smtp_patience_wait(struct smtp_patience *p, int64_t now, int64_t allowed_ms)
{
	*p = (struct smtp_patience){ .allowed_ms = allowed_ms, .last = now };
}

void smtp_patience_data(struct smtp_patience *p, int64_t now, int64_t allowed_ms)
{
	if (p->data)
		return;
	*p = (struct smtp_patience){
		.allowed_ms = allowed_ms, .last = now, .data = true, .since = now
	};
}

void smtp_patience_pass(struct smtp_patience *p, int64_t now, size_t n)
{
	if (!p->data || n == 0 || now >= smtp_patience_deadline(p))
		return;
	if (now >= p->since + SMTP_PATIENCE_WINDOW_MS) {
		p->since += SMTP_PATIENCE_WINDOW_MS;
		p->passed = 0;
	}
	p->passed += n;
	p->last = now;
}

int64_t smtp_patience_deadline(const struct smtp_patience *p)
{
	int64_t silent = p->last + p->allowed_ms;

	if (!p->data)
		return silent;
	/* The minute after one that had enough has begun at its end, with nothing. */
	int64_t slow = p->since + SMTP_PATIENCE_WINDOW_MS * (p->passed >= ENOUGH ? 2 : 1);
	return silent < slow ? silent : slow;
}
