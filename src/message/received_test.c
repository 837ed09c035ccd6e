#include "message/received.h"

#include "base/test.h"
#include "message/head.h"

#define WHEN 1795489445000 /* Tue, 24 Nov 2026 03:04:05 +0000 */
#define END ";\r\n\tTue, 24 Nov 2026 03:04:05 +0000\r\n"
#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X255 X50 X50 X50 X50 X50 "xxxxx"

static const struct {
	const char *label;
	struct message_received r;
	struct str want;
} cases[] = {
	{ "usual",
	  { STR_INIT("client.example"), STR_INIT("192.0.2.1"), STR_INIT("relay.example.net"),
	    STR_INIT("ESMTP"), STR_INIT("ABC123"), STR_INIT("bob@x.example"), WHEN, STR_INIT("") },
	  STR_INIT("Received: from client.example ([192.0.2.1])\r\n"
		   "\tby relay.example.net (Signpost) with ESMTP id ABC123\r\n"
		   "\tfor <bob@x.example>" END) },
	{ "IPv6, literal, several recipients",
	  { STR_INIT("[IPv6:2001:db8::1]"), STR_INIT("2001:db8::1"), STR_INIT("r"),
	    STR_INIT("SMTP"), STR_INIT("A"), STR_INIT(""), WHEN, STR_INIT("") },
	  STR_INIT("Received: from [IPv6:2001:db8::1] ([IPv6:2001:db8::1])\r\n"
		   "\tby r (Signpost) with SMTP id A" END) },
	{ "local socket, no name",
	  { STR_INIT(""), STR_INIT(""), STR_INIT("r"), STR_INIT("ESMTP"), STR_INIT("A"),
	    STR_INIT(""), WHEN, STR_INIT("") },
	  STR_INIT("Received: from unknown (local)\r\n\tby r (Signpost) with ESMTP id A" END) },
	{ "local socket, whose is known",
	  { STR_INIT("client"), STR_INIT(""), STR_INIT("r"), STR_INIT("ESMTP"), STR_INIT("A"),
	    STR_INIT(""), WHEN, STR_INIT("1000") },
	  STR_INIT("Received: from local user 1000 (client)\r\n"
		   "\tby r (Signpost) with ESMTP id A" END) },
	{ "local socket, whose is known, no name that can stand in a comment",
	  { STR_INIT("a)\\\r\n("), STR_INIT(""), STR_INIT("r"), STR_INIT("ESMTP"), STR_INIT("A"),
	    STR_INIT(""), WHEN, STR_INIT("0") },
	  STR_INIT("Received: from local user 0 (a?\?\?\?\?)\r\n"
		   "\tby r (Signpost) with ESMTP id A" END) },
	{ "hostile",
	  { STR_INIT("a\r\nX: y\0(;\"<\xc3\xa4"), STR_INIT("::1"), STR_INIT("r"), STR_INIT("ESMTP"),
	    STR_INIT("A"), STR_INIT("b\r\nX: y@z"), WHEN, STR_INIT("") },
	  STR_INIT("Received: from a??X:?y?????\?? ([IPv6:::1])\r\n"
		   "\tby r (Signpost) with ESMTP id A" END) },
	{ "UTF-8 where it is allowed",
	  { STR_INIT("müller.example"), STR_INIT("::1"), STR_INIT("r"), STR_INIT("UTF8SMTP"),
	    STR_INIT("A"), STR_INIT("ä@x"), WHEN, STR_INIT("") },
	  STR_INIT("Received: from müller.example ([IPv6:::1])\r\n"
		   "\tby r (Signpost) with UTF8SMTP id A\r\n\tfor <ä@x>" END) },
	{ "UTF-8 where it is not, and what is none",
	  { STR_INIT("ä"), STR_INIT("::1"), STR_INIT("r"), STR_INIT("ESMTP"), STR_INIT("A"),
	    STR_INIT("ä@x"), WHEN, STR_INIT("") },
	  STR_INIT("Received: from ?\? ([IPv6:::1])\r\n\tby r (Signpost) with ESMTP id A" END) },
	{ "every octet of a name",
	  { STR_INIT("azAZ09-._:[]\\/@`{;"), STR_INIT(""), STR_INIT("r"), STR_INIT("ESMTP"),
	    STR_INIT("A"), STR_INIT(X255 X255), WHEN, STR_INIT("") },
	  STR_INIT("Received: from azAZ09-._:[]?\?\?\?\?\? (local)\r\n"
		   "\tby r (Signpost) with ESMTP id A\r\n\tfor <" X255 X255 ">" END) },
	{ "longest name",
	  { STR_INIT(X255 "y"), STR_INIT(""), STR_INIT("r"), STR_INIT("ESMTP"), STR_INIT("A"),
	    STR_INIT(X255 X255 "y"), WHEN, STR_INIT("") },
	  STR_INIT("Received: from " X255 " (local)\r\n\tby r (Signpost) with ESMTP id A" END) },
};

int main(void)
{
	struct buf out = BUF_MAX(4096);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		buf_clear(&out);
		message_received_write(&out, &cases[i].r);
		CHECK_STR(cases[i].label, buf_str(&out), cases[i].want);

		struct str rest = buf_str(&out);
		struct message_field f;
		CHECK_INT(cases[i].label, message_head_next(&rest, &f), true);
		CHECK_INT("one field", (long long)rest.n, 0);
	}
	buf_free(&out);
	return TEST_EXIT();
}
