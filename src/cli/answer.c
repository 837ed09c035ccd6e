#include "cli/answer.h"

#include "base/text.h"
#include "base/unicode.h"
#include "cli/measure.h"
#include "dns/text.h"

enum { NAME_ROOM = 1024, RDATA_ROOM = 1 << 18 };

static struct str outcome_word(enum dns_outcome o)
{
	switch (o) {
	case DNS_DATA:
		return STR("data");
	case DNS_NODATA:
		return STR("nodata");
	case DNS_NO_NAME:
		return STR("nxdomain");
	case DNS_FAILED:
		return STR("failed");
	case DNS_NO_ANSWER:
		return STR("no answer");
	case DNS_LOOP:
		return STR("loop");
	}
	return STR("");
}

void cli_answer_outcome(struct buf *out, const struct dns_answer *a)
{
	char rcode[DNS_TYPE_TEXT_MAX];
	size_t n = a->n_rr - a->n_chain;

	switch (a->outcome) {
	case DNS_DATA:
		text_count(out, n, "record", "records");
		break;
	case DNS_NODATA:
		buf_add(out, STR("NODATA"));
		break;
	case DNS_NO_NAME:
	case DNS_FAILED:
		buf_add(out, dns_rcode_text(a->rcode, rcode));
		break;
	case DNS_NO_ANSWER:
		buf_add(out, STR("no answer"));
		break;
	case DNS_LOOP:
		buf_add(out, STR("an alias that leads nowhere"));
		break;
	}
}

void cli_answer_source(struct term_text *t, const struct dns_answer *a)
{
	const struct dns_source *s = &a->source;
	struct buf *out = &t->text;

	if (s->server.n == 0) {
		buf_add(out, STR("no server answered"));
		return;
	}
	text_escape(out, s->server);
	buf_addf(out, " over %.*s, ", STR_ARG(s->channel));
	term_text_word(t, s->trust == DNS_TRUST_NONE ? STR("not trusted") : STR("trusted"));
	buf_add(out, STR(": "));
	text_escape(out, s->trust_reason);
	if (s->probe == DNS_PROBE_VALIDATES)
		buf_add(out, STR("; probe: it validates"));
	if (dns_probe_bad(s->probe)) {
		buf_add(out, s->probe == DNS_PROBE_FAILS ? STR("; probe: it does not validate: ")
							 : STR("; probe: it gives no answer: "));
		text_escape(out, s->probe_reason);
	}
}

static void add_label(struct term_text *t, const char *label)
{
	buf_addf(&t->text, "    %-8s", label);
	term_text_hang(t);
}

void cli_answer_error(struct buf *out, const struct dns_answer *a, size_t i)
{
	buf_addf(out, "%u %.*s", a->ede[i], STR_ARG(dns_ede_text(a->ede[i])));
	if (i == 0 && a->ede_text.n) {
		buf_add(out, STR(": "));
		text_escape(out, a->ede_text);
	}
}

static void add_errors(struct term_text *t, const struct dns_answer *a)
{
	struct buf *out = &t->text;

	for (size_t i = 0; i < a->n_ede; i++) {
		add_label(t, "error");
		cli_answer_error(out, a, i);
		buf_addc(out, '\n');
	}
	if (a->why.n) {
		add_label(t, "error");
		text_escape(out, a->why);
		buf_addc(out, '\n');
	}
}

void cli_answer_what(struct buf *out, const struct dns_answer *a)
{
	cli_answer_outcome(out, a);
	if (a->outcome == DNS_NO_ANSWER)
		return;
	buf_addf(out, ", TTL %u, ", a->ttl_s);
	if (a->cached)
		buf_add(out, STR("from the cache"));
	else
		cli_measure_us(out, a->elapsed_us);
}

void cli_answer_text(struct term_text *t, const struct dns_answer *a)
{
	char type[DNS_TYPE_TEXT_MAX];
	struct buf *out = &t->text;

	dns_name_text(out, a->name);
	buf_addf(out, " %.*s: ", STR_ARG(dns_type_text(a->type, type)));
	term_text_word(t, dns_status_text(a->status));
	buf_addc(out, '\n');
	add_label(t, "server");
	cli_answer_source(t, a);
	buf_addc(out, '\n');
	add_label(t, "answer");
	cli_answer_what(out, a);
	buf_addc(out, '\n');
	add_errors(t, a);
	for (size_t i = 0; i < a->n_rr; i++) {
		add_label(t, i < a->n_chain ? "alias" : "record");
		dns_text_rr(out, &a->rr[i]);
		buf_addc(out, '\n');
	}
}

static void json_name(struct jsonw *j, const char *key, const struct dns_name *name)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(NAME_ROOM);

	dns_name_text(&text, name);
	jsonw_str(j, key, buf_str(&text));
}

/* The name as people write it: U-labels. */
static void json_labels(struct jsonw *j, const struct dns_name *name)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(NAME_ROOM);
	CLEANUP(buf_free) struct buf labels = BUF_MAX(NAME_ROOM);

	dns_name_text(&text, name);
	unicode_to_labels(&labels, buf_str(&text));
	jsonw_str(j, "name_unicode", buf_str(&labels));
}

static void json_source(struct jsonw *j, const struct dns_answer *a)
{
	jsonw_str(j, "server", a->source.server);
	jsonw_str(j, "channel", a->source.channel);
	jsonw_bool(j, "trusted", a->source.trust != DNS_TRUST_NONE);
	jsonw_str(j, "trust_reason", a->source.trust_reason);
	jsonw_str(j, "probe", dns_probe_text(a->source.probe));
	jsonw_str(j, "probe_reason", a->source.probe_reason);
	jsonw_bool(j, "authoritative", a->aa);
}

static void json_errors(struct jsonw *j, const struct dns_answer *a)
{
	jsonw_array(j, "extended_errors");
	for (size_t i = 0; i < a->n_ede; i++) {
		jsonw_object(j, NULL);
		jsonw_int(j, "code", a->ede[i]);
		jsonw_str(j, "purpose", dns_ede_text(a->ede[i]));
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
	jsonw_str(j, "extended_error_text", a->ede_text);
	jsonw_str(j, "why", a->why);
}

static void json_records(struct jsonw *j, const struct dns_answer *a)
{
	char type[DNS_TYPE_TEXT_MAX];

	jsonw_array(j, "records");
	for (size_t i = 0; i < a->n_rr; i++) {
		CLEANUP(buf_free) struct buf rdata = BUF_MAX(RDATA_ROOM);
		jsonw_object(j, NULL);
		json_name(j, "owner", a->rr[i].owner);
		jsonw_int(j, "ttl", a->rr[i].ttl_s);
		jsonw_str(j, "type", dns_type_text(a->rr[i].type, type));
		dns_text_rdata(&rdata, a->rr[i].type, a->rr[i].rdata);
		jsonw_str(j, "data", buf_str(&rdata));
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

void cli_answer_json(struct jsonw *j, const char *key, const struct dns_answer *a)
{
	char type[DNS_TYPE_TEXT_MAX], rcode[DNS_TYPE_TEXT_MAX];

	if (!a) {
		jsonw_null(j, key);
		return;
	}
	jsonw_object(j, key);
	json_name(j, "name", a->name);
	json_labels(j, a->name);
	jsonw_str(j, "type", dns_type_text(a->type, type));
	jsonw_str(j, "status", dns_status_text(a->status));
	jsonw_str(j, "outcome", outcome_word(a->outcome));
	jsonw_str(j, "rcode",
		  a->outcome == DNS_NO_ANSWER ? STR("") : dns_rcode_text(a->rcode, rcode));
	json_source(j, a);
	jsonw_int(j, "ttl", a->ttl_s);
	jsonw_bool(j, "cached", a->cached);
	jsonw_int(j, "elapsed_us", a->elapsed_us);
	json_errors(j, a);
	json_records(j, a);
	jsonw_object_end(j);
}
