#include "smtp/fit.h"

#include "base/test.h"

#define E SMTP_MAIL_EIGHT_BIT
#define U SMTP_MAIL_UTF8
#define HAS(x) (1u << SMTP_EXT_##x)
#define OCTETS_12 "A: b\r\n\r\nc\r\n"

/* What MAIL says of it, and what becomes of it at a host. */
static const struct {
	const char *label;
	struct smtp_mail mail;
	struct smtp_rcpt rcpt;
	struct str message;
	struct smtp_offer offer;
	unsigned flags;
	const char *enhanced; /* "": it goes */
	bool misfit;
} cases[] = {
	{ "plain",
	  { .flags = 0 },
	  { .notify = 0 },
	  STR_INIT(OCTETS_12),
	  { .has = 0 },
	  0,
	  "",
	  false },
	{ "UTF8 declared, not needed",
	  { .from = STR_INIT("a@b"), .flags = U | E },
	  { .to = STR_INIT("c@d") },
	  STR_INIT(OCTETS_12),
	  { .has = 0 },
	  0,
	  "",
	  false },
	{ "UTF8 declared, an octet in the body",
	  { .flags = U },
	  { .notify = 0 },
	  STR_INIT("A: b\r\n\r\n\xc3\xb6\r\n"),
	  { .has = 0 },
	  E,
	  "",
	  false },
	{ "a field that is not ASCII",
	  { .flags = U },
	  { .notify = 0 },
	  STR_INIT("A: \xc3\xb6\r\n\r\nc\r\n"),
	  { .has = HAS(8BITMIME) },
	  U | E,
	  "5.6.7",
	  true },
	{ "a line that is no field, not ASCII, in the header",
	  { .flags = U },
	  { .notify = 0 },
	  STR_INIT("A: b\r\n\xc3\xb6\r\n\r\nc\r\n"),
	  { .has = HAS(8BITMIME) },
	  U | E,
	  "5.6.7",
	  true },
	{ "a sender that is not ASCII",
	  { .from = STR_INIT("\xc3\xb6@b"), .flags = U },
	  { .notify = 0 },
	  STR_INIT(OCTETS_12),
	  { .has = 0 },
	  U,
	  "5.6.7",
	  true },
	{ "a recipient that is not ASCII",
	  { .flags = U },
	  { .to = STR_INIT("\xc3\xb6@b") },
	  STR_INIT(OCTETS_12),
	  { .has = HAS(SMTPUTF8) },
	  U,
	  "",
	  false },
	{ "an original recipient as older queues have it",
	  { .flags = U },
	  { .to = STR_INIT("a@b"), .orcpt = STR_INIT("utf-8;\xc3\xb6@b") },
	  STR_INIT(OCTETS_12),
	  { .has = 0 },
	  U,
	  "5.6.7",
	  true },
	{ "a field that is not ASCII, undeclared",
	  { .flags = 0 },
	  { .notify = 0 },
	  STR_INIT("A: \xc3\xb6\r\n\r\nc\r\n"),
	  { .has = 0 },
	  E,
	  "",
	  false },
	{ "eight bits, declared",
	  { .flags = E },
	  { .notify = 0 },
	  STR_INIT("A: b\r\n\r\n\xff\r\n"),
	  { .has = HAS(SMTPUTF8) },
	  E,
	  "5.6.3",
	  true },
	{ "eight bits, declared, and offered",
	  { .flags = E },
	  { .notify = 0 },
	  STR_INIT("A: b\r\n\r\n\xff\r\n"),
	  { .has = HAS(8BITMIME) },
	  E,
	  "",
	  false },
	{ "RET needs nothing",
	  { .flags = SMTP_MAIL_RET_FULL },
	  { .notify = 0 },
	  STR_INIT(OCTETS_12),
	  { .has = 0 },
	  SMTP_MAIL_RET_FULL,
	  "",
	  false },
	{ "as large as it may be",
	  { .flags = 0 },
	  { .notify = 0 },
	  STR_INIT(OCTETS_12),
	  { HAS(SIZE), sizeof(OCTETS_12) - 1 },
	  0,
	  "",
	  false },
	{ "an octet too large",
	  { .flags = 0 },
	  { .notify = 0 },
	  STR_INIT(OCTETS_12),
	  { HAS(SIZE), sizeof(OCTETS_12) - 2 },
	  0,
	  "5.3.4",
	  true },
	{ "no host would take it",
	  { .from = STR_INIT("a\r\n@b") },
	  { .notify = 0 },
	  STR_INIT(OCTETS_12),
	  { .has = 0 },
	  0,
	  "5.1.3",
	  false },
	{ "nor this",
	  { .flags = 0 },
	  { .notify = 0 },
	  STR_INIT("a\n.\n"),
	  { .has = 0 },
	  0,
	  "5.6.0",
	  false },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct smtp_transaction tx = { .mail = cases[i].mail,
						     .rcpt = &cases[i].rcpt,
						     .n_rcpt = 1,
						     .message = cases[i].message };
		struct smtp_result misfit = { .fate = SMTP_DELIVERED };
		unsigned flags = smtp_fit_flags(&tx);
		CHECK_INT(cases[i].label, flags, cases[i].flags);
		CHECK_INT(cases[i].label, smtp_fit(&tx, flags, &cases[i].offer, &misfit),
			  cases[i].enhanced[0] == 0);
		CHECK_STR(cases[i].label, str_of(misfit.enhanced), str_of(cases[i].enhanced));
		CHECK_INT(cases[i].label, misfit.misfit, cases[i].misfit);
	}
	return TEST_EXIT();
}
