#include "message/status.h"

#include "base/test.h"

#include <string.h>

#define TEN(x) x x x x x x x x x x

/* What is to be found of one recipient, or not. */
static const struct {
	const char *label;
	struct message_status_rcpt rcpt;
	const char *has[4];
	const char *lacks;
} cases[] = {
	{ "a status that is none",
	  { .to = STR_INIT("a@x"), .status = STR_INIT("5.7.4\r\nX: y") },
	  { "\r\nStatus: 5.0.0\r\n" },
	  "X: y" },
	{ "a status with a word",
	  { .to = STR_INIT("a@x"), .status = STR_INIT("5.7.x") },
	  { "\r\nStatus: 5.0.0\r\n" },
	  "5.7.x" },
	{ "a status too long",
	  { .to = STR_INIT("a@x"), .status = STR_INIT("5.1000.1") },
	  { "\r\nStatus: 5.0.0\r\n" },
	  "1000" },
	{ "UTF-8 address",
	  { .to = STR_INIT("jürgen@x"),
	    .orcpt = STR_INIT("utf-8;j\\x{FC}rgen\\x{1F600}@x"),
	    .diagnostic = STR_INIT("550 für ä") },
	  { "Final-Recipient: utf-8; j\\x{FC}rgen@x\r\n",
	    "Original-Recipient: utf-8; j\\x{FC}rgen\\x{1F600}@x\r\n",
	    "smtp; 550 f\\xc3\\xbcr \\xc3\\xa4\r\n" },
	  "global" },
	{ "UTF-8 address given in ASCII",
	  { .to = STR_INIT("a@x"), .orcpt = STR_INIT("utf-8;\\x{FC}@x") },
	  { "Original-Recipient: utf-8; \\x{FC}@x\r\n" },
	  "global" },
	{ "UTF-8 address given as it is",
	  { .to = STR_INIT("a@x"), .orcpt = STR_INIT("utf-8;ü@x") },
	  { "Original-Recipient: utf-8; \\x{FC}@x\r\n", "Final-Recipient: rfc822; a@x\r\n" },
	  "global" },
	{ "characters that are no characters",
	  { .to = STR_INIT("ü@x"), .orcpt = STR_INIT("utf-8;\\x{D800}\\x{A}\\x{0A}") },
	  { "Original-Recipient: utf-8; \\x{D800}\\x{A}\\x{0A}\r\n" },
	  NULL },
	{ "signs in a UTF-8 address",
	  { .to = STR_INIT("\"ü+ =\\\"@x"), .orcpt = STR_INIT("utf-8;a+b=ü") },
	  { "Final-Recipient: utf-8; \"\\x{FC}\\x{2B}\\x{20}\\x{3D}\\x{5C}\"@x\r\n",
	    "Original-Recipient: utf-8; a+b=\\x{FC}\r\n" },
	  NULL },
	{ "every octet of a type",
	  { .to = STR_INIT("a@x"), .orcpt = STR_INIT("azAZ09-;a+2Bx+40+2b") },
	  { "Original-Recipient: azAZ09-; a+x@+\r\n" },
	  NULL },
	{ "original recipient without type",
	  { .to = STR_INIT("a@x"), .orcpt = STR_INIT(";a@x") },
	  { "\r\n\r\nFinal-Recipient" },
	  "Original-Recipient" },
	{ "original recipient without address",
	  { .to = STR_INIT("a@x"), .orcpt = STR_INIT("rfc822;") },
	  { "\r\n\r\nFinal-Recipient" },
	  "Original-Recipient" },
	{ "original recipient of no type",
	  { .to = STR_INIT("a@x"), .orcpt = STR_INIT("a@x") },
	  { "\r\n\r\nFinal-Recipient" },
	  "Original-Recipient" },
	{ "original recipient of a bad type",
	  { .to = STR_INIT("a@x"), .orcpt = STR_INIT("r\r\nf;a@x") },
	  { "\r\n\r\nFinal-Recipient" },
	  "Original-Recipient" },
	{ "xtext that hides a line",
	  { .to = STR_INIT("a@x"), .orcpt = STR_INIT("rfc822;a+0D+0AX: y") },
	  { "Original-Recipient: rfc822; a+0D+0AX: y\r\n" },
	  NULL },
	{ "xtext that is none",
	  { .to = STR_INIT("a@x"), .orcpt = STR_INIT("rfc822;a+4") },
	  { "Original-Recipient: rfc822; a+4\r\n" },
	  NULL },
	{ "an address too long for a line in ASCII",
	  { .to = STR_INIT(TEN(TEN("üüü")) "@x") },
	  { "Final-Recipient: utf-8; \\xc3\\xbc" },
	  "{FC}" },
	{ "white space in an address",
	  { .to = STR_INIT("\"a  b\"@x") },
	  { "Final-Recipient: rfc822; \"a  b\"@x\r\n" },
	  NULL },
};

static bool holds(struct str s, const char *part)
{
	return s.n && memmem(s.p, s.n, part, strlen(part)) != NULL;
}

/* Lines that end in CR LF, none too long, all ASCII. */
static void check_form(const char *label, struct str text)
{
	struct str line;
	long long bad = 0;

	while (str_cut(&text, '\n', &line)) {
		bad += line.n > 999 || !str_ends(line, STR("\r"));
		for (size_t i = 0; i < line.n; i++)
			bad += (unsigned char)line.p[i] >= 0x80;
	}
	CHECK_INT(label, bad, 0);
	CHECK_INT(label, (long long)text.n, 0);
}

static void check_case(size_t i)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(65536);
	const struct message_status s = { .hostname = STR("relay.example"),
					  .rcpt = &cases[i].rcpt,
					  .n_rcpt = 1 };

	message_status_write(&out, &s);
	CHECK_INT(cases[i].label, buf_err(&out), ERR_OK);
	for (size_t j = 0; j < COUNT_OF(cases[i].has) && cases[i].has[j]; j++)
		if (!holds(buf_str(&out), cases[i].has[j]))
			CHECK_STR(cases[i].label, buf_str(&out), str_of(cases[i].has[j]));
	if (cases[i].lacks)
		CHECK_INT(cases[i].label, holds(buf_str(&out), cases[i].lacks), false);
	check_form(cases[i].label, buf_str(&out));
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_case(i);
	return TEST_EXIT();
}
