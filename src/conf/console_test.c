/* The section `console`: what it comes to, and what of it is refused. */
#include "base/test.h"
#include "conf/parse.h"

#include <string.h>

enum { ROOM = 4096 };

static const struct {
	const char *text, *want; /* "": well */
} cases[] = {
	{ "console \"127.0.0.1:8025\" { }", "" },
	{ "console \"127.9.9.9:80\" { }", "" },
	{ "console \"[::1]:8025\" { }", "" },
	{ "console \"unix:/run/console.http\" { }", "" },
	{ "console \"127.0.0.1:8025\" { hosts = {\"a.example\", \"B.Example\"} }", "" },
	{ "console \"127.0.0.1:8025\" { hosts = {} }", "" },
	{ "\nconsole \"192.0.2.1:8025\" { }", "f:2: console: an address off loopback needs tls-" },
	{ "console \"0.0.0.0:8025\" { }", "f:1: console: an address off loopback needs tls-" },
	{ "console \"[::]:8025\" { }", "f:1: console: an address off loopback needs tls-" },
	{ "console \"192.0.2.1:8025\" {\n tls-certificate = \"/etc/passwd\"\n"
	  " tls-key = \"/etc/passwd\" }",
	  "" },
	{ "console \"192.0.2.1:8025\" {\n tls-certificate = \"/etc/passwd\" }",
	  "f:2: tls-certificate needs tls-key" },
	{ "console \"127.0.0.1:8025\" {\n\n tls-key = \"/etc/passwd\" }",
	  "f:3: tls-key needs tls-certificate" },
	{ "console \"unix:/x\" {\n tls-certificate = \"/etc/passwd\" tls-key = \"/etc/passwd\" }",
	  "f:2: tls-certificate needs an address" },
	{ "console \"127.0.0.1\" { }", "f:1: console: \"127.0.0.1\" is not an address and port" },
	{ "console \"unix:\" { }", "f:1: console: \"unix:\" is not an address" },
	{ "console \"localhost:80\" { }", "f:1: console: \"localhost:80\" is not an address" },
	{ "console { }", "f:1: missing title for section 'console': write console \"TITLE\" {" },
	{ "console \"127.0.0.1:1\" { }\nconsole \"127.0.0.1:2\" { }",
	  "f:2: there is a console already on line 1: remove one" },
	{ "console \"127.0.0.1:1\" {\n users-file = \"/nope/users\" }",
	  "f:2: users-file: cannot read /nope/users" },
	{ "console \"127.0.0.1:1\" {\n hosts = {\"a b\"} }", "f:2: hosts: \"a b\"" },
	{ "console \"127.0.0.1:1\" {\n hosts = {\"\"} }", "f:2: hosts: \"\" is no name" },
	{ "console \"127.0.0.1:1\" { login-socket = \"\" }", "f:1: login-socket is empty" },
	{ "console \"127.0.0.1:1\" { colour = 1 }", "f:1: no such option 'colour'" },
};

static void check_values(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(ROOM);
	CLEANUP(conf_free) struct conf *c = NULL;
	const char *text =
		"state-directory = \"/s\"\nconsole \"unix:web\" { hosts = {\"a.example\", "
		"\"B.Example\"} }";

	CHECK_INT("read", conf_parse("/etc/f", str_of(text), &c, &why), ERR_OK);
	if (!c)
		return;
	CHECK_STR("text", str_of(c->console.text), STR("unix:web"));
	CHECK_STR("path", str_of(c->console.path), STR("/s/web"));
	CHECK_STR("login", str_of(c->console.login_path), STR("/s/console.sock"));
	CHECK_INT("hosts", (long long)c->console.n_hosts, 2);
	CHECK_STR("a host", str_of(c->console.hosts[1]), STR("b.example"));
	CHECK_STR("users", str_of(c->console.users_file), STR(""));
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(buf_free) struct buf why = BUF_MAX(ROOM);
		CLEANUP(conf_free) struct conf *c = NULL;
		struct str want = str_of(cases[i].want);

		CHECK_INT(cases[i].text, conf_parse("f", str_of(cases[i].text), &c, &why),
			  want.n ? ERR_SYNTAX : ERR_OK);
		CHECK_STR(cases[i].text, str_head(buf_str(&why), want.n), want);
		if (!want.n)
			CHECK_STR(cases[i].text, buf_str(&why), STR(""));
	}
	check_values();
	return TEST_EXIT();
}
