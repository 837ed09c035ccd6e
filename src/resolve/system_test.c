#include "resolve/resolve.h"

#include "base/buf.h"
#include "base/test.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *label;
	const char *file;
	const char *want; /* servers with timeout, attempts, trust; then options; "!": refused */
	const char *told; /* the lines that cannot be read, by their numbers */
} cases[] = {
	{ "empty", "", "127.0.0.1:53 0 0 auto", NULL },
	{ "one", "nameserver 192.0.2.1\n", "192.0.2.1:53 0 0 auto", NULL },
	{ "no line end", "nameserver 192.0.2.1", "192.0.2.1:53 0 0 auto", NULL },
	{ "three and noise",
	  "# nameserver 192.0.2.9\n; x\nsearch a b\ndomain a\nnameserver\t192.0.2.1 \n"
	  "nameserver 2001:db8::1\nnameserver ::1 # here\n nameserver 192.0.2.3\n\n",
	  "192.0.2.1:53 0 0 auto [2001:db8::1]:53 0 0 auto [::1]:53 0 0 auto "
	  "192.0.2.3:53 0 0 auto",
	  NULL },
	{ "options", "options timeout:3 attempts:4 rotate trust-ad\nnameserver 192.0.2.1",
	  "192.0.2.1:53 3000 4 always rotate", NULL },
	{ "options, no server", "options timeout:3", "127.0.0.1:53 3000 0 auto", NULL },
	{ "options add up", "nameserver 192.0.2.1\noptions rotate\noptions attempts:3 x y:z",
	  "192.0.2.1:53 0 3 auto rotate", ":3: " },
	{ "limits", "options timeout:31 attempts:6", "127.0.0.1:53 30000 5 auto", NULL },
	{ "limits", "options timeout:0 attempts:0", "127.0.0.1:53 1000 1 auto", NULL },
	{ "no numbers",
	  "nameserver ::1\noptions timeout:x attempts:-1 timeout:", "[::1]:53 0 0 auto", ":2: " },
	{ "what cannot be read, no server meant", "options foo:bar attempts:3",
	  "127.0.0.1:53 0 3 auto", ":1: " },
	{ "options for others",
	  "options ndots:2 edns0 single-request single-request-reopen no-aaaa no-reload inet6 "
	  "debug "
	  "no-tld-query no-check-names strict-error ip6-dotint ip6-bytestring no-ip6-dotint",
	  "127.0.0.1:53 0 0 auto", NULL },
	{ "ndots of no number", "options ndots:x", "127.0.0.1:53 0 0 auto", ":1: " },
	{ "bad servers",
	  "nameserver\nnameserver x\nnameserver fe80::1%no-such-if\nnameserver fe80::1%\n"
	  "nameserver fe80::1%0\nnameserver 192.0.2.2%lo\nnameserver fe80::1%a-name-of-16-oct\n"
	  "nameserver 192.0.2.1",
	  "192.0.2.1:53 0 0 auto", ":1: :2: :3: :4: :5: :6: :7: " },
	{ "no server that can be read", "options rotate\nnameserver localhost\n", "!", ":2: " },
	{ "no line that can be read", "\nnameservr 192.0.2.1\n{ }\n", "!", ":2: :3: " },
	{ "an unknown word", "nameservr 192.0.2.1\nnameserver 192.0.2.2\n", "192.0.2.2:53 0 0 auto",
	  ":1: " },
	{ "unknown words, no server meant", "search a\nfly\n", "127.0.0.1:53 0 0 auto", ":2: " },
	{ "words for others", "lookup file bind\nfamily inet4\nsortlist 192.0.2.0\ndomain a\n",
	  "127.0.0.1:53 0 0 auto", NULL },
	{ "zone by name", "nameserver fe80::1%lo", "[fe80::1]:53%lo 0 0 auto", NULL },
	{ "zone by number", "nameserver fe80::1%1", "[fe80::1]:53%lo 0 0 auto", NULL },
	{ "use-vc", "options use-vc edns0 ndots:3 inet6", "127.0.0.1:53 0 0 auto tcp", NULL },
	{ "carriage returns", "nameserver 192.0.2.1\r\n", "192.0.2.1:53 0 0 auto", NULL },
};

static void show(struct buf *out, const struct resolve_conf *conf)
{
	static const char *trusts[] = { "auto", "always", "never" };
	char text[IP_TEXT_MAX];
	uint32_t lo = if_nametoindex("lo");

	for (size_t i = 0; i < conf->n_servers; i++) {
		const struct dns_server *s = &conf->servers[i];
		buf_addf(out, "%s%.*s%s %d %u %s%s", i ? " " : "",
			 STR_ARG(ip_port_text(&s->at, text)), s->scope == lo ? "%lo" : "",
			 (int)s->timeout_ms, s->attempts, trusts[s->trust],
			 s->channel == DNS_CHANNEL_TCP ? " tcp" : "");
	}
	if (conf->rotate)
		buf_add(out, STR(" rotate"));
}

static char path[] = "/tmp/resolv-test-XXXXXX";

static void put_file(int fd, struct str text)
{
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text.p, text.n, 0) != (ssize_t)text.n)
		abort();
}

/* ":LINE: " of each line that was told, all of which begin with the file. */
static void show_told(struct buf *out, struct str why)
{
	struct str line;

	while (str_line(&why, &line)) {
		struct str number, rest = str_skip(line, strlen(path) + 1);
		CHECK_INT("the file", str_starts(line, str_of(path)), 1);
		if (str_cut(&rest, ':', &number))
			buf_addf(out, ":%.*s: ", STR_ARG(number));
	}
}

static void test_cases(int fd)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(buf_free) struct buf out = BUF_MAX(4096), why = BUF_MAX(4096);
		CLEANUP(buf_free) struct buf told = BUF_MAX(4096);
		struct resolve_conf conf = { 0 };
		put_file(fd, str_of(cases[i].file));
		enum err e = resolve_conf_system(path, &conf, &why);
		if (e == ERR_SYNTAX)
			buf_addc(&out, '!');
		show(&out, &conf);
		for (size_t j = 0; j < conf.n_servers; j++)
			CHECK_STR(cases[i].label, str_of(conf.servers[j].trust_file),
				  str_of(conf.servers[j].trust == DNS_CHANNEL_TRUST_ALWAYS ? path
											   : ""));
		CHECK_STR(cases[i].label, buf_str(&out), str_of(cases[i].want));
		show_told(&told, buf_str(&why));
		CHECK_STR(cases[i].label, buf_str(&told), str_of(cases[i].told));
	}
}

/* What is shown of a line is escaped, and says what to write. */
static void test_words(int fd)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096), want = BUF_MAX(4096);
	struct resolve_conf conf = { 0 };

	put_file(fd, STR("nameserver \033x\n"));
	CHECK_INT("words", resolve_conf_system(path, &conf, &why), ERR_SYNTAX);
	buf_addf(&want,
		 "%s:1: \"nameserver \\x1bx\" has no address that can be read: write "
		 "nameserver and one like 192.0.2.1\n",
		 path);
	CHECK_STR("words", buf_str(&why), buf_str(&want));
}

static void test_many(int fd)
{
	struct buf text = BUF_MAX(4096);
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096);
	struct resolve_conf conf = { 0 };

	for (int i = 0; i < RESOLVE_SERVERS_MAX + 1; i++)
		buf_addf(&text, "nameserver 192.0.2.%d\n", i);
	put_file(fd, buf_str(&text));
	buf_free(&text);
	CHECK_INT("many", resolve_conf_system(path, &conf, &why), ERR_OK);
	CHECK_INT("many", (long long)conf.n_servers, RESOLVE_SERVERS_MAX);
}

/* What was there stays; no file is as good as an empty one; a folder is none. */
static void test_files(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096);
	struct resolve_conf conf = { .n_servers = 1 };

	CHECK_INT("no file", resolve_conf_system("/nonexistent/resolv.conf", &conf, &why), ERR_OK);
	CHECK_INT("no file", (long long)conf.n_servers, 2);
	CHECK_INT("no file", ip_loopback(&conf.servers[1].at.ip), 1);
	CHECK_INT("folder", resolve_conf_system("/", &conf, &why), ERR_IO);
	CHECK_INT("folder", errno, EISDIR);
	CHECK_INT("folder", (long long)conf.n_servers, 2);
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	test_cases(fd);
	test_words(fd);
	test_many(fd);
	test_files();
	(void)close(fd);
	(void)unlink(path);
	return TEST_EXIT();
}
