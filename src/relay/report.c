#include "relay/report.h"

#include "base/text.h"
#include "message/global.h"
#include "message/report.h"
#include "routing/aim.h"
#include "smtp/fit.h"
#include "smtp/text.h"

#include <stdlib.h>

#define REPORT_MAX (128u << 20)
/* A larger message comes back as its headers, unless RET=FULL. */
#define WHOLE_MAX (100u << 10)

static enum message_status_action action_of(enum schedule_notice what)
{
	switch (what) {
	case SCHEDULE_NOTICE_DELAYED:
		return MESSAGE_DELAYED;
	case SCHEDULE_NOTICE_RELAYED:
		return MESSAGE_RELAYED;
	case SCHEDULE_SILENT:
	case SCHEDULE_NOTICE_FAILED:
		return MESSAGE_FAILED;
	}
	abort();
}

/*
 * Headers alone: where DNSSEC was required, or TLS (RFC 8689 section 5), as the report goes
 * without; where nothing failed (RFC 3461 section 4.3); where the sender asked so;
 * where it is large.
 */
static enum message_report_return returned(const struct relay_report *r)
{
	const struct queue_message *m = r->about;
	bool failed = false;

	for (size_t i = 0; i < m->n_rcpt; i++) {
		if (m->rcpt[i].secure_failed)
			return MESSAGE_RETURN_HEADERS;
		failed |= r->what[i] == SCHEDULE_NOTICE_FAILED;
	}
	if (!failed || m->smtp & (SMTP_MAIL_RET_HDRS | SMTP_MAIL_REQUIRETLS))
		return MESSAGE_RETURN_HEADERS;
	bool whole = m->smtp & SMTP_MAIL_RET_FULL || (!m->spool && m->content.n <= WHOLE_MAX);
	return whole ? MESSAGE_RETURN_FULL : MESSAGE_RETURN_HEADERS;
}

/* The host's own reply within what was said of a recipient; none where the words are ours. */
static struct str reply_of(const struct schedule_rcpt *q)
{
	struct str text = q->text, span;

	if (str_starts(text, STR(SCHEDULE_GIVEN_UP)) && str_cut(&text, ':', &span))
		text = str_skip(text, sizeof(" : ") - 1 + q->remote.n);
	for (size_t i = 0; i < 3; i++)
		if (i >= text.n || text.p[i] < '0' || text.p[i] > '9')
			return STR_NONE;
	return q->remote.n && text.n > 3 && text.p[3] == ' ' ? text : STR_NONE;
}

/* The end of its life: what waits for it goes by the schedule of its route. */
static int64_t end_of(const struct relay_report *r, const struct schedule_rcpt *q)
{
	const struct conf_delivery *how = &r->settings->conf->delivery;

	if (routing_aim_how(r->settings->conf, schedule_domain(q->to), &how) != ERR_OK)
		return 0; /* no memory: that is not told */
	return r->about->arrived_wall_ms + routing_settings_schedule(r->settings, how)->lifetime_ms;
}

static void describe(const struct relay_report *r, size_t i, struct message_status_rcpt *out)
{
	const struct schedule_rcpt *q = &r->about->rcpt[i];

	*out = (struct message_status_rcpt){
		.to = q->to,
		.orcpt = q->orcpt,
		.action = action_of(r->what[i]),
		.status = q->status,
		.remote_mta = q->remote,
		.diagnostic = reply_of(q),
		.why = q->text,
		.last_attempt_wall_ms = r->now_wall_ms,
		.retry_until_wall_ms = r->what[i] == SCHEDULE_NOTICE_DELAYED ? end_of(r, q) : 0,
	};
}

/* What a report says, with what that points to. */
struct saying {
	struct message_report report;
	struct message_status_rcpt *rcpts;
	char id[QUEUE_ID_MAX], about[QUEUE_ID_MAX];
};

/* False: out of memory. */
static bool say(const struct relay_report *r, struct saying *s)
{
	const struct queue_message *m = r->about;
	size_t n = 0;

	s->rcpts = calloc(m->n_rcpt + 1, sizeof(*s->rcpts));
	if (!s->rcpts)
		return false;
	for (size_t i = 0; i < m->n_rcpt; i++)
		if (r->what[i] != SCHEDULE_SILENT)
			describe(r, i, &s->rcpts[n++]);
	s->report = (struct message_report){
		.hostname = str_of(r->settings->conf->hostname),
		.to = m->from,
		.envid = m->envid,
		.id = queue_id_text(r->id, s->id),
		.about_id = queue_id_text(m->id, s->about),
		.arrival_wall_ms = m->arrived_wall_ms,
		.wall_ms = r->now_wall_ms,
		.rcpt = s->rcpts,
		.n_rcpt = n,
		.original = buf_str(&m->content),
		.ret = m->spool ? MESSAGE_RETURN_HEADERS : returned(r),
	};
	return true;
}

/* What it needs, whatever it is about; and what it may do without. */
static unsigned flags_of(const struct queue_message *about, const struct smtp_transaction *tx)
{
	return smtp_fit_flags(tx) | (about->smtp & SMTP_MAIL_REQUIRETLS ? SMTP_MAIL_LIKES_TLS : 0);
}

struct queue_message *relay_report_make(const struct relay_report *r)
{
	CLEANUP(buf_free) struct buf content = BUF_MAX(REPORT_MAX);
	struct saying s;

	if (!say(r, &s))
		return NULL;
	message_report_write(&content, &s.report);
	free(s.rcpts);
	if (buf_err(&content) != ERR_OK)
		return NULL;
	struct schedule_rcpt to = { .to = r->about->from, .notify = SMTP_NOTIFY_NEVER };
	const struct smtp_rcpt rcpt = { .to = to.to };
	const struct smtp_transaction tx = { .mail.flags = SMTP_MAIL_UTF8 | SMTP_MAIL_EIGHT_BIT,
					     .rcpt = &rcpt,
					     .n_rcpt = 1,
					     .message = buf_str(&content) };
	const struct queue_message like = {
		.id = r->id,
		.arrived_wall_ms = r->now_wall_ms,
		.flags = QUEUE_REPORT,
		.smtp = flags_of(r->about, &tx),
		.rcpt = &to,
		.n_rcpt = 1,
		.size = content.n,
	};
	return queue_message_new(&like, &content);
}

bool relay_report_is_far(const struct relay_report *r, struct message_original *whole)
{
	const struct queue_message *m = r->about;
	const unsigned eight = SMTP_TEXT_HEAD_EIGHT | SMTP_TEXT_BODY_EIGHT;

	if (!m->spool || returned(r) != MESSAGE_RETURN_FULL)
		return false;
	const struct message_far far = { .head = buf_str(&m->content),
					 .ascii = !(m->spool->has & eight),
					 .lines = !(m->spool->has &
						    (SMTP_TEXT_BARE | SMTP_TEXT_LONG)) };
	return message_original_far(&far, whole);
}

bool relay_report_frame(const struct relay_report *r, const struct message_original *whole,
			struct str boundary, struct buf *front, struct buf *back)
{
	struct saying s;
	bool made = say(r, &s) && message_report_frame(&s.report, whole, boundary, front, back);

	free(s.rcpts);
	return made;
}

void relay_report_add_file(struct queue_message *m, struct queue_spooled *file, uint64_t octets)
{
	const struct smtp_rcpt rcpt = { .to = m->rcpt[0].to };
	const struct smtp_transaction tx = { .mail.flags = SMTP_MAIL_UTF8 | SMTP_MAIL_EIGHT_BIT,
					     .rcpt = &rcpt,
					     .n_rcpt = 1,
					     .elsewhere = { octets, file->has } };

	m->spool = file;
	m->size = octets;
	m->smtp = smtp_fit_flags(&tx) | (m->smtp & SMTP_MAIL_LIKES_TLS);
}

/* A report that is spooled has the shorter one for its content. */
static bool shorten(const struct queue_message *m, struct buf *shorter)
{
	if (!m->spool)
		return message_report_shorten(shorter, buf_str(&m->content));
	buf_add(shorter, buf_str(&m->content));
	return true;
}

bool relay_report_header(const struct queue_message *m, struct buf *shorter)
{
	if (!(m->flags & QUEUE_REPORT))
		return false;
	*shorter = BUF_MAX(3 * m->content.n); /* what is encoded may grow so far */
	if (shorten(m, shorter) && buf_err(shorter) == ERR_OK)
		return true;
	buf_free(shorter); /* half a report is none */
	return false;
}

bool relay_report_shorten(const struct queue_message *m, const struct smtp_result *r,
			  struct buf *shorter)
{
	return smtp_results_blames_message(r) && relay_report_header(m, shorter);
}

/* It can go to hosts with SMTPUTF8 alone, as that of whoever gets it is not ASCII. */
static bool asks_for_utf8(const struct queue_message *m)
{
	for (size_t i = 0; i < m->n_rcpt; i++)
		if (!text_is_ascii(m->rcpt[i].to))
			return true;
	return false;
}

bool relay_report_global(const struct queue_message *m, struct str content,
			 const struct smtp_offer *offer, struct buf *out)
{
	return m->flags & QUEUE_REPORT && asks_for_utf8(m) &&
	       smtp_offer_has(offer, SMTP_EXT_SMTPUTF8) &&
	       smtp_offer_has(offer, SMTP_EXT_8BITMIME) && message_global_write(out, content) &&
	       buf_err(out) == ERR_OK;
}
