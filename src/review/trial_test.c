#include "review/trial.h"

#include "base/test.h"

/* The field "X" is held, and the message had none; of "Subject" there was one, of "To" two. */
#define HELD                                                                                       \
	STR_INIT("[\"To: Ann <ann@a.example>\",\"To: ben@b.example\","                             \
		 "\"Subject: =?utf-8?q?Geh=C3=A4lter?=\",\"X\"]")
#define NONE STR_INIT("")

static const struct {
	struct str line, headers;
	enum review_match match;
} cases[] = {
	{ STR_INIT("Envelope-To *@bank.example SECURE"), NONE, REVIEW_MATCHES },
	{ STR_INIT("Envelope-To *@b.example SECURE"), NONE, REVIEW_DIFFERS },
	{ STR_INIT("envelope-from: me@home.example"), NONE, REVIEW_MATCHES },
	{ STR_INIT("Envelope-From \"\""), NONE, REVIEW_DIFFERS },
	{ STR_INIT("To *"), NONE, REVIEW_MATCHES },
	{ STR_INIT("To you@bank.example"), NONE, REVIEW_MATCHES },
	{ STR_INIT("To ann@a.example"), NONE, REVIEW_DIFFERS },
	{ STR_INIT("To ann@a.example"), HELD, REVIEW_MATCHES },
	{ STR_INIT("To ben@*"), HELD, REVIEW_MATCHES },
	{ STR_INIT("To you@bank.example"), HELD, REVIEW_DIFFERS },
	{ STR_INIT("Subject *geh\xc3\xa4lter*"), HELD, REVIEW_MATCHES },
	{ STR_INIT("Subject payroll"), HELD, REVIEW_DIFFERS },
	{ STR_INIT("Subject *"), NONE, REVIEW_NOT_HELD },
	{ STR_INIT("X *"), HELD, REVIEW_DIFFERS },
	{ STR_INIT("Y *"), HELD, REVIEW_NOT_HELD },
};

static const struct {
	struct str line;
	bool always;
} always[] = {
	{ STR_INIT("to *"), true },
	{ STR_INIT("ENVELOPE-TO *"), true },
	{ STR_INIT("Envelope-From *"), true },
	{ STR_INIT("Subject *"), false },
};

static const struct str bad[] = { STR_INIT(""), STR_INIT("# To *"), STR_INIT("To"),
				  STR_INIT("To * secure"), STR_INIT("To *\nTo *") };

int main(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096);
	struct review_trial *t = NULL;
	struct journal_record r = { .from = STR("me@home.example"), .to = STR("You@bank.example") };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		enum review_match match = REVIEW_NOT_HELD;
		CHECK_INT(cases[i].line.p, review_trial_new(cases[i].line, &t, &why), ERR_OK);
		if (!t)
			continue;
		r.headers = cases[i].headers;
		CHECK_INT(cases[i].line.p, review_trial_match(t, &r, &match), ERR_OK);
		CHECK_INT(cases[i].line.p, match, cases[i].match);
		review_trial_free(&t);
	}
	for (size_t i = 0; i < COUNT_OF(always); i++) {
		CHECK_INT(always[i].line.p, review_trial_new(always[i].line, &t, &why), ERR_OK);
		CHECK_INT(always[i].line.p, t && review_trial_always(t), always[i].always);
		review_trial_free(&t);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		buf_clear(&why);
		CHECK_INT(bad[i].p, review_trial_new(bad[i], &t, &why), ERR_SYNTAX);
		CHECK_INT(bad[i].p, why.n > 0, 1);
	}
	return TEST_EXIT();
}
