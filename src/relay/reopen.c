#include "relay/reopen.h"

#include "log/log.h"
#include "os/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct relay_reopen {
	size_t left;                  /* answers that have not come */
	char amiss[RELAY_AMISS_ROOM]; /* the first that was told */
};

struct relay_reopen *relay_reopen_new(size_t workers)
{
	struct relay_reopen *r = calloc(1, sizeof(*r));

	if (r)
		r->left = workers;
	return r;
}

void relay_reopen_do(struct relay_worker *w, struct relay_order *order)
{
	if (journal_reopen(w->journal, os_clock_wall()) != ERR_OK) {
		(void)snprintf(order->amiss, sizeof(order->amiss), "%s", journal_amiss(w->journal));
		for (enum journal_kind k = 0; k < JOURNAL_KINDS; k++)
			if (journal_is_stale(w->journal, k))
				relay_trouble_met(&w->shared->logs[k], loop_now(w->loop), NULL);
	}
	order->letter.kind = RELAY_LETTER_REOPENED;
	relay_post_letter(w->shared->daemon, &order->letter);
}

static void tell(const char *amiss)
{
	if (amiss[0])
		log_event(LOG_ERR, "reopen",
			  "not all log files are opened anew: %s: that is tried again whenever one "
			  "is written, and what is open goes on to be used",
			  amiss);
	else
		log_event(LOG_INFO, "reopen", "log files are opened anew");
}

bool relay_reopen_answered(struct relay_order *order)
{
	struct relay_reopen *r = order->owner;
	bool last = --r->left == 0;

	if (!r->amiss[0])
		memcpy(r->amiss, order->amiss, sizeof(r->amiss));
	free(order);
	if (!last)
		return false;
	tell(r->amiss);
	free(r);
	return true;
}
