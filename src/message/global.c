#include "message/global.h"

#include "base/text.h"
#include "message/head.h"

#include <string.h>

#define DIGITS_MAX 6 /* RFC 6533 section 3: HEXPOINT */

/* How message/report.c begins the part; no line of foreign text begins so. */
static const struct str part = STR_INIT("\r\nContent-Description: Delivery report\r\n"
					"Content-Type: message/delivery-status\r\n\r\n");
static const struct str global_part = STR_INIT("\r\nContent-Description: Delivery report\r\n"
					       "Content-Type: message/global-delivery-status\r\n"
					       "Content-Transfer-Encoding: 8bit\r\n\r\n");

static const struct str eight_bit = STR_INIT("Content-Transfer-Encoding: 8bit\r\n");

static int digit_of(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, str_fold(c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Octets of the "\x{FC}" that s begins with, if it may stand as *cp; else 0. */
static size_t read_point(struct str s, uint32_t *cp)
{
	size_t n = 3;
	uint32_t v = 0;

	if (!str_starts(s, STR("\\x{")))
		return 0;
	while (n < s.n && n < 3 + DIGITS_MAX && digit_of(s.p[n]) >= 0)
		v = v << 4 | (uint32_t)digit_of(s.p[n++]);
	if (n == 3 || n == s.n || s.p[n] != '}')
		return 0;
	if (v < 0x80 || v > 0x10ffff || (v >= 0xd800 && v < 0xe000) || text_is_hidden(v))
		return 0;
	*cp = v;
	return n + 1;
}

/* Append an address.  Whether it changed. */
static bool add_address(struct buf *out, struct str s)
{
	bool changed = false;
	uint32_t cp;

	while (s.n > 0) {
		size_t n = read_point(s, &cp);
		changed |= n > 0;
		if (n > 0)
			text_utf8_add(out, cp);
		else
			buf_addc(out, s.p[0]);
		s = str_skip(s, n > 0 ? n : 1);
	}
	return changed;
}

/* Append a line of the fields.  Whether it changed. */
static bool add_line(struct buf *out, struct str line)
{
	static const struct str names[] = { STR_INIT("Original-Recipient: utf-8; "),
					    STR_INIT("Final-Recipient: utf-8; ") };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!str_starts_nocase(line, names[i]))
			continue;
		buf_add(out, str_head(line, names[i].n));
		return add_address(out, str_skip(line, names[i].n));
	}
	buf_add(out, line);
	return false;
}

/* Append the fields at the start of *rest, up to the line of a boundary.  Whether any changed. */
static bool add_fields(struct buf *out, struct str *rest)
{
	bool changed = false;
	struct str before = *rest, line;

	while (!str_starts(before, STR("--")) && str_line(rest, &line)) {
		changed |= add_line(out, str_head(before, before.n - rest->n));
		before = *rest;
	}
	return changed;
}

/* Append the head, which says from now on that there are eight bits. */
static void add_head(struct buf *out, struct str head)
{
	struct message_field f;

	if (message_head_find(head, STR("Content-Transfer-Encoding"), &f) || head.n < 2) {
		buf_add(out, head);
		return;
	}
	buf_add(out, str_head(head, head.n - 2));
	buf_add(out, eight_bit);
	buf_add(out, str_skip(head, head.n - 2));
}

bool message_global_write(struct buf *out, struct str report)
{
	const char *at = report.n ? memmem(report.p, report.n, part.p, part.n) : NULL;
	size_t head = message_head_size(report), before = out->n;

	if (!at || (size_t)(at - report.p) < head)
		return false;
	size_t place = (size_t)(at - report.p);
	struct str rest = str_skip(report, place + part.n);
	add_head(out, str_head(report, head));
	buf_add(out, str_skip(str_head(report, place), head));
	buf_add(out, global_part);
	if (!add_fields(out, &rest)) {
		out->n = before;
		return false;
	}
	buf_add(out, rest);
	return true;
}
