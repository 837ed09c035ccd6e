/*
 * What SPEC section 3 promises, over every combination of answers for a domain
 * with two hosts: not what each comes to (verdict_test.c has that), but what
 * must hold whatever it comes to.
 */
#include "route/verdict.h"

#include "base/test.h"
#include "route/craft.h"

/* One answer: whence, and what. */
struct kind {
	enum craft_from from;
	const char *what; /* a word of craft.h, or "" for data */
};

static const struct kind kinds[] = {
	{ CRAFT_SECURE, "" },           { CRAFT_INSECURE, "" },
	{ CRAFT_UNTRUSTED, "" },        { CRAFT_FAILS, "" },
	{ CRAFT_UNPROBED, "" },         { CRAFT_UNASKED, "" },
	{ CRAFT_SECURE, "nodata" },     { CRAFT_INSECURE, "nodata" },
	{ CRAFT_UNTRUSTED, "nodata" },  { CRAFT_FAILS, "nodata" },
	{ CRAFT_UNPROBED, "nodata" },   { CRAFT_SECURE, "nxdomain" },
	{ CRAFT_INSECURE, "nxdomain" }, { CRAFT_FAILS, "nxdomain" },
	{ CRAFT_INSECURE, "servfail" }, { CRAFT_UNTRUSTED, "servfail" },
	{ CRAFT_FAILS, "servfail" },    { CRAFT_INSECURE, "bogus" },
	{ CRAFT_UNTRUSTED, "bogus" },   { CRAFT_FAILS, "bogus" },
	{ CRAFT_INSECURE, "timeout" },  { CRAFT_INSECURE, "loop" },
	{ CRAFT_UNPROVED, "" },         { CRAFT_UNPROVED, "nodata" },
	{ CRAFT_UNPROVED, "nxdomain" },
};

enum { KINDS = COUNT_OF(kinds), SECOND = 9 };

/* The kinds that a second host may have. */
static const size_t second[SECOND] = { 0, 1, 2, 3, 6, 7, 14, 17, 20 };

static struct dns_answer *make(const char *name, uint16_t type, const struct kind *kind,
			       const char *data)
{
	struct dns_answer *a = craft_alloc(sizeof(*a));
	struct str one, rest = str_of(data);

	struct dns_name owner = craft_name(str_of(name));
	*a = (struct dns_answer){ .name = craft_keep(&owner), .type = type, .outcome = DNS_DATA };
	craft_source(a, kind->from);
	if (kind->what[0] && !craft_word(a, str_of(kind->what)))
		abort();
	/* Records are there whatever the rcode: nothing may use them by mistake. */
	while (str_cut(&rest, ';', &one))
		craft_add(a, type, craft_rdata(type, one));
	return a;
}

/* Everything that is asked in one world. */
struct world {
	const struct dns_answer *mx, *a[2], *aaaa[2];
};

static bool known(const struct dns_answer *a)
{
	bool told = a->outcome == DNS_DATA || a->outcome == DNS_NODATA || a->outcome == DNS_NO_NAME;

	return told && (a->status == DNS_SECURE || (a->status == DNS_INSECURE && a->proved));
}

/* Whether anything on which a verdict could rest is not known. */
static bool all_known(const struct route_facts *f)
{
	if (!known(f->mx))
		return false;
	if (f->mx->status != DNS_SECURE)
		return true; /* decides alone */
	for (size_t i = 0; i < f->n_host; i++)
		if (!known(f->host[i].a) || !known(f->host[i].aaaa))
			return false;
	return true;
}

static bool says(struct str s, struct str word)
{
	for (; s.n >= word.n; s = str_skip(s, 1))
		if (str_starts_nocase(s, word))
			return true;
	return false;
}

static bool one_line(struct str s)
{
	return !str_has(s, '\n') && !str_has(s, '\r');
}

static struct route_verdict judged[3][2];

#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			fprintf(stderr, "%s: %s\n", label, #what);                                 \
			test_failures++;                                                           \
		}                                                                                  \
	} while (0)

/* What every verdict is, whatever it says. */
static void check_form(const char *label, const struct route_verdict *v)
{
	bool deliver = v->action == ROUTE_DELIVER;

	MUST(deliver == (v->n_target > 0));
	MUST(deliver == (v->status[0] == '\0'));
	MUST(deliver == (v->text.n == 0));
	MUST(deliver == (v->advice.n == 0));
	MUST(deliver == (v->culprit == NULL));
	MUST(v->action != ROUTE_DEFER || (v->status[0] == '4' && v->expired[0] == '5'));
	MUST(v->action != ROUTE_BOUNCE || (v->status[0] == '5' && v->expired[0] == '\0'));
	MUST(one_line(buf_str(&v->text)) && one_line(buf_str(&v->advice)));
	MUST(one_line(buf_str(&v->note)));
	/* It stands in the report of mail that is given up, too. */
	MUST(!says(buf_str(&v->advice), STR("again")));
	MUST(v->mx_asked);
}

static bool same_targets(const struct route_verdict *a, const struct route_verdict *b)
{
	if (a->n_target != b->n_target)
		return false;
	for (size_t i = 0; i < a->n_target; i++)
		if (a->target[i].address != b->target[i].address)
			return false;
	return true;
}

static void check_off(const char *label, const struct route_verdict *off)
{
	MUST(!says(buf_str(&off->text), STR("dnssec")));
	MUST(!says(buf_str(&off->advice), STR("dnssec")));
	MUST(off->note.n == 0);
	for (size_t i = 0; i < off->n_target; i++)
		MUST(!off->target[i].authenticated);
}

/* Requested is never worse off than off. */
static void check_requested(const char *label, const struct route_facts *f,
			    const struct route_verdict *off, const struct route_verdict *requested)
{
	bool all_marked = true;

	MUST(requested->action == off->action);
	MUST(strcmp(requested->status, off->status) == 0);
	MUST(same_targets(requested, off));
	for (size_t i = 0; i < requested->n_target; i++) {
		const struct route_target *t = &requested->target[i];
		MUST(t->authenticated ==
		     (f->mx->status == DNS_SECURE && t->address->status == DNS_SECURE));
		all_marked &= t->authenticated;
	}
	MUST((requested->note.n == 0) == (requested->n_target == 0 || all_marked));
}

static void check_required(const char *label, const struct route_facts *f,
			   const struct route_verdict *requested,
			   const struct route_verdict *required)
{
	size_t marked = 0;

	for (size_t i = 0; i < required->n_target; i++)
		MUST(required->target[i].authenticated);
	for (size_t i = 0; i < requested->n_target; i++)
		marked += requested->target[i].authenticated;
	MUST(required->n_target == marked);
	MUST(required->action != ROUTE_BOUNCE || all_known(f));
	/* Where a fault of ours could have hidden the truth, it is the fault that is told. */
	MUST(required->action != ROUTE_DEFER || !all_known(f));
}

/* The strict reading changes nothing but what a fault of ours comes to. */
static void check_strict(const char *label, const struct route_verdict *defer,
			 const struct route_verdict *strict)
{
	MUST(same_targets(defer, strict));
	if (strcmp(defer->status, "4.3.5") != 0)
		MUST(strcmp(defer->status, strict->status) == 0);
	else
		MUST(strict->action == ROUTE_DEFER || strcmp(strict->status, "5.7.4") == 0);
}

static void check_world(const struct route_facts *f)
{
	char label[256];

	for (int s = 0; s < 3; s++)
		for (int u = 0; u < 2; u++)
			if (route_verdict(f, (enum route_service)s, (enum route_untrusted)u,
					  &judged[s][u]) != ERR_OK)
				abort();
	(void)snprintf(label, sizeof(label), "mx %d/%d", (int)f->mx->outcome, (int)f->mx->status);
	for (size_t i = 0; i < f->n_host; i++)
		(void)snprintf(label + strlen(label), sizeof(label) - strlen(label),
			       ", a %d/%d, aaaa %d/%d", (int)f->host[i].a->outcome,
			       (int)f->host[i].a->status, (int)f->host[i].aaaa->outcome,
			       (int)f->host[i].aaaa->status);
	for (int s = 0; s < 3; s++)
		for (int u = 0; u < 2; u++)
			check_form(label, &judged[s][u]);
	check_off(label, &judged[ROUTE_OFF][0]);
	check_requested(label, f, &judged[ROUTE_OFF][0], &judged[ROUTE_REQUESTED][0]);
	check_required(label, f, &judged[ROUTE_REQUESTED][0], &judged[ROUTE_REQUIRED][0]);
	check_strict(label, &judged[ROUTE_REQUIRED][0], &judged[ROUTE_REQUIRED][1]);
	for (int s = 0; s < 3; s++)
		for (int u = 0; u < 2; u++)
			route_verdict_clear(&judged[s][u]);
}

static void run(const struct world *w)
{
	struct route_conf conf = {
		.kind = ROUTE_DOMAIN,
		.domain = craft_name(STR("d.")),
		.port = 25,
	};
	struct route *r = route_new(&conf);
	struct route_question q;

	if (!r)
		abort();
	while (route_ask(r, &q)) {
		size_t host = dns_name_eq(&q.name, w->a[1]->name);
		const struct dns_answer *a = q.type == DNS_TYPE_MX  ? w->mx
					     : q.type == DNS_TYPE_A ? w->a[host]
								    : w->aaaa[host];
		if (route_answer(r, q.id, a) != ERR_OK)
			abort();
	}
	check_world(route_facts(r));
	route_free(&r);
}

/* All worlds in which the domain's MX answer is of one kind. */
static void check_mx(const struct kind *kind)
{
	struct dns_answer *a[KINDS], *aaaa[KINDS], *n[SECOND];
	struct world w = { .mx = make("d.", DNS_TYPE_MX, kind, "10 m.;20 n.;") };
	bool hosts = w.mx->outcome == DNS_DATA || w.mx->outcome == DNS_NODATA;
	static const struct kind denied = { CRAFT_SECURE, "nodata" };

	for (size_t i = 0; i < KINDS; i++) {
		a[i] = make("m.", DNS_TYPE_A, &kinds[i], "192.0.2.1;");
		aaaa[i] = make("m.", DNS_TYPE_AAAA, &kinds[i], "2001:db8::1;");
	}
	for (size_t i = 0; i < SECOND; i++)
		n[i] = make("n.", DNS_TYPE_A, &kinds[second[i]], "192.0.2.2;");
	w.aaaa[1] = make("n.", DNS_TYPE_AAAA, &denied, "");
	for (size_t i = 0; i < (hosts ? KINDS : 1); i++)
		for (size_t k = 0; k < (hosts ? KINDS : 1); k++)
			for (size_t l = 0; l < (w.mx->outcome == DNS_DATA ? SECOND : 1); l++) {
				w.a[0] = a[i];
				w.aaaa[0] = aaaa[k];
				w.a[1] = n[l];
				run(&w);
			}
}

int main(void)
{
	for (size_t i = 0; i < KINDS; i++) {
		check_mx(&kinds[i]);
		arena_clear(&craft_memory);
	}
	return TEST_EXIT();
}
