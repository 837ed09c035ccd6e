/* What a reload refuses, since only a restart can do it; and what it says of files. */
#include "relay/reading.h"

#include "base/test.h"
#include "conf/parse.h"

#include <string.h>

#define HEAD "hostname = \"relay.example\"\n"
#define UNIX(more) HEAD "listen \"unix:/run/s\" { " more " }\n"
#define CONTROL(more) HEAD "control { socket = \"/run/c\"\n " more " }\n"

#define IN(line) "/etc/test.conf:" #line ": "

static const struct {
	const char *before, *after, *fixed; /* NULL: a reload does it */
} cases[] = {
	{ HEAD, HEAD, NULL },
	{ HEAD, "hostname = \"other.example\"\n", NULL },
	{ HEAD "listen \"127.0.0.1:25\" { }\n",
	  HEAD "listen \"127.0.0.1:25\" { relay-from = { \"10.0.0.0/8\" } }\n", NULL },
	{ HEAD "listen \"127.0.0.1:25\" { }\n", HEAD "\nlisten \"127.0.0.1:26\" { }\n",
	  IN(3) "listen \"127.0.0.1:26\" is new" },
	{ HEAD "listen \"127.0.0.1:25\" { }\n",
	  HEAD "listen \"127.0.0.1:25\" { }\nlisten \"127.0.0.1:26\" { }\n",
	  IN(3) "listen \"127.0.0.1:26\" is new" },
	{ HEAD "listen \"127.0.0.1:25\" { }\nlisten \"127.0.0.1:26\" { }\n",
	  HEAD "listen \"127.0.0.1:26\" { }\n",
	  "/etc/test.conf: listen \"127.0.0.1:25\" was in line 2, and is not there any more" },
	{ HEAD "listen \"127.0.0.1:25\" { }\nlisten \"127.0.0.1:26\" { }\n",
	  HEAD "listen \"127.0.0.1:26\" { }\nlisten \"127.0.0.1:25\" { }\n",
	  IN(2) "listen \"127.0.0.1:26\" stands in another place" },
	{ HEAD "listen \"127.0.0.1:25\" { }\n", HEAD,
	  "/etc/test.conf: listen \"127.0.0.1:25\" was in line 2, and is not there any more" },
	{ HEAD, HEAD "listen \"127.0.0.1:25\" { }\n", IN(2) "listen \"127.0.0.1:25\" is new" },
	{ UNIX("mode = \"0660\""), UNIX("mode = \"0660\""), NULL },
	{ UNIX("mode = \"0660\""), UNIX("mode = \"0600\""),
	  IN(2) "listen \"unix:/run/s\" mode has changed" },
	{ UNIX(""), UNIX("\ngroup = mail"), IN(3) "listen \"unix:/run/s\" group has changed" },
	{ CONTROL("mode = \"0660\""), CONTROL("mode = \"0600\""),
	  IN(3) "control mode has changed" },
	{ CONTROL("group = adm"), CONTROL("group = mail"), IN(3) "control group has changed" },
	{ CONTROL("group = adm"), CONTROL("group = adm"), NULL },
	{ CONTROL("group = adm"), CONTROL(""),
	  "/etc/test.conf: control group was in line 3, and is not there any more" },
	{ CONTROL(""), HEAD "control { socket = \"/run/d\" }\n",
	  IN(2) "control socket has changed" },
	{ HEAD "user = nobody\n", HEAD "user = root\n", IN(2) "user has changed" },
	{ HEAD, HEAD "log-directory = \"/var/log/other\"\n", IN(2) "log-directory has changed" },
	{ HEAD, HEAD "workers = 7\n", IN(2) "workers has changed" },
	{ HEAD, HEAD "queue { store = \"sqlite:/other\" }\n", IN(2) "queue store has changed" },
	{ HEAD, HEAD "state-directory = \"/other\"\n", IN(2) "state-directory has changed" },
};

static struct conf *conf_of(const char *text)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	struct conf *c = NULL;

	CHECK_INT(text, conf_parse("/etc/test.conf", str_of(text), &c, &why), ERR_OK);
	CHECK_STR(text, buf_str(&why), STR(""));
	return c;
}

/* Where HINT is in place of what is added. */
static const struct {
	const char *why, *said;
} reaches[] = {
	{ "", "" },
	{ "f:1: bad", "f:1: bad" },
	{ "f:1: a: /b: Permission denied", "f:1: a: /b: Permission deniedHINT" },
	{ "f:1: a: /b: Permission denied\n", "f:1: a: /b: Permission deniedHINT" },
	{ "f:1: Permission denied: name another\n", "f:1: Permission denied: name anotherHINT" },
	{ "f:1: bad\nf:2: Permission denied\nf:3: Permission denied\n",
	  "f:1: bad\nf:2: Permission deniedHINT\nf:3: Permission denied" },
	{ "f:1: No such file or directory\n", "f:1: No such file or directory" },
};

static void try_reach(const char *given, struct str want)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	const char *hint = strstr(want.p, "HINT");
	struct str head = { want.p, hint ? (size_t)(hint - want.p) : want.n };
	struct str tail = str_skip(want, head.n + (hint ? strlen("HINT") : 0));

	buf_add(&why, str_of(given));
	relay_reading_reach(&why);
	struct str got = buf_str(&why);
	CHECK_INT(given, str_starts(got, head) && str_ends(got, tail), 1);
	struct str added = { got.p + head.n, got.n - head.n - tail.n };
	CHECK_INT(given, added.n > 0, hint != NULL);
	CHECK_INT(given, str_starts(added, STR(": see that")), hint != NULL);
	CHECK_INT(given, str_has(added, '\n'), 0);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(reaches); i++)
		try_reach(reaches[i].why, str_of(reaches[i].said));
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct conf *a = conf_of(cases[i].before), *b = conf_of(cases[i].after);
		CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
		bool fixed = a && b && relay_reading_fixed(a, b, &why);
		CHECK_INT(cases[i].after, fixed, cases[i].fixed != NULL);
		CHECK_STR(cases[i].after, buf_str(&why),
			  str_of(cases[i].fixed ? cases[i].fixed : ""));
		conf_free(&a);
		conf_free(&b);
	}
	return TEST_EXIT();
}
