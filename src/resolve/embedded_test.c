/*
 * The validator inside, before fake servers in this process that it forwards
 * to.  What is under anchored.example has a trust anchor, and no signatures;
 * everything else has neither.  With real signatures: tests/system.
 */
#include "resolve/bed_priv.h"

#include <stdio.h>

#define A DNS_TYPE_A
#define AD RESOLVE_AD

static const char anchor[] = "; an anchor that nothing fits\n"
			     "anchored.example. IN DS 20326 8 2 "
			     "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n";

static char anchor_file[] = "/tmp/embedded-test-XXXXXX";

/* What the upstream says: by the first letter of the name. */
static void upstream(const struct fake_query *q, void *arg)
{
	static struct craft c;
	const int *mute = arg;
	char first = q->m.name.len > 1 ? (char)q->m.name.wire[1] : '.';

	if (*mute || first == 's')
		return;
	fake_begin(&c, q, first == 'f' ? DNS_SERVFAIL : first == 'n' ? DNS_NXDOMAIN : 0x20);
	if (first != 'f' && first != 'n' && q->m.type == A)
		craft_line(&c, DNS_SECTION_ANSWER, STR("@ 60 A 192.0.2.1"));
	fake_send(q, craft_str(&c));
}

static void open_bed(struct bed *b, int *mute)
{
	bed_servers(b, 1, upstream, mute);
	b->conf.servers[0] = (struct dns_server){
		.channel = DNS_CHANNEL_EMBEDDED,
		.timeout_ms = BED_PATIENCE_MS,
		.trust_anchor_file = anchor_file,
		.forward = { b->conf.servers[0].at },
		.n_forward = 1,
	};
	bed_start(b);
}

static const struct {
	const char *name;
	uint16_t type;
	unsigned flags;
	const char *want;
} cases[] = {
	/* The upstream's AD counts for nothing here. */
	{ "a.example.", A, AD, "data insecure embedded: a.example. 60 A 192.0.2.1" },
	{ "b.example.", A, 0, "data indeterminate embedded: b.example. 60 A 192.0.2.1" },
	{ "a\\.\\000\\255b.example.", A, AD,
	  "data insecure embedded: a\\.\\000\\255b.example. 60 A 192.0.2.1" },
	{ "nope.example.", A, AD, "no name insecure embedded" },
	{ "a.example.", DNS_TYPE_MX, AD, "nodata insecure embedded" },
	{ "fails.example.", A, AD, "failed indeterminate embedded" },
	{ "mx.anchored.example.", A, AD, "failed bogus embedded ede 6" },
	{ "mx2.anchored.example.", A, 0, "failed bogus embedded ede 6" },
};

static void test_cases(void)
{
	struct resolve_server_state s;
	struct bed b;
	int mute = 0;

	open_bed(&b, &mute);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct bed_got *got = bed_ask(&b, cases[i].name, cases[i].type, cases[i].flags);
		bed_check(cases[i].name, got, cases[i].want);
		if (!got->answer)
			continue;
		CHECK_INT(cases[i].name, got->answer->source.trust, DNS_TRUST_EMBEDDED);
		CHECK_STR(cases[i].name, got->answer->source.server, STR("embedded"));
		CHECK_STR(cases[i].name, got->answer->source.trust_reason,
			  STR("validator in this process"));
		CHECK_INT(cases[i].name, got->answer->ede_text.n > 0, got->status == DNS_BOGUS);
	}
	/* It is in libunbound's cache: the answer comes from inside the call that asks. */
	struct bed_got *got = bed_ask(&b, "a.example.", A, AD | RESOLVE_NO_CACHE);
	CHECK_INT("at once", got->outcome, DNS_DATA);
	CHECK_INT("at once", got->status, DNS_INSECURE);
	CHECK_INT("state", resolve_server_at(b.r, 0, &s), 1);
	CHECK_STR("state", s.source.channel, STR("embedded"));
	CHECK_INT("state", s.answers > 5, 1);
	got = bed_ask(&b, "p.example.", A, AD | RESOLVE_PROBED);
	CHECK_INT("probe", got->answer->source.probe, DNS_PROBE_FAILS);
	bed_close(&b);
}

static void test_trace(void)
{
	CLEANUP(buf_free) struct buf told = BUF_MAX(4096);
	struct bed b;
	int mute = 0;

	open_bed(&b, &mute);
	resolve_free(&b.r);
	bed_trace(&b, &told);
	bed_start(&b);
	(void)bed_ask(&b, "a.example.", A, AD);
	(void)bed_ask(&b, "mx.anchored.example.", A, AD);
	CHECK_STR("trace", buf_str(&told),
		  STR("sent embedded\naccepted embedded (insecure)\n"
		      "sent embedded\naccepted embedded (bogus)\n"));
	bed_close(&b);
}

/* Many at once, none of which are answered in the order in which they were asked. */
static void test_many(void)
{
	static struct bed_got got[200];
	struct bed b;
	int mute = 0;

	open_bed(&b, &mute);
	for (size_t i = 0; i < COUNT_OF(got); i++) {
		char name[32];
		(void)snprintf(name, sizeof(name), "%c%zu.example.", i % 50 ? 'a' : 's', i);
		bed_send(&b, name, A, AD, &got[i]);
	}
	for (size_t i = 0; i < COUNT_OF(got); i++) {
		if (i % 50 == 0)
			continue;
		loop_until(&b.loop, &got[i].done, 10000);
		CHECK_INT("many", got[i].status, DNS_INSECURE);
		dns_answer_free(&got[i].answer);
	}
	bed_close(&b);
}

static void test_patience(void)
{
	struct bed b;
	int mute = 1;

	open_bed(&b, &mute);
	resolve_free(&b.r);
	b.conf.servers[0].timeout_ms = BED_SILENCE_MS;
	bed_start(&b);
	struct bed_got *got = bed_ask(&b, "a.example.", A, AD);
	bed_check("silent", got, "no answer indeterminate");
	CHECK_STR("silent", got->answer->why, STR("embedded: no answer in time"));
	bed_close(&b);
}

/* It has a cache of its own, which goes with ours; who was waiting is answered all the same. */
static void test_flush(void)
{
	struct bed_got late = { 0 };
	struct bed b;
	int mute = 0, never = 0;

	open_bed(&b, &mute);
	bed_check("flush", bed_ask(&b, "a.example.", A, AD),
		  "data insecure embedded: a.example. 60 A 192.0.2.1");
	unsigned before = b.fake[0].udp_queries;
	bed_check("flush", bed_ask(&b, "a.example.", A, AD | RESOLVE_NO_CACHE),
		  "data insecure embedded: a.example. 60 A 192.0.2.1");
	CHECK_INT("from its cache", b.fake[0].udp_queries == before, 1);

	mute = 1;
	bed_send(&b, "late.example.", A, AD, &late);
	for (int i = 0; i < 20 && b.fake[0].udp_queries == before; i++)
		loop_until(&b.loop, &never, 50);
	for (int i = 0; i < 3; i++) {
		mute = 0;
		before = b.fake[0].udp_queries;
		resolve_flush(b.r, NULL);
		bed_check("flushed", bed_ask(&b, "a.example.", A, AD),
			  "data insecure embedded: a.example. 60 A 192.0.2.1");
		CHECK_INT("asked anew", b.fake[0].udp_queries > before, 1);
	}
	loop_until(&b.loop, &late.done, 10000);
	bed_check("asked before the flush", &late,
		  "data insecure embedded: late.example. 60 A 192.0.2.1");
	dns_answer_free(&late.answer);
	bed_close(&b);
}

/* Where its file cannot be read any more it goes on as it is. */
static void test_flush_without_anchor(void)
{
	struct bed b;
	char away[sizeof(anchor_file) + 5];
	int mute = 0;

	open_bed(&b, &mute);
	(void)snprintf(away, sizeof(away), "%s.away", anchor_file);
	CHECK_INT("no file", rename(anchor_file, away), 0);
	resolve_flush(b.r, NULL);
	bed_check("no file", bed_ask(&b, "mx.anchored.example.", A, AD),
		  "failed bogus embedded ede 6");
	CHECK_INT("no file", rename(away, anchor_file), 0);
	bed_close(&b);
}

struct freeing {
	struct bed *b;
	int done;
};

static void free_inside(void *arg, uint64_t id, const struct dns_answer *a)
{
	struct freeing *f = arg;

	(void)id;
	(void)a;
	f->done = 1;
	resolve_free(&f->b->r);
}

static void flush_inside(void *arg, uint64_t id, const struct dns_answer *a)
{
	struct freeing *f = arg;

	(void)id;
	(void)a;
	f->done = 1;
	resolve_flush(f->b->r, NULL);
}

static uint64_t ask_for(struct bed *b, const char *name, resolve_done *done, void *arg)
{
	struct resolve_question q = { .name = craft_name_of(name), .type = A, .flags = AD };

	return resolve_ask(b->r, &q, done, arg);
}

/* T12: cancel, and the resolver freed with questions in flight, outside and inside a callback. */
static void test_ends(void)
{
	struct bed_got silent = { 0 };
	struct freeing f;
	struct bed b;
	int never = 0, mute = 0;

	open_bed(&b, &mute);
	uint64_t id = ask_for(&b, "s1.example.", bed_done, &silent);
	loop_until(&b.loop, &never, 50);
	resolve_cancel(b.r, id);
	bed_check("T12: after a cancel", bed_ask(&b, "c.example.", A, AD),
		  "data insecure embedded: c.example. 60 A 192.0.2.1");
	CHECK_INT("T12: cancelled", silent.done, 0);
	f = (struct freeing){ &b, 0 };
	CHECK_INT("T12: asked", ask_for(&b, "c.example.", flush_inside, &f) != 0, 1);
	loop_until(&b.loop, &f.done, 10000);
	bed_check("T12: after a flush inside", bed_ask(&b, "c.example.", A, AD),
		  "data insecure embedded: c.example. 60 A 192.0.2.1");
	CHECK_INT("T12: asked", ask_for(&b, "s2.example.", bed_done, &silent) != 0, 1);
	loop_until(&b.loop, &never, 50);
	bed_close(&b);
	CHECK_INT("T12: freed", silent.done, 0);

	open_bed(&b, &mute);
	f = (struct freeing){ &b, 0 };
	CHECK_INT("T12: asked", ask_for(&b, "s3.example.", bed_done, &silent) != 0, 1);
	CHECK_INT("T12: asked", ask_for(&b, "d.example.", free_inside, &f) != 0, 1);
	CHECK_INT("T12: asked", ask_for(&b, "e.example.", free_inside, &f) != 0, 1);
	loop_until(&b.loop, &f.done, 10000);
	CHECK_INT("T12: freed inside", f.done, 1);
	CHECK_INT("T12: freed inside", b.r == NULL, 1);
	bed_close(&b);
}

/* Never asked, and no other in its place. */
static void test_unusable(void)
{
	static const struct {
		const char *file, *want;
	} rows[] = {
		{ "/nonexistent/root.key",
		  "embedded: trust anchor /nonexistent/root.key: No such file or directory" },
		{ "/dev/null", "embedded: trust anchor /dev/null: it is no regular file" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct bed b;
		int mute = 0;
		bed_servers(&b, 1, upstream, &mute);
		b.conf.servers[1] = (struct dns_server){ .channel = DNS_CHANNEL_EMBEDDED,
							 .trust_anchor_file = rows[i].file };
		b.conf.servers[0].trust = DNS_CHANNEL_TRUST_NEVER;
		b.conf.n_servers = 2;
		bed_start(&b);
		struct bed_got *got = bed_ask(&b, "a.", A, AD);
		bed_check(rows[i].file, got, "no answer indeterminate");
		CHECK_STR(rows[i].file, got->answer->why, str_of(rows[i].want));
		CHECK_INT(rows[i].file, b.fake[0].udp_queries, 0);
		bed_close(&b);
	}
}

int main(void)
{
	int fd = mkstemp(anchor_file);

	if (fd < 0 || write(fd, anchor, sizeof(anchor) - 1) != (ssize_t)sizeof(anchor) - 1)
		return 1;
	(void)close(fd);
	test_cases();
	test_trace();
	test_many();
	test_flush();
	test_flush_without_anchor();
	test_patience();
	test_ends();
	test_unusable();
	(void)unlink(anchor_file);
	return TEST_EXIT();
}
