#include "criteria/header.h"

#include "base/test.h"

/* What is meant; empty: what is written. */
static const struct {
	struct str name, meant;
} cases[] = {
	{ STR_INIT("Evelope-To"), STR_INIT("Envelope-To") },
	{ STR_INIT("envelope-too"), STR_INIT("Envelope-To") },
	{ STR_INIT("Envelope_To"), STR_INIT("Envelope-To") },
	{ STR_INIT("EnvelopeFrom"), STR_INIT("Envelope-From") },
	{ STR_INIT("Subjct"), STR_INIT("Subject") },
	{ STR_INIT("SUBEJCT"), STR_INIT("Subject") },
	{ STR_INIT("Form"), STR_INIT("From") },
	{ STR_INIT("Fro"), STR_INIT("") },
	{ STR_INIT("Froms"), STR_INIT("From") },
	{ STR_INIT("ReplyTo"), STR_INIT("Reply-To") },
	{ STR_INIT("Resent-Too"), STR_INIT("Resent-To") },

	{ STR_INIT("recipient"), STR_INIT("Envelope-To") },
	{ STR_INIT("Rcpt-To"), STR_INIT("Envelope-To") },
	{ STR_INIT("Envelope-Recipient"), STR_INIT("Envelope-To") },
	{ STR_INIT("envelope-recipients"), STR_INIT("Envelope-To") },
	{ STR_INIT("Envelope-Rcpt"), STR_INIT("Envelope-To") },
	{ STR_INIT("Envelope-Sender"), STR_INIT("Envelope-From") },
	{ STR_INIT("X-Envelope-Sender"), STR_INIT("") },
	{ STR_INIT("MAIL-FROM"), STR_INIT("Envelope-From") },

	{ STR_INIT("subject"), STR_INIT("") },
	{ STR_INIT("ENVELOPE-TO"), STR_INIT("") },
	{ STR_INIT("Sbjct"), STR_INIT("") },
	{ STR_INIT("X-Foo"), STR_INIT("") },
	{ STR_INIT("X-Class"), STR_INIT("") },
	{ STR_INIT("X-Subject"), STR_INIT("") },
	{ STR_INIT("X-From"), STR_INIT("") },
	{ STR_INIT("Organisation"), STR_INIT("") },
	{ STR_INIT("Keyword"), STR_INIT("") },
	{ STR_INIT("To"), STR_INIT("") },
	{ STR_INIT("Tot"), STR_INIT("") },
	{ STR_INIT("X"), STR_INIT("") },
	{ STR_INIT("ID"), STR_INIT("") },
	{ STR_INIT(""), STR_INIT("") },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK_STR(cases[i].name.p, criteria_header_meant(cases[i].name), cases[i].meant);
	return TEST_EXIT();
}
