#include "relay/herald.h"

#include "base/buf.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/service.h"

#include <inttypes.h>
#include <stdlib.h>

enum { LINES_MAX = 512, SELDOM_MS = 30000 };

struct relay_herald {
	struct relay_herald_conf conf;
	struct loop_timer *timer;
	int64_t period_ms;
	bool asked; /* and not yet answered */
};

/* One question at a time: a thread that hangs is not asked again, and nothing is said for it. */
static void look(void *arg)
{
	struct relay_herald *h = arg;

	if (!h->asked)
		h->asked = h->conf.ask(h->conf.arg);
	loop_timer_set(h->timer, loop_now(h->conf.loop) + h->period_ms);
}

struct relay_herald *relay_herald_new(const struct relay_herald_conf *conf)
{
	struct relay_herald *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->conf = *conf;
	h->period_ms = conf->watchdog_ms ? conf->watchdog_ms / 2 : SELDOM_MS;
	h->timer = loop_timer_new(conf->loop, look, h);
	if (!h->timer) {
		free(h);
		return NULL;
	}
	if (conf->fd >= 0)
		loop_timer_set(h->timer, loop_now(conf->loop) + h->period_ms);
	return h;
}

void relay_herald_free(struct relay_herald **hp)
{
	struct relay_herald *h = *hp;

	*hp = NULL;
	if (!h)
		return;
	loop_timer_free(&h->timer);
	os_fd_close(&h->conf.fd);
	free(h);
}

void relay_herald_ready(struct relay_herald *h)
{
	os_service_tell(h->conf.fd, STR("READY=1"));
}

void relay_herald_reloading(struct relay_herald *h)
{
	CLEANUP(buf_free) struct buf lines = BUF_MAX(LINES_MAX);

	buf_addf(&lines, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, os_clock_mono_us());
	os_service_tell(h->conf.fd, buf_str(&lines));
}

void relay_herald_stopping(struct relay_herald *h)
{
	os_service_tell(h->conf.fd, STR("STOPPING=1\nSTATUS=no new mail is taken"));
}

void relay_herald_alive(struct relay_herald *h, const struct queue_counts *q, uint64_t accepted)
{
	CLEANUP(buf_free) struct buf lines = BUF_MAX(LINES_MAX);

	h->asked = false;
	buf_addf(&lines,
		 "WATCHDOG=1\nSTATUS=%" PRIu64 " accepted; in the queue: %" PRIu64
		 " active, %" PRIu64 " deferred, %" PRIu64 " held, %" PRIu64 " failed",
		 accepted, q->active, q->deferred, q->held, q->failed);
	os_service_tell(h->conf.fd, buf_str(&lines));
}
