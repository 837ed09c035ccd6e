#include "relay/watch.h"

#include "base/test.h"
#include "relay/caught_priv.h"

#include <stdio.h>

static const struct {
	const char *label;
	struct relay_watch_server known;
	struct relay_watch_seen before, now; /* when, answers, failures */
	enum relay_watch_change change;
} cases[] = {
	{ "nothing was asked", { .silent = false }, { 0, 7, 0 }, { 0, 7, 0 }, RELAY_WATCH_SAME },
	{ "it answers as before", { .silent = false }, { 0, 7, 0 }, { 0, 9, 0 }, RELAY_WATCH_SAME },
	{ "passed over", { .silent = false }, { 0, 7, 0 }, { 0, 7, 1 }, RELAY_WATCH_SILENT },
	{ "refusals, which are answers",
	  { .silent = false },
	  { 0, 7, 1 },
	  { 0, 9, 1 },
	  RELAY_WATCH_SILENT },
	{ "its failures are old: others have heard it since",
	  { .silent = false },
	  { 0, 7, 1 },
	  { 0, 7, 1 },
	  RELAY_WATCH_SAME },
	{ "silent still", { .silent = true }, { 0, 7, 1 }, { 0, 7, 2 }, RELAY_WATCH_SAME },
	{ "silent, and nothing was asked by this thread",
	  { .silent = true },
	  { 0, 7, 0 },
	  { 0, 7, 0 },
	  RELAY_WATCH_SAME },
	{ "refusals still", { .silent = true }, { 0, 7, 1 }, { 0, 8, 1 }, RELAY_WATCH_SAME },
	{ "back", { .silent = true }, { 0, 7, 3 }, { 0, 8, 0 }, RELAY_WATCH_ANSWERS },
	{ "another resolver after a reload has answered",
	  { .silent = true },
	  { 0, 7, 3 },
	  { 0, 2, 0 },
	  RELAY_WATCH_ANSWERS },
	{ "a failure that may be older than another's answer",
	  { .back_at = 5 },
	  { 4, 7, 0 },
	  { 6, 7, 1 },
	  RELAY_WATCH_SAME },
	{ "and one that is not", { .back_at = 5 }, { 5, 7, 0 }, { 7, 7, 1 }, RELAY_WATCH_SILENT },
};

#define DENIED "/etc/resolv.conf: Permission denied"

static const struct {
	const char *label;
	struct str known;
	unsigned seen;
	struct str why;
	unsigned changes;
	bool news;
} followed[] = {
	{ "as it was", STR_INIT(""), 0, STR_INIT(""), 0, false },
	{ "it cannot be read", STR_INIT(""), 0, STR_INIT(DENIED), 1, true },
	{ "this thread has said so", STR_INIT(DENIED), 1, STR_INIT(DENIED), 1, false },
	{ "another has said so", STR_INIT(DENIED), 0, STR_INIT(DENIED), 1, false },
	{ "for another reason", STR_INIT(DENIED), 1, STR_INIT("gone"), 2, true },
	{ "read again", STR_INIT(DENIED), 1, STR_INIT(""), 2, true },
	{ "another has said that, too", STR_INIT(""), 1, STR_INIT(""), 2, false },
	{ "this thread has not looked since", STR_INIT(""), 1, STR_INIT(DENIED), 1, false },
	{ "nor this, before", STR_INIT(DENIED), 0, STR_INIT(""), 0, false },
	{ "another resolver after a reload", STR_INIT(DENIED), 1, STR_INIT(""), 0, true },
};

/* Servers come and go, as on a machine that is carried about: each that is new is told of. */
static void many(void)
{
	enum { MANY = 3 * RESOLVE_SERVERS_MAX };
	struct relay_watch w;
	char name[IP_TEXT_MAX];

	relay_watch_init(&w);
	caught_begin();
	for (size_t i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "192.0.2.%zu:53", i);
		const struct resolve_probed event = { .server = str_of(name),
						      .is = DNS_PROBE_VALIDATES };
		relay_watch_probed(&w, &event);
		relay_watch_probed(&w, &event);
	}
	CHECK_INT("each, once", (long long)caught_lines(caught_end()), MANY);
	relay_watch_clear(&w);
}

int main(void)
{
	many();
	for (size_t i = 0; i < COUNT_OF(followed); i++) {
		const struct resolve_followed now = { .why = followed[i].why,
						      .changes = followed[i].changes };
		CHECK_INT(followed[i].label,
			  relay_watch_news(followed[i].known, followed[i].seen, &now),
			  followed[i].news);
	}
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK_INT(cases[i].label,
			  relay_watch_judge(&cases[i].known, &cases[i].before, &cases[i].now),
			  cases[i].change);
	return TEST_EXIT();
}
