#include "cli/path.h"

#include "base/text.h"
#include "cli/answer.h"
#include "route/excess.h"
#include "route/ignore.h"

enum { NAME_ROOM = 1024 };

struct str cli_path_action(enum route_action action)
{
	switch (action) {
	case ROUTE_DELIVER:
		return STR("deliver");
	case ROUTE_DEFER:
		return STR("defer");
	case ROUTE_BOUNCE:
		return STR("bounce");
	}
	return STR("");
}

struct str cli_path_kind(enum route_kind kind)
{
	switch (kind) {
	case ROUTE_DOMAIN:
		return STR("domain");
	case ROUTE_HOST:
		return STR("static host");
	case ROUTE_STATIC:
		return STR("static address");
	case ROUTE_LITERAL:
		return STR("address literal");
	}
	return STR("");
}

/* Whether v dials the address with MX and address both secure. */
static bool authenticated(const struct route_verdict *v, const struct route_address *at)
{
	for (size_t i = 0; i < v->n_target; i++)
		if (v->target[i].address == at)
			return v->target[i].authenticated;
	return false;
}

void cli_path_summary(struct term_text *t, const struct dns_answer *a)
{
	struct buf *out = &t->text;

	term_text_word(t, dns_status_text(a->status));
	buf_add(out, STR(", "));
	cli_answer_outcome(out, a);
	for (size_t i = 0; i < a->n_ede; i++)
		buf_addf(out, ", %u %.*s", a->ede[i], STR_ARG(dns_ede_text(a->ede[i])));
	if (a->why.n) {
		buf_add(out, STR(": "));
		text_escape(out, a->why);
	}
}

static void add_family(struct term_text *t, const char *type, const struct dns_answer *a)
{
	if (!a)
		return;
	buf_addf(&t->text, "    %-5s", type);
	cli_path_summary(t, a);
	buf_addc(&t->text, '\n');
}

/* What is asked for by a name of its own. */
static void add_named(struct term_text *t, const char *type, const struct dns_answer *a)
{
	if (!a)
		return;
	buf_addf(&t->text, "    %-5sof ", type);
	dns_name_text(&t->text, a->name);
	buf_add(&t->text, STR(": "));
	cli_path_summary(t, a);
	buf_addc(&t->text, '\n');
}

void cli_path_address(struct term_text *t, const struct route_facts *f, const struct route_host *h,
		      const struct route_address *at, const struct route_verdict *v)
{
	static const struct dns_name nobody;
	struct buf *out = &t->text;
	char text[IP_TEXT_MAX];

	buf_add(out, ip_port_text(&at->at, text));
	if (h->a || h->aaaa) {
		buf_addc(out, ' ');
		term_text_word(t, dns_status_text(at->status));
	}
	if (at->self)
		buf_add(out, STR(" (Signpost itself)"));
	if (at->ignored) {
		buf_add(out, STR(" (ignored: "));
		route_ignore_text(out, &nobody, &at->at.ip, f->conf.ignore, f->conf.n_ignore);
		buf_addc(out, ')');
	}
	if (authenticated(v, at)) {
		buf_addc(out, ' ');
		term_text_word(t, STR("DNSSEC"));
	}
}

void cli_path_host(struct term_text *t, const struct route_facts *f, const struct route_host *h)
{
	if (f->mx && !f->implicit)
		buf_addf(&t->text, "%u ", h->preference);
	dns_name_text(&t->text, &h->name);
	if (f->implicit)
		buf_add(&t->text, STR(" (the domain itself: it has no MX)"));
}

static void add_host(struct term_text *t, const struct route_facts *f, const struct route_host *h,
		     const struct route_verdict *v)
{
	struct buf *out = &t->text;

	if (h->name.len) {
		buf_add(out, STR("host "));
		cli_path_host(t, f, h);
		buf_addc(out, '\n');
	}
	if (!f->mx && (h->a || h->aaaa)) {
		buf_add(out, STR("    "));
		cli_answer_source(t, h->a ? h->a : h->aaaa);
		buf_addc(out, '\n');
	}
	add_family(t, "A", h->a);
	add_family(t, "AAAA", h->aaaa);
	add_named(t, "CNAME ", h->cname);
	for (size_t i = 0; i < ROUTE_TLSA_MAX; i++)
		add_named(t, "TLSA", h->tlsa[i]);
	for (size_t i = 0; i < h->n_address; i++) {
		buf_add(out, STR("    "));
		cli_path_address(t, f, h, &h->address[i], v);
		buf_addc(out, '\n');
	}
}

struct str cli_path_note(const struct route_facts *f, size_t i)
{
	if (f->null_mx && i-- == 0)
		return STR("null MX: the domain takes no mail");
	if (f->self && i-- == 0)
		return STR("Signpost itself is the best mail host: a loop");
	return STR_NONE;
}

static void add_mx(struct term_text *t, const struct route_facts *f)
{
	const struct dns_answer *a = f->mx;
	struct buf *out = &t->text;
	struct str note;

	buf_add(out, STR("MX of "));
	dns_name_text(out, a->name);
	buf_add(out, STR(": "));
	cli_path_summary(t, a);
	buf_add(out, STR("\n    "));
	cli_answer_source(t, a);
	buf_addc(out, '\n');
	for (size_t i = 0; (note = cli_path_note(f, i)).n; i++)
		buf_addf(out, "    %.*s\n", STR_ARG(note));
}

void cli_path_text(struct term_text *t, const struct route_facts *f, const struct route_verdict *v)
{
	if (f->conf.kind != ROUTE_DOMAIN)
		buf_addf(&t->text, "%.*s: no MX is asked for\n",
			 STR_ARG(cli_path_kind(f->conf.kind)));
	if (f->mx)
		add_mx(t, f);
	for (size_t i = 0; i < f->n_host; i++)
		add_host(t, f, &f->host[i], v);
	route_excess_text(&t->text, f);
}

static void json_name(struct jsonw *j, const char *key, const struct dns_name *name)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(NAME_ROOM);

	if (name->len)
		dns_name_text(&text, name);
	jsonw_str(j, key, buf_str(&text));
}

static void json_host(struct jsonw *j, const struct route_host *h)
{
	char text[IP_TEXT_MAX];

	jsonw_object(j, NULL);
	json_name(j, "host", &h->name);
	jsonw_int(j, "preference", h->preference);
	cli_answer_json(j, "a", h->a);
	cli_answer_json(j, "aaaa", h->aaaa);
	cli_answer_json(j, "cname", h->cname);
	jsonw_array(j, "tlsa");
	for (size_t i = 0; i < ROUTE_TLSA_MAX && h->tlsa[i]; i++)
		cli_answer_json(j, NULL, h->tlsa[i]);
	jsonw_array_end(j);
	jsonw_array(j, "addresses");
	for (size_t i = 0; i < h->n_address; i++) {
		const struct route_address *at = &h->address[i];
		jsonw_object(j, NULL);
		jsonw_str(j, "address", ip_text(&at->at.ip, text));
		jsonw_int(j, "port", at->at.port);
		jsonw_str(j, "status", route_status_text(h->a || h->aaaa ? &at->status : NULL));
		jsonw_bool(j, "self", at->self);
		jsonw_bool(j, "ignored", at->ignored);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
	jsonw_object_end(j);
}

void cli_path_json(struct jsonw *j, const struct route_facts *f)
{
	jsonw_object(j, "route");
	jsonw_str(j, "kind", cli_path_kind(f->conf.kind));
	json_name(j, "name", &f->conf.domain);
	cli_answer_json(j, "mx", f->mx);
	jsonw_bool(j, "null_mx", f->null_mx);
	jsonw_bool(j, "implicit_mx", f->implicit);
	jsonw_bool(j, "self", f->self);
	jsonw_array(j, "hosts");
	for (size_t i = 0; i < f->n_host; i++)
		json_host(j, &f->host[i]);
	jsonw_array_end(j);
	jsonw_object_end(j);
}

static struct str tls_word(enum route_tls tls)
{
	switch (tls) {
	case ROUTE_TLS_NONE:
		return STR("none");
	case ROUTE_TLS_MAY:
		return STR("may");
	case ROUTE_TLS_OFFERED:
		return STR("offered");
	case ROUTE_TLS_ENCRYPT:
		return STR("encrypt");
	case ROUTE_TLS_VERIFY:
		return STR("verify");
	case ROUTE_TLS_DANE:
		return STR("dane");
	case ROUTE_TLS_BOTH:
		return STR("dane, verify");
	}
	return STR("");
}

/* What TLS it must have, where it must. */
static void add_tls(struct buf *out, const struct route_need *need)
{
	switch (need->tls) {
	case ROUTE_TLS_NONE:
	case ROUTE_TLS_MAY:
	case ROUTE_TLS_OFFERED:
		return;
	case ROUTE_TLS_ENCRYPT:
		buf_add(out, STR(" with TLS"));
		return;
	case ROUTE_TLS_VERIFY:
		buf_add(out, STR(" with TLS, its name verified"));
		return;
	case ROUTE_TLS_DANE:
		buf_add(out, STR(" with TLS, authenticated by DANE"));
		return;
	case ROUTE_TLS_BOTH:
		buf_add(out, STR(" with TLS, authenticated by DANE, its name verified"));
		return;
	}
}

static void add_target(struct term_text *t, const struct route_target *target, int indent)
{
	struct buf *out = &t->text;
	char text[IP_TEXT_MAX];

	buf_addf(out, "%*s", indent, "");
	if (target->host->name.len) {
		dns_name_text(out, &target->host->name);
		buf_addc(out, ' ');
	}
	buf_add(out, ip_port_text(&target->address->at, text));
	add_tls(out, &target->need);
	if (target->authenticated) {
		buf_addc(out, ' ');
		term_text_word(t, STR("DNSSEC"));
	}
	buf_addc(out, '\n');
}

/* What others wrote may be in these texts: DNS names, for one. */
static void add_line(struct term_text *t, struct str line, int indent)
{
	buf_addf(&t->text, "%*s", indent, "");
	term_text_hang(t);
	text_escape(&t->text, line);
	buf_addc(&t->text, '\n');
}

static void add_words(struct term_text *t, const struct buf *words, int indent)
{
	if (words->n)
		add_line(t, buf_str(words), indent);
}

void cli_path_verdict(struct term_text *t, const struct route_verdict *v, int indent)
{
	struct buf *out = &t->text;

	term_text_hang(t);
	term_text_word(t, cli_path_action(v->action));
	if (v->action == ROUTE_DELIVER) {
		buf_addf(out, " to %zu %s\n", v->n_target,
			 v->n_target == 1 ? "address" : "addresses, in this order");
		for (size_t i = 0; i < v->n_target; i++)
			add_target(t, &v->target[i], indent);
	} else {
		buf_addf(out, " %s: ", v->status);
		text_escape(out, buf_str(&v->text));
		buf_addc(out, '\n');
		add_words(t, &v->advice, indent);
	}
	add_words(t, &v->note, indent);
	for (struct str rest = buf_str(&v->skipped), line; str_line(&rest, &line);)
		add_line(t, line, indent);
}

static void json_target(struct jsonw *j, const struct route_target *t)
{
	char text[IP_TEXT_MAX];

	jsonw_object(j, NULL);
	json_name(j, "host", &t->host->name);
	jsonw_str(j, "address", ip_text(&t->address->at.ip, text));
	jsonw_int(j, "port", t->address->at.port);
	jsonw_bool(j, "dnssec", t->authenticated);
	jsonw_str(j, "tls", tls_word(t->need.tls));
	jsonw_object_end(j);
}

void cli_path_verdict_json(struct jsonw *j, const struct route_verdict *v)
{
	jsonw_str(j, "action", cli_path_action(v->action));
	jsonw_str(j, "status", v->action == ROUTE_DELIVER ? STR("") : str_of(v->status));
	jsonw_str(j, "text", buf_str(&v->text));
	jsonw_str(j, "advice", buf_str(&v->advice));
	jsonw_str(j, "note", buf_str(&v->note));
	jsonw_str(j, "mx_status", route_status_text(v->mx_asked ? &v->mx_status : NULL));
	jsonw_str(j, "address_status",
		  route_status_text(v->address_asked ? &v->address_status : NULL));
	jsonw_array(j, "targets");
	for (size_t i = 0; i < v->n_target; i++)
		json_target(j, &v->target[i]);
	jsonw_array_end(j);
}
