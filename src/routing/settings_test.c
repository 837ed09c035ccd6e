/* Configuration and criteria together, from files; and what they give to a message. */
#include "routing/settings.h"

#include "base/test.h"
#include "conf/read.h"
#include "routing/demand.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[] = "/tmp/routing_test.XXXXXX";
static char conf_path[64], criteria_path[64];

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		exit(1);
}

#define SERVER "resolver \"127.0.0.1:5353\" { }\n"

static const struct {
	const char *label, *conf;
	const char *criteria; /* NULL: there is no file */
	enum err err;
	const char *why; /* its end */
	long long count; /* of criteria; -1: none are in force */
} cases[] = {
	{ "both", SERVER, "To * SECURE\n", ERR_OK, "", 1 },
	{ "no criteria, none named", SERVER, NULL, ERR_OK, "", -1 },
	{ "an empty file", SERVER, "# nothing\n", ERR_OK, "", 0 },
	{ "named, and not there", SERVER "dnssec { criteria = \"nonesuch\" }\n", NULL, ERR_IO,
	  "/nonesuch: cannot be read: No such file or directory: make it (signpost criteria add "
	  "LINE), or name another",
	  0 },
	{ "named, and no file", SERVER "dnssec { criteria = \".\" }\n", NULL, ERR_IO,
	  ": cannot be read: Is a directory: name a file that this user may read", 0 },
	{ "named, not there, and not enabled",
	  SERVER "dnssec { criteria = \"nonesuch\" enabled = false }\n", NULL, ERR_OK, "", -1 },
	{ "not enabled: not even read", SERVER "dnssec { enabled = false }\n", "To\n", ERR_OK, "",
	  -1 },
	{ "a line that is wrong", SERVER, "To * SECURE\nTo\n", ERR_SYNTAX, NULL, 0 },
	{ "a key that cannot be read",
	  "resolver \"192.0.2.1\" { tsig-key = \"a..b:hmac-sha256:c2VjcmV0\" }\n", NULL, ERR_SYNTAX,
	  NULL, 0 },
};

static enum err read_settings(struct routing_settings **out, struct buf *why)
{
	struct conf *conf = NULL;
	enum err e = conf_read(conf_path, &conf, why);

	return e == ERR_OK ? routing_settings_read(conf, out, why) : e;
}

static void check(size_t i)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096);
	struct routing_settings *s = NULL;

	write_file(conf_path, cases[i].conf);
	(void)unlink(criteria_path);
	if (cases[i].criteria)
		write_file(criteria_path, cases[i].criteria);
	CHECK_INT(cases[i].label, read_settings(&s, &why), cases[i].err);
	if (cases[i].why)
		CHECK_INT(cases[i].label, str_ends(buf_str(&why), str_of(cases[i].why)), 1);
	else
		CHECK_INT(cases[i].label, why.n > 0, 1);
	CHECK_INT(cases[i].label, s != NULL, cases[i].err == ERR_OK);
	if (s)
		CHECK_INT(cases[i].label, s->criteria ? (long long)criteria_count(s->criteria) : -1,
			  cases[i].count);
	routing_settings_drop(&s);
}

static void check_held(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096);
	struct routing_settings *s = NULL, *again;

	write_file(conf_path, SERVER "delivery { retry = {\"5m\", \"1h\"} lifetime = \"2d\" "
				     "warn-after = \"4h\" }\n");
	if (read_settings(&s, &why) != ERR_OK)
		exit(1);
	CHECK_INT("waits", (long long)s->schedule.n_retry, 2);
	CHECK_INT("the first", s->schedule.retry_ms[0], 300000);
	CHECK_INT("the last", s->schedule.retry_ms[1], 3600000);
	CHECK_INT("life", s->schedule.lifetime_ms, 172800000);
	CHECK_INT("warning", s->schedule.warn_after_ms, 14400000);
	again = routing_settings_hold(s);
	routing_settings_drop(&s);
	CHECK_INT("one has let go", s == NULL, 1);
	CHECK_INT("the other has it still", again->schedule.n_retry == 2, 1);
	routing_settings_drop(&again);
	routing_settings_drop(&again); /* nothing: legal */
}

/* What a reload finds in the place of criteria: text, no file (NULL); the service on, or off. */
static const struct {
	const char *label, *before, *now, *dnssec;
	int lost;
} replaced[] = {
	{ "others", "To *\n", "Cc *\n", "", 0 },
	{ "none, as is wished", "To *\n", "", "", 0 },
	{ "the file is gone", "To *\n", NULL, "", 1 },
	{ "it is gone, and had none", "# none\n", NULL, "", 0 },
	{ "there was none before", NULL, NULL, "", 0 },
	{ "the service is off", "To *\n", NULL, "dnssec { enabled = false }\n", 0 },
};

static void put_criteria(const char *text)
{
	if (text)
		write_file(criteria_path, text);
	else
		(void)unlink(criteria_path);
}

static void check_lost(size_t i)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096);
	struct routing_settings *before, *now;
	char conf[256];

	write_file(conf_path, SERVER);
	put_criteria(replaced[i].before);
	if (read_settings(&before, &why) != ERR_OK)
		exit(1);
	(void)snprintf(conf, sizeof(conf), SERVER "%s", replaced[i].dnssec);
	write_file(conf_path, conf);
	put_criteria(replaced[i].now);
	if (read_settings(&now, &why) != ERR_OK)
		exit(1);
	CHECK_INT(replaced[i].label, routing_settings_lost(before, now), replaced[i].lost);
	routing_settings_drop(&before);
	routing_settings_drop(&now);
}

/* Services */

static const struct {
	const char *label, *criteria;
	enum routing_settings_author author;
	enum route_service service;
	const char *line, *observed; /* of the criteria; "": none */
	const char *undecoded;
} demands[] = {
	{ "no criterion matches", "To other@x.example SECURE", ROUTING_SETTINGS_OTHERS, ROUTE_OFF,
	  "", "", "" },
	{ "there is none", "", ROUTING_SETTINGS_OTHERS, ROUTE_OFF, "", "", "" },
	{ "requested", "To *", ROUTING_SETTINGS_OTHERS, ROUTE_REQUESTED, "To *", "", "" },
	{ "required", "To * SECURE", ROUTING_SETTINGS_OTHERS, ROUTE_REQUIRED, "To * SECURE", "",
	  "" },
	{ "a report of ours gets less", "To * SECURE", ROUTING_SETTINGS_OURS, ROUTE_REQUESTED,
	  "To * SECURE", "", "" },
	{ "observed", "To * OBSERVE", ROUTING_SETTINGS_OTHERS, ROUTE_REQUESTED, "To * OBSERVE",
	  "To * OBSERVE", "" },
	{ "of a charset that is not decoded", "Subject *pay*", ROUTING_SETTINGS_OTHERS,
	  ROUTE_REQUESTED, "Subject *pay*", "", "x-none" },
	{ "but nobody asks for it", "To *", ROUTING_SETTINGS_OTHERS, ROUTE_REQUESTED, "To *", "",
	  "" },
};

static void check_demand(size_t i)
{
	static const struct str rcpt[] = { STR_INIT("a@x.example"), STR_INIT("b@x.example") };
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096);
	struct routing_settings *s = NULL;
	struct route_demand d[2];

	write_file(conf_path, SERVER);
	write_file(criteria_path, demands[i].criteria);
	if (read_settings(&s, &why) != ERR_OK) {
		CHECK_STR(demands[i].label, buf_str(&why), STR(""));
		return;
	}
	const struct routing_message m = { .content = STR("To: <a@x.example>\r\n"
							  "Subject: =?x-none?Q?pay=E4?=\r\n\r\n"),
					   .from = STR("me@y.example"),
					   .author = demands[i].author,
					   .rcpt = rcpt,
					   .n_rcpt = 2 };
	struct buf undecoded = BUF_MAX(256);
	CHECK_INT(demands[i].label, routing_demand(s, &m, d, &undecoded), ERR_OK);
	CHECK_STR(demands[i].label, buf_str(&undecoded), str_of(demands[i].undecoded));
	buf_free(&undecoded);
	for (size_t j = 0; j < 2; j++) {
		CHECK_INT(demands[i].label, d[j].service, demands[i].service);
		CHECK_STR(demands[i].label, d[j].criterion.line, str_of(demands[i].line));
		CHECK_STR(demands[i].label, d[j].observed.line, str_of(demands[i].observed));
	}
	routing_settings_drop(&s);
}

/* What senders say of TLS in a header field, with the service on. */
static const struct {
	const char *label;
	struct str content;
	int tls;
	enum route_sender_tls wanted;
} senders[] = {
	{ "nothing", STR_INIT("A: b\r\n\r\n"), ROUTING_TLS_UNSAID, ROUTE_SENDER_SILENT },
	{ "no", STR_INIT("A: b\r\ntls-required:\r\n NO \r\n\r\n"), ROUTING_TLS_UNSAID,
	  ROUTE_SENDER_WAIVES_TLS },
	{ "yes, which there is not", STR_INIT("TLS-Required: Yes\r\n\r\n"), ROUTING_TLS_UNSAID,
	  ROUTE_SENDER_SILENT },
	{ "twice", STR_INIT("TLS-Required: No\r\nTLS-Required: No\r\n\r\n"), ROUTING_TLS_UNSAID,
	  ROUTE_SENDER_SILENT },
	{ "in the body", STR_INIT("A: b\r\n\r\nTLS-Required: No\r\n"), ROUTING_TLS_UNSAID,
	  ROUTE_SENDER_SILENT },
	{ "REQUIRETLS", STR_INIT("A: b\r\n\r\n"), ROUTING_TLS_REQUIRED, ROUTE_SENDER_REQUIRES_TLS },
	{ "both", STR_INIT("TLS-Required: No\r\n\r\n"), ROUTING_TLS_REQUIRED,
	  ROUTE_SENDER_REQUIRES_TLS },
};

static void check_senders(const char *criteria)
{
	static const struct str rcpt[] = { STR_INIT("a@x.example") };
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096);
	CLEANUP(buf_free) struct buf undecoded = BUF_MAX(256);
	struct routing_settings *s = NULL;
	bool service = criteria[0] != 0;

	write_file(conf_path, SERVER);
	write_file(criteria_path, criteria);
	CHECK_INT("settings", read_settings(&s, &why), ERR_OK);
	for (size_t i = 0; s && i < COUNT_OF(senders); i++) {
		struct routing_message m = { .content = senders[i].content,
					     .from = STR("me@y.example"),
					     .rcpt = rcpt,
					     .n_rcpt = 1 };
		struct route_demand d;
		if (senders[i].tls == ROUTING_TLS_REQUIRED)
			m.tls = ROUTING_TLS_REQUIRED;
		CHECK_INT(senders[i].label, routing_demand(s, &m, &d, &undecoded), ERR_OK);
		/* Without the service there is nothing that could be waived. */
		CHECK_INT(senders[i].label, d.sender_tls,
			  service || senders[i].tls ? senders[i].wanted : ROUTE_SENDER_SILENT);
	}
	routing_settings_drop(&s);
}

/* A route has times of its own; what it does not say is the section's. */
static void check_schedules(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096);
	struct routing_settings *s = NULL;

	write_file(conf_path, SERVER "route \"x.example\" { via = mx retry = {\"10h\"} }\n");
	CHECK_INT("routes", read_settings(&s, &why), ERR_OK);
	if (!s)
		return;
	const struct schedule_retry *own =
		routing_settings_schedule(s, &s->conf->route[0].delivery);
	CHECK_INT("own", own->retry_ms[0], 10 * 3600000LL);
	CHECK_INT("the section's", own->lifetime_ms, s->schedule.lifetime_ms);
	CHECK_INT("the others", routing_settings_schedule(s, &s->conf->delivery) == &s->schedule,
		  1);
	CHECK_INT("latest", routing_settings_latest(s, 0) == schedule_retry_latest(own, 0), 1);
	routing_settings_drop(&s);
}

int main(void)
{
	if (!mkdtemp(directory))
		return 1;
	(void)snprintf(conf_path, sizeof(conf_path), "%s/signpost.conf", directory);
	(void)snprintf(criteria_path, sizeof(criteria_path), "%s/dnssec.criteria", directory);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check(i);
	(void)unlink(criteria_path);
	check_held();
	for (size_t i = 0; i < COUNT_OF(replaced); i++)
		check_lost(i);
	for (size_t i = 0; i < COUNT_OF(demands); i++)
		check_demand(i);
	check_senders("From *\n");
	check_senders("");
	check_schedules();
	CHECK_INT("none", routing_settings_service(NULL, ROUTING_SETTINGS_OTHERS), ROUTE_OFF);
	(void)unlink(criteria_path);
	(void)unlink(conf_path);
	(void)rmdir(directory);
	return TEST_EXIT();
}
