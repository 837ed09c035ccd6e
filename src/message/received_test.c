#include "message/received.h"

#include "base/test.h"
#include "message/head.h"

#define WHEN 1795489445000 /* Tue, 24 Nov 2026 03:04:05 +0000 */
#define END ";\r\n\tTue, 24 Nov 2026 03:04:05 +0000\r\n"
#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X255 X50 X50 X50 X50 X50 "xxxxx"

#define CLEAR STR_INIT(""), STR_INIT(""), 0, STR_INIT("") /* no TLS, no login */

static const struct {
	const char *label;
	struct message_received r;
	struct str want;
} cases[] = {
	{ "usual",
	  { STR_INIT("client.example"), STR_INIT("192.0.2.1"), STR_INIT("relay.example.net"),
	    MESSAGE_ESMTP, STR_INIT("ABC123"), STR_INIT("bob@x.example"), WHEN, STR_INIT(""),
	    CLEAR },
	  STR_INIT("Received: from client.example ([192.0.2.1])\r\n"
		   "\tby relay.example.net (Signpost) with ESMTP id ABC123\r\n"
		   "\tfor <bob@x.example>" END) },
	{ "IPv6, literal, several recipients",
	  { STR_INIT("[IPv6:2001:db8::1]"), STR_INIT("2001:db8::1"), STR_INIT("r"), MESSAGE_SMTP,
	    STR_INIT("A"), STR_INIT(""), WHEN, STR_INIT(""), CLEAR },
	  STR_INIT("Received: from [IPv6:2001:db8::1] ([IPv6:2001:db8::1])\r\n"
		   "\tby r (Signpost) with SMTP id A" END) },
	{ "local socket, no name",
	  { STR_INIT(""), STR_INIT(""), STR_INIT("r"), MESSAGE_ESMTP, STR_INIT("A"), STR_INIT(""),
	    WHEN, STR_INIT(""), CLEAR },
	  STR_INIT("Received: from unknown (local)\r\n\tby r (Signpost) with ESMTP id A" END) },
	{ "local socket, whose is known",
	  { STR_INIT("client"), STR_INIT(""), STR_INIT("r"), MESSAGE_ESMTP, STR_INIT("A"),
	    STR_INIT(""), WHEN, STR_INIT("1000"), CLEAR },
	  STR_INIT("Received: from local user 1000 (client)\r\n"
		   "\tby r (Signpost) with ESMTP id A" END) },
	{ "local socket, whose is known, no name that can stand in a comment",
	  { STR_INIT("a)\\\r\n("), STR_INIT(""), STR_INIT("r"), MESSAGE_ESMTP, STR_INIT("A"),
	    STR_INIT(""), WHEN, STR_INIT("0"), CLEAR },
	  STR_INIT("Received: from local user 0 (a?\?\?\?\?)\r\n"
		   "\tby r (Signpost) with ESMTP id A" END) },
	{ "hostile",
	  { STR_INIT("a\r\nX: y\0(;\"<\xc3\xa4"), STR_INIT("::1"), STR_INIT("r"), MESSAGE_ESMTP,
	    STR_INIT("A"), STR_INIT("b\r\nX: y@z"), WHEN, STR_INIT(""), CLEAR },
	  STR_INIT("Received: from a??X:?y?????\?? ([IPv6:::1])\r\n"
		   "\tby r (Signpost) with ESMTP id A" END) },
	{ "UTF-8 where it is allowed",
	  { STR_INIT("müller.example"), STR_INIT("::1"), STR_INIT("r"), MESSAGE_UTF8SMTP,
	    STR_INIT("A"), STR_INIT("ä@x"), WHEN, STR_INIT(""), CLEAR },
	  STR_INIT("Received: from müller.example ([IPv6:::1])\r\n"
		   "\tby r (Signpost) with UTF8SMTP id A\r\n\tfor <ä@x>" END) },
	{ "UTF-8 where it is not, and what is none",
	  { STR_INIT("ä"), STR_INIT("::1"), STR_INIT("r"), MESSAGE_ESMTP, STR_INIT("A"),
	    STR_INIT("ä@x"), WHEN, STR_INIT(""), CLEAR },
	  STR_INIT("Received: from ?\? ([IPv6:::1])\r\n\tby r (Signpost) with ESMTP id A" END) },
	{ "every octet of a name",
	  { STR_INIT("azAZ09-._:[]\\/@`{;"), STR_INIT(""), STR_INIT("r"), MESSAGE_ESMTP,
	    STR_INIT("A"), STR_INIT(X255 X255), WHEN, STR_INIT(""), CLEAR },
	  STR_INIT("Received: from azAZ09-._:[]?\?\?\?\?\? (local)\r\n"
		   "\tby r (Signpost) with ESMTP id A\r\n\tfor <" X255 X255 ">" END) },
	{ "over TLS",
	  { .helo = STR_INIT("c"),
	    .client = STR_INIT("::1"),
	    .by = STR_INIT("r"),
	    .protocol = MESSAGE_ESMTP,
	    .id = STR_INIT("A"),
	    .wall_ms = WHEN,
	    .tls_version = STR_INIT("TLSv1.3"),
	    .tls_cipher = STR_INIT("TLS_AES_256_GCM_SHA384"),
	    .tls_bits = 256 },
	  STR_INIT("Received: from c ([IPv6:::1])\r\n"
		   "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\r\n"
		   "\tby r (Signpost) with ESMTPS id A" END) },
	{ "logged in",
	  { .helo = STR_INIT("c"),
	    .client = STR_INIT("::1"),
	    .by = STR_INIT("r"),
	    .protocol = MESSAGE_ESMTP,
	    .id = STR_INIT("A"),
	    .wall_ms = WHEN,
	    .tls_version = STR_INIT("TLSv1.2"),
	    .tls_cipher = STR_INIT("X"),
	    .login = STR_INIT("a+b@c.example (\\\xc3\xa4\r\n)") },
	  STR_INIT("Received: from c ([IPv6:::1])\r\n"
		   "\t(using TLSv1.2 with cipher X)\r\n"
		   "\t(Authenticated sender: a+b@c.example ?\?\?\?\?\?\?)\r\n"
		   "\tby r (Signpost) with ESMTPSA id A" END) },
	{ "internationalized, over TLS, logged in; and HELO",
	  { .helo = STR_INIT("c"),
	    .by = STR_INIT("r"),
	    .protocol = MESSAGE_UTF8SMTP,
	    .id = STR_INIT("A"),
	    .wall_ms = WHEN,
	    .tls_version = STR_INIT("T"),
	    .tls_cipher = STR_INIT("X"),
	    .login = STR_INIT("a") },
	  STR_INIT("Received: from c (local)\r\n\t(using T with cipher X)\r\n"
		   "\t(Authenticated sender: a)\r\n"
		   "\tby r (Signpost) with UTF8SMTPSA id A" END) },
	{ "HELO over TLS",
	  { .helo = STR_INIT("c"),
	    .by = STR_INIT("r"),
	    .protocol = MESSAGE_SMTP,
	    .id = STR_INIT("A"),
	    .wall_ms = WHEN,
	    .tls_version = STR_INIT("T"),
	    .tls_cipher = STR_INIT("X") },
	  STR_INIT("Received: from c (local)\r\n\t(using T with cipher X)\r\n"
		   "\tby r (Signpost) with SMTP id A" END) },
	{ "longest name",
	  { STR_INIT(X255 "y"), STR_INIT(""), STR_INIT("r"), MESSAGE_ESMTP, STR_INIT("A"),
	    STR_INIT(X255 X255 "y"), WHEN, STR_INIT(""), CLEAR },
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
