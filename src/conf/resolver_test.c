/* The section of a recursive server: what is refused, and on which line. */
#include "base/test.h"
#include "conf/parse.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WHY_MAX = 8192 };

static char dir[] = "/tmp/conf_resolver_test.XXXXXX";

#define SECRET "c2VjcmV0LW9mLXRoZS1rZXk="
#define TSIG "key.example:hmac-sha256:" SECRET
#define PIN43 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" /* as base64 without padding */
#define PIN PIN43 "="
#define PIN44 PIN43 "A" /* 33 octets */

/* "LINE: words" is how the refusal goes on after the file's name.  No refusal shows a secret. */
static const struct {
	const char *text, *refusal;
} refused[] = {
	/* What makes no sense together; the line is that of the key. */
	{ "resolver \"[::1]\" {\n tls-name = \"a\" }", "2: tls-name needs channel = \"tls\"" },
	{ "resolver \"[::1]\" {\n channel = tcp\n tls-pin = {\"" PIN "\"} }",
	  "3: tls-pin needs channel = \"tls\"" },
	{ "resolver \"[::1]\" {\n\n tls-ca-file = \"c\" }", "3: tls-ca-file needs channel" },
	{ "resolver \"[::1]\" { channel = tls\n tsig-key = \"" TSIG "\" }",
	  "2: tsig-key does not go with channel = \"tls\"" },
	{ "resolver \"[::1]\" { channel = tcp\n mix-case = true }", "2: mix-case is for channel" },
	{ "resolver \"[::1]\" { channel = tls\n mix-case = true }", "2: mix-case is for channel" },
	{ "resolver \"[::1]\" {\n trust-anchor-file = \"c\" }", "2: trust-anchor-file belongs to" },
	{ "resolver \"[::1]\" {\n forward = {\"::1\"} }", "2: forward belongs to resolver" },
	{ "resolver \"embedded\" { trust-anchor-file = c\n channel = udp }",
	  "2: channel has no meaning in" },
	{ "resolver \"embedded\" {\n tls-name = \"a\" }", "2: tls-name needs channel" },
	{ "resolver \"embedded\" {\n tls-pin = {\"" PIN "\"} }", "2: tls-pin needs channel" },
	{ "resolver \"embedded\" {\n tsig-key = \"" TSIG "\" }", "2: tsig-key has no meaning in" },
	{ "resolver \"embedded\" {\n mix-case = true }", "2: mix-case is for channel" },
	/* TLS, TSIG, the validator inside. */
	{ "resolver \"[::1]\" { channel = tls\n tls-name = \"a b\" }",
	  "2: tls-name: \"a b\" is not" },
	{ "resolver \"[::1]\" { channel = tls\n tls-pin = {\"" PIN "\", \"\"} }",
	  "2: tls-pin: \"\" is no pin" },
	{ "resolver \"[::1]\" { channel = tls tls-pin = {\"A" PIN "\"} }", "1: tls-pin: \"AAA" },
	{ "resolver \"[::1]\" { channel = tls tls-pin = {\"" PIN44 "\"} }", "1: tls-pin: \"AAA" },
	{ "resolver \"[::1]\" { channel = tls tls-pin = {\"" PIN43 "\"} }", "1: tls-pin: \"AAA" },
	{ "resolver \"[::1]\" { channel = tls tls-pin = {\"" PIN "\", \"" PIN "\", \"" PIN
	  "\", \"" PIN "\", \"" PIN "\", \"" PIN "\", \"" PIN "\", \"" PIN "\",\n\"" PIN "\"} }",
	  "2: tls-pin: more than 8 pins" },
	{ "resolver \"[::1]\" { channel = tls\n tls-ca-file = \"gone.pem\" }",
	  "2: tls-ca-file: cannot read " },
	{ "resolver \"[::1]\" {\n tsig-key = \"a:b:" SECRET "\" }",
	  "2: tsig-key: its algorithm is not known" },
	{ "resolver \"[::1]\" {\n tsig-key = \"a..b:hmac-sha256:" SECRET "\" }",
	  "2: tsig-key: the key's name is not a domain name" },
	{ "resolver \"[::1]\" {\n tsig-key = \"a:" SECRET "\" }", "2: tsig-key: it is not of the" },
	{ "resolver \"[::1]\" {\n tsig-key = \"" SECRET "\" }",
	  "2: tsig-key: cannot read the file of the key: No such file" },
	{ "resolver \"[::1]\" {\n tsig-key = \"a:hmac-sha256:" SECRET "\"\n \"b:hmac-sha256:" SECRET
	  "\" }",
	  "3: there is a value without its key" },
	{ "resolver \"[::1]\" {\n tsig-key \"a:hmac-sha256:" SECRET "\" }",
	  "2: missing equal sign after option 'tsig-key'" },
	{ "resolver \"embedded\" {\n trust-anchor-file = \"gone\" }",
	  "2: trust-anchor-file: cannot read " },
	{ "resolver \"embedded\" { trust-anchor-file = \"c\"\n forward = {\"ns1\"} }",
	  "2: forward: \"ns1\" is not an address" },
	{ "resolver \"embedded\" { trust-anchor-file = \"c\"\n forward = {\"::1\", \"::2\", "
	  "\"::3\","
	  "\"::4\", \"::5\", \"::6\", \"::7\", \"::8\", \"::9\"} }",
	  "2: forward: more than 8 servers" },
	{ "resolver \"embedded\" { trust-anchor-file = c }\nresolver \"embedded\" { }",
	  "2: resolver \"embedded\" is there already: remove the duplicate" },
};

static void check(const char *text, const char *refusal)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX), want = BUF_MAX(WHY_MAX);
	CLEANUP(conf_free) struct conf *c = NULL;

	CHECK_INT(text, conf_parse("f", str_of(text), &c, &why), ERR_SYNTAX);
	buf_addf(&want, "f:%s", refusal);
	CHECK_STR(text, str_head(buf_str(&why), want.n), buf_str(&want));
	CHECK_INT(text, str_has(buf_str(&why), '\n'), false);
	CHECK_INT(text, memmem(why.p, why.n, SECRET, strlen(SECRET)) != NULL, false);
}

int main(void)
{
	if (!mkdtemp(dir) || chdir(dir) < 0)
		return 1;
	FILE *anchor = fopen("c", "we");
	if (!anchor || fclose(anchor) < 0)
		return 1;
	for (size_t i = 0; i < COUNT_OF(refused); i++)
		check(refused[i].text, refused[i].refusal);
	(void)unlink("c");
	(void)rmdir(dir);
	return TEST_EXIT();
}
