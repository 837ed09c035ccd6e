#include "message/status.h"

#include "base/text.h"
#include "base/time.h"
#include "message/line.h"

#define FIELD_OCTETS 4096 /* of foreign text in one field; the rest is cut off */
#define XTEXT_OCTETS 900  /* of an address in ASCII, which is not folded: more is escaped instead */

static void add_date(struct buf *out, struct str name, int64_t wall_ms)
{
	char date[TIME_TEXT_MAX];

	message_line_field(out, name, time_rfc5322(wall_ms, date));
}

/* "Diagnostic-Code: type; text" (RFC 3464 section 2.3.6), folded. */
static void add_diagnostic(struct buf *out, struct str type, struct str text)
{
	struct buf value = BUF_MAX(5 * FIELD_OCTETS);
	struct str line;

	buf_add(&value, type);
	buf_addc(&value, ';');
	text = str_head(text, FIELD_OCTETS);
	while (str_line(&text, &line)) {
		buf_addc(&value, ' ');
		message_line_clean(&value, line, MESSAGE_LINE_ASCII);
	}
	message_line_field(out, STR("Diagnostic-Code"), buf_str(&value));
	if (buf_err(&value) != ERR_OK)
		out->err = buf_err(&value);
	buf_free(&value);
}

/* "name: type; address". */
static void add_address(struct buf *out, struct str name, struct str type, struct str addr)
{
	buf_add(out, name);
	buf_add(out, STR(": "));
	buf_add(out, type);
	buf_add(out, STR("; "));
	message_line_address(out, addr, MESSAGE_LINE_ASCII);
	buf_add(out, STR("\r\n"));
}

/* Append xtext (RFC 3461 section 4) decoded; as it is, where that leads to nothing clean. */
static void add_xtext(struct buf *out, struct str s)
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
	good = good && buf_err(&plain) == ERR_OK &&
	       message_line_is_clean(buf_str(&plain), MESSAGE_LINE_ASCII);
	message_line_address(out, good ? buf_str(&plain) : s, MESSAGE_LINE_ASCII);
	buf_free(&plain);
}

/* Append an address in ASCII, where it is good and not too long; else as it came, escaped. */
static void add_ascii(struct buf *out, const struct buf *ascii, bool good, struct str came)
{
	if (good && buf_err(ascii) == ERR_OK)
		buf_add(out, buf_str(ascii));
	else
		message_line_address(out, came, MESSAGE_LINE_ASCII);
}

/* Append utf-8-addr-unitext or -xtext as the latter: what is not ASCII in it is written so. */
static void add_unitext(struct buf *out, struct str s)
{
	CLEANUP(buf_free) struct buf ascii = BUF_MAX(XTEXT_OCTETS);
	bool good = message_line_is_clean(s, MESSAGE_LINE_UTF8);

	for (struct str rest = s; good && rest.n > 0;) {
		size_t n = text_utf8(rest, NULL);
		if (n == 1)
			buf_addc(&ascii, rest.p[0]);
		else
			(void)message_line_xtext(&ascii, str_head(rest, n));
		rest = str_skip(rest, n);
	}
	add_ascii(out, &ascii, good, s);
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

static void add_original_recipient(struct buf *out, struct str orcpt)
{
	struct str addr = orcpt, type;

	if (!str_cut(&addr, ';', &type) || !is_type(type) || addr.n == 0)
		return;
	buf_add(out, STR("Original-Recipient: "));
	buf_add(out, str_head(type, 64));
	buf_add(out, STR("; "));
	if (str_eq_nocase(type, STR("utf-8")))
		add_unitext(out, addr);
	else
		add_xtext(out, addr);
	buf_add(out, STR("\r\n"));
}

/* One that is not ASCII is of another type (RFC 6533 section 3). */
static void add_final_recipient(struct buf *out, struct str to)
{
	CLEANUP(buf_free) struct buf ascii = BUF_MAX(XTEXT_OCTETS);

	if (message_line_is_clean(to, MESSAGE_LINE_ASCII)) {
		add_address(out, STR("Final-Recipient"), STR("rfc822"), to);
		return;
	}
	bool good = message_line_xtext(&ascii, to);
	buf_add(out, STR("Final-Recipient: utf-8; "));
	add_ascii(out, &ascii, good, to);
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

static void add_rcpt(struct buf *out, const struct message_status_rcpt *rcpt)
{
	buf_add(out, STR("\r\n"));
	add_original_recipient(out, rcpt->orcpt);
	add_final_recipient(out, rcpt->to);
	message_line_field(out, STR("Action"), actions[rcpt->action].word);
	message_line_field(out, STR("Status"),
			   is_status(rcpt->status) ? rcpt->status : actions[rcpt->action].status);
	if (rcpt->remote_mta.n)
		add_address(out, STR("Remote-MTA"), STR("dns"), rcpt->remote_mta);
	if (rcpt->diagnostic.n)
		add_diagnostic(out, STR("smtp"), rcpt->diagnostic);
	else if (rcpt->why.n)
		add_diagnostic(out, STR("X-Signpost"), rcpt->why);
	if (rcpt->last_attempt_wall_ms > 0)
		add_date(out, STR("Last-Attempt-Date"), rcpt->last_attempt_wall_ms);
	if (rcpt->action == MESSAGE_DELAYED && rcpt->retry_until_wall_ms > 0)
		add_date(out, STR("Will-Retry-Until"), rcpt->retry_until_wall_ms);
}

void message_status_write(struct buf *out, const struct message_status *s)
{
	if (s->envid.n) {
		buf_add(out, STR("Original-Envelope-Id: "));
		add_xtext(out, s->envid);
		buf_add(out, STR("\r\n"));
	}
	add_address(out, STR("Reporting-MTA"), STR("dns"), s->hostname);
	if (s->about_id.n) {
		buf_add(out, STR("X-Signpost-Queue-ID: "));
		message_line_address(out, s->about_id, MESSAGE_LINE_ASCII);
		buf_add(out, STR("\r\n"));
	}
	add_date(out, STR("Arrival-Date"), s->arrival_wall_ms);
	for (size_t i = 0; i < s->n_rcpt; i++)
		add_rcpt(out, &s->rcpt[i]);
}
