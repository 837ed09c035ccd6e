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

#include "base/time.h"
#include "message/head.h"
#include "message/line.h"
#include "message/quoted.h"

#include <string.h>

/* A report as it is being written. */
struct report {
	struct buf *out;
	const struct message_report *r;
	struct message_original original;
	struct str boundary;
	struct message_boundary boundary_found;
};

static void choose_boundary(struct report *w)
{
	message_boundary_begin(&w->boundary_found, w->r->id);
	do
		message_boundary_look(&w->boundary_found, w->r->original);
	while (!message_boundary_settle(&w->boundary_found));
	w->boundary = message_boundary_text(&w->boundary_found);
}

static void add_date(struct buf *out, struct str name, int64_t wall_ms)
{
	char date[TIME_TEXT_MAX];

	message_line_field(out, name, time_rfc5322(wall_ms, date));
}

static void add_encoding(struct buf *out, enum message_original_encoding encoding)
{
	struct str word = message_original_encoding_text(encoding);

	if (word.n > 0)
		message_line_field(out, STR("Content-Transfer-Encoding"), word);
}

/* The fields of a part, and the empty line. */
static void begin_part(struct buf *out, struct str description, struct str type,
		       enum message_original_encoding encoding)
{
	message_line_field(out, STR("Content-Description"), description);
	message_line_field(out, STR("Content-Type"), type);
	add_encoding(out, encoding);
	buf_add(out, STR("\r\n"));
}

static void add_delimiter(struct report *w, struct str end)
{
	buf_add(w->out, STR("\r\n--"));
	buf_add(w->out, w->boundary);
	buf_add(w->out, end);
	buf_add(w->out, STR("\r\n"));
}

static void begin_original(struct buf *out, const struct message_original *o)
{
	bool whole = o->what == MESSAGE_ORIGINAL_WHOLE;

	begin_part(out, whole ? STR("Your message") : STR("Header of your message"), o->type,
		   o->encoding);
}

static void add_original(struct buf *out, const struct message_original *o)
{
	begin_original(out, o);
	message_original_write(out, o);
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

static void write_head(struct report *w)
{
	const struct message_report *r = w->r;

	buf_add(w->out, STR("From: Mail Delivery System <MAILER-DAEMON@"));
	message_line_address(w->out, r->hostname, MESSAGE_LINE_ASCII);
	buf_add(w->out, STR(">\r\nTo: "));
	if (r->to.n && r->to.n <= MESSAGE_LINE_ADDRESS &&
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
	message_line_address(w->out, r->id, MESSAGE_LINE_ASCII);
	buf_addc(w->out, '@');
	message_line_address(w->out, r->hostname, MESSAGE_LINE_ASCII);
	buf_add(w->out, STR(">\r\n"));
	message_line_field(w->out, STR("Auto-Submitted"), STR("auto-replied")); /* RFC 3834 */
	message_line_field(w->out, STR("MIME-Version"), STR("1.0"));
	buf_add(w->out, STR("Content-Type: multipart/report; report-type=delivery-status;\r\n"
			    "\tboundary=\""));
	buf_add(w->out, w->boundary);
	buf_add(w->out, STR("\"\r\n"));
	if (w->original.encoding == MESSAGE_ORIGINAL_8BIT)
		add_encoding(w->out, w->original.encoding);
	buf_add(w->out, STR("\r\n"
			    "This is a delivery report in MIME format.\r\n"));
}

static bool holds(struct str s, struct str part)
{
	return part.n == 0 || (s.n && memmem(s.p, s.n, part.p, part.n) != NULL);
}

/* One recipient, for people.  text is scratch. */
static void tell_rcpt(struct buf *out, const struct message_status_rcpt *rcpt, struct buf *text)
{
	bool same = str_eq(rcpt->why, rcpt->diagnostic);

	buf_add(out, STR("\r\n  <"));
	message_line_address(out, rcpt->to, MESSAGE_LINE_UTF8);
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

/* Until when those are tried that wait, which may differ from one to another. */
static void tell_until(struct buf *out, const struct message_report *r)
{
	int64_t first = INT64_MAX, last = 0;
	char date[TIME_TEXT_MAX];

	for (size_t i = 0; i < r->n_rcpt; i++) {
		int64_t until = r->rcpt[i].retry_until_wall_ms;
		if (r->rcpt[i].action != MESSAGE_DELAYED)
			continue;
		first = until < first ? until : first;
		last = until > last ? until : last;
	}
	if (last <= 0)
		return;
	buf_add(out, STR("\r\nIt will be tried until "));
	buf_add(out, time_rfc5322(last, date));
	buf_add(out, first == last ? STR(".\r\n") : STR(" at the latest.\r\n"));
}

/* The words for people. */
static void tell(struct buf *out, const struct report *w, struct buf *text)
{
	const struct message_report *r = w->r;

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
	tell_until(out, r);
	buf_clear(text);
	buf_add(text, STR("Administrators find the message in the log as "));
	buf_add(text, r->about_id);
	/* The whole may have to be made smaller: what is said must be true then, too. */
	buf_add(text, w->original.what == MESSAGE_ORIGINAL_WHOLE
			      ? STR(". It is attached, or its header alone.")
			      : STR(". Its header is attached."));
	buf_add(out, STR("\r\n"));
	message_line_wrap(out, buf_str(text), STR(""));
}

/* All between the head and what is returned, told to people already in human. */
static void write_parts(struct report *w, struct str human, struct str status)
{
	enum message_original_encoding encoding = message_original_encode(human);

	add_delimiter(w, STR(""));
	begin_part(w->out, STR("Notification"), STR("text/plain; charset=utf-8"), encoding);
	if (encoding == MESSAGE_ORIGINAL_QUOTED)
		message_quoted_write(w->out, human);
	else
		buf_add(w->out, human);
	add_delimiter(w, STR(""));
	begin_part(w->out, STR("Delivery report"), STR("message/delivery-status"),
		   MESSAGE_ORIGINAL_7BIT);
	buf_add(w->out, status);
	add_delimiter(w, STR(""));
}

static void note_failure(struct buf *out, const struct buf *part)
{
	if (buf_err(part) != ERR_OK)
		out->err = buf_err(part);
}

static struct message_status status_of(const struct message_report *r)
{
	return (struct message_status){ .hostname = r->hostname,
					.envid = r->envid,
					.about_id = r->about_id,
					.arrival_wall_ms = r->arrival_wall_ms,
					.rcpt = r->rcpt,
					.n_rcpt = r->n_rcpt };
}

/* All that stands before what is returned; with original and boundary settled. */
static void write_front(struct report *w)
{
	struct message_status fields = status_of(w->r);
	size_t max = w->out->max;
	struct buf human = BUF_MAX(max), status = BUF_MAX(max), text = BUF_MAX(max);

	tell(&human, w, &text);
	message_status_write(&status, &fields);
	write_head(w);
	write_parts(w, buf_str(&human), buf_str(&status));
	note_failure(w->out, &human);
	note_failure(w->out, &status);
	note_failure(w->out, &text);
	buf_free(&human), buf_free(&status), buf_free(&text);
}

void message_report_write(struct buf *out, const struct message_report *r)
{
	struct report w = { .out = out, .r = r };

	w.original = message_original_of(r->original,
					 r->ret == MESSAGE_RETURN_FULL ? MESSAGE_ORIGINAL_WHOLE
								       : MESSAGE_ORIGINAL_HEADER,
					 out->max);
	choose_boundary(&w);
	write_front(&w);
	add_original(out, &w.original);
	add_delimiter(&w, STR("--"));
}

bool message_report_frame(const struct message_report *r, const struct message_original *whole,
			  struct str boundary, struct buf *front, struct buf *back)
{
	struct report w = { .out = front, .r = r, .original = *whole, .boundary = boundary };

	write_front(&w);
	begin_original(front, whole);
	w.out = back;
	add_delimiter(&w, STR("--"));
	return buf_err(front) == ERR_OK && buf_err(back) == ERR_OK;
}

/* A report of ours, taken apart. */
struct taken {
	struct str head;     /* fields and empty line */
	struct str middle;   /* up to the last part: with the line of its delimiter */
	struct str fields;   /* of the last part, with the empty line */
	struct str original; /* its text */
	struct str end;      /* the last delimiter, with the line end before it */
};

/* The place in s of the last "\r\n--boundary" that ends before octet n; false: there is none. */
static bool find_last(struct str s, size_t n, struct str boundary, size_t *at)
{
	for (size_t i = n < boundary.n + 4 ? 0 : n - boundary.n - 4 + 1; i-- > 0;) {
		struct str here = str_skip(s, i);
		if (str_starts(here, STR("\r\n--")) && str_starts(str_skip(here, 4), boundary)) {
			*at = i;
			return true;
		}
	}
	return false;
}

static bool boundary_of(struct str head, struct str *boundary)
{
	struct message_field f;
	struct str rest;

	if (!message_head_find(head, STR("Content-Type"), &f))
		return false;
	rest = f.body;
	return str_cut(&rest, '"', boundary) && str_cut(&rest, '"', boundary) && boundary->n > 0;
}

static bool take_apart(struct str report, struct taken *t)
{
	struct str boundary;
	size_t end, last;

	t->head = str_head(report, message_head_size(report));
	if (!boundary_of(t->head, &boundary) || !find_last(report, report.n, boundary, &end) ||
	    !find_last(report, end, boundary, &last) || last < t->head.n)
		return false;
	size_t part = last + 4 + boundary.n + 2;
	struct str whole = str_skip(str_head(report, end), part);
	size_t fields = message_head_size(whole);
	t->middle = str_skip(str_head(report, part), t->head.n);
	t->fields = str_head(whole, fields);
	t->original = str_skip(whole, fields);
	t->end = str_skip(report, end);
	return true;
}

/* The head of a report, which is 8-bit no longer. */
static void add_head_7bit(struct buf *out, struct str head)
{
	struct str rest = head, before = head;
	struct message_field f;

	while (message_head_next(&rest, &f)) {
		if (!str_eq_nocase(f.name, STR("Content-Transfer-Encoding")))
			buf_add(out, str_head(before, before.n - rest.n));
		before = rest;
	}
	buf_add(out, STR("\r\n"));
}

bool message_report_shorten(struct buf *out, struct str report)
{
	CLEANUP(buf_free) struct buf room = BUF_MAX(report.n);
	struct message_original o;
	struct taken t;

	if (!take_apart(report, &t) || !message_original_shorten(t.fields, t.original, &room, &o))
		return false;
	add_head_7bit(out, t.head);
	buf_add(out, t.middle);
	add_original(out, &o);
	buf_add(out, t.end);
	note_failure(out, &room);
	return true;
}
