/* What the end of a delivery says of how many its destination bears: nothing by our own fault. */
#include "schedule/attempt.h"

#include "base/test.h"

#include <stdlib.h>

enum event { UNREACHABLE, HINDERED, CLOSED, REFUSED, LOST, SENT, STOPPED, STOPPED_EARLY };

static const struct {
	const char *label;
	enum event event;
	const char *status;
	bool own;
	enum schedule_echo echo;
	unsigned size; /* of the window then, which was 10 */
} rows[] = {
	{ "nobody is there", UNREACHABLE, "", false, SCHEDULE_ECHO_BAD, 5 },
	{ "no descriptor", HINDERED, "", true, SCHEDULE_ECHO_NONE, 10 },
	{ "it was not dialled", CLOSED, "", false, SCHEDULE_ECHO_NONE, 10 },
	{ "turned away", REFUSED, "4.3.2", false, SCHEDULE_ECHO_BAD, 5 },
	{ "no memory, before a transaction", REFUSED, "4.3.0", true, SCHEDULE_ECHO_NONE, 10 },
	{ "no TLS as it must be", REFUSED, "4.7.5", false, SCHEDULE_ECHO_NONE, 10 },
	{ "the host went", LOST, "4.4.2", false, SCHEDULE_ECHO_BAD, 5 },
	{ "the message cannot be read", LOST, "4.3.0", true, SCHEDULE_ECHO_GOOD, 11 },
	{ "sent", SENT, "2.0.0", false, SCHEDULE_ECHO_GOOD, 11 },
	{ "we stop, in the midst of it", STOPPED, "", true, SCHEDULE_ECHO_GOOD, 11 },
	{ "we stop, and had not begun", STOPPED_EARLY, "", true, SCHEDULE_ECHO_NONE, 10 },
};

static enum schedule_want happen(struct schedule_attempt *a, size_t i)
{
	struct smtp_result r = { .fate = rows[i].event == SENT ? SMTP_DELIVERED : SMTP_TEMPORARY,
				 .stage = SMTP_STAGE_MESSAGE,
				 .code = rows[i].event == SENT ? 250 : 0,
				 .own = rows[i].own };

	(void)str_copy(r.enhanced, sizeof(r.enhanced), str_of(rows[i].status));
	switch (rows[i].event) {
	case UNREACHABLE:
		return schedule_attempt_unreachable(a, 0, STR("refused"));
	case HINDERED:
		return schedule_attempt_hindered(a, 0, STR("too many open files"));
	case CLOSED:
		return schedule_attempt_closed(a, 0, STR("a moment ago"), 1000);
	case REFUSED:
		r.stage = SMTP_STAGE_EHLO;
		return schedule_attempt_refused(a, &r);
	case LOST:
	case SENT:
		(void)!schedule_attempt_greeted(a, SCHEDULE_UNUSED);
		schedule_attempt_result(a, 0, &r, false);
		return schedule_attempt_sent(a, rows[i].event == LOST ? SCHEDULE_LINE_LOST
								      : SCHEDULE_LINE_OPEN);
	case STOPPED:
		(void)!schedule_attempt_greeted(a, SCHEDULE_UNUSED);
		return schedule_attempt_cut(a);
	case STOPPED_EARLY:
		return schedule_attempt_cut(a);
	}
	abort();
}

int main(void)
{
	static struct route_host host;
	struct route_target target = { .host = &host, .address = &host.address[0] };
	const struct route_verdict verdict = { .target = &target, .n_target = 1 };
	const struct route_demand off = { .service = ROUTE_OFF };

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct schedule_window w = { .size = 10 };
		struct schedule_part *part = schedule_part_new(STR("d.example"), &off, 1);
		struct schedule_attempt *a = schedule_attempt_new(part, 1);
		CHECK_INT(rows[i].label, schedule_attempt_start(a, &verdict), SCHEDULE_DIAL);
		CHECK_INT(rows[i].label, happen(a, i), SCHEDULE_DONE);
		CHECK_INT(rows[i].label, schedule_attempt_echo(a), rows[i].echo);
		schedule_window_ended(&w, schedule_attempt_echo(a), 10, 20);
		CHECK_INT(rows[i].label, schedule_window_size(&w, 20), rows[i].size);
		schedule_attempt_free(&a);
		schedule_part_free(&part);
	}
	return TEST_EXIT();
}
