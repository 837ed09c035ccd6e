/* What comes back from the store when its guest has gone, and the worker is told to stop. */
#include "relay/arrival.h"

#include "relay/caught_priv.h"
#include "relay/rig_priv.h"

static struct rig rig;
static struct host host;
static bool stopped;
static size_t arriving; /* when it said that all is finished */

static void daemon_letter(struct rig *r, struct relay_letter *letter)
{
	if (letter->kind == RELAY_LETTER_STOPPED) {
		stopped = true;
		arriving = r->worker->arriving;
		free(letter);
	} else {
		struct relay_transit *t = (struct relay_transit *)letter;
		CHECK_INT("a transit", letter->kind, RELAY_LETTER_ENDED);
		relay_transit_free(&t);
	}
	loop_stop(r->loop);
}

/* As a guest hands it to the store, who is none of those that are there. */
static void arrive(void)
{
	static const char *const to[] = { "a@[127.0.0.1]", NULL };
	struct relay_job *job = calloc(1, sizeof(*job));

	if (!job)
		exit(1);
	job->job.kind = QUEUE_ADD;
	job->job.message = rig_message(&rig, to);
	job->back = rig.worker->mailbox;
	job->session = 4711;
	rig.worker->arriving++;
	relay_post_job(&rig.shared, job);
}

/* The order to stop comes first; what is at the store is waited for, and lost by nobody. */
static void waited_for(void)
{
	struct relay_order *order = calloc(1, sizeof(*order));

	if (!order)
		exit(1);
	order->letter.kind = RELAY_LETTER_STOP;
	relay_post_letter(rig.worker->mailbox, &order->letter);
	arrive();
	while (!stopped)
		rig_run(&rig);
	CHECK_INT("nothing was at the store", (long long)arriving, 0);
	struct queue_counts counts;
	queue_counts(rig.shared.queue, &counts);
	CHECK_INT("and it is kept", (long long)counts.messages, 1);
}

static const struct refusal {
	const char *label;
	enum err err;
	const char *why; /* what the store says */
	const char *line;
} refusals[] = {
	{ "the disk is full, and cannot be asked", ERR_LIMIT, NULL, "limit exceeded\n" },
	{ "the store fails", ERR_IO, "disk I/O error", "disk I/O error\n" },
	{ "and does not say why", ERR_IO, NULL, "system call failed\n" },
};

/* The reason is said, as far as it is known. */
static void refused(const struct refusal *c)
{
	static const char *const to[] = { "a@[127.0.0.1]", NULL };
	static char gone[5000]; /* longer than a path may be */
	struct relay_job *job = calloc(1, sizeof(*job));
	char *store = rig.settings->conf->queue_store;

	if (!job)
		exit(1);
	memset(gone, 'x', sizeof(gone) - 1);
	job->job.message = rig_message(&rig, to);
	job->job.err = c->err;
	job->job.why = c->why;
	job->session = 4711;
	rig.worker->arriving++;
	rig.settings->conf->queue_store = gone;
	caught_begin();
	relay_arrival_stored(rig.worker, job);
	struct str said = caught_end();
	rig.settings->conf->queue_store = store;
	CHECK_INT(c->label, (long long)caught_lines(said), 1);
	CHECK_INT(c->label, str_ends(said, str_of(c->line)), 1);
	relay_trouble_clear(&rig.shared.storing);
	relay_trouble_init(&rig.shared.storing, "store-failed", "what comes in is stored again");
}

int main(void)
{
	host.rig = &rig;
	host_bind(&host);
	rig_open(&rig, host.port, "", "", daemon_letter);
	for (size_t i = 0; i < COUNT_OF(refusals); i++)
		refused(&refusals[i]);
	waited_for();
	rig_close(&rig);
	host_close(&host);
	return TEST_EXIT();
}
