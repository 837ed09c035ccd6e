/*
 * Frames, fed whole and octet by octet.
 */
#include "control/control.h"

#include "base/test.h"

#include <stdlib.h>
#include <string.h>

enum { MAX = 16 };

static const struct {
	const char *label;
	struct str in;
	enum err err;
	struct str bodies; /* of all whole frames, joined by '|' */
	size_t left;       /* octets that belong to no whole frame */
} cases[] = {
	{ "nothing", STR_INIT(""), ERR_OK, STR_INIT(""), 0 },
	{ "empty body", STR_INIT("\0\0\0\0"), ERR_OK, STR_INIT("|"), 0 },
	{ "one", STR_INIT("\0\0\0\2{}"), ERR_OK, STR_INIT("{}|"), 0 },
	{ "two", STR_INIT("\0\0\0\2{}\0\0\0\1x"), ERR_OK, STR_INIT("{}|x|"), 0 },
	{ "half a length", STR_INIT("\0\0\0"), ERR_OK, STR_INIT(""), 3 },
	{ "no body yet", STR_INIT("\0\0\0\2"), ERR_OK, STR_INIT(""), 4 },
	{ "half a body", STR_INIT("\0\0\0\2{"), ERR_OK, STR_INIT(""), 5 },
	{ "a whole and a half", STR_INIT("\0\0\0\1x\0\0\0\1"), ERR_OK, STR_INIT("x|"), 4 },
	{ "longest",
	  STR_INIT("\0\0\0\x10"
		   "0123456789abcdef"),
	  ERR_OK, STR_INIT("0123456789abcdef|"), 0 },
	{ "one octet longer", STR_INIT("\0\0\0\x11"), ERR_LIMIT, STR_INIT(""), 0 },
	{ "second octet of the length", STR_INIT("\0\1\0\0"), ERR_LIMIT, STR_INIT(""), 0 },
	{ "first octet of the length", STR_INIT("\x80\0\0\0"), ERR_LIMIT, STR_INIT(""), 0 },
};

/* Take all whole frames off *in. */
static enum err take_all(struct buf *in, struct buf *bodies)
{
	for (;;) {
		struct str body;
		size_t used;
		enum err e = control_read(buf_str(in), MAX, &body, &used);
		if (e != ERR_OK || used == 0)
			return e;
		buf_add(bodies, body);
		buf_addc(bodies, '|');
		buf_drop(in, used);
	}
}

static void check_reading(size_t i, size_t step)
{
	enum { ROOM = 256 };
	CLEANUP(buf_free) struct buf in = BUF_MAX(ROOM);
	CLEANUP(buf_free) struct buf bodies = BUF_MAX(ROOM);
	enum err e = ERR_OK;

	for (struct str rest = cases[i].in; e == ERR_OK && rest.n > 0;
	     rest = str_skip(rest, step)) {
		buf_add(&in, str_head(rest, step));
		e = take_all(&in, &bodies);
	}
	CHECK_INT(cases[i].label, e, cases[i].err);
	CHECK_STR(cases[i].label, buf_str(&bodies), cases[i].bodies);
	if (e == ERR_OK)
		CHECK_INT(cases[i].label, (long long)in.n, (long long)cases[i].left);
}

static void check_writing(void)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(CONTROL_FRAME_MAX + 8);

	CHECK_INT("frame", control_write(&out, STR("{}")), ERR_OK);
	CHECK_STR("frame", buf_str(&out), STR("\0\0\0\2{}"));
	buf_clear(&out);

	char *big = calloc(1, CONTROL_FRAME_MAX + 1);
	if (!big)
		exit(1);
	buf_clear(&out);
	CHECK_INT("longest", control_write(&out, (struct str){ big, CONTROL_FRAME_MAX }), ERR_OK);
	CHECK_STR("longest", str_head(buf_str(&out), 5), STR("\x04\0\0\0\0"));
	buf_clear(&out);
	CHECK_INT("longer", control_write(&out, (struct str){ big, CONTROL_FRAME_MAX + 1 }),
		  ERR_LIMIT);
	CHECK_INT("longer", (long long)out.n, 0);
	free(big);

	CLEANUP(buf_free) struct buf small = BUF_MAX(8);
	control_write_last(&small, &(struct control_last){ 0 });
	CHECK_INT("no room", buf_err(&small), ERR_LIMIT);
}

static const uint64_t none = 0, seven = 7;

static const struct {
	const char *label;
	struct control_last last;
	struct str frame;
} lasts[] = {
	{ "end", { .more = false }, STR_INIT("\0\0\0\x0c{\"end\":true}") },
	{ "more",
	  { .more = true, .last = STR_INIT("x") },
	  STR_INIT("\0\0\0\x23{\"end\":true,\"more\":true,\"last\":\"x\"}") },
	{ "count", { .count = &seven }, STR_INIT("\0\0\0\x16{\"end\":true,\"count\":7}") },
	{ "none", { .count = &none }, STR_INIT("\0\0\0\x16{\"end\":true,\"count\":0}") },
	{ "error",
	  { .error = STR_INIT("no \"such\""), .exit = 1 },
	  STR_INIT("\0\0\0\x2b{\"end\":true,\"error\":\"no \\\"such\\\"\",\"exit\":1}") },
};

static void check_lasts(void)
{
	for (size_t i = 0; i < COUNT_OF(lasts); i++) {
		CLEANUP(buf_free) struct buf out = BUF_MAX(256);
		control_write_last(&out, &lasts[i].last);
		CHECK_STR(lasts[i].label, buf_str(&out), lasts[i].frame);
	}
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		check_reading(i, cases[i].in.n + 1);
		check_reading(i, 1);
	}
	check_writing();
	check_lasts();
	return TEST_EXIT();
}
