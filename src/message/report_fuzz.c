/*
 * A report about anything.  Seeds: src/message/corpus/report/.
 *
 * The first octet steers, the next lines are what is told, one string each, the
 * rest is the message.  What must hold: no line is too long, each ends in CR LF; the
 * boundary stands where it was put, four times; but for the field To, and a message
 * that came with eight bits and is returned as it is, all is ASCII; made smaller it is
 * so without exception, is smaller indeed, and no smaller the second time; in its global form it is
 * as well-formed.
 */
#include "message/report.h"

#include "base/text.h"
#include "message/global.h"
#include "message/head.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool holds)
{
	if (!holds)
		abort();
}

/* The fields of the head but To, which may be in UTF-8: all ASCII.  8bit: the head says so. */
static bool check_head(struct str report)
{
	bool eight_bit = false;
	struct message_field f;

	while (message_head_next(&report, &f)) {
		must(text_is_ascii(f.body) || str_eq(f.name, STR("To")));
		eight_bit |= str_eq(f.name, STR("Content-Transfer-Encoding"));
	}
	return eight_bit;
}

static void check_form(struct str report)
{
	struct str body = str_skip(report, message_head_size(report)), rest = report, line;
	struct str boundary = STR_NONE;
	size_t delimiters = 0;

	must(text_is_ascii(body) || check_head(report));
	while (str_cut(&rest, '\n', &line)) {
		must(line.n <= 999 && str_ends(line, STR("\r")));
		if (boundary.n == 0 && str_starts(line, STR("\tboundary=\"")))
			boundary = (struct str){ line.p + 11, line.n - 13 };
		delimiters += boundary.n && str_starts(line, STR("--")) &&
			      str_starts(str_skip(line, 2), boundary);
	}
	must(rest.n == 0 && delimiters == 4);
}

static void check_shorter(struct str report)
{
	CLEANUP(buf_free) struct buf shorter = BUF_MAX(1 << 24);
	CLEANUP(buf_free) struct buf none = BUF_MAX(1 << 24);

	if (!message_report_shorten(&shorter, report))
		return;
	must(buf_err(&shorter) == ERR_OK);
	check_form(buf_str(&shorter));
	must(!check_head(buf_str(&shorter)));
	must(text_is_ascii(str_skip(buf_str(&shorter), message_head_size(buf_str(&shorter)))));
	must(!message_report_shorten(&none, buf_str(&shorter)) && none.n == 0);
}

/* For a host that takes it, there is one more form, and no third. */
static void check_global(struct str report)
{
	CLEANUP(buf_free) struct buf global = BUF_MAX(1 << 24);
	CLEANUP(buf_free) struct buf none = BUF_MAX(1 << 24);

	if (!message_global_write(&global, report))
		return;
	must(buf_err(&global) == ERR_OK && !text_is_ascii(buf_str(&global)));
	check_form(buf_str(&global));
	must(check_head(buf_str(&global)));
	must(!message_global_write(&none, buf_str(&global)) && none.n == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(1 << 24), message = BUF_MAX(1 << 20);
	struct str told[10], rest = { (const char *)data + 1, n ? n - 1 : 0 }, line;

	if (n == 0 || n > 1 << 16)
		return 0;
	for (size_t i = 0; i < 10; i++)
		if (!str_cut(&rest, '\n', &told[i]))
			told[i] = STR("");
	/* As the queue has it: lines end in CR LF, and neither is alone, but in binary mail. */
	if (data[0] & 16)
		buf_add(&message, rest);
	while (!(data[0] & 16) && str_line(&rest, &line)) {
		for (size_t i = 0; i < line.n; i++)
			buf_addc(&message, line.p[i] == '\r' ? '?' : line.p[i]);
		buf_add(&message, STR("\r\n"));
	}
	const struct message_status_rcpt rcpt = {
		.to = told[0],
		.orcpt = told[1],
		.status = told[2],
		.remote_mta = told[3],
		.diagnostic = told[4],
		.why = told[5],
		.action = data[0] & 3,
		.last_attempt_wall_ms = 1,
		.retry_until_wall_ms = 1,
	};
	const struct message_report report = {
		.hostname = told[6],
		.to = told[7],
		.envid = told[8],
		.id = told[9],
		.about_id = told[9],
		.rcpt = &rcpt,
		.n_rcpt = data[0] & 8 ? 0 : 1,
		.original = buf_str(&message),
		.ret = data[0] & 4 ? MESSAGE_RETURN_HEADERS : MESSAGE_RETURN_FULL,
	};

	message_report_write(&out, &report);
	must(buf_err(&out) == ERR_OK);
	check_form(buf_str(&out));
	check_shorter(buf_str(&out));
	check_global(buf_str(&out));
	return 0;
}
