/* What a transaction is answered, at its limits and past them. */
#include "relay/intake.h"

#include "base/test.h"
#include "message/head.h"

#include <stdlib.h>
#include <unistd.h>

static struct conf conf = { .hostname = (char *)(uintptr_t) "relay.example",
			    .size_limit = 1 << 20,
			    .limits = { .header_size = 4096 } };
static struct routing_settings settings = { .conf = &conf };
static struct relay_memory memory;
static struct queue_spool *spool; /* NULL: nothing is spooled */

/* A transaction as far as DATA, answered so. */
static int begin(struct relay_intake *i)
{
	relay_intake_init(i, &settings, &memory, spool);
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

	relay_intake_init(&i, &settings, &memory, spool);
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

/* The files that the intake wants written, as a thread of the relay does; all stays charged. */
static void write_file(struct relay_intake *i)
{
	enum relay_intake_then then = RELAY_INTAKE_WRITE;

	while (then == RELAY_INTAKE_WRITE) {
		struct queue_spool_file *f = relay_spooling_take(&i->spooling);
		enum err e = queue_spool_file_write(f);
		then = relay_intake_written(i, f, NULL, e);
	}
}

static void finish_file(struct relay_intake *i)
{
	struct queue_spool_file *f = relay_spooling_take(&i->spooling);
	struct queue_spooled *whole = NULL;
	enum err e = queue_spool_file_finish(f, &whole);

	(void)relay_intake_written(i, f, whole, e);
}

static void come(struct relay_intake *i, struct str text, size_t piece)
{
	for (; text.n > 0; text = str_skip(text, piece))
		if (relay_intake_body(i, str_head(text, piece)) == RELAY_INTAKE_WRITE)
			write_file(i);
}

static const struct {
	const char *label;
	const char *head, *line;
	size_t octets; /* of the body, about */
	uint64_t told; /* SIZE= */
	size_t piece;
	bool spooled;
	unsigned has;
	int code; /* 0: accepted */
} larges[] = {
	{ "small", "A: b\r\n", "a line\r\n", 1000, 0, 100, false, 0, 0 },
	{ "small, and said to be large", "A: b\r\n", "a line\r\n", 2000, 300000, 100, true, 0, 0 },
	{ "large", "A: b\r\n", "a line\r\n", 300000, 0, 1000, true, 0, 0 },
	{ "large, in one piece", "A: b\r\n", "a line\r\n", 300000, 0, 1 << 20, true, 0, 0 },
	{ "large, and so said to be", "A: b\r\n", "a line\r\n", 300000, 300000, 65536, true, 0, 0 },
	{ "with octets above 127", "A: \xe9\r\n", "\xe9\r\n", 300000, 0, 777, true,
	  SMTP_TEXT_HEAD_EIGHT | SMTP_TEXT_BODY_EIGHT, 0 },
	{ "no header", "  white space\r\n", "a line\r\n", 300000, 0, 777, true, 0, 0 },
	{ "from a mailbox", "From a@b\r\nA: b\r\n", "a line\r\n", 300000, 0, 777, true, 0, 0 },
	{ "too large", "A: b\r\n", "a line\r\n", (1 << 20) + 9000, 0, 65536, false, 0, 552 },
	{ "too large, as was said", "A: b\r\n", "a line\r\n", (1 << 20) + 9000, 1 << 20, 65536,
	  false, 0, 552 },
};

static void check_spooled(size_t k, const struct queue_message *m)
{
	CLEANUP(queue_spool_reader_free)
	struct queue_spool_reader *r = queue_spool_reader_new(spool, m->spool, m->size);
	CLEANUP(buf_free) struct buf all = BUF_MAX(2 << 20);
	struct str piece = STR_NONE;

	for (uint64_t at = 0; at < m->size; at += piece.n) {
		CHECK_INT(larges[k].label, queue_spool_reader_read(r, at, &piece), ERR_OK);
		buf_add(&all, piece);
	}
	CHECK_INT(larges[k].label, m->spool->has, larges[k].has);
	CHECK_INT("its head is at hand", str_starts(buf_str(&all), buf_str(&m->content)), true);
	CHECK_INT("and no more", (long long)m->content.n,
		  (long long)message_head_size(buf_str(&all)));
	CHECK_INT("ends", str_ends(buf_str(&all), str_of(larges[k].line)), true);
	CHECK_INT("begins", str_starts(buf_str(&all), STR("Received: from client")), true);
	CHECK_INT("held", m->content.n < 4096, true);
}

static void check_large(size_t k)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(2 << 20);
	struct relay_intake i;
	struct relay_answer why = { 0 };
	struct schedule_charge charge = { .kib = 0 };

	CHECK_INT(larges[k].label, begin(&i), 250);
	i.told = larges[k].told;
	buf_add(&text, str_of(larges[k].head));
	buf_add(&text, STR("\r\n"));
	while (text.n < larges[k].octets)
		buf_add(&text, str_of(larges[k].line));
	come(&i, buf_str(&text), larges[k].piece);
	if (i.spooling.begun)
		CHECK_INT("charged", i.charge.kib < 200, true);
	if (relay_intake_finishes(&i))
		finish_file(&i);
	struct queue_message *m = relay_intake_message(&i, &charge, &why);
	CHECK_INT(larges[k].label, why.code, larges[k].code);
	CHECK_INT(larges[k].label, m && m->spool, larges[k].spooled);
	if (m) {
		CHECK_INT("size", m->size >= text.n && m->size < text.n + 1000, true);
		if (m->spool)
			check_spooled(k, m);
	}
	queue_message_free(&m);
	relay_intake_free(&i);
	relay_memory_release(&memory, &charge);
	CHECK_INT("nothing is charged", schedule_budget_zero(&memory.budget), true);
}

/* What cannot be written is refused for what it is, and all that came is gone. */
static void test_unwritten(void)
{
	static const struct {
		enum err err;
		int code;
		struct str text;
	} cases[] = {
		{ ERR_LIMIT, 452, STR_INIT("4.3.1 Disk full, try again later") },
		{ ERR_NOMEM, 452, STR_INIT("4.3.1 Out of memory, try again later") },
		{ ERR_IO, 451, STR_INIT("4.3.0 Cannot store, try again later") },
	};

	for (size_t k = 0; k < COUNT_OF(cases); k++) {
		struct relay_intake i;
		struct relay_answer why = { 0 };
		struct schedule_charge charge = { .kib = 0 };
		CHECK_INT("begun", begin(&i), 250);
		i.told = 1 << 20;
		put(&i, "A: b\r\n\r\nc", 1);
		struct queue_spool_file *f = relay_spooling_take(&i.spooling);
		CHECK_INT("none", relay_intake_written(&i, f, NULL, cases[k].err),
			  RELAY_INTAKE_GO_ON);
		put(&i, "a line that is thrown away\r\n", 10000);
		CHECK_INT("nothing to finish", relay_intake_finishes(&i), false);
		CHECK_INT("none", relay_intake_message(&i, &charge, &why) == NULL, true);
		CHECK_INT("why", why.code, cases[k].code);
		CHECK_STR("why", why.text, cases[k].text);
		relay_intake_free(&i);
		CHECK_INT("nothing is charged", schedule_budget_zero(&memory.budget), true);
	}
}

/* All of it on a disk of our own: what is given up leaves no file. */
static void test_large(void)
{
	char dir[] = "/tmp/intake_test.XXXXXX";
	struct buf why = BUF_MAX(1000);

	if (!mkdtemp(dir))
		abort();
	CHECK_INT("spool", queue_spool_open(dir, 0, QUEUE_SPOOL_WRITE, &spool, &why), ERR_OK);
	for (size_t k = 0; k < COUNT_OF(larges); k++)
		check_large(k);
	test_unwritten();
	queue_spool_close(&spool);
	CHECK_INT("no file is left", rmdir(dir), 0);
	buf_free(&why);
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
	test_large();
	return TEST_EXIT();
}
