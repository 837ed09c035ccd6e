#include "routing/secure.h"

#include "dns/record.h"
#include "dns/text.h"

#include <stdlib.h>

enum { NAME_ROOM = 1100 };

/* A name as certificates have it: text without the final dot.  It needs no memory. */
struct name {
	char text[NAME_ROOM];
	size_t n;
};

struct names {
	struct name base, host, domain;
};

static struct str text_of(const struct name *name)
{
	return (struct str){ name->text, name->n };
}

static void write_name(struct name *out, const struct dns_name *name)
{
	struct buf text = { .p = out->text, .cap = NAME_ROOM, .max = NAME_ROOM };

	out->n = 0;
	if (!name || name->len <= 1)
		return;
	dns_name_text(&text, name);
	out->n = text.n - 1;
}

static void names_of(const struct routing_path *path, const struct route_target *t,
		     struct names *out)
{
	const struct route_conf *conf = &path->facts->conf;

	write_name(&out->base, t->need.base);
	write_name(&out->host, t->host ? &t->host->name : NULL);
	write_name(&out->domain, conf->kind == ROUTE_DOMAIN ? &conf->domain : NULL);
}

/*
 * The records that are worth trying, all of them: any may be the one that fits.  TLS leaves out
 * those that it cannot read.  The caller frees *records.
 */
static void ask_dane(struct tls_peer *peer, const struct names *n, const struct dns_answer *a,
		     struct tls_tlsa **records)
{
	struct tls_tlsa *tlsa = *records = calloc(a->n_rr + 1, sizeof(*tlsa));

	peer->name = peer->sni = text_of(&n->base);
	peer->also[0] = text_of(&n->host);
	peer->also[1] = text_of(&n->domain);
	peer->tlsa = tlsa;
	for (size_t i = a->n_chain; tlsa && i < a->n_rr; i++) {
		struct dns_tlsa r;
		if (route_need_read(a->rr[i].rdata) == ROUTE_NEED_BAD ||
		    dns_record_tlsa(a->rr[i].rdata, &r) != ERR_OK)
			continue;
		tlsa[peer->n_tlsa++] = (struct tls_tlsa){ r.usage, r.selector, r.matching, r.data };
	}
}

/* Whom a certificate has to be of. */
static struct str name_to_prove(const struct names *n, const struct route_need *need)
{
	if (need->name.n)
		return need->name;
	return text_of(need->domain ? &n->domain : &n->host);
}

static void ask_name(struct tls_peer *peer, const struct names *n, const struct route_need *need)
{
	peer->name = name_to_prove(n, need);
	if (!n->host.n)
		peer->sni = peer->name;
}

/* False: there is nothing to prove, and there must be.  *records: as of ask_dane(). */
static bool ask_peer(struct tls_peer *peer, const struct names *n, const struct route_need *need,
		     struct tls_tlsa **records)
{
	peer->sni = text_of(&n->host);
	switch (need->tls) {
	case ROUTE_TLS_NONE:
	case ROUTE_TLS_MAY:
	case ROUTE_TLS_OFFERED:
	case ROUTE_TLS_ENCRYPT:
		peer->lenient = need->shows;
		if (need->shows)
			ask_name(peer, n, need);
		return true;
	case ROUTE_TLS_VERIFY:
		ask_name(peer, n, need);
		return peer->name.n > 0;
	case ROUTE_TLS_DANE:
		ask_dane(peer, n, need->tlsa, records);
		return peer->n_tlsa > 0;
	case ROUTE_TLS_BOTH:
		ask_dane(peer, n, need->tlsa, records);
		peer->chain = name_to_prove(n, need);
		return peer->n_tlsa > 0 && peer->chain.n > 0;
	}
	abort();
}

static enum tls_version version_of(enum conf_tls_minimum minimum)
{
	switch (minimum) {
	case CONF_TLS_1_2:
		return TLS_VERSION_1_2;
	case CONF_TLS_1_3:
		return TLS_VERSION_1_3;
	}
	abort();
}

struct tls_session *routing_secure_session(const struct routing_settings *s,
					   const struct routing_path *path,
					   const struct route_target *t, struct tls_wallet *wallet,
					   struct str key)
{
	const struct tls_config *config = routing_settings_tls(s, path->how);
	struct tls_peer peer = { .minimum = version_of(path->how->tls_minimum) };
	struct tls_tlsa *records = NULL;
	struct tls_session *session = NULL;
	struct names n;

	names_of(path, t, &n);
	if (config && ask_peer(&peer, &n, &t->need, &records))
		session = wallet ? tls_wallet_session(wallet, config, &peer, key)
				 : tls_session_client(config, &peer);
	free(records);
	return session;
}

/* A piece that cannot be taken for the end of another. */
static void add_piece(struct buf *out, struct str s)
{
	buf_addf(out, "%zu:", s.n);
	buf_add(out, s);
}

/* Usage 2 accepts the next-hop domain as a name: then it is part of what was trusted. */
static bool names_count(const struct dns_answer *a)
{
	for (size_t i = a->n_chain; i < a->n_rr; i++)
		if (a->rr[i].rdata.n && a->rr[i].rdata.p[0] == 2)
			return true;
	return false;
}

/* The least record that comes after last in order: servers shuffle them. */
static const struct str *after(const struct dns_answer *a, const struct str *last)
{
	const struct str *next = NULL;

	for (size_t i = a->n_chain; i < a->n_rr; i++) {
		const struct str *r = &a->rr[i].rdata;
		if ((!last || str_cmp(*r, *last) > 0) && (!next || str_cmp(*r, *next) < 0))
			next = r;
	}
	return next;
}

void routing_secure_trust(struct buf *out, const struct routing_path *path,
			  const struct route_target *t)
{
	const struct dns_answer *a = t->need.tlsa;
	struct names n;

	if (t->need.shows)
		buf_add(out, STR("shows "));
	else if (t->need.tls < ROUTE_TLS_ENCRYPT)
		return;
	names_of(path, t, &n);
	buf_addf(out, "%d ", path->how->tls_minimum);
	if (t->need.tls == ROUTE_TLS_VERIFY || t->need.tls == ROUTE_TLS_BOTH || t->need.shows) {
		add_piece(out, str_of(path->how->tls_ca_file));
		add_piece(out, t->need.domain ? text_of(&n.domain) : t->need.name);
	}
	if (t->need.tls < ROUTE_TLS_DANE)
		return;
	add_piece(out, text_of(&n.base));
	if (names_count(a))
		add_piece(out, text_of(&n.domain));
	for (const struct str *r = after(a, NULL); r; r = after(a, r))
		add_piece(out, *r);
}

static void add_certificate(struct buf *out, struct str how, const struct route_need *need)
{
	buf_add(out, how);
	buf_add(out, STR(" by its certificate"));
	if (need->name.n)
		buf_addf(out, ", for %.*s", STR_ARG(need->name));
	else if (need->domain)
		buf_add(out, STR(", for the domain"));
}

/* It was looked at for mail with REQUIRETLS, which waits for it. */
static void add_unproved(struct buf *out, struct str why, const struct route_need *need)
{
	if (why.n == 0)
		return;
	add_certificate(out, STR("; nor"), need);
	buf_add(out, STR(": "));
	buf_add(out, why);
}

static void add_authentication(struct buf *out, const struct tls_session *s,
			       const struct route_need *need)
{
	enum tls_auth auth = tls_session_auth(s);

	switch (auth) {
	case TLS_NOT_AUTHENTICATED:
		buf_add(out, STR("not authenticated: "));
		buf_add(out, route_need_text(need->why));
		add_unproved(out, tls_session_unproved(s), need);
		return;
	case TLS_BY_NAME:
	case TLS_BY_PIN:
		add_certificate(out, STR("authenticated"), need);
		return;
	case TLS_BY_DANE_TA:
	case TLS_BY_DANE_EE:
		buf_addf(out, "authenticated by %s (TLSA %.*s of ",
			 auth == TLS_BY_DANE_EE ? "DANE-EE" : "DANE-TA",
			 STR_ARG(tls_session_tlsa(s)));
		if (need->base)
			dns_name_text(out, need->base);
		buf_addc(out, ')');
		if (need->tls == ROUTE_TLS_BOTH)
			add_certificate(out, STR(", and"), need);
		return;
	}
}

void routing_secure_text(struct buf *out, const struct tls_session *s,
			 const struct route_need *need)
{
	buf_addf(out, "%.*s, %.*s, ", STR_ARG(tls_session_version(s)),
		 STR_ARG(tls_session_cipher(s)));
	add_authentication(out, s, need);
}
