#include "cli/path.h"

#include "base/text.h"
#include "cli/answer.h"
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

static struct str kind_word(enum route_kind kind)
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

static void add_summary(struct buf *out, const struct dns_answer *a)
{
	buf_addf(out, "%.*s, ", STR_ARG(dns_status_text(a->status)));
	cli_answer_outcome(out, a);
	for (size_t i = 0; i < a->n_ede; i++)
		buf_addf(out, ", %u %.*s", a->ede[i], STR_ARG(dns_ede_text(a->ede[i])));
	if (a->why.n) {
		buf_add(out, STR(": "));
		text_escape(out, a->why);
	}
	buf_addc(out, '\n');
}

static void add_family(struct buf *out, const char *type, const struct dns_answer *a)
{
	if (!a)
		return;
	buf_addf(out, "    %-5s", type);
	add_summary(out, a);
}

/* What is asked for by a name of its own. */
static void add_named(struct buf *out, const char *type, const struct dns_answer *a)
{
	if (!a)
		return;
	buf_addf(out, "    %-5sof ", type);
	dns_name_text(out, a->name);
	buf_add(out, STR(": "));
	add_summary(out, a);
}

static void add_address(struct buf *out, const struct route_facts *f, const struct route_host *h,
			const struct route_address *at, const struct route_verdict *v)
{
	static const struct dns_name nobody;
	char text[IP_TEXT_MAX];

	buf_addf(out, "    %.*s", STR_ARG(ip_port_text(&at->at, text)));
	if (h->a || h->aaaa)
		buf_addf(out, " %.*s", STR_ARG(dns_status_text(at->status)));
	if (at->self)
		buf_add(out, STR(" (Signpost itself)"));
	if (at->ignored) {
		buf_add(out, STR(" (ignored: "));
		route_ignore_text(out, &nobody, &at->at.ip, f->conf.ignore, f->conf.n_ignore);
		buf_addc(out, ')');
	}
	buf_add(out, authenticated(v, at) ? STR(" DNSSEC\n") : STR("\n"));
}

static void add_host(struct buf *out, const struct route_facts *f, const struct route_host *h,
		     const struct route_verdict *v)
{
	if (h->name.len) {
		buf_add(out, STR("host "));
		if (f->mx && !f->implicit)
			buf_addf(out, "%u ", h->preference);
		dns_name_text(out, &h->name);
		buf_add(out, f->implicit ? STR(" (the domain itself: it has no MX)\n") : STR("\n"));
	}
	if (!f->mx && (h->a || h->aaaa)) {
		buf_add(out, STR("    "));
		cli_answer_source(out, h->a ? h->a : h->aaaa);
		buf_addc(out, '\n');
	}
	add_family(out, "A", h->a);
	add_family(out, "AAAA", h->aaaa);
	add_named(out, "CNAME ", h->cname);
	for (size_t i = 0; i < ROUTE_TLSA_MAX; i++)
		add_named(out, "TLSA", h->tlsa[i]);
	for (size_t i = 0; i < h->n_address; i++)
		add_address(out, f, h, &h->address[i], v);
}

static void add_mx(struct buf *out, const struct route_facts *f)
{
	const struct dns_answer *a = f->mx;

	buf_add(out, STR("MX of "));
	dns_name_text(out, a->name);
	buf_add(out, STR(": "));
	add_summary(out, a);
	buf_add(out, STR("    "));
	cli_answer_source(out, a);
	buf_addc(out, '\n');
	if (f->null_mx)
		buf_add(out, STR("    null MX: the domain takes no mail\n"));
	if (f->self)
		buf_add(out, STR("    Signpost itself is the best mail host: a loop\n"));
}

void cli_path_text(struct buf *out, const struct route_facts *f, const struct route_verdict *v)
{
	if (f->conf.kind != ROUTE_DOMAIN)
		buf_addf(out, "%.*s: no MX is asked for\n", STR_ARG(kind_word(f->conf.kind)));
	if (f->mx)
		add_mx(out, f);
	for (size_t i = 0; i < f->n_host; i++)
		add_host(out, f, &f->host[i], v);
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
	jsonw_str(j, "kind", kind_word(f->conf.kind));
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

static void add_target(struct buf *out, const struct route_target *t, int indent)
{
	char text[IP_TEXT_MAX];

	buf_addf(out, "%*s", indent, "");
	if (t->host->name.len) {
		dns_name_text(out, &t->host->name);
		buf_addc(out, ' ');
	}
	buf_add(out, ip_port_text(&t->address->at, text));
	add_tls(out, &t->need);
	buf_add(out, t->authenticated ? STR(" DNSSEC\n") : STR("\n"));
}

/* What others wrote may be in these texts: DNS names, for one. */
static void add_line(struct buf *out, struct str line, int indent)
{
	buf_addf(out, "%*s", indent, "");
	text_escape(out, line);
	buf_addc(out, '\n');
}

static void add_words(struct buf *out, const struct buf *words, int indent)
{
	if (words->n)
		add_line(out, buf_str(words), indent);
}

void cli_path_verdict(struct buf *out, const struct route_verdict *v, int indent)
{
	buf_add(out, cli_path_action(v->action));
	if (v->action == ROUTE_DELIVER) {
		buf_addf(out, " to %zu %s\n", v->n_target,
			 v->n_target == 1 ? "address" : "addresses, in this order");
		for (size_t i = 0; i < v->n_target; i++)
			add_target(out, &v->target[i], indent);
	} else {
		buf_addf(out, " %s: ", v->status);
		text_escape(out, buf_str(&v->text));
		buf_addc(out, '\n');
		add_words(out, &v->advice, indent);
	}
	add_words(out, &v->note, indent);
	for (struct str rest = buf_str(&v->skipped), line; str_line(&rest, &line);)
		add_line(out, line, indent);
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
