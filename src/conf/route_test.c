/* Static routes: what is refused, where they lead, and what they take from the section delivery. */
#include "base/test.h"
#include "conf/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROOM = 8192 };

static char dir[] = "/tmp/conf_route_test.XXXXXX";

#define ROUTE(keys) "route \"a.example\" {\n" keys "\n}"
#define LITERAL "via = \"[192.0.2.7]:587\"\n"

/* "LINE: words". */
static const struct {
	const char *text, *refusal;
} refused[] = {
	{ "route \"*.example\" { via = mx }",
	  "1: route \"*.example\": for all below write \".example\"" },
	{ "route \".\" { via = mx }", "1: route: \".\" is not a domain name" },
	{ "route \"..example\" { via = mx }", "1: route: \".example\" is not a domain name" },
	{ "route \".a_b c\" { via = mx }", "1: route: \"a_b c\" is not a domain name" },
	{ "route \"[192.0.2.1]\" { via = mx }", "1: route: \"[192.0.2.1]\" is not a domain name" },
	{ "route \".Example\" { via = mx }\nroute \".example.\" { via = mx }",
	  "2: route \".example.\" is there already" },
	{ ROUTE(""), "1: route \"a.example\" says nothing" },
	{ ROUTE("via = \"[IPv6:::g]:25\""), "2: via: " },
	{ ROUTE("via = \"[IPv6:2001:db8::1\""), "2: via: " },
	{ ROUTE("via = \"smtps://\""), "2: via: \"\" leads nowhere" },
	{ ROUTE("via = \"smtps://mx:0\""), "2: via: \"0\" is not a port" },
	{ ROUTE("via = \"smtps://[192.0.2.7]:0\""), "2: via: \"0\" is not a port" },
	{ ROUTE("via = \"smtp://mx\""), "2: via: \"smtp://mx\" has \"smtp://\" before it" },
	{ ROUTE("via = mx\ntotal = 5"),
	  "3: total counts the deliveries to all destinations together: write it in delivery" },
	{ ROUTE("via = mx\nport = 0"), "3: port: \"0\" is not a port" },
	{ ROUTE("via = mx\n\nretry = {}"), "4: retry is empty" },
	{ ROUTE("via = mx\nretry = {\"9ms\"}"), "3: retry: \"9ms\" will not do" },
	{ ROUTE("via = mx\nport = 1\nport = 1"), "4: port is set already on line 3" },
	{ ROUTE("via = mx\nenabled = true"), "3: no such option 'enabled'" },
	{ ROUTE("via = mx\nrate = \"100\""),
	  "3: rate: \"100\" will not do: write messages a time like 100/1m, from 1 to 1000000 in "
	  "1s to 30d" },
	{ ROUTE("via = mx\nrate = \"0/1m\""), "3: rate: \"0/1m\" will not do" },
	{ ROUTE("via = mx\nrate = \"1000001/1m\""), "3: rate: \"1000001/1m\" will not do" },
	{ ROUTE("via = mx\nrate = \"-1/1m\""), "3: rate: \"-1/1m\" will not do" },
	{ ROUTE("via = mx\nrate = \"1/999ms\""), "3: rate: \"1/999ms\" will not do" },
	{ ROUTE("via = mx\nrate = \"1/31d\""), "3: rate: \"1/31d\" will not do" },
	{ ROUTE("via = mx\nrate = \"1/1m/1m\""), "3: rate: \"1/1m/1m\" will not do" },
	{ ROUTE("via = mx\nrate = \"1/\""), "3: rate: \"1/\" will not do" },
	/* How far the host must prove itself. */
	{ ROUTE("via = mx\ntls = must"),
	  "3: tls: \"must\" is not known: write one of: none may encrypt verify dane" },
	{ ROUTE("via = mx\ntls-name = \"a b\""), "3: tls-name: \"a b\" is not a domain name" },
	{ ROUTE(LITERAL "tls = verify"), "3: tls verifies a host that via names by its address" },
	{ ROUTE(LITERAL "tls = verify tls-name = \"\""), "3: tls verifies a host" },
	{ ROUTE("tls = verify\nvia = \"smtps://[IPv6:2001:db8::1]\""), "2: tls verifies a host" },
	{ ROUTE(LITERAL "\nuser = u password-file = p"), "4: user verifies a host" },
	{ ROUTE("via = \"smtps://mx\"\ntls = none"),
	  "3: tls = \"none\" does not go with smtps://" },
	{ ROUTE("via = mx\ntls = none\nuser = u password-file = p"),
	  "3: tls = \"none\" does not go with user" },
	{ ROUTE("via = mx\nuser = u"), "3: user needs password-file" },
	{ ROUTE("via = mx\npassword-file = p"), "3: password-file needs user" },
	{ ROUTE("port = 26\nuser = u password-file = p"), "3: user needs via" },
	/* The file of a password. */
	{ ROUTE("via = mx\nuser = u\npassword-file = missing"),
	  "4: password-file: cannot read %s/missing: No such file" },
	{ ROUTE("via = mx\nuser = u\npassword-file = \".\""), "4: password-file: cannot read" },
	{ ROUTE("via = mx\nuser = u\npassword-file = read"),
	  "4: password-file: others may read or write %s/read: " },
	{ ROUTE("via = mx\nuser = u\npassword-file = written"),
	  "4: password-file: others may read or write %s/written: " },
	{ ROUTE("via = mx\nuser = u\npassword-file = empty"),
	  "4: password-file: the first line of %s/empty is no password" },
	{ ROUTE("via = mx\nuser = u\npassword-file = late"),
	  "4: password-file: the first line of %s/late is no password" },
	{ ROUTE("via = mx\nuser = u\npassword-file = nul"),
	  "4: password-file: the first line of %s/nul is no password" },
	{ ROUTE("via = mx\nuser = u\npassword-file = long"),
	  "4: password-file: the first line of %s/long is no password" },
	/* An exemption: why and until when are a must. */
	{ "exempt \"a.example\" { until = 2027-03-31 }", "1: exempt \"a.example\" needs a reason" },
	{ "exempt \"a.example\" { reason = r }", "1: exempt \"a.example\" needs until" },
	{ "exempt \"a.example\" {\nreason = \" \" until = 2027-03-31 }", "2: reason is empty" },
	{ "exempt \"a.example\" {\nreason = r until = 2027-02-30 }",
	  "2: until: \"2027-02-30\" is no day: write one like 2027-03-31" },
	{ "exempt \"a.example\" {\nreason = r until = \"2027-03-31T00:00:00Z\" }", "2: until: " },
	{ "exempt \"a.example\" {\nreason = r until = \"\" }", "2: until: " },
	{ "exempt \"a b\" { reason = r until = 2027-03-31 }",
	  "1: exempt: \"a b\" is not a domain" },
	{ "exempt \"*\" { reason = r until = 2027-03-31 }", "1: exempt \"*\" is no domain" },
	{ "exempt \"*.\" { reason = r until = 2027-03-31 }", "1: exempt \"*.\": name a domain" },
	{ "exempt \"*.a.example\" { reason = r until = 2027-03-31 }\n"
	  "exempt \"*.A.example.\" { reason = r until = 2027-03-31 }",
	  "2: exempt \"*.A.example.\" is there already" },
};

static enum err parse_for(enum conf_reader who, const char *text, struct conf **c, struct buf *why)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "%s/f", dir);
	return conf_parse_for(who, name, str_of(text), c, why);
}

static enum err parse(const char *text, struct conf **c, struct buf *why)
{
	return parse_for(CONF_READER_DAEMON, text, c, why);
}

/* Whoever reads it. */
static void check_refused(size_t i, enum conf_reader who)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(ROOM), want = BUF_MAX(ROOM);
	CLEANUP(conf_free) struct conf *c = NULL;
	struct str rest = str_of(refused[i].refusal), before;

	buf_addf(&want, "%s/f:", dir);
	if (str_cut(&rest, '%', &before)) {
		buf_add(&want, before);
		buf_add(&want, str_of(dir));
		rest = str_skip(rest, 1);
	}
	buf_add(&want, rest);
	CHECK_INT(refused[i].text, parse_for(who, refused[i].text, &c, &why), ERR_SYNTAX);
	CHECK_STR(refused[i].text, str_head(buf_str(&why), want.n), buf_str(&want));
	buf_addc(&why, 0);
	CHECK_INT("no secret is shown", strstr(why.p, "S3") != NULL, 0);
}

/* Where they lead; "" is none. */
static const struct {
	const char *via, *at, *host;
	unsigned port;
} vias[] = {
	{ "[192.0.2.7]:587", "192.0.2.7:587", "", 587 },
	{ "192.0.2.7", "192.0.2.7:0", "", 0 },
	{ "[2001:db8::1]:25", "[2001:db8::1]:25", "", 25 },
	{ "[IPv6:2001:DB8::1]:25", "[2001:db8::1]:25", "", 25 },
	{ "[ipv6:::1]", "[::1]:0", "", 0 },
	{ "mx.host:25", "", "mx.host", 25 },
	{ "MX.host.", "", "mx.host", 0 },
};

static void check_via(size_t i)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(ROOM), text = BUF_MAX(ROOM);
	CLEANUP(conf_free) struct conf *c = NULL;
	char at[IP_TEXT_MAX];

	buf_addf(&text, "route \"*\" { via = \"%s\" }", vias[i].via);
	buf_addc(&text, '\0');
	CHECK_INT(vias[i].via, parse(text.p, &c, &why), ERR_OK);
	if (!c)
		return;
	const struct conf_route *t = &c->route[0];
	CHECK_INT(vias[i].via, t->at.ip.family != 0, vias[i].at[0] != '\0');
	if (vias[i].at[0])
		CHECK_STR(vias[i].via, ip_port_text(&t->at, at), str_of(vias[i].at));
	CHECK_STR(vias[i].via, str_of(t->host), str_of(vias[i].host));
	CHECK_INT(vias[i].via, t->port, vias[i].port);
}

static const char whole[] =
	"route \"z.example\" { via = mx port = 26 retry = {\"7s\"} ignore-targets = {}\n"
	"  bind4 = \"127.0.0.9\" ip = ipv4 connect-timeout = 1s command-timeout = 2s\n"
	"  per-destination = 3 reuse = 4 recipients = 5 lifetime = 6s warn-after = 7s }\n"
	"delivery { port = 27 retry = {\"1m\", \"2m\"} ignore-targets = {\"10.0.0.0/8\"}\n"
	"  bind6 = \"::1\" reuse = 9 }\n"
	"route \".example\" { via = mx }\n"
	"route \"*\" { via = mx }\n";

static void check_own(const struct conf_delivery *d)
{
	char text[IP_TEXT_MAX];

	CHECK_INT("own port", d->port, 26);
	CHECK_INT("own retry", (long long)d->n_retry, 1);
	CHECK_INT("its time", d->retry_ms[0], 7000);
	CHECK_INT("own ignore-targets", (long long)d->n_ignore_targets, 0);
	CHECK_STR("own bind4", ip_text(&d->bind4, text), STR("127.0.0.9"));
	CHECK_STR("bind6 of delivery", ip_text(&d->bind6, text), STR("::1"));
	CHECK_INT("own ip", d->ip, CONF_IPV4);
	CHECK_INT("own connect-timeout", d->connect_timeout_ms, 1000);
	CHECK_INT("own command-timeout", d->command_timeout_ms, 2000);
	CHECK_INT("own per-destination", d->per_destination, 3);
	CHECK_INT("own reuse", d->reuse, 4);
	CHECK_INT("own recipients", d->recipients, 5);
	CHECK_INT("own lifetime", d->lifetime_ms, 6000);
	CHECK_INT("own warn-after", d->warn_after_ms, 7000);
}

/* The section may stand behind them. */
static void check_taken(const struct conf_delivery *d)
{
	CHECK_INT("port", d->port, 27);
	CHECK_INT("retry", (long long)d->n_retry, 2);
	CHECK_INT("second", d->retry_ms[1], 120000);
	CHECK_INT("ignore-targets", (long long)d->n_ignore_targets, 1);
	CHECK_INT("no bind4", d->bind4.family, 0);
	CHECK_INT("bind6", d->bind6.family, 6);
	CHECK_INT("reuse", d->reuse, 9);
	CHECK_INT("by default", d->connect_timeout_ms, 30000);
	CHECK_INT("lifetime by default", d->lifetime_ms, 5 * 86400000LL);
	CHECK_INT("tls", d->tls, CONF_TLS_MAY);
	CHECK_STR("no user", str_of(d->user), STR(""));
}

/* A password goes to nobody but whom it is meant for. */
static void check_login(void)
{
	static const struct {
		const char *keys;
		enum conf_tls_out tls;
	} rows[] = {
		{ "via = mx", CONF_TLS_VERIFY },
		{ "via = \"smtps://mx\"", CONF_TLS_VERIFY },
		{ "via = \"[192.0.2.7]\" tls-name = mx", CONF_TLS_VERIFY },
		{ "via = mx tls = encrypt", CONF_TLS_ENCRYPT },
		{ "via = mx tls = may", CONF_TLS_MAY },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		CLEANUP(buf_free) struct buf why = BUF_MAX(ROOM), text = BUF_MAX(ROOM);
		CLEANUP(conf_free) struct conf *c = NULL;
		buf_addf(&text,
			 "delivery { tls = none }\nroute a.example { user = u password-file = p %s "
			 "}",
			 rows[i].keys);
		buf_addc(&text, '\0');
		CHECK_INT(rows[i].keys, parse(text.p, &c, &why), ERR_OK);
		CHECK_STR(rows[i].keys, buf_str(&why), STR(""));
		if (!c)
			continue;
		CHECK_INT(rows[i].keys, c->route[0].delivery.tls, rows[i].tls);
		CHECK_STR(rows[i].keys, str_of(c->route[0].delivery.user), STR("u"));
		CHECK_STR(rows[i].keys, str_of(c->route[0].delivery.password), STR("S3CRET"));
	}
}

static void check_whole(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(ROOM);
	CLEANUP(conf_free) struct conf *c = NULL;

	CHECK_INT("whole", parse(whole, &c, &why), ERR_OK);
	CHECK_STR("whole", buf_str(&why), STR(""));
	if (!c || c->n_route != 3)
		abort();
	CHECK_STR("sorted", str_of(c->route[0].domain), STR("*"));
	CHECK_STR("sorted", str_of(c->route[1].domain), STR(".example"));
	CHECK_STR("sorted", str_of(c->route[2].domain), STR("z.example"));
	check_own(&c->route[2].delivery);
	check_taken(&c->route[0].delivery);
	check_taken(&c->route[1].delivery);
	CHECK_INT("delivery itself", c->delivery.port, 27);
}

static void put(const char *name, struct str body, mode_t mode)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	if (!f || fwrite(body.p, 1, body.n, f) != body.n || fclose(f) || chmod(path, mode) < 0)
		abort();
}

static const char *const files[] = { "p",    "read", "written", "empty",
				     "late", "nul",  "long",    "longest" };

static void make_files(void)
{
	char long_line[1025];

	memset(long_line, 'x', sizeof(long_line));
	if (!mkdtemp(dir))
		abort();
	put("p", STR("S3CRET\n"), 0600);
	put("read", STR("S3CRET\n"), 0644);
	put("written", STR("S3CRET\n"), 0602);
	put("empty", STR(""), 0600);
	put("late", STR("\nS3CRET\n"), 0600);
	put("nul", STR("S3C\0RET\n"), 0600);
	put("long", (struct str){ long_line, 1025 }, 0600);
	put("longest", (struct str){ long_line, 1024 }, 0640);
}

static void drop_files(void)
{
	char path[128];

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		(void)unlink(path);
	}
	(void)rmdir(dir);
}

int main(void)
{
	make_files();
	for (size_t i = 0; i < COUNT_OF(refused); i++)
		for (int who = CONF_READER_DAEMON; who <= CONF_READER_MAILER; who++)
			check_refused(i, (enum conf_reader)who);
	for (size_t i = 0; i < COUNT_OF(vias); i++)
		check_via(i);
	check_login();
	check_whole();
	drop_files();
	return TEST_EXIT();
}
