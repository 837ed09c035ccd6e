#include "relay/convert.h"

#include "base/test.h"

#define HEAD "MIME-Version: 1.0\r\nContent-Type: "
#define EIGHT HEAD "text/plain\r\n\r\ncaf\xe9\r\n"
#define SEVEN HEAD "text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ncaf=E9\r\n"
#define SEALED HEAD "multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n\xe9\r\n--b--\r\n"
#define BROKEN HEAD "multipart/mixed\r\n\r\n\xe9\r\n"
#define HAS(x) (1u << SMTP_EXT_##x)

static unsigned woken;

static void wake(void *arg)
{
	(void)arg;
	woken++;
}

static const struct {
	const char *label;
	struct str in;
	unsigned flags, has;
	struct str out;
	enum smtp_body body;
} cases[] = {
	{ "ASCII", STR_INIT("A: b\r\n\r\nc\r\n"), SMTP_MAIL_EIGHT_BIT, 0,
	  STR_INIT("A: b\r\n\r\nc\r\n"), SMTP_BODY_AS_IT_CAME },
	{ "eight bits where they may go", STR_INIT(EIGHT), 0, HAS(8BITMIME), STR_INIT(EIGHT),
	  SMTP_BODY_AS_IT_CAME },
	{ "eight bits where they may not", STR_INIT(EIGHT), 0, HAS(SIZE), STR_INIT(SEVEN),
	  SMTP_BODY_CONVERTED },
	{ "signed", STR_INIT(SEALED), 0, 0, STR_INIT(SEALED), SMTP_BODY_SEALED },
	{ "broken", STR_INIT(BROKEN), 0, 0, STR_INIT(BROKEN), SMTP_BODY_BROKEN },
	{ "binary where it may go", STR_INIT(HEAD "x/y\r\n\r\n\n"), SMTP_MAIL_BINARY,
	  HAS(CHUNKING) | HAS(BINARYMIME), STR_INIT(HEAD "x/y\r\n\r\n\n"), SMTP_BODY_AS_IT_CAME },
	{ "binary where it may not", STR_INIT(HEAD "x/y\r\n\r\n\n"), SMTP_MAIL_BINARY,
	  HAS(8BITMIME), STR_INIT(HEAD "x/y\r\nContent-Transfer-Encoding: base64\r\n\r\nCg==\r\n"),
	  SMTP_BODY_CONVERTED },
};

/* The same twice: for one host, and for the next. */
static void check_case(size_t i)
{
	struct relay_memory memory = { .wake = wake };
	const struct smtp_offer offer = { .has = cases[i].has };
	CLEANUP(relay_convert_clear) struct relay_convert c;

	schedule_budget_init(&memory.budget, 1 << 20, 1 << 10);
	relay_convert_init(&c, &memory);
	for (int k = 0; k < 2; k++) {
		struct smtp_transaction tx = { .mail.flags = cases[i].flags,
					       .message = cases[i].in };
		CHECK_INT(cases[i].label, relay_convert(&c, &offer, &tx), ERR_OK);
		CHECK_STR(cases[i].label, tx.message, cases[i].out);
		CHECK_INT(cases[i].label, tx.body, cases[i].body);
		CHECK_INT("charged", c.charge.kib > 0, cases[i].body != SMTP_BODY_AS_IT_CAME);
	}
	relay_convert_clear(&c);
	CHECK_INT("given back", schedule_budget_zero(&memory.budget), true);
}

static void check_no_room(void)
{
	struct relay_memory memory = { .wake = wake };
	const struct smtp_offer offer = { .has = 0 };
	struct schedule_charge all = { .kib = 0 };
	struct smtp_transaction tx = { .message = STR(EIGHT) };
	CLEANUP(relay_convert_clear) struct relay_convert c;

	schedule_budget_init(&memory.budget, 1 << 12, 1 << 10);
	relay_convert_init(&c, &memory);
	for (uint32_t kib = 1 << 12; kib > 0; kib /= 2)
		while (schedule_budget_grow(&memory.budget, &all, all.kib + kib))
			continue;
	CHECK_INT("no room", relay_convert(&c, &offer, &tx), ERR_LIMIT);
	CHECK_STR("as it was", tx.message, STR(EIGHT));
	relay_memory_release(&memory, &all);
	CHECK_INT("room", relay_convert(&c, &offer, &tx), ERR_OK);
	CHECK_STR("room", tx.message, STR(SEVEN));
}

/* Parts of nothing but the fields that they get: no mail is so, and none of ours so large. */
static void check_many_parts(void)
{
	struct relay_memory memory = { .wake = wake };
	const struct smtp_offer offer = { .has = 0 };
	CLEANUP(buf_free) struct buf in = BUF_MAX(1 << 20);
	CLEANUP(relay_convert_clear) struct relay_convert c;

	schedule_budget_init(&memory.budget, 1 << 20, 1 << 10);
	relay_convert_init(&c, &memory);
	buf_add(&in, STR(HEAD "multipart/mixed; boundary=b\r\n\r\n"));
	for (int i = 0; i < 10000; i++)
		buf_add(&in, STR("--b\r\n\r\n\xe9\r\n"));
	struct smtp_transaction tx = { .message = buf_str(&in) };
	CHECK_INT("many", relay_convert(&c, &offer, &tx), ERR_OK);
	CHECK_INT("many", tx.body, SMTP_BODY_BROKEN);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_case(i);
	check_no_room();
	check_many_parts();
	return TEST_EXIT();
}
