/* A file, and what is shown of it: all in one text. */
#include "conf/show.h"

#include "base/test.h"
#include "conf/parse.h"

#include <string.h>

enum { ROOM = 65536 };

static const char text[] =
	"workers = 0 size-limit = 51200K hostname = \"a.example\"\n"
	"state-directory = \"/var/lib/signpost\"\n"
	"listen \"[::1]:26\" { }\n"
	"listen \"[::1]:25\" {\n relay-from = {\"10.0.0.0/8\", \"::1/128\"} }\n"
	"resolver \"::1\" { tsig-key = \"k:hmac-sha256:QUJD\" timeout = 2000ms }\n"
	"listen \"unix:s\" { }\n"
	"resolver \"embedded\" { }\n"
	"delivery { port = 26 command-timeout = \"300s\" retry = {\"1m\"} }\n"
	"route \".example\" { via = mx\n reuse = 100 }\n";

/* Those that are not the default; and some that are. */
static const char changed[] = "hostname=a.example:1\n"
			      "listen [::1]:26:3\n"
			      "listen [::1]:25:4\n"
			      "relay-from=10.0.0.0/8,::1/128:5\n"
			      "listen unix:s:7\n"
			      "resolver ::1:6\n"
			      "tsig-key=(not shown):6\n"
			      "resolver embedded:8\n"
			      "port=26:9\n"
			      "retry=1m:9\n"
			      "route .example:10\n"
			      "via=mx:10\n"
			      "reuse=100:11\n";
static const char *const unchanged[] = {
	"workers=0:1\n",
	"size-limit=51200K:1\n",
	"state-directory=/var/lib/signpost:2\n",
	"timeout=2000ms:6\n",
	"command-timeout=300s:9\n",
	"relay-from=127.0.0.0/8,::1/128:0\n",
	"store=sqlite:/var/lib/signpost/queue.db:0\n",
	"socket=/var/lib/signpost/control.sock:0\n",
	"limits :0\n",
	"errors=20:0\n",
	"channel=udp:0\n",
	"log-directory=/var/log/signpost:0\n",
	"dnssec :0\n",
	"delivery :9\n",
	/* A route's, and the section's. */
	"port=26:9\nbind4=:0\n",
	"retry=1m:9\nlifetime=5d:0\n",
	"tls=may:0\n",
};

/* Those that the section's title leaves without a meaning, and would be refused for. */
static size_t misplaced(const struct conf *c)
{
	CLEANUP(conf_show_free) struct conf_shower *s = conf_show_new(c);
	size_t n = 0;

	for (const struct conf_show *k; (k = conf_show_next(s)) != NULL;) {
		if (!k->key)
			continue;
		bool port = strcmp(k->section, "listen") == 0 && k->title[0] == '[';
		n += port && (strcmp(k->key, "mode") == 0 || strcmp(k->key, "group") == 0);
		n += strcmp(k->title, "embedded") == 0 && strcmp(k->key, "channel") == 0;
		n += strcmp(k->section, "route") == 0 && strcmp(k->key, "total") == 0;
	}
	return n;
}

static void add(struct buf *out, const struct conf_show *k)
{
	if (!k->key)
		buf_addf(out, "%s %s", k->section, k->title);
	else
		buf_addf(out, "%s=", k->key);
	for (size_t i = 0; i < k->n_value; i++)
		buf_addf(out, "%s%s", i ? "," : "", k->value[i]);
	buf_addf(out, ":%u\n", k->line);
}

static void check(const struct conf *c)
{
	CLEANUP(buf_free) struct buf all = BUF_MAX(ROOM), some = BUF_MAX(ROOM);
	CLEANUP(conf_show_free) struct conf_shower *s = conf_show_new(c);

	for (const struct conf_show *k; (k = conf_show_next(s)) != NULL;)
		add(k->changed ? &some : &all, k);
	CHECK_STR("changed", buf_str(&some), str_of(changed));
	buf_addc(&all, '\0');
	CHECK_INT("misplaced", (long long)misplaced(c), 0);
	for (size_t i = 0; i < COUNT_OF(unchanged); i++)
		CHECK_INT(unchanged[i], strstr(all.p, unchanged[i]) != NULL, true);
}

/* No file: all keys are there, one listener, nothing is changed. */
static void check_defaults(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(ROOM);
	CLEANUP(conf_free) struct conf *c = NULL;
	size_t changes = 0, listeners = 0, resolvers = 0;

	CHECK_INT("defaults", conf_parse_defaults(&c, &why), ERR_OK);
	CLEANUP(conf_show_free) struct conf_shower *s = c ? conf_show_new(c) : NULL;
	for (const struct conf_show *k; s && (k = conf_show_next(s)) != NULL;) {
		changes += k->changed;
		listeners += !k->key && strcmp(k->section, "listen") == 0 &&
			     strcmp(k->title, "127.0.0.1:2525") == 0;
		resolvers += strcmp(k->section, "resolver") == 0;
	}
	CHECK_INT("none changed", (long long)changes, 0);
	CHECK_INT("one listener", (long long)listeners, 1);
	CHECK_INT("no resolver", (long long)resolvers, 0);
}

int main(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(ROOM);
	CLEANUP(conf_free) struct conf *c = NULL;

	CHECK_INT("parse", conf_parse("/f.conf", str_of(text), &c, &why), ERR_OK);
	if (c)
		check(c);
	check_defaults();
	return TEST_EXIT();
}
