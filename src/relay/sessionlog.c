#include "relay/sessionlog.h"

#include "dns/text.h"
#include "message/word.h"
#include "route/excess.h"
#include "route/ignore.h"
#include "routing/secure.h"

#define LINE_OCTETS 8192
#define LINE_ROOM 256 /* for most of them */

static void tell(struct journal_block *b, int64_t wall_ms, enum journal_mark mark, struct buf *line)
{
	journal_line(b, wall_ms, mark, buf_str(line));
	buf_clear(line);
}

void relay_sessionlog_begin(struct journal_block *b, int64_t wall_ms, const struct relay_part *part)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(LINE_OCTETS);
	const struct queue_message *m = part->message;
	char text[QUEUE_ID_MAX];
	struct str id = queue_id_text(m->id, text);

	(void)buf_room(&line, LINE_ROOM);
	if (part->part->demand.service != ROUTE_OFF) {
		route_demand_text(&line, &part->part->demand);
		tell(b, wall_ms, JOURNAL_OWN, &line);
	}
	buf_addf(&line, "message %.*s sender <%.*s> size %llu", STR_ARG(id), STR_ARG(m->from),
		 (unsigned long long)m->size);
	tell(b, wall_ms, JOURNAL_PLAIN, &line);
	for (size_t i = 0; i < part->part->n; i++) {
		buf_addf(&line, "recipient <%.*s>", STR_ARG(m->rcpt[part->part->rcpt[i].rcpt].to));
		tell(b, wall_ms, JOURNAL_PLAIN, &line);
	}
	route_demand_exempt_text(&line, &part->part->demand);
	if (line.n)
		tell(b, wall_ms, JOURNAL_OWN, &line);
	for (struct str names = part->undecoded; message_word_note(&names, &line);)
		tell(b, wall_ms, JOURNAL_PLAIN, &line);
}

/* What an answer says, in a word or two. */
static void outcome_word(struct buf *out, const struct dns_answer *a)
{
	char text[DNS_TYPE_TEXT_MAX];

	switch (a->outcome) {
	case DNS_DATA:
		buf_addu(out, a->n_rr - a->n_chain);
		buf_add(out, a->n_rr - a->n_chain == 1 ? STR(" record") : STR(" records"));
		return;
	case DNS_NODATA:
		buf_add(out, STR("no such record"));
		return;
	case DNS_NO_NAME:
	case DNS_FAILED:
		buf_add(out, dns_rcode_text(a->rcode, text));
		return;
	case DNS_NO_ANSWER:
		buf_addf(out, "no answer (%.*s)", STR_ARG(a->why));
		return;
	case DNS_LOOP:
		buf_addf(out, "an alias chain without end (%.*s)", STR_ARG(a->why));
		return;
	}
}

static void add_words(struct buf *out, struct str before, struct str words)
{
	buf_add(out, before);
	buf_add(out, words);
}

static void milliseconds(struct buf *out, int64_t us)
{
	uint64_t n = us > 0 ? (uint64_t)us : 0;
	unsigned part = (unsigned)(n % 1000);

	buf_add(out, STR(", "));
	buf_addu(out, n / 1000);
	buf_addc(out, '.');
	buf_add(out, part < 10 ? STR("00") : part < 100 ? STR("0") : STR(""));
	buf_addu(out, part);
	buf_add(out, STR(" ms"));
}

/* Without printf, which for the few lines of answers cost as much as all lines of a session. */
static void source_words(struct buf *out, const struct dns_answer *a)
{
	if (a->source.server.n) {
		add_words(out, STR(", server "), a->source.server);
		add_words(out, STR(", channel "), a->source.channel);
	}
	if (a->cached)
		buf_add(out, STR(", from cache"));
	else
		milliseconds(out, a->elapsed_us);
	buf_add(out, STR(", TTL "));
	buf_addu(out, a->ttl_s);
}

/* Extended errors (RFC 8914): by number alone with the service off. */
static void extended_words(struct buf *out, const struct dns_answer *a, enum route_service service)
{
	for (size_t i = 0; i < a->n_ede; i++) {
		buf_addf(out, ", extended error %u", a->ede[i]);
		if (service != ROUTE_OFF && dns_ede_text(a->ede[i]).n)
			buf_addf(out, " (%.*s)", STR_ARG(dns_ede_text(a->ede[i])));
	}
	if (service != ROUTE_OFF && a->ede_text.n) {
		buf_add(out, STR(": "));
		buf_add(out, a->ede_text);
	}
}

/* line is empty, before and after: room that is kept from answer to answer. */
static void one_answer(struct journal_block *b, int64_t wall_ms, const struct relay_part *part,
		       const struct dns_answer *a, struct buf *line)
{
	bool on = part->part->demand.service != ROUTE_OFF; /* a route's DANE asks without it, too */
	enum journal_mark mark =
		a && on && a->status == DNS_SECURE ? JOURNAL_DNSSEC : JOURNAL_PLAIN;
	char type[DNS_TYPE_TEXT_MAX];

	if (!a)
		return;
	buf_add(line, STR("lookup "));
	dns_name_text(line, a->name);
	add_words(line, STR(" "), dns_type_text(a->type, type));
	buf_add(line, STR(": "));
	outcome_word(line, a);
	if (part->part->demand.service != ROUTE_OFF)
		add_words(line, STR(", "), dns_status_text(a->status));
	source_words(line, a);
	extended_words(line, a, part->part->demand.service);
	tell(b, wall_ms, mark, line);
	for (size_t i = 0; i < a->n_rr; i++) {
		buf_add(line, STR("record "));
		dns_text_rr(line, &a->rr[i]);
		tell(b, wall_ms, mark, line);
	}
}

/* The addresses of a host that are not dialled, whatever the service. */
static void ignored_lines(struct journal_block *b, int64_t wall_ms, const struct route_facts *f,
			  const struct route_host *h)
{
	for (size_t i = 0; i < h->n_address; i++) {
		CLEANUP(buf_free) struct buf why = BUF_MAX(LINE_OCTETS);
		if (!h->address[i].ignored)
			continue;
		route_ignore_text(&why, &h->name, &h->address[i].at.ip, f->conf.ignore,
				  f->conf.n_ignore);
		journal_linef(b, wall_ms, JOURNAL_PLAIN, "ignored: %.*s", STR_ARG(buf_str(&why)));
	}
}

void relay_sessionlog_note(struct journal_block *b, int64_t wall_ms, const char *what,
			   struct str why)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(2 * SCHEDULE_TEXT_MAX);

	buf_addf(&line, "%s: ", what);
	buf_add(&line, why); /* perhaps with a NUL, where "%.*s" would end */
	journal_line(b, wall_ms, JOURNAL_PLAIN, buf_str(&line));
}

static void excess_lines(struct journal_block *b, int64_t wall_ms, const struct route_facts *f)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(4 * LINE_OCTETS);
	struct str line;

	route_excess_text(&text, f);
	for (struct str rest = buf_str(&text); str_line(&rest, &line);)
		relay_sessionlog_note(b, wall_ms, "note", line);
}

void relay_sessionlog_path(struct journal_block *b, int64_t wall_ms, const struct relay_part *part,
			   const struct routing_path *path)
{
	CLEANUP(buf_free) struct buf answer = BUF_MAX(4 * LINE_OCTETS);
	struct str line;

	(void)buf_room(&answer, LINE_ROOM);
	one_answer(b, wall_ms, part, path->facts->mx, &answer);
	for (size_t i = 0; i < path->facts->n_host; i++) {
		one_answer(b, wall_ms, part, path->facts->host[i].aaaa, &answer);
		one_answer(b, wall_ms, part, path->facts->host[i].a, &answer);
		one_answer(b, wall_ms, part, path->facts->host[i].cname, &answer);
		for (size_t k = 0; k < ROUTE_TLSA_MAX; k++)
			one_answer(b, wall_ms, part, path->facts->host[i].tlsa[k], &answer);
		ignored_lines(b, wall_ms, path->facts, &path->facts->host[i]);
	}
	excess_lines(b, wall_ms, path->facts);
	for (struct str rest = buf_str(&path->verdict.skipped); str_line(&rest, &line);)
		journal_line(b, wall_ms, JOURNAL_PLAIN, line);
	if (part->part->demand.service != ROUTE_OFF && path->verdict.note.n)
		journal_linef(b, wall_ms, JOURNAL_PLAIN, "note: %.*s",
			      STR_ARG(buf_str(&path->verdict.note)));
}

static const char *dialling_text(enum relay_dialling how)
{
	switch (how) {
	case RELAY_DIAL_NEW:
		return "connecting to";
	case RELAY_DIAL_REUSED:
		return "using the open connection to";
	case RELAY_DIAL_CLOSED:
		return "not tried, as it could not be reached a moment ago:";
	}
	return "";
}

void relay_sessionlog_target(struct journal_block *b, int64_t wall_ms,
			     const struct route_target *target, enum relay_dialling how)
{
	CLEANUP(buf_free) struct buf host = BUF_MAX(2048);
	char text[IP_TEXT_MAX];
	struct str at = ip_port_text(&target->address->at, text);

	if (target->host && target->host->name.len)
		dns_name_text(&host, &target->host->name);
	if (host.n)
		buf_addc(&host, ' ');
	journal_linef(b, wall_ms, target->authenticated ? JOURNAL_DNSSEC : JOURNAL_PLAIN,
		      "%s %.*s%.*s", dialling_text(how), STR_ARG(buf_str(&host)), STR_ARG(at));
}

void relay_sessionlog_tls(struct journal_block *b, int64_t wall_ms, const struct tls_session *tls,
			  const struct route_need *need)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(LINE_OCTETS);

	buf_add(&line, STR("TLS: "));
	routing_secure_text(&line, tls, need);
	journal_line(b, wall_ms, JOURNAL_PLAIN, buf_str(&line));
	if (tls_session_resumed(tls))
		journal_line(b, wall_ms, JOURNAL_PLAIN,
			     STR("TLS was resumed: the host showed its certificate before"));
}

void relay_sessionlog_trace(struct journal_block *b, int64_t wall_ms, struct str trace)
{
	struct str line;

	while (str_line(&trace, &line))
		journal_line(b, wall_ms, JOURNAL_PLAIN, line);
}

void relay_sessionlog_outcome(struct journal_block *b, int64_t wall_ms,
			      const struct relay_part *part)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(16 * LINE_OCTETS);
	const struct queue_message *m = part->message;

	buf_add(&line, STR("outcome:"));
	for (size_t i = 0; i < part->part->n; i++) {
		const struct schedule_outcome *o = &part->part->rcpt[i];
		if (i)
			buf_addc(&line, ';');
		buf_addf(&line, " %.*s <%.*s> %s ", STR_ARG(route_action_text(o->action)),
			 STR_ARG(m->rcpt[o->rcpt].to), o->status);
		buf_add(&line, o->text); /* a peer's, perhaps with a NUL, where "%.*s" would end */
	}
	if (buf_err(&line) != ERR_OK) /* a thousand recipients: what fits is told */
		line.err = ERR_OK;
	journal_line(b, wall_ms, JOURNAL_PLAIN, buf_str(&line));
}
