/*
 * The part of a report that programs read: RFC 3464 section 2, and RFC 6533
 * section 3 for what is not ASCII in it.
 */
#include "base/text.h"
#include "base/time.h"
#include "message/report_priv.h"

#define FIELD_OCTETS 4096 /* of foreign text in one field; the rest is cut off */

enum message_line_charset message_report_charset(const struct message_report *r)
{
	for (size_t i = 0; i < r->n_rcpt; i++)
		if (!message_line_is_clean(r->rcpt[i].to, MESSAGE_LINE_ASCII) ||
		    !message_line_is_clean(r->rcpt[i].orcpt, MESSAGE_LINE_ASCII))
			return MESSAGE_LINE_UTF8;
	return MESSAGE_LINE_ASCII;
}

static void add_date(struct buf *out, struct str name, int64_t wall_ms)
{
	char date[TIME_TEXT_MAX];

	message_line_field(out, name, time_rfc5322(wall_ms, date));
}

/* "name: type; text", folded. */
static void add_text(struct buf *out, struct str name, struct str type, struct str text,
		     enum message_line_charset charset)
{
	struct buf value = BUF_MAX(5 * FIELD_OCTETS);
	struct str line;

	buf_add(&value, type);
	buf_addc(&value, ';');
	text = str_head(text, FIELD_OCTETS);
	while (str_line(&text, &line)) {
		buf_addc(&value, ' ');
		message_line_clean(&value, line, charset);
	}
	message_line_field(out, name, buf_str(&value));
	if (buf_err(&value) != ERR_OK)
		out->err = buf_err(&value);
	buf_free(&value);
}

/* "name: type; address". */
static void add_address(struct buf *out, struct str name, struct str type, struct str addr,
			enum message_line_charset charset)
{
	buf_add(out, name);
	buf_add(out, STR(": "));
	buf_add(out, type);
	buf_add(out, STR("; "));
	message_report_address(out, addr, charset);
	buf_add(out, STR("\r\n"));
}

/* Append xtext (RFC 3461 section 4) decoded; as it is, where that leads to nothing clean. */
static void add_xtext(struct buf *out, struct str s, enum message_line_charset charset)
{
	struct buf plain = BUF_MAX(s.n);
	bool good = true;

	for (size_t i = 0; i < s.n && good; i++) {
		if (s.p[i] != '+') {
			buf_addc(&plain, s.p[i]);
			continue;
		}
		good = s.n - i >= 3 && text_unhex(&plain, (struct str){ s.p + i + 1, 2 }) == ERR_OK;
		i += 2;
	}
	good = good && buf_err(&plain) == ERR_OK && message_line_is_clean(buf_str(&plain), charset);
	message_report_address(out, good ? buf_str(&plain) : s, charset);
	buf_free(&plain);
}

/* The code point of "\x{HEX}" at the start of s, which is *n octets long.  False: it is none. */
static bool read_embedded(struct str s, uint32_t *cp, size_t *n)
{
	struct str digits, rest = str_skip(s, 3);
	uint32_t v = 0;

	if (!str_starts(s, STR("\\x{")) || !str_cut(&rest, '}', &digits) || digits.n < 2 ||
	    digits.n > 6)
		return false;
	for (size_t i = 0; i < digits.n; i++) {
		unsigned char c = str_fold(digits.p[i]);
		if (c >= '0' && c <= '9')
			v = v << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint32_t)(c - 'a' + 10);
		else
			return false;
	}
	*cp = v;
	*n = digits.n + 4;
	return v > 0 && v <= 0x10ffff;
}

/* Append utf-8-addr-xtext as the UTF-8 it stands for (RFC 6533 section 3). */
static void add_utf8_address(struct buf *out, struct str s)
{
	struct buf plain = BUF_MAX(s.n);
	uint32_t cp;
	size_t n;

	for (struct str rest = s; rest.n; rest = str_skip(rest, n)) {
		if (read_embedded(rest, &cp, &n)) {
			text_utf8_add(&plain, cp);
		} else {
			n = 1;
			buf_addc(&plain, rest.p[0]);
		}
	}
	bool good = buf_err(&plain) == ERR_OK &&
		    message_line_is_clean(buf_str(&plain), MESSAGE_LINE_UTF8);
	message_report_address(out, good ? buf_str(&plain) : s, MESSAGE_LINE_UTF8);
	buf_free(&plain);
}

/* RFC 3461 section 4.2: an address type is an atom; ours has letters, digits and hyphens. */
static bool is_type(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = str_fold(s.p[i]);
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return s.n > 0;
}

static void add_original_recipient(struct buf *out, struct str orcpt,
				   enum message_line_charset charset)
{
	struct str addr = orcpt, type;

	if (!str_cut(&addr, ';', &type) || !is_type(type) || addr.n == 0)
		return;
	buf_add(out, STR("Original-Recipient: "));
	buf_add(out, str_head(type, 64));
	buf_add(out, STR("; "));
	if (!str_eq_nocase(type, STR("utf-8")))
		add_xtext(out, addr, charset);
	else if (charset == MESSAGE_LINE_UTF8)
		add_utf8_address(out, addr);
	else
		message_report_address(out, addr, charset);
	buf_add(out, STR("\r\n"));
}

static bool is_number(struct str s, size_t digits_max)
{
	uint32_t n;

	return s.n <= digits_max && str_u32(s, &n);
}

/* "5.7.4": RFC 3463 section 2. */
static bool is_status(struct str s)
{
	struct str class, subject;

	return str_cut(&s, '.', &class) && str_cut(&s, '.', &subject) && is_number(class, 1) &&
	       is_number(subject, 3) && is_number(s, 3);
}

static const struct {
	struct str word;   /* RFC 3464 section 2.3.3 */
	struct str status; /* where the one given is none */
} actions[] = {
	[MESSAGE_FAILED] = { STR_INIT("failed"), STR_INIT("5.0.0") },
	[MESSAGE_DELAYED] = { STR_INIT("delayed"), STR_INIT("4.0.0") },
	[MESSAGE_DELIVERED] = { STR_INIT("delivered"), STR_INIT("2.0.0") },
	[MESSAGE_RELAYED] = { STR_INIT("relayed"), STR_INIT("2.0.0") },
};

static void add_rcpt(struct buf *out, const struct message_report *r,
		     const struct message_report_rcpt *rcpt, enum message_line_charset charset)
{
	bool ascii = message_line_is_clean(rcpt->to, MESSAGE_LINE_ASCII);

	buf_add(out, STR("\r\n"));
	add_original_recipient(out, rcpt->orcpt, charset);
	add_address(out, STR("Final-Recipient"), ascii ? STR("rfc822") : STR("utf-8"), rcpt->to,
		    charset);
	message_line_field(out, STR("Action"), actions[rcpt->action].word);
	message_line_field(out, STR("Status"),
			   is_status(rcpt->status) ? rcpt->status : actions[rcpt->action].status);
	if (rcpt->remote_mta.n)
		add_address(out, STR("Remote-MTA"), STR("dns"), rcpt->remote_mta, charset);
	if (rcpt->diagnostic.n)
		add_text(out, STR("Diagnostic-Code"), STR("smtp"), rcpt->diagnostic, charset);
	else if (rcpt->why.n)
		add_text(out, STR("Diagnostic-Code"), STR("X-Signpost"), rcpt->why, charset);
	if (rcpt->last_attempt_wall_ms > 0)
		add_date(out, STR("Last-Attempt-Date"), rcpt->last_attempt_wall_ms);
	if (rcpt->action == MESSAGE_DELAYED && r->retry_until_wall_ms > 0)
		add_date(out, STR("Will-Retry-Until"), r->retry_until_wall_ms);
}

void message_report_status(struct buf *out, const struct message_report *r)
{
	enum message_line_charset charset = message_report_charset(r);

	if (r->envid.n) {
		buf_add(out, STR("Original-Envelope-Id: "));
		add_xtext(out, r->envid, charset);
		buf_add(out, STR("\r\n"));
	}
	add_address(out, STR("Reporting-MTA"), STR("dns"), r->hostname, charset);
	if (r->about_id.n) {
		buf_add(out, STR("X-Signpost-Queue-ID: "));
		message_report_address(out, r->about_id, MESSAGE_LINE_ASCII);
		buf_add(out, STR("\r\n"));
	}
	add_date(out, STR("Arrival-Date"), r->arrival_wall_ms);
	for (size_t i = 0; i < r->n_rcpt; i++)
		add_rcpt(out, r, &r->rcpt[i], charset);
}
