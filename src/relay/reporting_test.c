/* A report that returns a spooled message: made by chores, or dropped where its worker stops. */
#include "relay/reporting.h"

#include "relay/rig_priv.h"

#include <sys/statvfs.h>

#define HEAD "Subject: large\r\n\r\n"
#define RESERVE (UINT64_C(1) << 30)
#define LINES 18000 /* of 52 octets each: read twice, more than one stretch of a chore */

static struct rig rig;

static uint64_t is_free = 4 * RESERVE;

/* How much of the disk is free. */
int fstatvfs(int fd, struct statvfs *st)
{
	(void)fd;
	*st = (struct statvfs){ .f_frsize = 1, .f_bavail = is_free };
	return 0;
}

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
	uint64_t is_free;
	bool stops;
	size_t files; /* then */
	bool told, whole;
} cases[] = {
	{ "it is made", 4 * RESERVE, false, 2, true, true },
	{ "its worker stops", 4 * RESERVE, true, 1, false, false },
	{ "the reserve is for what cannot do without", RESERVE / 4 * 3, false, 1, true, false },
};

static void check_case(size_t i)
{
	static const enum schedule_notice what[] = { SCHEDULE_NOTICE_FAILED };
	struct queue_message *m = large();
	const struct relay_report report = { m, rig.settings, what, queue_next_id(rig.shared.queue),
					     os_clock_wall() };
	struct relay_reporting *x = NULL;
	unsigned heard = 0;

	is_free = cases[i].is_free;
	CHECK_INT(cases[i].label, relay_reporting_new(rig.worker, &report, made, &heard, &x),
		  ERR_OK);
	rig.worker->stopping = cases[i].stops; /* before the first stretch can have come back */
	while (heard == 0)
		rig_moment(&rig);
	rig.worker->stopping = false;
	CHECK_INT(cases[i].label, relay_reporting_dropped(x), cases[i].stops);
	CHECK_INT("files", (long long)rig_spool_files(&rig), (long long)cases[i].files);
	struct queue_message *told = relay_reporting_take(&x);
	CHECK_INT("a report", told != NULL, cases[i].told);
	CHECK_INT("that has all of it", told && told->size > m->size, cases[i].whole);
	is_free = 4 * RESERVE;
	queue_message_free(&told);
	queue_message_free(&m);
	CHECK_INT("nothing is left on disk", (long long)rig_spool_files(&rig), 0);
	CHECK_INT("nor in memory", schedule_budget_zero(&rig.shared.memory.budget), true);
}

int main(void)
{
	rig.reserve = RESERVE;
	rig_open(&rig, 25, "", "", NULL);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_case(i);
	rig_close(&rig);
	return TEST_EXIT();
}
