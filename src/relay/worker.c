#include "relay/worker.h"

#include "relay/inbound.h"

#include <errno.h>
#include <string.h>

void relay_worker_wrote(struct relay_worker *w, enum err e)
{
	const char *why = e == ERR_IO ? strerror(errno) : err_text(e);
	const char *amiss = journal_amiss(w->journal);
	CLEANUP(buf_free) struct buf what = BUF_MAX(8192);

	if (e == ERR_OK && !amiss[0]) {
		relay_trouble_passed(&w->shared->journal, loop_now(w->loop));
		return;
	}
	if (e == ERR_OK)
		buf_addf(&what, "%s: the file that is open goes on to be written", amiss);
	else
		buf_addf(&what, "cannot write session logs and delivery records in %s: %s",
			 w->settings->conf->log_directory, why);
	buf_addc(&what, '\0');
	if (buf_err(&what) == ERR_OK)
		relay_trouble_met(&w->shared->journal, loop_now(w->loop), what.p);
}

void relay_worker_ended(struct relay_worker *w)
{
	if (!w->stopping || !w->stop || w->transits || w->arriving || w->judging ||
	    relay_inbound_count(w->inbound))
		return;
	struct relay_order *stop = w->stop;
	w->stop = NULL;
	stop->letter.kind = RELAY_LETTER_STOPPED;
	relay_post_letter(w->shared->daemon, &stop->letter);
}
