/* What is written down of an attempt: each outcome by the target that it names. */
#include "relay/account.h"

#include "relay/rig_priv.h"

static struct rig rig;

/* Two hosts of a domain whose MX is secure, the first at an address that is not. */
static struct route_host hosts[] = {
	{ .address = { { .at = { { 4, { 192, 0, 2, 1 } }, 25 }, .status = DNS_INSECURE } },
	  .n_address = 1 },
	{ .address = { { .at = { { 4, { 192, 0, 2, 2 } }, 25 }, .status = DNS_SECURE } },
	  .n_address = 1 },
};

static struct route_target targets[COUNT_OF(hosts)];

static struct routing_path path = { .verdict = { .action = ROUTE_DELIVER,
						 .mx_asked = true,
						 .mx_status = DNS_SECURE,
						 .address_asked = true,
						 .address_status = DNS_BOGUS,
						 .target = targets,
						 .n_target = COUNT_OF(targets) } };

static void make_path(void)
{
	static const char *const names[] = { "mx1.y.example", "mx2.y.example" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (dns_name_from_text(str_of(names[i]), &hosts[i].name) != ERR_OK)
			exit(1);
		targets[i] =
			(struct route_target){ .host = &hosts[i], .address = &hosts[i].address[0] };
	}
}

/* Of each recipient: what is decided, and what of it is to be in its record. */
static const struct {
	const char *to;
	enum route_action action;
	size_t target;
	const char *outcome, *status, *text, *host, *address, *word;
} cases[] = {
	{ "first@y.example", ROUTE_DELIVER, 0, "delivered", "2.0.0", "250 ok", "mx1.y.example",
	  "192.0.2.1", "insecure" },
	{ "second@y.example", ROUTE_DEFER, 1, "deferred", "4.2.1", "450 later", "mx2.y.example",
	  "192.0.2.2", "secure" },
	{ "refused@y.example", ROUTE_BOUNCE, 0, "bounced", "5.1.1", "550 who?", "mx1.y.example",
	  "192.0.2.1", "insecure" },
	{ "nobody@y.example", ROUTE_DEFER, SCHEDULE_NOBODY, "deferred", "4.4.1", "no host", "", "",
	  "bogus" },
};

static struct relay_part *make_part(const struct queue_message *m)
{
	struct relay_part *p = rig_part(&rig, m, STR("y.example"));

	p->part->demand.service = ROUTE_REQUESTED;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct schedule_outcome *o = &p->part->rcpt[i];
		schedule_outcome_settle(o, cases[i].action, str_of(cases[i].status));
		schedule_outcome_say(o, str_of(cases[i].text), STR(""));
		o->target = cases[i].target;
	}
	return p;
}

/* The line about a recipient. */
static struct str line_of(struct str all, const char *to)
{
	struct str line;

	while (str_line(&all, &line))
		if (rig_holds(line, to))
			return line;
	return STR_NONE;
}

static void check_field(struct str line, const char *to, const char *field, const char *value)
{
	char expected[200];

	(void)snprintf(expected, sizeof(expected), "\"%s\":\"%s\"", field, value);
	CHECK_INT(to, rig_holds(line, expected), true);
	if (!rig_holds(line, expected))
		(void)fprintf(stderr, "%s is not in %.*s\n", expected, STR_ARG(line));
}

static void check_records(const char *mx_word, bool named)
{
	CLEANUP(buf_free) struct buf all = BUF_MAX(1 << 20);

	rig_read(&rig, "deliveries-", &all);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct str line = line_of(buf_str(&all), cases[i].to);
		check_field(line, cases[i].to, "mx_status", mx_word);
		check_field(line, cases[i].to, "host", named ? cases[i].host : "");
		check_field(line, cases[i].to, "address", named ? cases[i].address : "");
		check_field(line, cases[i].to, "address_status", named ? cases[i].word : "none");
		check_field(line, cases[i].to, "status", cases[i].status);
		check_field(line, cases[i].to, "reply", cases[i].text);
		check_field(line, cases[i].to, "outcome", cases[i].outcome);
	}
}

static unsigned counted(enum route_action action, size_t status)
{
	return (unsigned)atomic_load(
		&rig.shared.counters.deliveries[ROUTE_REQUESTED][action][status]);
}

/* Of both targets, and under which word the session counts; RELAY_TLS_RESULTS: under none. */
static const struct {
	const char *label;
	struct relay_secured secured[2];
	int counted;
} sessions[] = {
	{ "nobody was ready", { { .version = "TLSv1.3" }, { .version = "" } }, RELAY_TLS_RESULTS },
	{ "in clear", { { .used = true } }, RELAY_TLS_CLEAR },
	{ "encrypted", { { .version = "TLSv1.3", .used = true } }, RELAY_TLS_ENCRYPTED },
	{ "by name", { { "TLSv1.2", TLS_BY_NAME, true } }, RELAY_TLS_VERIFIED },
	{ "by pin", { { "TLSv1.2", TLS_BY_PIN, true } }, RELAY_TLS_VERIFIED },
	{ "DANE-TA", { { "TLSv1.3", TLS_BY_DANE_TA, true } }, RELAY_TLS_DANE },
	{ "DANE-EE", { { "TLSv1.3", TLS_BY_DANE_EE, true } }, RELAY_TLS_DANE },
	{ "the last of two",
	  { { "TLSv1.3", TLS_BY_DANE_EE, true }, { .used = true } },
	  RELAY_TLS_CLEAR },
	{ "the last that was ready",
	  { { "TLSv1.3", TLS_BY_NAME, true }, { .version = "TLSv1.3" } },
	  RELAY_TLS_VERIFIED },
};

/* Written with what was found, or with nothing found. */
static void write_it(const struct routing_path *found, const struct relay_secured *secured)
{
	const char *const to[] = { cases[0].to, cases[1].to, cases[2].to, cases[3].to, NULL };
	struct queue_message *m = rig_message(&rig, to);
	struct relay_part *p = make_part(m);
	const struct relay_account account = { .worker = rig.worker,
					       .part = p,
					       .path = found,
					       .session = STR("S1"),
					       .secured = secured,
					       .now_wall_ms = m->arrived_wall_ms + 1 };

	relay_account_write(&account);
	relay_post_part_free(&p);
	queue_message_free(&m);
}

static void check_session(size_t i)
{
	rig_open(&rig, 25, "", "", NULL);
	write_it(&path, sessions[i].secured);
	for (int k = 0; k < RELAY_TLS_RESULTS; k++)
		CHECK_INT(sessions[i].label, (long long)atomic_load(&rig.shared.counters.tls[k]),
			  k == sessions[i].counted);
	rig_close(&rig);
}

int main(void)
{
	make_path();
	for (size_t i = 0; i < COUNT_OF(sessions); i++)
		check_session(i);
	rig_open(&rig, 25, "", "", NULL);
	write_it(&path, NULL);
	check_records("secure", true);
	CHECK_INT("delivered", counted(ROUTE_DELIVER, DNS_SECURE), 1);
	CHECK_INT("put off", counted(ROUTE_DEFER, DNS_SECURE), 2);
	CHECK_INT("bounced", counted(ROUTE_BOUNCE, DNS_SECURE), 1);
	rig_close(&rig);

	rig_open(&rig, 25, "", "", NULL);
	write_it(NULL, NULL);
	check_records("none", false);
	CHECK_INT("counted as nothing asked", counted(ROUTE_DEFER, RELAY_STATUSES - 1), 2);
	rig_close(&rig);
	return TEST_EXIT();
}
