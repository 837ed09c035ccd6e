#include "admin/foresight.h"

#include "base/hash.h"
#include "base/jsonw.h"
#include "base/unicode.h"
#include "routing/aim.h"
#include "routing/demand.h"
#include "routing/exempt.h"

#include <stdlib.h>

enum { NAME_MAX_OCTETS = 4096, UNDECODED_MAX = 4096 };

/* What SECURE would make of mail to a domain, by what was last known of it. */
enum fate { GOES, BOUNCES, NOT_KNOWN };

struct row {
	struct hash_node node;
	char *domain; /* unicode_domain_name() */
	struct row *next;
	queue_id last; /* of a message that was counted here */
	enum fate fate;
	uint64_t messages, would_bounce, not_known;
};

struct admin_foresight {
	struct admin_foresight_setup setup;
	struct routing_settings tried; /* the line alone, and the conf of those in force */
	bool by_envelope;              /* the line is */
	bool all_by_envelope;          /* and so are those in force */
	uint64_t looked, heads, messages, recipients, requested, required, would_bounce, not_known;
	struct hash domains;
	struct row *row, **end; /* all, in the order in which they came */
};

static const uint64_t seed[2]; /* few names, and bounded: nobody gains by chains that are long */

static bool by_envelope(const struct criterion *k)
{
	return str_eq_nocase(k->header, STR("Envelope-From")) ||
	       str_eq_nocase(k->header, STR("Envelope-To"));
}

static bool all_by_envelope(const struct criteria *c)
{
	for (size_t i = 0; c && i < criteria_count(c); i++)
		if (!by_envelope(criteria_at(c, i)))
			return false;
	return true;
}

/* The one criterion of the line. */
static enum err read_line(struct admin_foresight *f, struct str line, struct buf *why)
{
	enum err e = criteria_parse(line, STR("line"), &f->tried.criteria, why);

	if (e != ERR_OK || criteria_count(f->tried.criteria) == 1)
		return e;
	buf_add(why, STR("the line is not one criterion: HEADER VALUE [SECURE]"));
	return ERR_SYNTAX;
}

enum err admin_foresight_new(const struct admin_foresight_setup *setup,
			     struct admin_foresight **out, struct buf *why)
{
	struct admin_foresight *f = calloc(1, sizeof(*f));

	if (!f)
		return ERR_NOMEM;
	f->setup = *setup;
	f->setup.line = STR_NONE; /* the caller's */
	f->setup.settings = routing_settings_hold(setup->settings);
	f->tried.conf = setup->settings->conf;
	f->end = &f->row;
	enum err e = hash_init(&f->domains);
	if (e == ERR_OK)
		e = read_line(f, setup->line, why);
	if (e != ERR_OK) {
		admin_foresight_free(&f);
		return e;
	}
	f->by_envelope = by_envelope(criteria_at(f->tried.criteria, 0));
	f->all_by_envelope = f->by_envelope && all_by_envelope(setup->settings->criteria);
	*out = f;
	return ERR_OK;
}

void admin_foresight_free(struct admin_foresight **fp)
{
	struct admin_foresight *f = *fp;
	struct row *next;

	*fp = NULL;
	if (!f)
		return;
	for (struct row *r = f->row; r; r = next) {
		next = r->next;
		free(r->domain);
		free(r);
	}
	hash_clear(&f->domains);
	criteria_free(&f->tried.criteria);
	routing_settings_drop(&f->setup.settings);
	free(f);
}

/* Below: a domain. */

/* As it is remembered; false: no name that could be. */
static bool remembered_name(struct str domain, struct buf *out)
{
	if (unicode_to_ascii(out, domain) != ERR_OK)
		return false;
	for (size_t i = 0; i < out->n; i++)
		out->p[i] = (char)str_fold(out->p[i]);
	if (str_ends(buf_str(out), STR(".")))
		out->n--;
	return true;
}

/* Of a route to an address nothing is asked of the DNS; of one to a name, nothing is remembered. */
static enum err find_fate(const struct admin_foresight *f, struct str domain, enum fate *out)
{
	CLEANUP(buf_free) struct buf name = BUF_MAX(NAME_MAX_OCTETS);
	const struct conf *conf = f->tried.conf;
	const struct conf_exempt *exempt = NULL;
	const struct conf_route *via = NULL;
	enum admin_known known = ADMIN_KNOWN_NOTHING;
	enum err e = routing_exempt_find(conf, domain, f->setup.now_wall_ms, &exempt);

	if (e == ERR_OK)
		e = routing_aim_via(conf, domain, &via);
	if (via && !conf_route_leads(via))
		via = NULL;
	if (e == ERR_OK && !exempt && !via && remembered_name(domain, &name))
		e = f->setup.known(f->setup.arg, buf_str(&name), &known);
	if (e != ERR_OK)
		return e;
	if (exempt || (via && !via->host) || known == ADMIN_KNOWN_SECURE)
		*out = GOES;
	else if (str_starts(domain, STR("[")) || known == ADMIN_KNOWN_INSECURE)
		*out = BOUNCES;
	else
		*out = NOT_KNOWN;
	return ERR_OK;
}

static struct row *find_row(const struct admin_foresight *f, struct str domain, uint64_t hash)
{
	for (struct hash_node *n = hash_first(&f->domains, hash); n; n = hash_next(n)) {
		struct row *r = CONTAINER_OF(n, struct row, node);
		if (str_eq(str_of(r->domain), domain))
			return r;
	}
	return NULL;
}

/* *aside serves where it would be one row too many. */
static enum err row_of(struct admin_foresight *f, struct str domain, struct row *aside,
		       struct row **out)
{
	uint64_t hash = hash_nocase(seed, domain);
	struct row *r = find_row(f, domain, hash);
	bool keep = !r && f->domains.n < ADMIN_FORESIGHT_DOMAINS;

	*out = r ? r : aside;
	if (r)
		return ERR_OK;
	*aside = (struct row){ .last = 0 };
	enum err e = find_fate(f, domain, &aside->fate);
	if (e != ERR_OK || !keep)
		return e;
	r = malloc(sizeof(*r));
	if (!r || !(aside->domain = str_z(domain))) {
		free(r);
		return ERR_NOMEM;
	}
	*r = *aside;
	hash_add(&f->domains, &r->node, hash);
	*f->end = *out = r;
	f->end = &r->next;
	return ERR_OK;
}

static enum err count_recipient(struct admin_foresight *f, queue_id id, struct str to)
{
	CLEANUP(arena_clear) struct arena names = { .max = NAME_MAX_OCTETS };
	struct row aside, *row;
	struct str domain;
	enum err e = unicode_domain_name(&names, schedule_domain(to), &domain);

	if (e == ERR_OK)
		e = row_of(f, domain, &aside, &row);
	if (e != ERR_OK)
		return e;
	row->messages += row->last != id;
	row->last = id;
	row->would_bounce += row->fate == BOUNCES;
	row->not_known += row->fate == NOT_KNOWN;
	f->recipients++;
	f->would_bounce += row->fate == BOUNCES;
	f->not_known += row->fate == NOT_KNOWN;
	return ERR_OK;
}

/* Below: a message. */

/* Demands of each recipient: by the line alone, and by the criteria in force. */
struct demands {
	struct route_demand *tried, *now;
};

static void demands_clear(struct demands *d)
{
	free(d->tried);
	free(d->now);
}

static enum err demand(const struct routing_settings *s, const struct queue_message *m,
		       struct str head, int64_t now_wall_ms, struct route_demand **out)
{
	CLEANUP(buf_free) struct buf undecoded = BUF_MAX(UNDECODED_MAX);
	struct str *to = calloc(m->n_rcpt, sizeof(*to));
	enum err e = ERR_NOMEM;

	*out = calloc(m->n_rcpt, sizeof(**out));
	for (size_t i = 0; to && i < m->n_rcpt; i++)
		to[i] = m->rcpt[i].to;
	if (to && *out)
		e = routing_demand(s,
				   &(struct routing_message){
					   .content = head,
					   .from = m->from,
					   .author = m->flags & QUEUE_REPORT
							     ? ROUTING_SETTINGS_OURS
							     : ROUTING_SETTINGS_OTHERS,
					   .rcpt = to,
					   .n_rcpt = m->n_rcpt,
					   .now_wall_ms = now_wall_ms,
				   },
				   *out, &undecoded);
	free(to);
	return e;
}

static bool matches(const struct queue_message *m, const struct route_demand *tried, size_t i)
{
	return m->rcpt[i].state == SCHEDULE_WAITING && tried[i].criterion.line.n > 0;
}

static bool any_matches(const struct queue_message *m, const struct route_demand *tried)
{
	for (size_t i = 0; i < m->n_rcpt; i++)
		if (matches(m, tried, i))
			return true;
	return false;
}

/* The strongest wins, so a line never makes less of what there is. */
static bool is_more(const struct route_demand *tried, const struct route_demand *now)
{
	return tried->service > now->service ||
	       (tried->service == now->service && tried->dane > now->dane);
}

static enum err count(struct admin_foresight *f, const struct queue_message *m,
		      const struct demands *d)
{
	bool requested = false, required = false;
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK && i < m->n_rcpt; i++) {
		if (!matches(m, d->tried, i))
			continue;
		bool more = is_more(&d->tried[i], &d->now[i]);
		requested |= more && d->tried[i].service == ROUTE_REQUESTED;
		required |= more && d->tried[i].service == ROUTE_REQUIRED;
		e = count_recipient(f, m->id, m->rcpt[i].to);
	}
	f->messages++;
	f->requested += requested;
	f->required += required;
	return e;
}

static bool waits(const struct queue_message *m)
{
	return queue_message_state(m) != QUEUE_STATE_FAILED && m->n_rcpt > 0;
}

enum err admin_foresight_add(struct admin_foresight *f, const struct queue_message *m,
			     const struct str *head, bool *wants)
{
	CLEANUP(demands_clear) struct demands d = { NULL, NULL };
	struct str content = head ? *head : STR_NONE;
	int64_t now = f->setup.now_wall_ms;
	enum err e = ERR_OK;

	*wants = waits(m) && !head && !f->by_envelope;
	if (!waits(m) || *wants)
		return ERR_OK;
	e = demand(&f->tried, m, content, now, &d.tried);
	bool found = e == ERR_OK && any_matches(m, d.tried);
	*wants = found && !head && !f->all_by_envelope;
	if (e != ERR_OK || *wants)
		return e;
	if (found)
		e = demand(f->setup.settings, m, content, now, &d.now);
	if (e == ERR_OK && found)
		e = count(f, m, &d);
	f->looked++;
	f->heads += head != NULL;
	return e;
}

/* Below: what is told. */

static void write_row(struct jsonw *j, const struct row *r)
{
	jsonw_object(j, NULL);
	jsonw_str(j, "domain", str_of(r->domain));
	jsonw_int(j, "messages", (int64_t)r->messages);
	jsonw_int(j, "would_bounce", (int64_t)r->would_bounce);
	jsonw_int(j, "not_known", (int64_t)r->not_known);
	jsonw_object_end(j);
}

void admin_foresight_write(const struct admin_foresight *f, struct buf *out)
{
	struct jsonw j = jsonw_to(out);

	jsonw_object(&j, NULL);
	jsonw_int(&j, "looked", (int64_t)f->looked);
	jsonw_int(&j, "headers", (int64_t)f->heads);
	jsonw_int(&j, "messages", (int64_t)f->messages);
	jsonw_int(&j, "recipients", (int64_t)f->recipients);
	jsonw_int(&j, "requested", (int64_t)f->requested);
	jsonw_int(&j, "required", (int64_t)f->required);
	jsonw_int(&j, "would_bounce", (int64_t)f->would_bounce);
	jsonw_int(&j, "not_known", (int64_t)f->not_known);
	jsonw_array(&j, "domains");
	for (const struct row *r = f->row; r; r = r->next)
		write_row(&j, r);
	jsonw_array_end(&j);
	jsonw_object_end(&j);
}
