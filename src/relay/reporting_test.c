/* A report that returns a spooled message: it is made by chores, or dropped where its worker stops. */
#include "relay/reporting.h"

#include "relay/rig_priv.h"

#define HEAD "Subject: large\r\n\r\n"
#define LINES 18000 /* of 52 octets each: read twice, more than one stretch of a chore */

static struct rig rig;

static void made(void *arg)
{
	++*(unsigned *)arg;
}

static struct queue_message *large(void)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(1 << 20);

	buf_add(&text, STR(HEAD));
	for (int i = 0; i < LINES; i++)
		buf_add(&text, STR("and what stands in a line of just fifty-two octets\r\n"));
	struct queue_message *m = rig_spooled(&rig, buf_str(&text));
	m->smtp = SMTP_MAIL_RET_FULL;
	return m;
}

static const struct {
	const char *label;
	bool stops;
	size_t files; /* then */
} cases[] = {
	{ "it is made", false, 2 },
	{ "its worker stops", true, 1 },
};

static void check_case(size_t i)
{
	static const enum schedule_notice what[] = { SCHEDULE_NOTICE_FAILED };
	struct queue_message *m = large();
	const struct relay_report report = { m, rig.settings, what, queue_next_id(rig.shared.queue),
					     os_clock_wall() };
	struct relay_reporting *x = NULL;
	unsigned heard = 0;

	CHECK_INT(cases[i].label, relay_reporting_new(rig.worker, &report, made, &heard, &x),
		  ERR_OK);
	rig.worker->stopping = cases[i].stops; /* before the first stretch can have come back */
	while (heard == 0)
		rig_moment(&rig);
	rig.worker->stopping = false;
	CHECK_INT(cases[i].label, relay_reporting_dropped(x), cases[i].stops);
	CHECK_INT("files", (long long)rig_spool_files(&rig), (long long)cases[i].files);
	struct queue_message *told = relay_reporting_take(&x);
	CHECK_INT("a report", told != NULL, !cases[i].stops);
	CHECK_INT("that has all of it", told && told->size > m->size, !cases[i].stops);
	queue_message_free(&told);
	queue_message_free(&m);
	CHECK_INT("nothing is left on disk", (long long)rig_spool_files(&rig), 0);
	CHECK_INT("nor in memory", schedule_budget_zero(&rig.shared.memory.budget), true);
}

int main(void)
{
	rig_open(&rig, 25, "", "", NULL);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_case(i);
	rig_close(&rig);
	return TEST_EXIT();
}
