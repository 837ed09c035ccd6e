/*
 * Texts and what they come to: the line and the words of a refusal, or values.
 */
#include "conf/parse.h"

#include "base/test.h"
#include "conf/read.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WHY_MAX = 8192, TEXT_MAX = 4096 };

static char dir[] = "/tmp/conf_parse_test.XXXXXX";

#define SECRET "c2VjcmV0LW9mLXRoZS1rZXk="
#define TSIG "key.example:hmac-sha256:" SECRET
#define PIN43 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" /* as base64 without padding */
#define PIN PIN43 "="
#define PIN_REST "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define PIN44 PIN43 "A" /* 33 octets */

/* What is refused: "LINE: words" is how the refusal goes on after the file's name. */
static const struct {
	const char *text;
	const char *refusal;
} refused[] = {
	/* The text itself. */
	{ "\nworkers = 1\nuser = \"a\xff\"", "3: this is not UTF-8" },
	{ "\nuser = \"a\x01\"", "2: there is a control character" },
	{ "user = \"a\nworkers = 1", "1: this string is not closed" },
	{ "user = 'a\n'", "1: this string is not closed" },
	{ "user = \"a", "1: this string is not closed" },
	{ "user = \"a\\", "1: unknown escape" },
	{ "user = \"a\\n\"", "1: unknown escape in a string: write two backslashes for one" },
	{ "user = \"a\\401\"", "1: unknown escape" },
	{ "user = 'a\\", "1: this string is not closed" },
	{ "user = \"${HOME\"\n}", "1: \"${\": nothing is taken from the environment" },
	{ "user = ${HOME}", "1: \"${\": nothing" },
	{ "\nuser = a${HOME}", "2: \"${\": nothing" },
	{ "\nstate-directory = \"${NOPE}/srv\"", "2: \"${\": nothing" },
	{ "user = '${HOME}'", "1: \"${\": nothing" },
	{ "listen \"${HOME}\" { }", "1: \"${\": nothing" },
	{ "resolver \"127.0.0.1\" {\n tls-pin = {\"a\", \"b${HOME}\"} }", "2: \"${\": nothing" },
	{ "workers = *1", "1: this character cannot stand here" },
	{ "workers += 1", "1: \"+=\" is not known here: write the whole list once" },
	{ "workers + = 1", "1: this character cannot stand here" },
	{ "dnssec|dane = true", "1: dane cannot be set here" },
	{ "|dane = true", "1: this character cannot stand here" },
	{ "\n\n/* a\nb\n", "3: this comment never ends" },
	{ "dnssec {\n dane = true\n", "1: the brace opened here is never closed" },
	{ "dnssec {\n}\n}", "3: this brace closes nothing" },
	{ "dnssec {\n x {\n y {", "1: the brace opened here is not closed" },
	{ "listen \"[::1]:1\" {\n\ndelivery {\n retry = {\"1m\"}\n}", "1: the brace opened here" },
	{ "{", "1: a brace opens a section" },
	{ "workers = 1\n'' = 1", "2: there is an empty string in the place of a key" },
	{ "user = a\"\"", "1: there is an empty string in the place of a key" },
	{ "dnssec { \"\" }", "1: there is an empty string in the place of a key" },
	{ "rate = 1", "1: no such option 'rate'" },
	{ "delivery { rate = 1 }", "1: no such option 'rate'" },
	{ "dnssec { keep-headers = \"400d\" }", "1: keep-headers: \"400d\" will not do" },
	{ "\xef\xbb\xbf\nworkers = many", "2: workers: \"many\" will not do" },
	{ "\xef\xbb\xbf\xef\xbb\xbfworkers = 1", "1: no such option" },
	/* The grammar. */
	{ "\nworkers", "2: premature end of file" },
	{ "workers =", "1: premature end of file" },
	{ "workers 1", "1: missing equal sign" },
	{ "workers = = 1", "1: unexpected token" },
	{ "listen {\n}", "1: missing title for section 'listen': write listen \"TITLE\" {" },
	{ "dnssec \"x\" {\n}", "1: missing opening brace for section 'dnssec': write dnssec {" },
	/* Keys. */
	{ "# one\n# two\nfoo = 1",
	  "3: no such option 'foo': write KEY = VALUE with a key that is known; known here "
	  "are hostname state-directory" },
	{ "wrokers = 1", "1: no such option 'wrokers': write workers; known" },
	{ "limits { eror = 1 }", "1: no such option 'eror': write KEY = VALUE with a key" },
	{ "limits { erors = 1 }", "1: no such option 'erors': write errors; known" },
	{ "tls = \"none\"",
	  "1: no such option 'tls': it stands in listen, in delivery, in route; " },
	{ "/* one\n two */ // three\nlimits { workers = 1 }",
	  "3: no such option 'workers': it stands outside of sections; known here are "
	  "connections per-client" },
	{ "workers = 1\nworkers = 1", "2: workers is set already on line 1" },
	{ "limits { errors = 1\n errors = 2 }", "2: errors is set already on line 1" },
	{ "delivery { retry = {\"1m\"}\n retry = {\"2m\"} }", "2: retry is set already on line 1" },
	{ "delivery { retry = {\"1m\"}\n retry = {} }", "2: retry is set already on line 1" },
	{ "delivery { retry = {}\n retry = {\"1m\"} }", "1: retry is set already on line 2" },
	{ "delivery { retry = {}\n retry = {} }", "2: retry is set already on line 1" },
	{ "limits {\n}\nlimits {\n}\n", "3: section limits is there already on line 1" },
	{ "WORKERS = 1", "1: no such option 'WORKERS': write workers; known here are" },
	{ "log_directory = l", "1: no such option 'log_directory': write log-directory; known" },
	{ "relayhost = a", "1: no such option 'relayhost': write route \"*\" { via = " },
	{ "smarthost = a", "1: no such option 'smarthost': write route \"*\" { via = " },
	{ "SMART_HOST = a", "1: no such option 'SMART_HOST': write route \"*\" { via = " },
	{ "smtp_sasl_password_maps = a",
	  "1: no such option 'smtp_sasl_password_maps': write user and password-file, in route" },
	{ "smtpd_tls_cert_file = a",
	  "1: no such option 'smtpd_tls_cert_file': write tls-certificate, in listen" },
	{ "smtpd_tls_key_file = a",
	  "1: no such option 'smtpd_tls_key_file': write tls-key, in listen" },
	{ "smtp_bind_address = a",
	  "1: no such option 'smtp_bind_address': write bind4, in delivery { };" },
	{ "maximal_queue_lifetime = a",
	  "1: no such option 'maximal_queue_lifetime': write lifetime, in delivery { };" },
	{ "dnssec {\n enable = true }", "2: no such option 'enable': write enabled; known here" },
	{ "workers = 1\nworkers\n\n \n", "2: premature end of file: the last line" },
	/* Numbers, each at its bounds and past them. */
	{ "workers = 257", "1: workers: \"257\" will not do: write a number from 0 to 256" },
	{ "workers = -1", "1: workers: \"-1\" will not do" },
	{ "workers = 0x1", "1: workers: \"0x1\" will not do" },
	{ "workers = \"\"", "1: workers: \"\" will not do" },
	{ "delivery { port = 0 }", "1: port: \"0\" is not a port" },
	{ "delivery { port = 65536 }", "1: port: \"65536\" is not a port" },
	{ "delivery { reuse = 0 }", "1: reuse: \"0\" will not do" },
	{ "delivery { recipients = 0 }", "1: recipients: \"0\" will not do" },
	{ "limits { recipients = 100001 }", "1: recipients: \"100001\" will not do" },
	{ "size-limit = 1023", "1: size-limit: \"1023\" will not do" },
	{ "size-limit = 3G", "1: size-limit: \"3G\" will not do" },
	{ "size-limit = 0K", "1: size-limit: \"0K\" will not do" },
	{ "size-limit = 50m", "1: size-limit: \"50m\" will not do: write a size like 10M" },
	{ "size-limit = 99999999999999999999M", "1: size-limit:" },
	{ "memory = 1023K",
	  "1: memory: \"1023K\" will not do: write a size like 10M (K, M or G), from 1M to 1024G" },
	{ "memory = 1048577M", "1: memory: \"1048577M\" will not do" },
	{ "limits { header-size = 65M }", "1: header-size: \"65M\" will not do" },
	{ "delivery { lifetime = 5 }", "1: lifetime: \"5\" will not do: write a time like 30s" },
	{ "delivery { lifetime = \"366d\" }", "1: lifetime: \"366d\" will not do" },
	{ "limits { idle = \"99ms\" }", "1: idle: \"99ms\" will not do" },
	{ "limits { log-in = some }",
	  "1: log-in: \"some\" is not known: write one of: all refused none" },
	{ "log-keep = 23h", "1: log-keep: \"23h\" will not do" },
	{ "log-compress = 36501d", "1: log-compress: \"36501d\" will not do" },
	{ "dnssec { dane = maybe }", "1: dane: \"maybe\" will not do: write true or false" },
	{ "dnssec { on-untrusted = \"drop\" }", "1: on-untrusted: \"drop\" is not known" },
	{ "delivery { tls = verify }",
	  "1: tls: \"verify\" is not known: write one of: none may encrypt" },
	{ "delivery { tls-minimum = \"1.1\" }", "1: tls-minimum: \"1.1\" is not known" },
	{ "delivery {\n tls-ca-file = \"gone.pem\" }", "2: tls-ca-file: cannot read " },
	{ "delivery { ip = 4 }", "1: ip: \"4\" is not known: write one of: any ipv4 ipv6" },
	/* Names and addresses. */
	{ "hostname = \"a..b\"", "1: hostname: \"a..b\" is not a domain name" },
	{ "hostname = \"-a\"", "1: hostname: \"-a\" is not a domain name" },
	{ "hostname = \"a b\"", "1: hostname: \"a b\" is not a domain name" },
	{ "hostname = \"a\nb\"", "1: this string is not closed" },
	{ "dnssec { probe = \"\" }", "1: probe: \"\" is not a domain name" },
	{ "dnssec { probe-type = \"NSX\" }", "1: probe-type: \"NSX\" is no record type" },
	{ "dnssec { probe-type = TYPE0 }", "1: probe-type: \"TYPE0\" is no record type" },
	{ "dnssec { probe-type = TYPE65536 }", "1: probe-type: \"TYPE65536\" is no record type" },
	{ "delivery { bind4 = \"::1\" }", "1: bind4: \"::1\" is not an IPv4 address" },
	{ "delivery { bind6 = \"127.0.0.1\" }", "1: bind6: \"127.0.0.1\" is not an IPv6 address" },
	{ "\nlisten \"300.0.0.1:25\" {\n\n}", "2: listen: \"300.0.0.1:25\" is not an address" },
	{ "listen \"127.0.0.1\" { }", "1: listen: \"127.0.0.1\" is not an address and port" },
	{ "listen \"unix:\" { }", "1: listen: \"unix:\" is not an address and port" },
	{ "listen \"127.0.0.1:25\" { }\nlisten \"127.0.0.1:25\" {\n}",
	  "2: listen \"127.0.0.1:25\" is there already: remove the duplicate" },
	{ "listen \"[::1]:25\" {}\n#\nlisten \"[0::1]:25\" {\n\n}",
	  "3: listen \"[0::1]:25\" is there already" },
	{ "listen \"127.0.0.1:25\" {\n mode = \"0660\"\n}", "2: mode is of a unix socket alone" },
	{ "listen \"127.0.0.1:25\" {\n\n group = mail }", "3: group is of a unix socket alone" },
	{ "listen \"unix:a\" {\n mode = \"0600\"\n relay-from = {\"10.0.0.0/8\"} }",
	  "3: relay-from is not of a unix socket" },
	{ "listen \"unix:a\" {\n relay-from = {} }", "2: relay-from is not of a unix socket" },
	{ "listen \"unix:a\" {\n mode = \"0661\" }",
	  "2: mode: \"0661\" is not a mode of a socket" },
	{ "listen \"unix:a\" {\n mode = \"1660\" }", "2: mode: \"1660\" is not" },
	{ "listen \"unix:a\" {\n mode = \"00660\" }", "2: mode: \"00660\" is not" },
	{ "workers = 1\nlisten "
	  "\"unix:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" { }",
	  "2: the path /var/lib/signpost/aaaaaaa" },
	{ "control {\n mode = \"66\" }", "2: mode: \"66\" is not" },
	{ "control {\n mode = \"u+rw\" }", "2: mode: \"u+rw\" is not" },
	{ "listen \"unix:/a\" {}\nlisten \"unix:/a\" {}",
	  "2: listen \"unix:/a\" is there already: remove the duplicate" },
	{ "listen \"x:1\" {\nrelay-from = {\"10.0.0.0/8\",\n\"10.0.0.1/8\"} }",
	  "3: relay-from: \"10.0.0.1/8\" is not a network" },
	{ "delivery {\n ignore-targets = {\"::1\", \"::1/64\"} }",
	  "2: ignore-targets: \"::1/64\" is not a network" },
	{ "resolver \"ns1\" { }", "1: resolver: \"ns1\" is not an address" },
	{ "resolver \"127.0.0.1\" { }\nresolver \"127.0.0.1:53\" { }",
	  "2: resolver \"127.0.0.1:53\" is there already" },
	{ "resolver \"127.0.0.1\" { attempts = 11 }", "1: attempts: \"11\" will not do" },
	{ "resolver \"127.0.0.1\" { trust = yes }", "1: trust: \"yes\" is not known" },
	{ "route \"a.example\" {\n}", "1: route \"a.example\" says nothing" },
	{ "route \"a.example\" { via = \":25\" }", "1: via: \":25\" leads nowhere" },
	{ "route \"a.example\" { via = \"[192.0.2.300]:25\" }", "1: via:" },
	{ "route \"a.example\" { via = \"[192.0.2.7]:0\" }",
	  "1: via: \"0\" is not a port: write a number from 1" },
	{ "route \"a.example\" { via = \"mx:0\" }", "1: via: \"0\" is not a port" },
	{ "route \"a_b c\" { via = \"mx\" }", "1: route: \"a_b c\" is not a domain name" },
	{ "route \"\" { via = \"mx\" }", "1: route \"\": name a domain" },
	{ "route \"b\xc3\xbc.example\" { via = \"mx\" }\nroute \"XN--B-EHA.example\" { via = "
	  "\"mx\" }",
	  "2: route \"XN--B-EHA.example\" is there already" },
	/* Files. */
	{ "\ndnssec { criteria = \"\" }", "2: criteria is empty" },
	{ "resolver \"::1\" { channel = tls tls-ca-file = \"/\" }",
	  "1: tls-ca-file: cannot read /: Is a directory" },
	{ "state-directory = \"\"", "1: state-directory is empty" },
	{ "queue { store = \"queue.db\" }", "1: store: \"queue.db\" is not a store" },
	{ "queue { store = \"sqlite:\" }", "1: store: \"sqlite:\" is not a store" },
	{ "queue {\n keep-failed = \"1w\" }", "2: keep-failed: \"1w\" will not do" },
	{ "queue { keep-failed = \"366d\" }", "1: keep-failed: " },
	{ "control { socket = \"\" }", "1: socket is empty" },
	{ "workers = 1\ncontrol {\n socket = \"/tmp/"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaa\"\n}",
	  "3: the path /tmp/aaaaaa" },
	{ "delivery {\n retry = {}\n}", "2: retry is empty" },
	{ "limits { }\ndelivery {\n \"retry\" = # {\n {\n }\n}", "4: retry is empty" },
	/* Files that are not there, and keys that need others. */
	{ "listen \"[::1]:1\" {\n tls-certificate = \"/nowhere/a.pem\" }",
	  "2: tls-certificate: cannot read /nowhere/a.pem: No such file" },
	{ "listen \"[::1]:1\" {\n tls-key = \"/etc\" }", "2: tls-key: cannot read /etc: Is a" },
	{ "listen \"[::1]:1\" {\n auth-file = /nowhere }", "2: auth-file: cannot read /nowhere:" },
	{ "listen \"[::1]:1\" {\n tls-certificate = /etc/passwd\n}",
	  "2: tls-certificate needs tls-key: name the file" },
	{ "listen \"[::1]:1\" {\n\n tls-key = /etc/passwd\n}",
	  "3: tls-key needs tls-certificate:" },
	{ "listen \"[::1]:1\" {\n tls = \"require\"\n}", "2: tls needs tls-certificate and" },
	{ "listen \"[::1]:1\" {\n tls = \"implicit\"\n}", "2: tls needs tls-certificate and" },
	{ "listen \"[::1]:1\" {\n auth-file = /etc/passwd\n}", "2: auth-file needs TLS, so tls-c" },
	{ "listen \"[::1]:1\" {\n require-auth = true\n}", "2: require-auth needs auth-file:" },
	{ "listen \"[::1]:1\" { require-auth = maybe }", "1: require-auth: \"maybe\" will not do" },
	{ "listen \"[::1]:1\" { tls = \"on\" }", "1: tls: \"on\" is not known" },
	{ "resolver \"[::1]\" { channel = \"dot\" }", "1: channel: \"dot\" is not known" },
	{ "dnssec {\n probe-denial = \"a..b\" }",
	  "2: probe-denial: \"a..b\" is not a domain name" },
	{ "dnssec {\n probe-bogus = \"-\" }", "2: probe-bogus: \"-\" is not a domain name" },
};

/* What is read without complaint, though it lies near something that is not. */
static const char *const accepted[] = {
	"",
	"\n",
	"# a comment without end of line",
	"\xef\xbb\xbfworkers = 1",
	"workers = 256",
	"\"workers\" = \"256\"",
	"workers=1#x\nuser='a\\'b'//y\n",
	"size-limit = 1K",
	"size-limit = 1024",
	"size-limit = 2G",
	"memory = 1M",
	"memory = 1048576M",
	"delivery { port = 1 } limits { recipients = 100000 header-size = 64M }",
	"delivery { lifetime = 0s warn-after = 0s }",
	"delivery { retry = { # first\n\"1m\", /* second */ \"2m\"\n} }",
	"delivery { retry = 1m }",
	"dnssec { dane = off set-do = yes probe = \".\" probe-type = TYPE65535 criteria = c }",
	"listen \"unix:s\" { tls-certificate = \"\" tls-key = \"\" tls = starttls auth-file = \"\" "
	"require-auth = false }",
	"listen \"[::1]:1\" { tls-certificate = /etc/passwd tls-key = /etc/passwd tls = implicit "
	"auth-file = /etc/passwd require-auth = true }",
	"resolver \"127.0.0.1\" { channel = udp }\nresolver \"127.0.0.2\" { channel = tcp }",
	"resolver \"::1\" { tls-name = \"\" tls-pin = {} tls-ca-file = \"\" tsig-key = \"\" "
	"mix-case = true trust-anchor-file = \"\" forward = {} }",
	"resolver \"::1\" { channel = tls }",
	"resolver \"::1\" { channel = tls tls-ca-file = c trust = always }",
	"resolver \"::1\" { channel = tcp tsig-key = \"" TSIG "\" }",
	"resolver \"embedded\" { trust-anchor-file = c timeout = 1s attempts = 1 trust = never "
	"tls-pin = {} tsig-key = \"\" }",
	"dnssec { probe-denial = \"\" probe-bogus = \"\" }",
	"user = \"a\\\"b\\\\c\\$d\"\r\nworkers = 1\r\n",
	"user = \"a\\${b}$c\"",
};

static enum err parse(const char *text, struct conf **c, struct buf *why)
{
	char file[sizeof(dir) + 8];

	(void)snprintf(file, sizeof(file), "%s/t.conf", dir);
	return conf_parse(file, str_of(text), c, why);
}

static void check_refused(void)
{
	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
		CLEANUP(conf_free) struct conf *c = NULL;
		char want[WHY_MAX];

		CHECK_INT(refused[i].text, parse(refused[i].text, &c, &why), ERR_SYNTAX);
		(void)snprintf(want, sizeof(want), "%s/t.conf:%s", dir, refused[i].refusal);
		CHECK_STR(refused[i].text, str_head(buf_str(&why), strlen(want)), str_of(want));
		CHECK_INT(refused[i].text, str_has(buf_str(&why), '\n'), false);
		CHECK_INT(refused[i].text, memmem(why.p, why.n, SECRET, strlen(SECRET)) != NULL,
			  false);
	}
}

static void check_accepted(void)
{
	for (size_t i = 0; i < COUNT_OF(accepted); i++) {
		CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
		CLEANUP(conf_free) struct conf *c = NULL;

		CHECK_INT(accepted[i], parse(accepted[i], &c, &why), ERR_OK);
		CHECK_STR(accepted[i], buf_str(&why), STR(""));
	}
}

static void check_defaults(const struct conf *c)
{
	CHECK_STR("state", str_of(c->state_directory), STR("/var/lib/signpost"));
	CHECK_STR("log", str_of(c->log_directory), STR("/var/log/signpost"));
	CHECK_STR("user", str_of(c->user), STR("signpost"));
	CHECK_INT("user not given", c->user_given, 0);
	CHECK_INT("hostname", c->hostname[0] != '\0', true);
	CHECK_INT("workers", c->workers, 0);
	CHECK_INT("size-limit", (long long)c->size_limit, 50 << 20);
	CHECK_INT("memory", (long long)c->memory, 256 << 20);
	CHECK_INT("one listener", (long long)c->n_listen, 1);
	CHECK_INT("its port", c->listen[0].at.port, 2525);
	CHECK_INT("loopback", ip_loopback(&c->listen[0].at.ip), true);
	CHECK_INT("relay-from", (long long)c->listen[0].n_relay_from, 2);
	CHECK_STR("no certificate", str_of(c->listen[0].tls_certificate), STR(""));
	CHECK_INT("no resolver", (long long)c->n_resolver, 0);
	CHECK_INT("enabled", c->dnssec.enabled, 1);
	CHECK_INT("criteria not given", c->dnssec.criteria_given, 0);
	CHECK_STR("criteria's name", str_of(c->dnssec.criteria_name), STR("dnssec.criteria"));
	CHECK_INT("criteria's place", str_starts(str_of(c->dnssec.criteria), str_of(dir)), true);
	CHECK_INT("set-do", c->dnssec.set_do, 0);
	CHECK_STR("probe", str_of(c->dnssec.probe), STR("com."));
	CHECK_INT("probe-type", c->dnssec.probe_type, 2);
	CHECK_INT("on-untrusted", c->dnssec.bounce_untrusted, 0);
	CHECK_INT("dane", c->dnssec.dane, 1);
	CHECK_STR("no denial", str_of(c->dnssec.probe_denial), STR(""));
	CHECK_STR("no bogus name", str_of(c->dnssec.probe_bogus), STR(""));
	CHECK_INT("port", c->delivery.port, 25);
	CHECK_INT("bind4", c->delivery.bind4.family, 0);
	CHECK_INT("ip", c->delivery.ip, CONF_ANY);
	CHECK_INT("connect-timeout", c->delivery.connect_timeout_ms, 30000);
	CHECK_INT("command-timeout", c->delivery.command_timeout_ms, 300000);
	CHECK_INT("per-destination", c->delivery.per_destination, 20);
	CHECK_INT("total", c->delivery.total, 2000);
	CHECK_INT("reuse", c->delivery.reuse, 100);
	CHECK_INT("recipients", c->delivery.recipients, 100);
	CHECK_INT("ignore-targets", (long long)c->delivery.n_ignore_targets, 9);
	CHECK_INT("tls", c->delivery.tls, CONF_TLS_MAY);
	CHECK_INT("tls-minimum", c->delivery.tls_minimum, CONF_TLS_1_2);
	CHECK_STR("tls-ca-file", str_of(c->delivery.tls_ca_file), STR(""));
	CHECK_INT("retry", (long long)c->delivery.n_retry, 5);
	CHECK_INT("first retry", c->delivery.retry_ms[0], 60000);
	CHECK_INT("last retry", c->delivery.retry_ms[4], 4 * 3600000);
	CHECK_INT("lifetime", c->delivery.lifetime_ms, 5 * 86400000LL);
	CHECK_INT("warn-after", c->delivery.warn_after_ms, 4 * 3600000);
	CHECK_INT("connections", c->limits.connections, 1000);
	CHECK_INT("per-client", c->limits.per_client, 100);
	CHECK_INT("recipients", c->limits.recipients, 1000);
	CHECK_INT("header-size", (long long)c->limits.header_size, 256 << 10);
	CHECK_INT("errors", c->limits.errors, 20);
	CHECK_INT("idle", c->limits.idle_ms, 300000);
	CHECK_INT("log-in", c->limits.log_in, CONF_LOG_IN_ALL);
	CHECK_INT("log-keep", c->log_keep_ms, 90 * 86400000LL);
	CHECK_INT("log-compress", c->log_compress_ms, 2 * 86400000LL);
	CHECK_STR("store", str_of(c->queue_store), STR("sqlite:/var/lib/signpost/queue.db"));
	CHECK_INT("keep-failed", c->keep_failed_ms, 7 * 86400000LL);
	CHECK_STR("socket", str_of(c->control_path), STR("/var/lib/signpost/control.sock"));
	CHECK_INT("mode of it", c->control_mode, 0660);
	CHECK_STR("group of it", str_of(c->control_group), STR(""));
}

static const char all[] =
	"hostname = \"Relay.B\xc3\xbc"
	"cher.example\"\n"
	"state-directory = \"state\" log-directory = \"/l\" user = \"mail\" workers = 3\n"
	"size-limit = \"10M\" memory = 1G log-keep = 1d log-compress = 0d\n"
	"listen \"[::1]:2526\" { relay-from = {} }\n"
	"listen \"unix:in.sock\" { tls = \"starttls\" mode = 622 "
	"group = mail }\n"
	"resolver \"127.0.0.53\" { trust = never timeout = 500ms attempts = 1 }\n"
	"resolver \"[::1]:5353\" { channel = tcp trust = always }\n"
	"resolver \"192.0.2.1\" { channel = tls tls-name = \"DNS.B\xc3\xbc"
	"cher.example.\"\n"
	"  tls-pin = {\"" PIN "\", \"/" PIN_REST "\"} tls-ca-file = c }\n"
	"resolver \"[2001:db8::1]:8853\" { channel = tls tls-name = \"2001:DB8::0:1\" }\n"
	"resolver \"192.0.2.2\" { tsig-key = k mix-case = yes }\n"
	"resolver \"embedded\" { trust-anchor-file = c forward = {\"192.0.2.9\", \"[::1]:5353\"} "
	"}\n"
	"dnssec { enabled = false criteria = c set-do = true probe = \"se\" probe-type = soa\n"
	"  probe-denial = \"No.se\" probe-bogus = \"bad.se.\"\n"
	"  on-untrusted = \"bounce\" dane = false }\n"
	"delivery { port = 2500 bind4 = \"127.0.0.2\" bind6 = \"::1\" ip = ipv6\n"
	"  connect-timeout = 1s command-timeout = 2s per-destination = 3 total = 4 reuse = 5\n"
	"  ignore-targets = {}\n"
	"  retry = {\"1s\", \"2s\"} lifetime = \"1h\" warn-after = \"1m\" }\n"
	"route \"Partner.Example.\" { via = \"[192.0.2.7]:587\" }\n"
	"route \"b\xc3\xbc"
	"cher.example\" { via = \"MX.host\" }\n"
	"route \"*\" { via = \"mx.host:26\" }\n"
	"limits { connections = 1 per-client = 2 recipients = 3 header-size = 4K errors = 5\n"
	"  log-in = refused idle = 6s }\n"
	"queue { store = \"sqlite:q/q.db\" keep-failed = \"36h\" } control { socket = "
	"\"/run/c.sock\" mode = \"0600\" group = adm }\n";

static void check_key(const struct dns_tsig_key *got)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(TEXT_MAX);
	struct dns_tsig_key want;

	CHECK_INT("a key", dns_tsig_key_read(STR(TSIG), &want, &why), ERR_OK);
	CHECK_INT("name out of a file", dns_name_eq(&got->name, &want.name), 1);
	CHECK_INT("its length", (long long)got->n_secret, (long long)want.n_secret);
	CHECK_INT("secret out of a file", memcmp(got->secret, want.secret, want.n_secret), 0);
}

static void check_channels(const struct conf *c)
{
	const struct conf_resolver *s = c->resolver;
	char text[IP_TEXT_MAX], path[TEXT_MAX];

	(void)snprintf(path, sizeof(path), "%s/c", dir);
	CHECK_INT("tls", s[2].server.channel, DNS_CHANNEL_TLS);
	CHECK_STR("its port", ip_port_text(&s[2].server.at, text), STR("192.0.2.1:853"));
	CHECK_STR("its name", str_of(s[2].server.tls_name), STR("dns.xn--bcher-kva.example"));
	CHECK_INT("its pins", (long long)s[2].server.n_tls_pin, 2);
	CHECK_INT("second pin", s[2].server.tls_pin[1][0], 0xfc);
	CHECK_STR("its CA", str_of(s[2].server.tls_ca_file), str_of(path));
	CHECK_INT("line of the title", s[2].line, 8);
	CHECK_INT("no pins again", (long long)s[3].server.n_tls_pin, 0);
	CHECK_STR("its own port", ip_port_text(&s[3].server.at, text), STR("[2001:db8::1]:8853"));
	CHECK_STR("an address as name", str_of(s[3].server.tls_name), STR("2001:db8::1"));
	CHECK_STR("no CA", str_of(s[3].server.tls_ca_file), STR(""));
	check_key(&s[4].server.tsig);
	CHECK_INT("mix-case", s[4].server.mix_case, 1);
	CHECK_INT("embedded", s[5].server.channel, DNS_CHANNEL_EMBEDDED);
	CHECK_STR("anchor", str_of(s[5].server.trust_anchor_file), str_of(path));
	CHECK_INT("no address", s[5].server.at.ip.family, 0);
	CHECK_INT("forwarders", (long long)s[5].server.n_forward, 2);
	CHECK_STR("first", ip_port_text(&s[5].server.forward[0], text), STR("192.0.2.9:53"));
	CHECK_STR("second", ip_port_text(&s[5].server.forward[1], text), STR("[::1]:5353"));
	CHECK_STR("denial", str_of(c->dnssec.probe_denial), STR("no.se."));
	CHECK_STR("bogus", str_of(c->dnssec.probe_bogus), STR("bad.se."));
}

static void check_lists(const struct conf *c)
{
	char text[IP_TEXT_MAX];

	CHECK_INT("listeners", (long long)c->n_listen, 2);
	CHECK_STR("first", ip_port_text(&c->listen[0].at, text), STR("[::1]:2526"));
	CHECK_INT("nobody relays", (long long)c->listen[0].n_relay_from, 0);
	CHECK_INT("second is no address", c->listen[1].at.ip.family, 0);
	CHECK_INT("but a path here",
		  str_starts(str_of(c->listen[1].path), str_of(c->state_directory)), true);
	CHECK_INT("its mode", c->listen[1].mode, 0622);
	CHECK_STR("its group", str_of(c->listen[1].group), STR("mail"));
	CHECK_INT("its line", c->listen[1].line, 5);
	CHECK_INT("mode of control", c->control_mode, 0600);
	CHECK_STR("group of control", str_of(c->control_group), STR("adm"));
	CHECK_STR("as written", str_of(c->listen[1].text), STR("unix:in.sock"));
	CHECK_INT("resolvers", (long long)c->n_resolver, 6);
	CHECK_STR("first", ip_port_text(&c->resolver[0].server.at, text), STR("127.0.0.53:53"));
	CHECK_INT("never", c->resolver[0].server.trust, DNS_CHANNEL_TRUST_NEVER);
	CHECK_INT("timeout", c->resolver[0].server.timeout_ms, 500);
	CHECK_INT("attempts", c->resolver[0].server.attempts, 1);
	CHECK_STR("second", ip_port_text(&c->resolver[1].server.at, text), STR("[::1]:5353"));
	CHECK_INT("tcp", c->resolver[1].server.channel, DNS_CHANNEL_TCP);
	CHECK_INT("always", c->resolver[1].server.trust, DNS_CHANNEL_TRUST_ALWAYS);
	CHECK_INT("default again", c->resolver[1].server.timeout_ms, 2000);
	CHECK_INT("routes", (long long)c->n_route, 3);
	CHECK_STR("all", str_of(c->route[0].domain), STR("*"));
	CHECK_INT("port", c->route[0].port, 26);
	CHECK_STR("lower case", str_of(c->route[1].domain), STR("partner.example"));
	CHECK_STR("address", ip_port_text(&c->route[1].at, text), STR("192.0.2.7:587"));
	CHECK_INT("no host", c->route[1].host == NULL, true);
	CHECK_STR("A-label", str_of(c->route[2].domain), STR("xn--bcher-kva.example"));
	CHECK_STR("host", str_of(c->route[2].host), STR("mx.host"));
	CHECK_INT("no address", c->route[2].at.ip.family, 0);
	CHECK_INT("no port", c->route[2].port, 0);
}

static void check_all(const struct conf *c)
{
	char path[TEXT_MAX];

	CHECK_STR("hostname", str_of(c->hostname), STR("relay.xn--bcher-kva.example"));
	(void)snprintf(path, sizeof(path), "sqlite:%s/state/q/q.db", dir);
	CHECK_STR("store", str_of(c->queue_store), str_of(path));
	CHECK_INT("keep-failed", c->keep_failed_ms, 36 * 3600000LL);
	CHECK_STR("socket", str_of(c->control_path), STR("/run/c.sock"));
	CHECK_STR("log", str_of(c->log_directory), STR("/l"));
	CHECK_STR("user", str_of(c->user), STR("mail"));
	CHECK_INT("user given", c->user_given, 1);
	CHECK_INT("workers", c->workers, 3);
	CHECK_INT("size-limit", (long long)c->size_limit, 10 << 20);
	CHECK_INT("memory", (long long)c->memory, 1 << 30);
	CHECK_INT("enabled", c->dnssec.enabled, 0);
	CHECK_INT("criteria given", c->dnssec.criteria_given, 1);
	CHECK_INT("set-do", c->dnssec.set_do, 1);
	CHECK_STR("probe", str_of(c->dnssec.probe), STR("se."));
	CHECK_INT("probe-type", c->dnssec.probe_type, 6);
	CHECK_INT("on-untrusted", c->dnssec.bounce_untrusted, 1);
	CHECK_INT("dane", c->dnssec.dane, 0);
	CHECK_INT("port", c->delivery.port, 2500);
	CHECK_INT("bind4", c->delivery.bind4.family, 4);
	CHECK_INT("bind6", c->delivery.bind6.family, 6);
	CHECK_INT("ip", c->delivery.ip, CONF_IPV6);
	CHECK_INT("retry", (long long)c->delivery.n_retry, 2);
	CHECK_INT("second", c->delivery.retry_ms[1], 2000);
	CHECK_INT("lifetime", c->delivery.lifetime_ms, 3600000);
	CHECK_INT("nothing to ignore", (long long)c->delivery.n_ignore_targets, 0);
	CHECK_INT("header-size", (long long)c->limits.header_size, 4 << 10);
	CHECK_INT("idle", c->limits.idle_ms, 6000);
	CHECK_INT("log-in", c->limits.log_in, CONF_LOG_IN_REFUSED);
	CHECK_INT("log-keep", c->log_keep_ms, 86400000);
	CHECK_INT("log-compress", c->log_compress_ms, 0);
	check_lists(c);
	check_channels(c);
}

/* An ordinary user needs no file: everything lies below what is his own. */
static void check_without_file(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
	CLEANUP(conf_free) struct conf *c = NULL;

	(void)setenv("XDG_STATE_HOME", "/x", 1);
	(void)setenv("XDG_CONFIG_HOME", "/y", 1);
	CHECK_INT("without file", conf_parse_defaults(&c, &why), ERR_OK);
	if (!c)
		return;
	bool root = geteuid() == 0;
	CHECK_INT("no file", c->file == NULL, true);
	CHECK_STR("socket", str_of(c->control_path),
		  root ? STR("/var/lib/signpost/control.sock") : STR("/x/signpost/control.sock"));
	CHECK_STR("criteria", str_of(c->dnssec.criteria),
		  root ? STR("/etc/signpost/dnssec.criteria") : STR("/y/signpost/dnssec.criteria"));
	CHECK_STR("user", str_of(c->user), root ? STR("signpost") : STR(""));
}

/* 32 retries, and one more; the longest file, and one octet more. */
static void check_limits(void)
{
	static char text[(1 << 20) + 2];
	char *at = text;

	at += snprintf(at, 64, "delivery { retry = {\"1m\"");
	for (int i = 1; i < 32; i++)
		at += snprintf(at, 64, ", \"1m\"");
	for (int more = 0; more < 2; more++) {
		CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
		CLEANUP(conf_free) struct conf *c = NULL;
		(void)snprintf(at, 64, "%s} }", more ? ", \"1m\"" : "");
		CHECK_INT("retries", parse(text, &c, &why), more ? ERR_SYNTAX : ERR_OK);
	}
	memset(text, ' ', sizeof(text));
	for (size_t more = 0; more < 2; more++) {
		CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
		CLEANUP(conf_free) struct conf *c = NULL;
		struct str long_file = { text, (1 << 20) + more };
		CHECK_INT("length", conf_parse("/f", long_file, &c, &why),
			  more ? ERR_SYNTAX : ERR_OK);
	}
}

int main(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
	CLEANUP(conf_free) struct conf *empty = NULL;
	CLEANUP(conf_free) struct conf *full = NULL;

	if (!mkdtemp(dir) || chdir(dir) < 0)
		return 1;
	FILE *criteria = fopen("c", "we");
	if (!criteria || fclose(criteria) < 0)
		return 1;
	FILE *key = fopen("k", "we");
	if (!key || fputs(TSIG "\n", key) < 0 || fclose(key) < 0)
		return 1;
	check_refused();
	check_accepted();
	CHECK_INT("empty", parse("", &empty, &why), ERR_OK);
	if (empty)
		check_defaults(empty);
	CHECK_INT("all keys", parse(all, &full, &why), ERR_OK);
	CHECK_STR("all keys", buf_str(&why), STR(""));
	if (full)
		check_all(full);
	check_limits();
	CHECK_INT("no file", conf_read("no/such", &(struct conf *){ NULL }, &why), ERR_IO);
	CHECK_STR("no file", str_head(buf_str(&why), 25), STR("no/such: cannot be read: "));
	check_without_file();
	(void)unlink("c");
	(void)unlink("k");
	(void)rmdir(dir);
	return TEST_EXIT();
}
