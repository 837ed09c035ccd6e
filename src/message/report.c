/*
 * Reports to the sender.
 *
 * Three parts: words for people, fields for programs (status.c), and the
 * message or its header.  What people read comes first and says in plain words
 * what happened: a report that is understood is one that is acted upon.
 *
 * Foreign text gets into a report by way of message/line.c alone, except for
 * the original, which the boundary keeps in its place.
 */
#include "message/report.h"

#include "base/text.h"
#include "base/time.h"
#include "message/head.h"
#include "message/report_priv.h"

#include <string.h>

#define BOUNDARY_MAX 70 /* RFC 2046 section 5.1.1 */
#define ID_OCTETS 32

/* A report as it is being written. */
struct report {
	struct buf *out;
	const struct message_report *r;
	struct str head;     /* of the original */
	struct str original; /* what of it is returned */
	struct str boundary;
	char boundary_octets[BOUNDARY_MAX];
};

void message_report_address(struct buf *out, struct str s, enum message_line_charset charset)
{
	struct str head = str_head(s, MESSAGE_ADDRESS_OCTETS);

	/* Not through the middle of a character. */
	while (head.n < s.n && head.n && ((unsigned char)s.p[head.n] & 0xc0) == 0x80)
		head.n--;
	/* Escapes grow fourfold; with as many the line would be too long. */
	message_line_clean(out, message_line_is_clean(head, charset) ? head : str_head(head, 200),
			   charset);
}

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

/* The fields of the message, without the empty line. */
static struct str head_of(struct str message)
{
	struct str rest = message, end = message;
	struct message_field field;

	while (message_head_next(&rest, &field))
		end = rest;
	return (struct str){ message.p, message.n - end.n };
}

/* The hexadecimal digit that follows boundary least often in text; 0 where boundary is not in it. */
static char rarest_after(struct str boundary, struct str text)
{
	static const char digits[] = "0123456789abcdef";
	size_t count[16] = { 0 }, least = 0;
	bool found = false;
	const char *at;

	while (text.n && (at = memmem(text.p, text.n, boundary.p, boundary.n)) != NULL) {
		found = true;
		text = str_skip(text, (size_t)(at - text.p) + boundary.n);
		const char *digit = text.n && text.p[0] ? strchr(digits, text.p[0]) : NULL;
		if (digit)
			count[digit - digits]++;
	}
	for (size_t i = 1; i < 16; i++)
		if (count[i] < count[least])
			least = i;
	return found ? digits[least] : 0;
}

/*
 * A boundary that the original does not hold: digits are appended to the queue
 * ID until it does not.  Each leaves at most a sixteenth of the places where it does,
 * so a few passes do for any message.
 */
static void choose_boundary(struct report *w)
{
	struct str id = str_head(w->r->id, ID_OCTETS);
	char *octets = w->boundary_octets, digit;
	size_t n = 0;

	octets[n++] = '=';
	octets[n++] = '_';
	for (size_t i = 0; i < id.n; i++) {
		unsigned char c = str_fold(id.p[i]);
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			octets[n++] = id.p[i];
	}
	while (n < BOUNDARY_MAX &&
	       (digit = rarest_after((struct str){ octets, n }, w->r->original)) != 0)
		octets[n++] = digit;
	w->boundary = (struct str){ octets, n };
}

static void add_date(struct buf *out, struct str name, int64_t wall_ms)
{
	char date[TIME_TEXT_MAX];

	message_line_field(out, name, time_rfc5322(wall_ms, date));
}

static void begin_part(struct report *w, struct str description, struct str type, bool ascii)
{
	buf_add(w->out, STR("\r\n--"));
	buf_add(w->out, w->boundary);
	buf_add(w->out, STR("\r\n"));
	message_line_field(w->out, STR("Content-Description"), description);
	message_line_field(w->out, STR("Content-Type"), type);
	if (!ascii)
		message_line_field(w->out, STR("Content-Transfer-Encoding"), STR("8bit"));
	buf_add(w->out, STR("\r\n"));
}

/* What is said of all recipients with one action. */
static const struct {
	struct str subject; /* of a report with none above it */
	struct str intro;
} actions[] = {
	[MESSAGE_FAILED] = { STR_INIT("Your mail could not be delivered"),
			     STR_INIT("Your message could not be delivered to:") },
	[MESSAGE_DELAYED] = { STR_INIT("Your mail is delayed"),
			      STR_INIT("Your message could not be delivered yet. It will be tried "
				       "again: there is no need to send it again. It waits for:") },
	[MESSAGE_DELIVERED] = { STR_INIT("Your mail was delivered"),
				STR_INIT("Your message was delivered to:") },
	[MESSAGE_RELAYED] = { STR_INIT("Your mail was relayed"),
			      STR_INIT("Your message was passed on to a mail server that does not "
				       "report deliveries, for:") },
};

#define N_ACTIONS (sizeof(actions) / sizeof(actions[0]))

static bool has_action(const struct message_report *r, size_t action)
{
	for (size_t i = 0; i < r->n_rcpt; i++)
		if (r->rcpt[i].action == action)
			return true;
	return false;
}

static struct str subject_of(const struct message_report *r)
{
	size_t i = 0;

	while (i < N_ACTIONS && !has_action(r, i))
		i++;
	return actions[i < N_ACTIONS ? i : MESSAGE_FAILED].subject;
}

static void write_head(struct report *w, bool ascii)
{
	const struct message_report *r = w->r;

	buf_add(w->out, STR("From: Mail Delivery System <MAILER-DAEMON@"));
	message_report_address(w->out, r->hostname, MESSAGE_LINE_ASCII);
	buf_add(w->out, STR(">\r\nTo: "));
	if (r->to.n && r->to.n <= MESSAGE_ADDRESS_OCTETS &&
	    message_line_is_clean(r->to, MESSAGE_LINE_UTF8)) {
		buf_addc(w->out, '<');
		buf_add(w->out, r->to);
		buf_add(w->out, STR(">\r\n"));
	} else {
		buf_add(w->out, STR("undisclosed-recipients:;\r\n"));
	}
	message_line_field(w->out, STR("Subject"), subject_of(r));
	add_date(w->out, STR("Date"), r->wall_ms);
	buf_add(w->out, STR("Message-ID: <"));
	message_report_address(w->out, r->id, MESSAGE_LINE_ASCII);
	buf_addc(w->out, '@');
	message_report_address(w->out, r->hostname, MESSAGE_LINE_ASCII);
	buf_add(w->out, STR(">\r\n"));
	message_line_field(w->out, STR("Auto-Submitted"), STR("auto-replied")); /* RFC 3834 */
	message_line_field(w->out, STR("MIME-Version"), STR("1.0"));
	buf_add(w->out, STR("Content-Type: multipart/report; report-type=delivery-status;\r\n"
			    "\tboundary=\""));
	buf_add(w->out, w->boundary);
	buf_add(w->out, STR("\"\r\n"));
	if (!ascii)
		message_line_field(w->out, STR("Content-Transfer-Encoding"), STR("8bit"));
	buf_add(w->out, STR("\r\n"
			    "This is a delivery report in MIME format.\r\n"));
}

static bool holds(struct str s, struct str part)
{
	return part.n == 0 || (s.n && memmem(s.p, s.n, part.p, part.n) != NULL);
}

/* One recipient, for people.  text is scratch. */
static void tell_rcpt(struct buf *out, const struct message_report_rcpt *rcpt, struct buf *text)
{
	bool same = str_eq(rcpt->why, rcpt->diagnostic);

	buf_add(out, STR("\r\n  <"));
	message_report_address(out, rcpt->to, MESSAGE_LINE_UTF8);
	buf_add(out, STR(">\r\n"));
	if (!same) {
		buf_clear(text);
		if (rcpt->diagnostic.n == 0 && rcpt->remote_mta.n &&
		    !holds(rcpt->why, rcpt->remote_mta))
			buf_addf(text, "%.*s: ", STR_ARG(rcpt->remote_mta));
		buf_add(text, rcpt->why);
		message_line_wrap(out, buf_str(text), STR("    "));
	}
	if (rcpt->diagnostic.n && (same || !holds(rcpt->why, rcpt->diagnostic))) {
		buf_clear(text);
		buf_add(text, rcpt->remote_mta.n ? rcpt->remote_mta : STR("The mail server"));
		buf_add(text, STR(" said: "));
		buf_add(text, rcpt->diagnostic);
		message_line_wrap(out, buf_str(text), STR("    "));
	}
}

/* The words for people. */
static void tell(struct buf *out, const struct message_report *r, struct buf *text)
{
	char date[TIME_TEXT_MAX];

	buf_add(text, STR("This is the mail relay "));
	buf_add(text, r->hostname);
	buf_addc(text, '.');
	message_line_wrap(out, buf_str(text), STR(""));
	for (size_t action = 0; action < N_ACTIONS; action++) {
		if (!has_action(r, action))
			continue;
		buf_add(out, STR("\r\n"));
		message_line_wrap(out, actions[action].intro, STR(""));
		for (size_t i = 0; i < r->n_rcpt; i++)
			if (r->rcpt[i].action == action)
				tell_rcpt(out, &r->rcpt[i], text);
	}
	if (has_action(r, MESSAGE_DELAYED) && r->retry_until_wall_ms > 0) {
		buf_add(out, STR("\r\nIt will be tried until "));
		buf_add(out, time_rfc5322(r->retry_until_wall_ms, date));
		buf_add(out, STR(".\r\n"));
	}
	buf_clear(text);
	buf_add(text, STR("Administrators find the message in the log as "));
	buf_add(text, r->about_id);
	buf_add(text, r->ret == MESSAGE_RETURN_FULL ? STR(". It is attached.")
						    : STR(". Its header is attached."));
	buf_add(out, STR("\r\n"));
	message_line_wrap(out, buf_str(text), STR(""));
}

static void write_original(struct report *w)
{
	bool full = w->r->ret == MESSAGE_RETURN_FULL;
	/* RFC 6533 section 4: a header with UTF-8 in it is not what RFC 822 types may hold. */
	bool global = !is_ascii(w->head) && text_is_utf8(w->head);
	struct str type;

	if (full)
		type = global ? STR("message/global") : STR("message/rfc822");
	else
		type = global ? STR("message/global-headers") : STR("text/rfc822-headers");
	begin_part(w, full ? STR("Your message") : STR("Header of your message"), type,
		   is_ascii(w->original));
	buf_add(w->out, w->original);
	if (!str_ends(w->original, STR("\n")))
		buf_add(w->out, STR("\r\n"));
}

/* All but the head, told to people already in human. */
static void write_parts(struct report *w, struct str human, struct str status)
{
	begin_part(w, STR("Notification"), STR("text/plain; charset=utf-8"), is_ascii(human));
	buf_add(w->out, human);
	begin_part(w, STR("Delivery report"),
		   message_report_charset(w->r) == MESSAGE_LINE_UTF8
			   ? STR("message/global-delivery-status")
			   : STR("message/delivery-status"),
		   is_ascii(status));
	buf_add(w->out, status);
	write_original(w);
	buf_add(w->out, STR("\r\n--"));
	buf_add(w->out, w->boundary);
	buf_add(w->out, STR("--\r\n"));
}

static void note_failure(struct buf *out, const struct buf *part)
{
	if (buf_err(part) != ERR_OK)
		out->err = buf_err(part);
}

void message_report_write(struct buf *out, const struct message_report *r)
{
	struct report w = { .out = out, .r = r, .head = head_of(r->original) };
	struct buf human = BUF_MAX(out->max), status = BUF_MAX(out->max), text = BUF_MAX(out->max);

	w.original = r->ret == MESSAGE_RETURN_FULL ? r->original : w.head;
	choose_boundary(&w);
	tell(&human, r, &text);
	message_report_status(&status, r);
	write_head(&w,
		   is_ascii(buf_str(&human)) && is_ascii(buf_str(&status)) && is_ascii(w.original));
	write_parts(&w, buf_str(&human), buf_str(&status));
	note_failure(out, &human);
	note_failure(out, &status);
	note_failure(out, &text);
	buf_free(&human), buf_free(&status), buf_free(&text);
}
