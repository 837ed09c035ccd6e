#include "smtp/refusal.h"

#include "base/test.h"

static const struct {
	int code;
	struct str text, reason;
} cases[] = {
	{ 250, STR_INIT("2.0.0 Ok"), STR_INIT("") },
	{ 354, STR_INIT("End with <CR LF>.<CR LF>"), STR_INIT("") },
	{ 221, STR_INIT("2.0.0 Bye"), STR_INIT("") },
	{ 554, STR_INIT("5.7.1 Relaying denied"), STR_INIT("relay") },
	{ 530, STR_INIT("5.7.0 Say STARTTLS first"), STR_INIT("auth") },
	{ 454, STR_INIT("4.7.0 Cannot be judged now"), STR_INIT("auth") },
	{ 501, STR_INIT("5.7.0 Given up"), STR_INIT("auth") },
	{ 535, STR_INIT("5.7.8 Wrong"), STR_INIT("auth") },
	{ 534, STR_INIT("5.7.9 Too weak"), STR_INIT("auth") },
	{ 538, STR_INIT("5.7.11 Only over TLS"), STR_INIT("auth") },
	{ 552, STR_INIT("5.3.4 Message too big"), STR_INIT("size") },
	{ 421, STR_INIT("4.7.0 Too many errors"), STR_INIT("limit") },
	{ 452, STR_INIT("4.5.3 Too many recipients"), STR_INIT("limit") },
	{ 554, STR_INIT("5.4.6 Too many hops"), STR_INIT("limit") },
	{ 500, STR_INIT("5.5.2 Command unknown"), STR_INIT("syntax") },
	{ 502, STR_INIT("5.5.1 Command not implemented"), STR_INIT("syntax") },
	{ 501, STR_INIT("5.1.3 Bad recipient address"), STR_INIT("syntax") },
	{ 501, STR_INIT("5.1.7 Bad sender address"), STR_INIT("syntax") },
	{ 553, STR_INIT("5.6.7 Not without SMTPUTF8"), STR_INIT("syntax") },
	{ 452, STR_INIT("4.3.1 Disk full, try again later"), STR_INIT("storage") },
	{ 451, STR_INIT("4.3.0 Cannot store"), STR_INIT("storage") },
	{ 421, STR_INIT("4.3.2 Shutting down"), STR_INIT("") },
	{ 421, STR_INIT("4.4.2 Timeout"), STR_INIT("") },
	{ 550, STR_INIT("5.7.4 not secure"), STR_INIT("early") },
	{ 550, STR_INIT("5.1.2 no such domain"), STR_INIT("early") },
	{ 556, STR_INIT("5.1.10 takes no mail"), STR_INIT("early") },
	{ 550, STR_INIT("5.4.4 no host"), STR_INIT("early") },
	{ 550, STR_INIT(""), STR_INIT("syntax") },
	{ 550, STR_INIT("no"), STR_INIT("syntax") },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK_STR(cases[i].text.p,
			  smtp_refusal_text(smtp_refusal_of(cases[i].code, cases[i].text)),
			  cases[i].reason);
	return TEST_EXIT();
}
