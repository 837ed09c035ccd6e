/*
 * resolv.conf followed, and T5: trust is not handed on.  Its servers have port 53: nobody listens
 * there at 127.0.0.99, which is how a question shows that it was asked there.
 */
#include "resolve/bed_priv.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define A DNS_TYPE_A
#define AD RESOLVE_AD
#define ELSEWHERE "127.0.0.99:53: connection refused"

static char dir[] = "/tmp/follow-test-XXXXXX";
static char path[64], other[64];

/* Silent for names in s, else good. */
static void answer(const struct fake_query *q, void *arg)
{
	static struct craft c;

	(void)arg;
	if (q->m.name.wire[1] == 's')
		return;
	fake_begin(&c, q, 0x20);
	craft_line(&c, DNS_SECTION_ANSWER, STR("@ 60 A 192.0.2.1"));
	fake_send(q, craft_str(&c));
}

/* Write name in place, changed that many seconds ago. */
static void put(const char *name, const char *text, int ago_s)
{
	struct timespec times[2] = { { .tv_sec = os_clock_wall() / 1000 - ago_s } };
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	times[1] = times[0];
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
	    futimens(fd, times) < 0)
		abort();
	(void)close(fd);
}

static void open_bed(struct bed *b)
{
	put(path, "nameserver 127.0.0.98\n", 100);
	bed_servers(b, 1, answer, NULL);
	b->conf.follow = path;
	bed_start(b);
}

/* Where the first server is now. */
static struct str at(const struct bed *b)
{
	struct resolve_server_state s;

	return resolve_server_at(b->r, 0, &s) ? s.source.server : STR("none");
}

static void turns(struct bed *b)
{
	for (int i = 0; i < 10; i++)
		loop_turn(&b->loop, 1);
}

/* A second later, with something to do. */
static void later(struct bed *b)
{
	struct bed_got got = { 0 };

	b->loop.ahead += 1000;
	bed_send(b, "x.", A, 0, &got);
	loop_until(&b->loop, &got.done, 5000);
	dns_answer_free(&got.answer);
}

static void test_change(void)
{
	struct resolve_server_state s;
	struct bed b;

	open_bed(&b);
	bed_check("as given", bed_ask(&b, "a.", A, AD), "data secure udp: a. 60 A 192.0.2.1");
	later(&b);
	bed_check("the file has not changed", bed_ask(&b, "b.", A, AD),
		  "data secure udp: b. 60 A 192.0.2.1");
	put(path, "nameserver 127.0.0.99\nnameserver 192.0.2.1\noptions attempts:1\n", 10);
	bed_check("not looked at yet", bed_ask(&b, "c.", A, AD),
		  "data secure udp: c. 60 A 192.0.2.1");
	b.loop.ahead += 1000;
	struct bed_got *got = bed_ask(&b, "a.", A, AD);
	bed_check("not from the cache", got, "no answer indeterminate");
	CHECK_STR("the new server", got->answer->why, STR(ELSEWHERE));
	CHECK_STR("the new server", at(&b), STR("127.0.0.99:53"));
	CHECK_INT("the second", resolve_server_at(b.r, 1, &s), 1);
	CHECK_INT("the second", s.source.trust, DNS_TRUST_NONE);
	CHECK_INT("no third", resolve_server_at(b.r, 2, &s), 0);
	put(other, "options rotate\n", 10);
	CHECK_INT("replaced", rename(other, path), 0);
	later(&b);
	CHECK_STR("none is loopback", at(&b), STR("127.0.0.1:53"));
	bed_close(&b);
}

/* Who says that it is to be read now waits neither until it is a second old nor for a look. */
static void test_reread(void)
{
	struct bed b;

	open_bed(&b);
	bed_check("as given", bed_ask(&b, "a.", A, AD), "data secure udp: a. 60 A 192.0.2.1");
	resolve_reread(b.r);
	CHECK_INT("as it was", bed_ask(&b, "a.", A, AD)->answer->cached, true);
	put(path, "nameserver 127.0.0.9", 0);
	resolve_reread(b.r);
	bed_check("at once", bed_ask(&b, "a.", A, AD), "no answer indeterminate");
	CHECK_STR("at once", at(&b), STR("127.0.0.9:53"));
	put(path, "nameserver 127.0.0.99", 0);
	later(&b);
	later(&b);
	CHECK_STR("and when it is whole", at(&b), STR("127.0.0.99:53"));
	bed_close(&b);
}

/* A server that stays goes on counting; one that is gone does not. */
static void test_tallies(void)
{
	struct resolve_server_state s;
	struct bed b;

	open_bed(&b);
	bed_check("as given", bed_ask(&b, "a.", A, AD), "data secure udp: a. 60 A 192.0.2.1");
	CHECK_INT("counted", resolve_server_at(b.r, 0, &s) && s.answers == 1, 1);
	put(path, "nameserver 127.0.0.99\n", 10);
	later(&b);
	CHECK_INT("another", resolve_server_at(b.r, 0, &s) && s.answers == 0, 1);
	uint64_t asked = s.questions;
	CHECK_INT("another is asked", asked > 0, 1);
	put(path, "nameserver 127.0.0.99\nnameserver 127.0.0.97\n", 10);
	later(&b);
	CHECK_INT("it stays", resolve_server_at(b.r, 0, &s) && s.questions > asked, 1);
	bed_close(&b);
}

/* Questions on their way, one that waits for a probe, one in the midst of a chain. */
static void test_in_flight(void)
{
	struct bed_got got[4] = { 0 };
	struct bed b;

	open_bed(&b);
	b.conf.servers[0].attempts = 1;
	bed_send(&b, "s1.", A, AD, &got[0]);
	bed_send(&b, "s2.", A, 0, &got[1]);
	bed_send(&b, "s1.", A, AD, &got[2]);
	turns(&b);
	CHECK_INT("asked", b.fake[0].udp_queries, 2);
	put(path, "nameserver 127.0.0.99\n", 10);
	b.loop.ahead += 1000;
	bed_send(&b, "d.", A, AD, &got[3]);
	for (size_t i = 0; i < COUNT_OF(got); i++) {
		loop_until(&b.loop, &got[i].done, 5000);
		CHECK_INT("asked anew", got[i].calls, 1);
		CHECK_STR("asked anew", got[i].answer->why, STR(ELSEWHERE));
		dns_answer_free(&got[i].answer);
	}
	bed_close(&b);
}

static const struct {
	const char *label;
	const char *text; /* NULL: the file goes */
	int ago_s;
	const char *want, *then; /* after a second, after two; NULL: as it was given */
} rows[] = {
	{ "the same servers", "nameserver 127.0.0.99\n# other words\n", 10, "127.0.0.99:53",
	  "127.0.0.99:53" },
	{ "perhaps half written", "nameserver 127.0.0.9", 0, NULL, "127.0.0.9:53" },
	{ "a second old", "nameserver 127.0.0.99", 2, "127.0.0.99:53", "127.0.0.99:53" },
	{ "from the future", "nameserver 127.0.0.99", -3600, NULL, "127.0.0.99:53" },
	{ "gone", NULL, 0, NULL, NULL },
};

static void test_rows(void)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct bed b;
		open_bed(&b);
		char first[64];
		struct str given = at(&b);
		(void)snprintf(first, sizeof(first), "%.*s", STR_ARG(given));
		if (rows[i].text)
			put(path, rows[i].text, rows[i].ago_s);
		else
			CHECK_INT("gone", unlink(path), 0);
		later(&b);
		CHECK_STR(rows[i].label, at(&b), str_of(rows[i].want ? rows[i].want : first));
		later(&b);
		CHECK_STR(rows[i].label, at(&b), str_of(rows[i].then ? rows[i].then : first));
		bed_close(&b);
	}
	/* A folder in its place cannot be read. */
	struct bed b;
	open_bed(&b);
	CHECK_INT("folder", unlink(path), 0);
	CHECK_INT("folder", mkdir(path, 0700), 0);
	later(&b);
	later(&b);
	bed_check("folder", bed_ask(&b, "e.", A, AD), "data secure udp: e. 60 A 192.0.2.1");
	bed_close(&b);
	(void)rmdir(path);
}

static void check_why(const char *label, const struct bed *b, const char *want, unsigned changes)
{
	struct resolve_followed f = resolve_followed(b->r);
	char text[256];

	(void)snprintf(text, sizeof(text), "%s%s", want[0] ? path : "", want);
	CHECK_STR(label, f.why, str_of(text));
	CHECK_INT(label, f.changes, changes);
}

/* What changed just before it was read for us is read again. */
static void test_fresh(void)
{
	struct bed b;

	put(path, "nameserver 127.0.0.99\n", 0);
	bed_servers(&b, 1, answer, NULL);
	b.conf.follow = path;
	bed_start(&b);
	later(&b);
	later(&b);
	CHECK_STR("fresh", at(&b), STR("127.0.0.99:53"));
	bed_close(&b);
}

/* What was not there when it was read for us is no trouble, and is read when it comes. */
static void test_absent(void)
{
	struct bed b;

	(void)unlink(path);
	bed_servers(&b, 1, answer, NULL);
	b.conf.follow = path;
	bed_start(&b);
	later(&b);
	later(&b);
	check_why("absent", &b, "", 0);
	put(path, "nameserver 127.0.0.99\n", 10);
	later(&b);
	CHECK_STR("it has come", at(&b), STR("127.0.0.99:53"));
	check_why("it has come", &b, "", 0);
	bed_close(&b);
	/* As new as it is, and gone before it was looked at again. */
	put(path, "nameserver 127.0.0.99\n", 0);
	bed_servers(&b, 1, answer, NULL);
	b.conf.follow = path;
	bed_start(&b);
	(void)unlink(path);
	later(&b);
	later(&b);
	check_why("gone at once", &b, ": No such file or directory", 1);
	bed_close(&b);
}

/* What cannot be read keeps the servers, is told, and is over when it can. */
static void test_why(void)
{
	struct bed b;

	open_bed(&b);
	struct str given = at(&b);
	check_why("as given", &b, "", 0);
	later(&b);
	check_why("as given", &b, "", 0);
	CHECK_INT("gone", unlink(path), 0);
	later(&b);
	check_why("gone for a moment, as where it is replaced", &b, "", 0);
	later(&b);
	check_why("gone", &b, ": No such file or directory", 1);
	later(&b);
	check_why("gone still", &b, ": No such file or directory", 1);
	put(path, "nameserver of mine\n", 10);
	later(&b);
	check_why("no server", &b,
		  ":1: \"nameserver of mine\" has no address that can be read: write "
		  "nameserver and one like 192.0.2.1",
		  2);
	CHECK_STR("no server: it stays", at(&b), given);
	put(path, "nameserver 127.0.0.99\n", 10);
	later(&b);
	check_why("read again", &b, "", 3);
	CHECK_STR("read again", at(&b), STR("127.0.0.99:53"));
	bed_close(&b);
}

/* Its date stays where it is forbidden to read it, and where that ends. */
static void test_forbidden(void)
{
	struct bed b;

	open_bed(&b);
	later(&b);
	CHECK_INT("forbidden", chmod(path, 0), 0);
	if (getuid() == 0) /* to whom nothing is forbidden */
		CHECK_INT("not root", seteuid(65534), 0);
	later(&b);
	later(&b);
	CHECK_INT("as before", seteuid(getuid()), 0);
	check_why("forbidden", &b, ": Permission denied", 1);
	CHECK_INT("allowed", chmod(path, 0600), 0);
	later(&b);
	later(&b);
	check_why("allowed", &b, "", 2);
	bed_close(&b);
}

static struct fake_query late;

/* As answer(), but keeps what it is silent about. */
static void keeping(const struct fake_query *q, void *arg)
{
	late = *q;
	answer(q, arg);
}

/*
 * From a server that is not trusted to one that is: neither what the first said
 * before, nor what it says too late, counts as the second's.
 */
static void test_no_cross(void)
{
	static struct craft c;
	struct bed_got got = { 0 };
	struct bed b;

	put(path, "nameserver 127.0.0.98\n", 100);
	bed_servers(&b, 1, keeping, NULL);
	b.conf.servers[0].trust = DNS_CHANNEL_TRUST_NEVER;
	b.conf.follow = path;
	bed_start(&b);
	bed_check("T5: before the servers change", bed_ask(&b, "a.", A, AD),
		  "data indeterminate udp: a. 60 A 192.0.2.1");
	bed_send(&b, "s1.", A, AD, &got);
	turns(&b);
	CHECK_INT("T5: in flight", got.done, 0);
	put(path, "nameserver 127.0.0.99\n", 10);
	fake_begin(&c, &late, 0x20);
	craft_line(&c, DNS_SECTION_ANSWER, STR("@ 60 A 192.0.2.66"));
	b.loop.ahead += 1000;
	later(&b);
	fake_send(&late, craft_str(&c));
	loop_until(&b.loop, &got.done, 5000);
	bed_check("T5: late, after the servers changed", &got, "no answer indeterminate");
	CHECK_STR("T5: late, after the servers changed", got.answer->why, STR(ELSEWHERE));
	dns_answer_free(&got.answer);
	bed_check("T5: cache, after the servers changed", bed_ask(&b, "a.", A, AD),
		  "no answer indeterminate");
	bed_close(&b);
}

int main(void)
{
	if (!mkdtemp(dir) || chmod(dir, 0755) < 0)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/resolv.conf", dir);
	(void)snprintf(other, sizeof(other), "%s/new", dir);
	test_change();
	test_reread();
	test_tallies();
	test_in_flight();
	test_rows();
	test_fresh();
	test_why();
	test_forbidden();
	test_absent();
	test_no_cross();
	(void)unlink(path);
	(void)rmdir(dir);
	return TEST_EXIT();
}
