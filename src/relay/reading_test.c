/* What a reload refuses, since only a restart can do it. */
#include "relay/reading.h"

#include "base/test.h"
#include "conf/parse.h"

#define HEAD "hostname = \"relay.example\"\n"
#define UNIX(more) HEAD "listen \"unix:/run/s\" { " more " }\n"
#define CONTROL(more) HEAD "control { socket = \"/run/c\"\n " more " }\n"

static const struct {
	const char *before, *after, *fixed; /* NULL: a reload does it */
} cases[] = {
	{ HEAD, HEAD, NULL },
	{ HEAD, "hostname = \"other.example\"\n", NULL },
	{ HEAD "listen \"127.0.0.1:25\" { }\n",
	  HEAD "listen \"127.0.0.1:25\" { relay-from = { \"10.0.0.0/8\" } }\n", NULL },
	{ HEAD "listen \"127.0.0.1:25\" { }\n", HEAD "listen \"127.0.0.1:26\" { }\n", "listen" },
	{ HEAD "listen \"127.0.0.1:25\" { }\n",
	  HEAD "listen \"127.0.0.1:25\" { }\nlisten \"127.0.0.1:26\" { }\n", "listen" },
	{ UNIX("mode = \"0660\""), UNIX("mode = \"0660\""), NULL },
	{ UNIX("mode = \"0660\""), UNIX("mode = \"0600\""), "listen mode" },
	{ UNIX(""), UNIX("group = mail"), "listen group" },
	{ CONTROL("mode = \"0660\""), CONTROL("mode = \"0600\""), "control mode" },
	{ CONTROL("group = adm"), CONTROL("group = mail"), "control group" },
	{ CONTROL("group = adm"), CONTROL("group = adm"), NULL },
	{ CONTROL(""), HEAD "control { socket = \"/run/d\" }\n", "control socket" },
	{ HEAD "user = nobody\n", HEAD "user = root\n", "user" },
	{ HEAD, HEAD "log-directory = \"/var/log/other\"\n", "log-directory" },
	{ HEAD, HEAD "workers = 7\n", "workers" },
	{ HEAD, HEAD "queue { store = \"sqlite:/other\" }\n", "queue store" },
};

static struct conf *conf_of(const char *text)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	struct conf *c = NULL;

	CHECK_INT(text, conf_parse("/etc/test.conf", str_of(text), &c, &why), ERR_OK);
	CHECK_STR(text, buf_str(&why), STR(""));
	return c;
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct conf *a = conf_of(cases[i].before), *b = conf_of(cases[i].after);
		const char *fixed = a && b ? relay_reading_fixed(a, b) : "not read";
		CHECK_STR(cases[i].after, str_of(fixed ? fixed : "-"),
			  str_of(cases[i].fixed ? cases[i].fixed : "-"));
		conf_free(&a);
		conf_free(&b);
	}
	return TEST_EXIT();
}
