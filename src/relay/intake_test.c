/* What a transaction is answered, at its limits and past them. */
#include "relay/intake.h"

#include "base/test.h"

static struct conf conf = { .hostname = (char *)(uintptr_t) "relay.example",
			    .size_limit = 1 << 20,
			    .limits = { .header_size = 4096 } };
static struct routing_settings settings = { .conf = &conf };
static struct relay_memory memory;

/* A transaction as far as DATA, answered so. */
static int begin(struct relay_intake *i)
{
	relay_intake_init(i, &settings, &memory);
	CHECK_INT("mail", relay_intake_mail(i, &(struct smtp_mail){ .from = STR("a@x") }).code,
		  250);
	CHECK_INT("rcpt", relay_intake_rcpt(i, &(struct smtp_rcpt){ .to = STR("b@y") }).code, 250);
	return relay_intake_data(i, 4711, (struct message_received){ .helo = STR("client") }).code;
}

static void put(struct relay_intake *i, const char *text, size_t times)
{
	while (times--)
		relay_intake_body(i, str_of(text));
}

static const struct {
	const char *label, *field;
	size_t times;
	int code; /* 0: accepted */
} heads[] = {
	{ "ninety-nine hops", "Received: x\r\n", 99, 0 },
	{ "a hundred", "Received: x\r\n", 100, 554 },
	{ "a head of the largest size", "X-Field: 5678901\r\n", 4096 / 18, 0 },
	{ "a field more", "X-Field: 5678901\r\n", 4096 / 18 + 1, 552 },
	{ "a head far larger", "X-Field: 5678901\r\n", 9000 / 18, 552 },
};

static void test_heads(void)
{
	for (size_t k = 0; k < COUNT_OF(heads); k++) {
		struct relay_intake i;
		struct relay_answer why = { 0 };
		struct schedule_charge charge = { .kib = 0 };
		CHECK_INT(heads[k].label, begin(&i), 250);
		put(&i, heads[k].field, heads[k].times);
		put(&i, "\r\nbody\r\n", 1);
		struct queue_message *m = relay_intake_message(&i, &charge, &why);
		CHECK_INT(heads[k].label, why.code, heads[k].code);
		CHECK_INT(heads[k].label, m != NULL, heads[k].code == 0);
		if (m)
			CHECK_INT("our field comes first",
				  str_starts(buf_str(&m->content), STR("Received: from client")),
				  1);
		queue_message_free(&m);
		relay_intake_free(&i);
		relay_memory_release(&memory, &charge);
	}
}

/* What follows our field is what came, octet by octet; an opening that is no field stays apart. */
static void test_openings(void)
{
	static const struct {
		const char *in, *out;
	} openings[] = {
		{ "To: b\r\n\r\nhi\r\n", "\r\nTo: b\r\n\r\nhi\r\n" },
		{ "  Dear Bob,\r\nhi\r\n", "\r\n\r\n  Dear Bob,\r\nhi\r\n" },
		{ "From a@b\r\nTo: b\r\n\r\n", "\r\nX-Mailbox-Line: From a@b\r\nTo: b\r\n\r\n" },
		{ "no field\r\nTo: b\r\n\r\n", "\r\nno field\r\nTo: b\r\n\r\n" },
	};

	for (size_t k = 0; k < COUNT_OF(openings); k++) {
		struct relay_intake i;
		struct relay_answer why = { 0 };
		struct schedule_charge charge = { .kib = 0 };
		char octet[2] = "";
		CHECK_INT(openings[k].in, begin(&i), 250);
		for (const char *c = openings[k].in; (octet[0] = *c) != '\0'; c++)
			put(&i, octet, 1);
		struct queue_message *m = relay_intake_message(&i, &charge, &why);
		CHECK_INT(openings[k].in,
			  m && str_ends(buf_str(&m->content), str_of(openings[k].out)), 1);
		queue_message_free(&m);
		relay_intake_free(&i);
		relay_memory_release(&memory, &charge);
	}
}

static void test_message(void)
{
	struct relay_intake i;
	struct relay_answer why;
	struct schedule_charge charge = { .kib = 0 };

	CHECK_INT("data", begin(&i), 250);
	CHECK_INT("postmaster",
		  relay_intake_rcpt(&i, &(struct smtp_rcpt){ .to = STR("postmaster") }).code, 250);
	put(&i, "S: x\r\n\r\nhi\r\n", 1);
	struct queue_message *m = relay_intake_message(&i, &charge, &why);
	CHECK_INT("ID", (long long)m->id, 4711);
	CHECK_STR("ours", m->rcpt[1].to, STR("postmaster@relay.example"));
	queue_message_free(&m);
	relay_intake_clear(&i);
	CHECK_INT("what was charged goes with it", charge.kib > 0, 1);
	CHECK_INT("and is charged still", schedule_budget_usage(&memory.budget).in, charge.kib);
	relay_memory_release(&memory, &charge);
	CHECK_INT("nothing more", schedule_budget_zero(&memory.budget), 1);
	CHECK_INT("nothing left", (long long)i.n_rcpt, 0);
	relay_intake_free(&i);
}

/* As much of the memory as what comes in may have, but for so many KiB, is another's. */
static struct schedule_charge fill(uint32_t but)
{
	struct schedule_charge other = { .kib = 0 };
	struct schedule_usage u = schedule_budget_usage(&memory.budget);

	CHECK_INT(
		"room for another",
		schedule_budget_grow(&memory.budget, &other, u.limit - 2 * u.largest - u.in - but),
		1);
	return other;
}

/* Others fill the memory: before a recipient, before DATA, in the middle of the message. */
static void test_memory(void)
{
	struct relay_intake i;
	struct relay_answer why = { 0 };
	struct schedule_charge other = fill(4), none = { .kib = 0 };

	relay_intake_init(&i, &settings, &memory);
	CHECK_INT("mail", relay_intake_mail(&i, &(struct smtp_mail){ .from = STR("a@x") }).code,
		  250);
	CHECK_INT("no room for a recipient",
		  relay_intake_rcpt(&i, &(struct smtp_rcpt){ .to = STR("b@y") }).code, 452);
	CHECK_INT("it is none", (long long)i.n_rcpt, 0);
	relay_intake_free(&i);
	relay_memory_release(&memory, &other);

	CHECK_INT("there is room", begin(&i), 250);
	put(&i, "Subject: x\r\n", 1);
	other = fill(1);
	put(&i, "\r\nA line of a body, and there are a thousand of them.\r\n", 1000);
	CHECK_INT("thrown away", (long long)i.content.n, 0);
	CHECK_INT("and not charged", schedule_budget_usage(&memory.budget).in, other.kib);
	relay_memory_release(&memory, &other);
	CHECK_INT("refused, though there is room again",
		  relay_intake_message(&i, &none, &why) == NULL, 1);
	CHECK_INT("for a while", why.code, 452);
	relay_intake_free(&i);
	CHECK_INT("nothing is charged", schedule_budget_zero(&memory.budget), 1);
}

static unsigned woken;

static void wake(void *arg)
{
	(void)arg;
	woken++;
}

/* Who breaks off gives back all at once, and who waited to load is woken. */
static void test_break_off(void)
{
	struct relay_intake i;
	struct schedule_charge look = { .kib = 0 };

	CHECK_INT("to DATA", begin(&i), 250);
	put(&i, "A line of a body that never ends.\r\n", 10000);
	struct schedule_charge other = { .kib = 0 };
	schedule_budget_force(&memory.budget, &other, SCHEDULE_KEPT,
			      schedule_budget_usage(&memory.budget).limit);
	CHECK_INT("the loader waits", schedule_budget_look(&memory.budget, &look), 0);
	relay_intake_free(&i);
	relay_memory_release(&memory, &other);
	CHECK_INT("and is woken, once", woken, 1);
	CHECK_INT("nothing is charged", schedule_budget_zero(&memory.budget), 1);
}

int main(void)
{
	memory.wake = wake;
	schedule_budget_init(&memory.budget, 8 << 20, conf.size_limit);
	test_heads();
	test_openings();
	test_message();
	test_memory();
	test_break_off();
	return TEST_EXIT();
}
