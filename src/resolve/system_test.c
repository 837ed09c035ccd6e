#include "resolve/resolve.h"

#include "base/buf.h"
#include "base/test.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <unistd.h>

static const struct {
	const char *label;
	const char *file;
	const char *want; /* servers with timeout, attempts, trust; then options */
} cases[] = {
	{ "empty", "", "127.0.0.1:53 0 0 auto" },
	{ "one", "nameserver 192.0.2.1\n", "192.0.2.1:53 0 0 auto" },
	{ "no line end", "nameserver 192.0.2.1", "192.0.2.1:53 0 0 auto" },
	{ "three and noise",
	  "# nameserver 192.0.2.9\n; x\nsearch a b\ndomain a\nnameserver\t192.0.2.1 \n"
	  "nameserver 2001:db8::1\nnameserver ::1 # here\n nameserver 192.0.2.3\n\n",
	  "192.0.2.1:53 0 0 auto [2001:db8::1]:53 0 0 auto [::1]:53 0 0 auto "
	  "192.0.2.3:53 0 0 auto" },
	{ "options", "options timeout:3 attempts:4 rotate trust-ad\nnameserver 192.0.2.1",
	  "192.0.2.1:53 3000 4 always rotate" },
	{ "options, no server", "options timeout:3", "127.0.0.1:53 3000 0 auto" },
	{ "options add up", "nameserver 192.0.2.1\noptions rotate\noptions attempts:3 x y:z",
	  "192.0.2.1:53 0 3 auto rotate" },
	{ "limits", "options timeout:31 attempts:6", "127.0.0.1:53 30000 5 auto" },
	{ "limits", "options timeout:0 attempts:0", "127.0.0.1:53 1000 1 auto" },
	{ "no numbers", "options timeout:x attempts:-1 timeout:", "127.0.0.1:53 0 0 auto" },
	{ "bad servers",
	  "nameserver\nnameserver x\nnameserver fe80::1%no-such-if\nnameserver fe80::1%\n"
	  "nameserver fe80::1%0\nnameserver 192.0.2.2%lo\nnameserver fe80::1%a-name-of-16-oct\n"
	  "nameserver 192.0.2.1",
	  "192.0.2.1:53 0 0 auto" },
	{ "zone by name", "nameserver fe80::1%lo", "[fe80::1]:53%lo 0 0 auto" },
	{ "zone by number", "nameserver fe80::1%1", "[fe80::1]:53%lo 0 0 auto" },
	{ "use-vc", "options use-vc edns0 ndots:3 inet6", "127.0.0.1:53 0 0 auto tcp" },
	{ "carriage returns", "nameserver 192.0.2.1\r\n", "192.0.2.1:53 0 0 auto" },
};

static void show(struct buf *out, const struct resolve_conf *conf)
{
	static const char *trusts[] = { "auto", "always", "never" };
	char text[IP_TEXT_MAX];
	uint32_t lo = if_nametoindex("lo");

	for (size_t i = 0; i < conf->n_servers; i++) {
		const struct resolve_server *s = &conf->servers[i];
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

static void test_cases(int fd)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf out = BUF_MAX(4096);
		struct resolve_conf conf = { 0 };
		put_file(fd, str_of(cases[i].file));
		CHECK_INT(cases[i].label, resolve_conf_system(path, &conf), ERR_OK);
		show(&out, &conf);
		CHECK_STR(cases[i].label, buf_str(&out), str_of(cases[i].want));
		buf_free(&out);
	}
}

static void test_many(int fd)
{
	struct buf text = BUF_MAX(4096);
	struct resolve_conf conf = { 0 };

	for (int i = 0; i < RESOLVE_SERVERS_MAX + 1; i++)
		buf_addf(&text, "nameserver 192.0.2.%d\n", i);
	put_file(fd, buf_str(&text));
	buf_free(&text);
	CHECK_INT("many", resolve_conf_system(path, &conf), ERR_OK);
	CHECK_INT("many", (long long)conf.n_servers, RESOLVE_SERVERS_MAX);
}

/* What was there stays; no file is as good as an empty one; a folder is none. */
static void test_files(void)
{
	struct resolve_conf conf = { .n_servers = 1 };

	CHECK_INT("no file", resolve_conf_system("/nonexistent/resolv.conf", &conf), ERR_OK);
	CHECK_INT("no file", (long long)conf.n_servers, 2);
	CHECK_INT("no file", ip_loopback(&conf.servers[1].at.ip), 1);
	CHECK_INT("folder", resolve_conf_system("/", &conf), ERR_IO);
	CHECK_INT("folder", errno, EISDIR);
	CHECK_INT("folder", (long long)conf.n_servers, 2);
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	test_cases(fd);
	test_many(fd);
	test_files();
	(void)close(fd);
	(void)unlink(path);
	return TEST_EXIT();
}
