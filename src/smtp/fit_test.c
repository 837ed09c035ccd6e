#include "smtp/fit.h"

#include "base/test.h"
#include "message/head.h"
#include "smtp/text.h"

#define E SMTP_MAIL_EIGHT_BIT
#define B SMTP_MAIL_BINARY
#define L SMTP_MAIL_LIKES_TLS
#define T SMTP_MAIL_REQUIRETLS
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
	bool converts;
	enum smtp_body body;
	enum smtp_channel channel;
} cases[] = {
	{ "plain",
	  { .flags = 0 },
	  { .notify = 0 },
	  STR_INIT(OCTETS_12),
	  { .has = 0 },
	  0,
	  "",
	  .misfit = false },
	{ "UTF8 declared, not needed",
	  { .from = STR_INIT("a@b"), .flags = U | E },
	  { .to = STR_INIT("c@d") },
	  STR_INIT(OCTETS_12),
	  { .has = 0 },
	  0,
	  "",
	  .misfit = false },
	{ "UTF8 declared, an octet in the body",
	  { .flags = U },
	  { .notify = 0 },
	  STR_INIT("A: b\r\n\r\n\xc3\xb6\r\n"),
	  { .has = 0 },
	  E,
	  "5.6.3",
	  .misfit = true,
	  .converts = true },
	{ "a field that is not ASCII",
	  { .flags = U },
	  { .notify = 0 },
	  STR_INIT("A: \xc3\xb6\r\n\r\nc\r\n"),
	  { .has = HAS(8BITMIME) },
	  U | E,
	  "5.6.7",
	  .misfit = true },
	{ "a line that is no field, not ASCII, in the header",
	  { .flags = U },
	  { .notify = 0 },
	  STR_INIT("A: b\r\n\xc3\xb6\r\n\r\nc\r\n"),
	  { .has = HAS(8BITMIME) },
	  U | E,
	  "5.6.7",
	  .misfit = true },
	{ "a sender that is not ASCII",
	  { .from = STR_INIT("\xc3\xb6@b"), .flags = U },
	  { .notify = 0 },
	  STR_INIT(OCTETS_12),
	  { .has = 0 },
	  U,
	  "5.6.7",
	  .misfit = true },
	{ "a recipient that is not ASCII",
	  { .flags = U },
	  { .to = STR_INIT("\xc3\xb6@b") },
	  STR_INIT(OCTETS_12),
	  { .has = HAS(SMTPUTF8) },
	  U,
	  "",
	  .misfit = false },
	{ "an original recipient as older queues have it",
	  { .flags = U },
	  { .to = STR_INIT("a@b"), .orcpt = STR_INIT("utf-8;\xc3\xb6@b") },
	  STR_INIT(OCTETS_12),
	  { .has = 0 },
	  U,
	  "5.6.7",
	  .misfit = true },
	{ "a field that is not ASCII, undeclared",
	  { .flags = 0 },
	  { .notify = 0 },
	  STR_INIT("A: \xc3\xb6\r\n\r\nc\r\n"),
	  { .has = 0 },
	  E,
	  "",
	  .misfit = false },
	{ "eight bits, declared",
	  { .flags = E },
	  { .notify = 0 },
	  STR_INIT("A: b\r\n\r\n\xff\r\n"),
	  { .has = HAS(SMTPUTF8) },
	  E,
	  "5.6.3",
	  .misfit = true,
	  .converts = true },
	{ "eight bits, declared, and offered",
	  { .flags = E },
	  { .notify = 0 },
	  STR_INIT("A: b\r\n\r\n\xff\r\n"),
	  { .has = HAS(8BITMIME) },
	  E,
	  "",
	  .misfit = false },
	{ "eight bits, undeclared",
	  { .flags = 0 },
	  { .notify = 0 },
	  STR_INIT("A: b\r\n\r\n\xff\r\n"),
	  { .has = HAS(CHUNKING) | HAS(BINARYMIME) },
	  E,
	  "5.6.3",
	  .misfit = true,
	  .converts = true },
	{ "eight bits in the header alone, declared",
	  { .flags = E },
	  { .notify = 0 },
	  STR_INIT("A: \xff\r\n\r\nb\r\n"),
	  { .has = 0 },
	  E,
	  "",
	  .misfit = false },
	{ "converted, with eight bits in the header of a part",
	  { .flags = E },
	  { .notify = 0 },
	  STR_INIT("A: b\r\n\r\n--c\r\nA: \xff\r\n"),
	  { .has = 0 },
	  E,
	  "",
	  .misfit = false,
	  .body = SMTP_BODY_CONVERTED },
	{ "signed",
	  { .flags = 0 },
	  { .notify = 0 },
	  STR_INIT("A: b\r\n\r\n\xff\r\n"),
	  { .has = 0 },
	  E,
	  "5.6.3",
	  .misfit = true,
	  .body = SMTP_BODY_SEALED },
	{ "broken",
	  { .flags = 0 },
	  { .notify = 0 },
	  STR_INIT("A: b\r\n\r\n\xff\r\n"),
	  { .has = 0 },
	  E,
	  "5.6.3",
	  .misfit = true,
	  .body = SMTP_BODY_BROKEN },
	{ "signed, for who takes it",
	  { .flags = 0 },
	  { .notify = 0 },
	  STR_INIT("A: b\r\n\r\n\xff\r\n"),
	  { .has = HAS(8BITMIME) },
	  E,
	  "",
	  .misfit = false,
	  .body = SMTP_BODY_SEALED },
	{ "eight bits and SMTPUTF8, without either",
	  { .flags = U },
	  { .notify = 0 },
	  STR_INIT("A: \xc3\xb6\r\n\r\n\xff\r\n"),
	  { .has = 0 },
	  U | E,
	  "5.6.3",
	  .misfit = true,
	  .converts = true },
	{ "binary",
	  { .flags = B },
	  { .notify = 0 },
	  STR_INIT("A: b\r\n\r\n\xff\n\0"),
	  { .has = HAS(CHUNKING) | HAS(BINARYMIME) },
	  B,
	  "",
	  .misfit = false },
	{ "binary, for who takes 8-bit mail",
	  { .flags = B },
	  { .notify = 0 },
	  STR_INIT("A: b\r\n\r\n\xff\n\0"),
	  { .has = HAS(8BITMIME) | HAS(CHUNKING) },
	  B,
	  "5.6.3",
	  .misfit = true,
	  .converts = true },
	{ "binary that became 7-bit",
	  { .flags = B },
	  { .notify = 0 },
	  STR_INIT("A: b\r\n\r\n=FF\r\n"),
	  { .has = 0 },
	  0,
	  "",
	  .misfit = false,
	  .body = SMTP_BODY_CONVERTED },
	{ "binary that did not become lines",
	  { .flags = B },
	  { .notify = 0 },
	  STR_INIT("A: b\n\r\n"),
	  { .has = HAS(BINARYMIME) | HAS(CHUNKING) },
	  0,
	  "5.6.0",
	  .misfit = false,
	  .body = SMTP_BODY_CONVERTED },
	{ "REQUIRETLS, offered by who is authenticated",
	  { .flags = T },
	  { .notify = 0 },
	  STR_INIT(OCTETS_12),
	  { .has = HAS(REQUIRETLS) },
	  T,
	  "",
	  .misfit = false,
	  .channel = SMTP_CHANNEL_AUTHENTICATED },
	{ "REQUIRETLS, offered by who is not",
	  { .flags = T },
	  { .notify = 0 },
	  STR_INIT(OCTETS_12),
	  { .has = HAS(REQUIRETLS) },
	  T,
	  "4.7.5",
	  .misfit = false,
	  .channel = SMTP_CHANNEL_ENCRYPTED },
	{ "REQUIRETLS, said in clear",
	  { .flags = T },
	  { .notify = 0 },
	  STR_INIT(OCTETS_12),
	  { .has = HAS(REQUIRETLS) },
	  T,
	  "5.7.30",
	  .misfit = true },
	{ "REQUIRETLS, not offered",
	  { .flags = T },
	  { .notify = 0 },
	  STR_INIT(OCTETS_12),
	  { .has = HAS(DSN) },
	  T,
	  "5.7.30",
	  .misfit = true,
	  .channel = SMTP_CHANNEL_AUTHENTICATED },
	{ "a report of such mail, where it is offered",
	  { .flags = L },
	  { .notify = 0 },
	  STR_INIT(OCTETS_12),
	  { .has = HAS(REQUIRETLS) },
	  T,
	  "",
	  .misfit = false,
	  .channel = SMTP_CHANNEL_ENCRYPTED },
	{ "a report, where it is offered in clear",
	  { .flags = L },
	  { .notify = 0 },
	  STR_INIT(OCTETS_12),
	  { .has = HAS(REQUIRETLS) },
	  0,
	  "",
	  .misfit = false },
	{ "a report, where it is not",
	  { .flags = L | T },
	  { .notify = 0 },
	  STR_INIT(OCTETS_12),
	  { .has = 0 },
	  T,
	  "",
	  .misfit = false,
	  .channel = SMTP_CHANNEL_AUTHENTICATED },
	{ "RET needs nothing",
	  { .flags = SMTP_MAIL_RET_FULL },
	  { .notify = 0 },
	  STR_INIT(OCTETS_12),
	  { .has = 0 },
	  SMTP_MAIL_RET_FULL,
	  "",
	  .misfit = false },
	{ "as large as it may be",
	  { .flags = 0 },
	  { .notify = 0 },
	  STR_INIT(OCTETS_12),
	  { .has = HAS(SIZE), .size_max = sizeof(OCTETS_12) - 1 },
	  0,
	  "",
	  .misfit = false },
	{ "an octet too large",
	  { .flags = 0 },
	  { .notify = 0 },
	  STR_INIT(OCTETS_12),
	  { .has = HAS(SIZE), .size_max = sizeof(OCTETS_12) - 2 },
	  0,
	  "5.3.4",
	  .misfit = true },
	{ "no host would take it",
	  { .from = STR_INIT("a\r\n@b") },
	  { .notify = 0 },
	  STR_INIT(OCTETS_12),
	  { .has = 0 },
	  0,
	  "5.1.3",
	  .misfit = false },
	{ "nor this",
	  { .flags = 0 },
	  { .notify = 0 },
	  STR_INIT("a\n.\n"),
	  { .has = 0 },
	  0,
	  "5.6.0",
	  .misfit = false },
};

/* The same message, not in memory. */
static struct smtp_transaction moved(const struct smtp_transaction *tx)
{
	struct smtp_transaction away = *tx;
	struct str head = str_head(tx->message, message_head_size(tx->message));
	struct smtp_text text = { .has = 0 };

	smtp_text_add(&text, head, SMTP_TEXT_HEAD);
	smtp_text_add(&text, str_skip(tx->message, head.n), SMTP_TEXT_BODY);
	away.message = STR_NONE;
	away.elsewhere = (struct smtp_elsewhere){ tx->message.n, smtp_text_has(&text) };
	return away;
}

/* What is said of a header, of mail that declared nothing, to hosts with SMTPUTF8 and without. */
static const struct {
	const char *label;
	struct str message;
	unsigned with, without;
} heads[] = {
	{ "ASCII", STR_INIT(OCTETS_12), 0, 0 },
	{ "UTF-8", STR_INIT("A: \xc3\xb6\r\n\r\nc\r\n"), U | E, E },
	{ "UTF-8, and an octet in the body", STR_INIT("A: \xc3\xb6\r\n\r\n\xff\r\n"), U | E, E },
	{ "an octet in the body alone", STR_INIT("A: b\r\n\r\n\xc3\xb6\r\n"), E, E },
	{ "what is no UTF-8", STR_INIT("A: \xf6\r\n\r\nc\r\n"), E, E },
};

static void check_head(size_t i, const struct smtp_transaction *tx)
{
	const struct smtp_offer with = { .has = HAS(8BITMIME) | HAS(SMTPUTF8) };
	const struct smtp_offer without = { .has = HAS(8BITMIME) };
	struct smtp_result misfit;
	unsigned flags = smtp_fit_flags(tx);

	CHECK_INT(heads[i].label, smtp_fit_says(tx, flags, &with), heads[i].with);
	CHECK_INT(heads[i].label, smtp_fit_says(tx, flags, &without), heads[i].without);
	CHECK_INT(heads[i].label, smtp_fit(tx, flags, &without, &misfit), true);
}

static void check(size_t i, const struct smtp_transaction *tx)
{
	struct smtp_result misfit = { .fate = SMTP_DELIVERED };
	unsigned flags = smtp_fit_flags(tx);

	CHECK_INT(cases[i].label, smtp_fit_converts(tx, &cases[i].offer), cases[i].converts);
	CHECK_INT(cases[i].label, flags, cases[i].flags);
	CHECK_INT(cases[i].label, (long long)smtp_fit_size(tx), (long long)cases[i].message.n);
	CHECK_INT(cases[i].label, smtp_fit(tx, flags, &cases[i].offer, &misfit),
		  cases[i].enhanced[0] == 0);
	CHECK_STR(cases[i].label, str_of(misfit.enhanced), str_of(cases[i].enhanced));
	CHECK_INT(cases[i].label, misfit.misfit, cases[i].misfit);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct smtp_transaction tx = { .mail = cases[i].mail,
						     .rcpt = &cases[i].rcpt,
						     .n_rcpt = 1,
						     .message = cases[i].message,
						     .body = cases[i].body,
						     .channel = cases[i].channel };
		const struct smtp_transaction away = moved(&tx);
		check(i, &tx);
		check(i, &away);
	}
	for (size_t i = 0; i < COUNT_OF(heads); i++) {
		const struct smtp_transaction tx = { .message = heads[i].message };
		const struct smtp_transaction away = moved(&tx);
		check_head(i, &tx);
		check_head(i, &away);
	}
	return TEST_EXIT();
}
