#include "relay/worker.h"

#include "relay/inbound.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *what, *over;
} logs[JOURNAL_KINDS] = {
	[JOURNAL_KIND_OUT] = { "sessions to mail hosts (smtp-out)",
			       "sessions to mail hosts (smtp-out) are logged again" },
	[JOURNAL_KIND_IN] = { "sessions of clients (smtp-in)",
			      "sessions of clients (smtp-in) are logged again" },
	[JOURNAL_KIND_RECORDS] = { "delivery records (deliveries)",
				   "delivery records (deliveries) are written again" },
};

void relay_worker_logs_init(struct relay_shared *s)
{
	for (size_t i = 0; i < JOURNAL_KINDS; i++)
		relay_trouble_init(&s->logs[i], "journal", logs[i].over);
}

void relay_worker_logs_clear(struct relay_shared *s)
{
	for (size_t i = 0; i < JOURNAL_KINDS; i++)
		relay_trouble_clear(&s->logs[i]);
}

void relay_worker_wrote(struct relay_worker *w, enum journal_kind kind, enum err e)
{
	struct relay_trouble *trouble = &w->shared->logs[kind];
	const char *why = e == ERR_IO ? strerror(errno) : err_text(e);
	const char *amiss = journal_amiss(w->journal);
	CLEANUP(buf_free) struct buf what = BUF_MAX(8192);

	if (e == ERR_OK && !amiss[0]) {
		relay_trouble_passed(trouble, loop_now(w->loop));
		return;
	}
	if (e == ERR_OK)
		buf_addf(&what, "%s: the file that is open goes on to be written", amiss);
	else
		buf_addf(&what, "cannot write %s in %s: %s", logs[kind].what,
			 w->settings->conf->log_directory, why);
	buf_addc(&what, '\0');
	if (buf_err(&what) == ERR_OK)
		relay_trouble_met(trouble, loop_now(w->loop), what.p);
}

void relay_worker_log(struct relay_worker *w, int64_t now_wall_ms, struct journal_block *b)
{
	enum journal_kind kind = b->way == JOURNAL_OUT ? JOURNAL_KIND_OUT : JOURNAL_KIND_IN;

	relay_worker_wrote(w, kind, journal_write(w->journal, now_wall_ms, b));
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
