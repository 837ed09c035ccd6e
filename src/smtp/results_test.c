#include "smtp/results.h"

#include "base/test.h"

#include <string.h>

static struct smtp_result result(enum smtp_fate fate, struct str text)
{
	return (struct smtp_result){ .fate = fate, .text = text };
}

static void check_order(void)
{
	CLEANUP(smtp_results_clear) struct smtp_results r = { .n = 0 };
	struct smtp_result no = result(SMTP_PERMANENT, STR("no"));
	struct smtp_result yes = result(SMTP_DELIVERED, STR("yes"));

	CHECK_INT("begin", smtp_results_begin(&r, 3), ERR_OK);
	CHECK_INT("open", smtp_results_get(&r, 0).fate, SMTP_TEMPORARY);
	smtp_results_accept(&r, 0);
	smtp_results_accept(&r, 0);
	smtp_results_accept(&r, 1);
	CHECK_INT("accepted once", (long long)r.accepted, 2);
	CHECK_INT("accepted", smtp_results_get(&r, 0).fate, SMTP_TEMPORARY);
	smtp_results_settle(&r, 1, &no);
	smtp_results_settle(&r, 2, &no);
	CHECK_INT("settled", (long long)r.accepted, 1);
	smtp_results_settle(&r, 2, &yes);
	smtp_results_accept(&r, 2);
	smtp_results_settle_all(&r, &yes);
	CHECK_INT("all settled", (long long)(r.accepted + r.unsettled), 0);
	smtp_results_settle_all(&r, &no);
	CHECK_STR("first word", smtp_results_get(&r, 0).text, STR("yes"));
	CHECK_STR("first word", smtp_results_get(&r, 1).text, STR("no"));
	CHECK_STR("first word", smtp_results_get(&r, 2).text, STR("no"));

	CHECK_INT("anew", smtp_results_begin(&r, 1), ERR_OK);
	CHECK_INT("anew", smtp_results_get(&r, 0).fate, SMTP_TEMPORARY);
	CHECK_INT("anew", (long long)(r.accepted * 10 + r.unsettled), 1);
}

/* Each recipient has room for its text, and no more. */
static void check_texts(void)
{
	enum { N = 50 };
	CLEANUP(smtp_results_clear) struct smtp_results r = { .n = 0 };
	char text[SMTP_RESULT_TEXT_MAX + 1];
	struct smtp_result long_one = result(SMTP_PERMANENT, (struct str){ text, sizeof(text) });

	CHECK_INT("begin", smtp_results_begin(&r, N), ERR_OK);
	for (size_t i = 0; i < N; i++) {
		memset(text, (int)('a' + i % 26), sizeof(text));
		smtp_results_settle(&r, i, &long_one);
	}
	for (size_t i = 0; i < N; i++) {
		struct str got = smtp_results_get(&r, i).text;
		CHECK_INT("cut", (long long)got.n, SMTP_RESULT_TEXT_MAX);
		CHECK_INT("its own", got.p[got.n - 1], (int)('a' + i % 26));
	}
}

/* Whose fault a refusal is. */
static const struct {
	const char *label;
	struct smtp_result r;
	bool blames;
} blames[] = {
	{ "size, at MAIL",
	  { SMTP_PERMANENT, SMTP_STAGE_MAIL, .code = 552, .enhanced = "5.3.4", .said = "5.3.4" },
	  true },
	{ "552 alone",
	  { SMTP_PERMANENT, SMTP_STAGE_MAIL, .code = 552, .enhanced = "5.0.0" },
	  true },
	{ "a full mailbox",
	  { SMTP_PERMANENT, SMTP_STAGE_RCPT, .code = 552, .enhanced = "5.2.2", .said = "5.2.2" },
	  false },
	{ "the mailbox's limit",
	  { SMTP_PERMANENT, SMTP_STAGE_RCPT, .code = 550, .enhanced = "5.2.3", .said = "5.2.3" },
	  true },
	{ "media, at DATA",
	  { SMTP_PERMANENT, SMTP_STAGE_DATA, .code = 554, .enhanced = "5.6.1", .said = "5.6.1" },
	  true },
	{ "no such user",
	  { SMTP_PERMANENT, SMTP_STAGE_RCPT, .code = 550, .enhanced = "5.1.1", .said = "5.1.1" },
	  false },
	{ "anything at the end",
	  { SMTP_PERMANENT, SMTP_STAGE_MESSAGE, .code = 550, .enhanced = "5.7.1", .said = "5.7.1" },
	  true },
	{ "a long line, without a code",
	  { SMTP_PERMANENT, SMTP_STAGE_MESSAGE, .code = 550, .enhanced = "5.0.0" },
	  true },
	{ "for now",
	  { SMTP_TEMPORARY, SMTP_STAGE_MESSAGE, .code = 452, .enhanced = "4.3.4", .said = "4.3.4" },
	  false },
	{ "delivered",
	  { SMTP_DELIVERED, SMTP_STAGE_MESSAGE, .code = 250, .enhanced = "2.0.0" },
	  false },
	{ "larger than SIZE",
	  { SMTP_PERMANENT, SMTP_STAGE_MAIL, .enhanced = "5.3.4", .misfit = true },
	  true },
	{ "no 8BITMIME",
	  { SMTP_PERMANENT, SMTP_STAGE_MAIL, .enhanced = "5.6.3", .misfit = true },
	  true },
	{ "no SMTPUTF8",
	  { SMTP_PERMANENT, SMTP_STAGE_MAIL, .enhanced = "5.6.7", .misfit = true },
	  false },
	{ "no SMTPUTF8, as the host says",
	  { SMTP_PERMANENT, SMTP_STAGE_RCPT, .code = 553, .enhanced = "5.6.7", .said = "5.6.7" },
	  false },
	{ "what no host takes", { SMTP_PERMANENT, SMTP_STAGE_MAIL, .enhanced = "5.6.0" }, false },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(blames); i++)
		CHECK_INT(blames[i].label, smtp_results_blames_message(&blames[i].r),
			  blames[i].blames);
	check_order();
	check_texts();
	return TEST_EXIT();
}
