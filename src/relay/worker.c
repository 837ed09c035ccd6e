#include "relay/worker.h"

#include "relay/inbound.h"

void relay_worker_ended(struct relay_worker *w)
{
	if (!w->stopping || !w->stop || w->transits || relay_inbound_count(w->inbound))
		return;
	struct relay_order *stop = w->stop;
	w->stop = NULL;
	stop->letter.kind = RELAY_LETTER_STOPPED;
	relay_post_letter(w->shared->daemon, &stop->letter);
}
