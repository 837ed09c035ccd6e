/* What a line would do to messages that wait, under criteria that are in force. */
#include "admin/foresight.h"

#include "base/test.h"
#include "conf/parse.h"

#include <jansson.h>
#include <stdlib.h>

enum { NOW = 1000, ROOM = 1 << 16 };

static const char conf_text[] = "exempt \"lifted.example\" { reason = r until = 2027-03-31 }\n"
				"route \"routed.example\" { via = \"[192.0.2.7]\" }\n"
				"route \"named.example\" { via = \"mx.example\" }\n"
				"route \"plain.example\" { rate = \"9/1h\" }\n";

#define TO(address)                                                                                \
	{                                                                                          \
		.to = STR_INIT(address)                                                            \
	}

static struct schedule_rcpt of_bank[] = { TO("a@Bank.example"), TO("b@bank.example") };
static struct schedule_rcpt of_many[] = { TO("a@plain.example"),
					  TO("a@new.example"),
					  { .to = STR_INIT("b@plain.example"),
					    .state = SCHEDULE_DELIVERED } };
static struct schedule_rcpt of_odd[] = { TO("a@[192.0.2.1]"), TO("a@lifted.example"),
					 TO("a@routed.example"), TO("a@named.example"),
					 TO("a@b\xc3\xbc"
					    "cher.example.") };

/* What waits, and the head of each. */
static const struct {
	struct queue_message m;
	struct str head;
} mail[] = {
	{ { .id = 1, .from = STR_INIT("me@y.example"), .rcpt = of_bank, .n_rcpt = 2 },
	  STR_INIT("Subject: payroll\r\n\r\n") },
	{ { .id = 2, .from = STR_INIT("me@y.example"), .rcpt = of_many, .n_rcpt = 3 },
	  STR_INIT("Subject: none\r\n\r\n") },
	{ { .id = 3, .rcpt = of_odd, .n_rcpt = 5, .flags = QUEUE_HELD },
	  STR_INIT("Subject: odd\r\n\r\n") },
	{ { .id = 4, .rcpt = of_bank, .n_rcpt = 2, .flags = QUEUE_FAILED },
	  STR_INIT("Subject: payroll\r\n\r\n") },
	{ { .id = 5 }, STR_INIT("") }, /* damaged */
};

/* Counts in the order in which they are written; then of each domain. */
static const struct {
	const char *line, *in_force, *want;
} cases[] = {
	{ "Envelope-To *@bank.example SECURE", "", "3 0 1 2 0 1 0 0; bank.example 1 0 0" },
	{ "Envelope-To *@bank.example SECURE", "Envelope-From * SECURE\n",
	  "3 0 1 2 0 0 0 0; bank.example 1 0 0" },
	{ "Envelope-To *@bank.example SECURE DANE", "Envelope-From * SECURE\n",
	  "3 0 1 2 0 1 0 0; bank.example 1 0 0" },
	{ "Envelope-To *@bank.example", "", "3 0 1 2 1 0 0 0; bank.example 1 0 0" },
	/* What is in force asks for a field: the head of what matches is wanted, no other. */
	{ "Envelope-To *@bank.example SECURE", "Subject payroll SECURE\n",
	  "3 1 1 2 0 0 0 0; bank.example 1 0 0" },
	{ "Subject payroll OBSERVE", "", "3 3 1 2 1 0 0 0; bank.example 1 0 0" },
	{ "To *@plain.example SECURE", "",
	  "3 3 1 2 0 1 1 1; plain.example 1 1 0; new.example 1 0 1" },
	{ "Subject odd SECURE", "",
	  "3 3 1 5 1 1 2 1; [192.0.2.1] 1 1 0; lifted.example 1 0 0; routed.example 1 0 0; "
	  "named.example 1 0 1; xn--bcher-kva.example 1 1 0" },
	{ "Subject nothing SECURE", "", "3 3 0 0 0 0 0 0" },
	{ "Envelope-From \"\"", "To * SECURE\n",
	  "3 1 1 5 0 0 2 1; [192.0.2.1] 1 1 0; lifted.example 1 0 0; routed.example 1 0 0; "
	  "named.example 1 0 1; xn--bcher-kva.example 1 1 0" },
};

static const struct {
	const char *line, *why;
	enum err err;
} bad[] = {
	{ "To", NULL, ERR_SYNTAX },
	{ "", "the line is not one criterion: HEADER VALUE [SECURE]", ERR_SYNTAX },
	{ "# To *", "the line is not one criterion: HEADER VALUE [SECURE]", ERR_SYNTAX },
	{ "To a\nTo b", "the line is not one criterion: HEADER VALUE [SECURE]", ERR_SYNTAX },
};

static struct routing_settings settings = { .holders = 1 };

/* arg: it says ERR_IO. */
static enum err known(void *arg, struct str domain, enum admin_known *out)
{
	*out = str_eq(domain, STR("bank.example"))            ? ADMIN_KNOWN_SECURE
	       : str_eq(domain, STR("plain.example"))         ? ADMIN_KNOWN_INSECURE
	       : str_eq(domain, STR("xn--bcher-kva.example")) ? ADMIN_KNOWN_INSECURE
							      : ADMIN_KNOWN_NOTHING;
	return arg ? ERR_IO : ERR_OK;
}

static enum err begin(const char *line, void *arg, struct admin_foresight **out, struct buf *why)
{
	return admin_foresight_new(&(struct admin_foresight_setup){ .line = str_of(line),
								    .settings = &settings,
								    .known = known,
								    .arg = arg,
								    .now_wall_ms = NOW },
				   out, why);
}

static enum err add(struct admin_foresight *f, size_t i)
{
	bool wants = false;
	enum err e = admin_foresight_add(f, &mail[i].m, NULL, &wants);

	if (e == ERR_OK && wants) {
		e = admin_foresight_add(f, &mail[i].m, &mail[i].head, &wants);
		CHECK_INT("it has what it wants", wants, false);
	}
	return e;
}

/* The counts of an object, in their order. */
static void add_counts(struct buf *out, const json_t *o)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)o, key, value) if (json_is_integer(value))
		buf_addf(out, "%s%lld", out->n && out->p[out->n - 1] != ' ' ? " " : "",
			 (long long)json_integer_value(value));
}

static void read_document(struct str document, struct buf *out)
{
	json_t *o = json_loadb(document.p, document.n, 0, NULL), *row;
	size_t i;

	add_counts(out, o);
	json_array_foreach(json_object_get(o, "domains"), i, row)
	{
		buf_addf(out, "; %s", json_string_value(json_object_get(row, "domain")));
		add_counts(out, row);
	}
	json_decref(o);
}

static void check_cases(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(buf_free) struct buf why = BUF_MAX(ROOM), out = BUF_MAX(ROOM);
		CLEANUP(buf_free) struct buf got = BUF_MAX(ROOM);
		struct admin_foresight *f = NULL;

		CHECK_INT(cases[i].in_force,
			  criteria_parse(str_of(cases[i].in_force), STR("c"), &settings.criteria,
					 &why),
			  ERR_OK);
		CHECK_INT(cases[i].line, begin(cases[i].line, NULL, &f, &why), ERR_OK);
		for (size_t k = 0; k < COUNT_OF(mail); k++)
			CHECK_INT(cases[i].line, add(f, k), ERR_OK);
		admin_foresight_write(f, &out);
		read_document(buf_str(&out), &got);
		CHECK_STR(cases[i].line, buf_str(&got), str_of(cases[i].want));
		admin_foresight_free(&f);
		criteria_free(&settings.criteria);
	}
	CHECK_INT("settings are let go", (long long)atomic_load(&settings.holders), 1);
}

static void check_bad(void)
{
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		CLEANUP(buf_free) struct buf why = BUF_MAX(ROOM);
		struct admin_foresight *f = NULL;

		CHECK_INT(bad[i].line, begin(bad[i].line, NULL, &f, &why), bad[i].err);
		CHECK_INT("nothing is made", f == NULL, true);
		if (bad[i].why)
			CHECK_STR(bad[i].line, buf_str(&why), str_of(bad[i].why));
		else
			CHECK_INT(bad[i].line, str_starts(buf_str(&why), STR("line:1: ")), true);
	}
	CHECK_INT("settings are let go", (long long)atomic_load(&settings.holders), 1);
}

static void check_not_read(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(ROOM);
	struct admin_foresight *f = NULL;

	CHECK_INT("a line", begin("Envelope-To * SECURE", &settings, &f, &why), ERR_OK);
	CHECK_INT("what is known cannot be read", add(f, 0), ERR_IO);
	admin_foresight_free(&f);
}

/* Of more domains than are told by name, the sums are right all the same. */
static void check_many(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(ROOM), out = BUF_MAX(1 << 20);
	struct admin_foresight *f = NULL;
	bool wants;

	CHECK_INT("a line", begin("Envelope-To * SECURE", NULL, &f, &why), ERR_OK);
	for (unsigned i = 0; i < ADMIN_FORESIGHT_DOMAINS + 3; i++) {
		char to[64];
		struct schedule_rcpt r = { .to = STR_NONE };
		(void)snprintf(to, sizeof(to), "a@[192.0.2.1%u]", i);
		r.to = str_of(to);
		const struct queue_message m = { .id = i + 1, .rcpt = &r, .n_rcpt = 1 };
		CHECK_INT("added", admin_foresight_add(f, &m, NULL, &wants), ERR_OK);
	}
	admin_foresight_write(f, &out);
	json_t *o = json_loadb(out.p, out.n, 0, NULL);
	CHECK_INT("by name", (long long)json_array_size(json_object_get(o, "domains")),
		  ADMIN_FORESIGHT_DOMAINS);
	CHECK_INT("all", json_integer_value(json_object_get(o, "would_bounce")),
		  ADMIN_FORESIGHT_DOMAINS + 3);
	json_decref(o);
	admin_foresight_free(&f);
}

int main(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(ROOM);

	if (conf_parse("f", str_of(conf_text), &settings.conf, &why) != ERR_OK)
		exit(1);
	check_cases();
	check_bad();
	check_not_read();
	check_many();
	conf_free(&settings.conf);
	return TEST_EXIT();
}
