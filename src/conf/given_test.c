/* What is kept of a file's words, and where complaints about them begin. */
#include "conf/given.h"

#include "base/test.h"
#include "conf/parse.h"

enum { WHY_MAX = 4096 };

static const char text[] = "# first\n"
			   "workers = 3 user = \"mail\"\n"
			   "listen \"[::1]:2526\" {\n"
			   "  relay-from = {\"10.0.0.0/8\",\n"
			   "    \"192.0.2.0/24\"} }\n"
			   "listen \"[::2]:2526\" {\n"
			   "  relay-from = {} }\n"
			   "resolver \"::1\" { tsig-key = \"k:hmac-sha256:QUJD\" }\n"
			   "delivery {\n"
			   "  retry = {1m, \"2m\"}\n"
			   "}\n";

static const struct {
	const char *section, *title, *key;
	const char *place; /* "" not said */
	size_t n_value;
	const char *last;
} rows[] = {
	{ "root", NULL, "workers", "/a b.conf:2: ", 1, "3" },
	{ "root", NULL, "user", "/a b.conf:2: ", 1, "mail" },
	{ "root", NULL, "hostname", "", 0, "" },
	{ "root", NULL, NULL, "", 0, "" },
	{ "listen", "[::1]:2526", NULL, "/a b.conf:3: ", 0, "" },
	{ "listen", "[::1]:2526", "relay-from", "/a b.conf:4: ", 2, "192.0.2.0/24" },
	{ "listen", "[::2]:2526", "relay-from", "/a b.conf:7: ", 0, "" },
	{ "listen", NULL, "relay-from", "/a b.conf:7: ", 0, "" },
	{ "listen", "127.0.0.1:2525", NULL, "", 0, "" },
	{ "resolver", "::1", "tsig-key", "/a b.conf:8: ", 1, "(not shown)" },
	{ "delivery", NULL, NULL, "/a b.conf:9: ", 0, "" },
	{ "delivery", NULL, "retry", "/a b.conf:10: ", 2, "2m" },
	{ "delivery", NULL, "port", "", 0, "" },
	{ "limits", NULL, NULL, "", 0, "" },
};

static void check(const struct conf *c, size_t i)
{
	CLEANUP(buf_free) struct buf place = BUF_MAX(WHY_MAX);
	const struct conf_given_key *g =
		conf_given_find(&c->given, rows[i].section, rows[i].title, rows[i].key);

	conf_given_where(&place, &c->given, rows[i].section, rows[i].title, rows[i].key);
	CHECK_STR(rows[i].section, buf_str(&place), str_of(rows[i].place));
	CHECK_INT(rows[i].section, g != NULL, rows[i].place[0] != '\0');
	if (!g)
		return;
	CHECK_INT(rows[i].section, (long long)g->n_value, (long long)rows[i].n_value);
	CHECK_STR(rows[i].section, str_of(g->n_value ? g->value[g->n_value - 1] : ""),
		  str_of(rows[i].last));
}

int main(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX), place = BUF_MAX(WHY_MAX);
	CLEANUP(conf_free) struct conf *c = NULL, *none = NULL;

	CHECK_INT("parse", conf_parse("/a b.conf", str_of(text), &c, &why), ERR_OK);
	for (size_t i = 0; c && i < COUNT_OF(rows); i++)
		check(c, i);
	CHECK_INT("defaults", conf_parse_defaults(&none, &why), ERR_OK);
	if (none)
		conf_given_where(&place, &none->given, "root", NULL, "user");
	CHECK_STR("defaults", buf_str(&place), STR(""));
	return TEST_EXIT();
}
