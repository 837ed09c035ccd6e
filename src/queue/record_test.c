#include "queue/record_priv.h"

#include "base/test.h"

#include <string.h>

static struct schedule_rcpt two[] = {
	{ .to = STR_INIT("b@x.example"), .orcpt = STR_INIT("rfc822;B@x.example"), .notify = 5 },
	{ .to = STR_INIT("c"), .notify = UINT32_MAX },
};

static const struct {
	const char *label;
	struct queue_message m;
	struct str octets;
} both[] = {
	{ "nothing", { .n_rcpt = 0 }, STR_INIT("\0\0\0") },
	{ "two recipients",
	  { .from = STR_INIT("a@x"), .envid = STR_INIT("e"), .rcpt = two, .n_rcpt = 2 },
	  STR_INIT("\3a@x\1e\2"
		   "\13b@x.example\22rfc822;B@x.example\5"
		   "\1c\0\xff\xff\xff\xff\17") },
	{ "a user",
	  { .rcpt = &(struct schedule_rcpt){ .notify = 0 }, .n_rcpt = 1, .user = STR_INIT("joe") },
	  STR_INIT("\0\0\1\0\0\0\3joe") },
	{ "empty recipient",
	  { .rcpt = &(struct schedule_rcpt){ .notify = 0 }, .n_rcpt = 1 },
	  STR_INIT("\0\0\1\0\0\0") },
};

static const struct {
	const char *label;
	struct str octets;
} bad[] = {
	{ "no octets", STR_INIT("") },
	{ "no number of recipients", STR_INIT("\0\0") },
	{ "a user without a name", STR_INIT("\0\0\0\0") },
	{ "something behind the user", STR_INIT("\0\0\0\1a\0") },
	{ "half a user", STR_INIT("\0\0\0\2a") },
	{ "string too long", STR_INIT("\2a") },
	{ "one recipient too many", STR_INIT("\0\0\2\0\0\0") },
	{ "half a recipient", STR_INIT("\0\0\1\0\1\0") },
	{ "number with an octet it does not need", STR_INIT("\0\0\x80\0") },
	{ "number without an end", STR_INIT("\0\0\1\0\0\x80") },
	{ "33 bits", STR_INIT("\0\0\1\0\0\xff\xff\xff\xff\37") },
	{ "six octets", STR_INIT("\0\0\1\0\0\x80\x80\x80\x80\x80\1") },
	{ "more than memory", STR_INIT("\0\0\xff\xff\xff\xff\17\0\0\0") },
};

static void check_rcpts(const char *label, const struct queue_message *got,
			const struct queue_message *want)
{
	for (size_t i = 0; i < got->n_rcpt; i++) {
		CHECK_STR(label, got->rcpt[i].to, want->rcpt[i].to);
		CHECK_STR(label, got->rcpt[i].orcpt, want->rcpt[i].orcpt);
		CHECK_INT(label, got->rcpt[i].notify, want->rcpt[i].notify);
		CHECK_INT(label, got->rcpt[i].state, SCHEDULE_WAITING);
	}
}

/* Strings whose length takes one octet more. */
static void lengths(void)
{
	static const size_t n[] = { 127, 128, 16383, 16384 };
	static char x[16384];

	memset(x, 'x', sizeof(x));
	for (size_t i = 0; i < COUNT_OF(n); i++) {
		CLEANUP(arena_clear) struct arena a = ARENA_MAX(1000);
		CLEANUP(buf_free) struct buf b = BUF_MAX(20000);
		struct queue_message m = { .from = { x, n[i] } }, got = { 0 };

		queue_record_write(&b, &m);
		CHECK_INT("length", queue_record_read(buf_str(&b), &a, &got), ERR_OK);
		CHECK_STR("length", got.from, m.from);
	}
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(both); i++) {
		CLEANUP(arena_clear) struct arena a = ARENA_MAX(1000);
		CLEANUP(buf_free) struct buf b = BUF_MAX(1000);
		struct queue_message got = { 0 };

		queue_record_write(&b, &both[i].m);
		CHECK_STR(both[i].label, buf_str(&b), both[i].octets);
		CHECK_INT(both[i].label, queue_record_read(both[i].octets, &a, &got), ERR_OK);
		CHECK_STR(both[i].label, got.from, both[i].m.from);
		CHECK_STR(both[i].label, got.envid, both[i].m.envid);
		CHECK_STR(both[i].label, got.user, both[i].m.user);
		CHECK_INT(both[i].label, (long long)got.n_rcpt, (long long)both[i].m.n_rcpt);
		check_rcpts(both[i].label, &got, &both[i].m);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		CLEANUP(arena_clear) struct arena a = ARENA_MAX(1000);
		struct queue_message got = { 0 };

		CHECK_INT(bad[i].label, queue_record_read(bad[i].octets, &a, &got), ERR_SYNTAX);
		CHECK_INT(bad[i].label, got.rcpt == NULL, 1);
	}
	CLEANUP(arena_clear) struct arena none = ARENA_MAX(1);
	struct queue_message got = { 0 };
	CHECK_INT("no memory", queue_record_read(both[1].octets, &none, &got), ERR_NOMEM);
	lengths();
	return TEST_EXIT();
}
