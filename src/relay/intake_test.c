/* What a transaction is answered, at its limits and past them. */
#include "relay/intake.h"

#include "base/test.h"

static struct conf conf = { .hostname = (char *)(uintptr_t) "relay.example",
			    .size_limit = 1 << 20,
			    .limits = { .header_size = 4096 } };
static struct routing_settings settings = { .conf = &conf };
static struct relay_counters counters;

/* A transaction as far as DATA, answered so. */
static int begin(struct relay_intake *i)
{
	relay_intake_init(i, &settings, &counters);
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
		CHECK_INT(heads[k].label, begin(&i), 250);
		put(&i, heads[k].field, heads[k].times);
		put(&i, "\r\nbody\r\n", 1);
		struct queue_message *m = relay_intake_message(&i, &why);
		CHECK_INT(heads[k].label, why.code, heads[k].code);
		CHECK_INT(heads[k].label, m != NULL, heads[k].code == 0);
		if (m)
			CHECK_INT("our field comes first",
				  str_starts(buf_str(&m->content), STR("Received: from client")),
				  1);
		queue_message_free(&m);
		relay_intake_free(&i);
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
		char octet[2] = "";
		CHECK_INT(openings[k].in, begin(&i), 250);
		for (const char *c = openings[k].in; (octet[0] = *c) != '\0'; c++)
			put(&i, octet, 1);
		struct queue_message *m = relay_intake_message(&i, &why);
		CHECK_INT(openings[k].in,
			  m && str_ends(buf_str(&m->content), str_of(openings[k].out)), 1);
		queue_message_free(&m);
		relay_intake_free(&i);
	}
}

static void test_message(void)
{
	struct relay_intake i;
	struct relay_answer why;

	CHECK_INT("data", begin(&i), 250);
	CHECK_INT("postmaster",
		  relay_intake_rcpt(&i, &(struct smtp_rcpt){ .to = STR("postmaster") }).code, 250);
	put(&i, "S: x\r\n\r\nhi\r\n", 1);
	struct queue_message *m = relay_intake_message(&i, &why);
	CHECK_INT("ID", (long long)m->id, 4711);
	CHECK_STR("ours", m->rcpt[1].to, STR("postmaster@relay.example"));
	CHECK_INT("charged until cleared", atomic_load(&counters.octets) > 0, 1);
	queue_message_free(&m);
	relay_intake_clear(&i);
	CHECK_INT("then not", atomic_load(&counters.octets), 0);
	CHECK_INT("nothing left", (long long)i.n_rcpt, 0);
	relay_intake_free(&i);
}

/* Others fill the memory, before DATA and in the middle of the message. */
static void test_memory(void)
{
	struct relay_intake i;
	struct relay_answer why = { 0 };

	atomic_store(&counters.octets, RELAY_INTAKE_OCTETS_MAX + 1);
	CHECK_INT("before", begin(&i), 452);
	relay_intake_free(&i);
	atomic_store(&counters.octets, 0);
	CHECK_INT("there is room", begin(&i), 250);
	put(&i, "Subject: x\r\n", 1);
	atomic_fetch_add(&counters.octets, RELAY_INTAKE_OCTETS_MAX);
	put(&i, "\r\nbody\r\n", 2);
	CHECK_INT("thrown away", (long long)i.content.n, 0);
	CHECK_INT("and not charged", atomic_load(&counters.octets), RELAY_INTAKE_OCTETS_MAX);
	atomic_store(&counters.octets, 0);
	CHECK_INT("refused, though there is room again", relay_intake_message(&i, &why) == NULL, 1);
	CHECK_INT("for a while", why.code, 452);
	relay_intake_free(&i);
}

int main(void)
{
	test_heads();
	test_openings();
	test_message();
	test_memory();
	return TEST_EXIT();
}
